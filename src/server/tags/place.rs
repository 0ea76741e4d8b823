//! Where in a schema a path leads: `shop.Order` and `shop.Order.total` in Avro; `object.items.array.object.price` in JSON
//! Schema, where the kinds of types stand between the names of properties.

use super::EntityType;
use crate::schema::SchemaType;
use crate::schema::document::{Document, Members};

/// The members of what a path leads to.
pub(super) fn find<'a>(
    kind: SchemaType,
    schema: &'a mut Document,
    path: &str,
    entity: EntityType,
) -> Option<&'a mut Members> {
    let path = path.strip_prefix('.').unwrap_or(path);
    match (kind, entity) {
        (SchemaType::Avro, EntityType::Record) => record(schema, path, ""),
        (SchemaType::Avro, EntityType::Field) => {
            let (name, field) = path.rsplit_once('.')?;
            let Document::Array(fields) = record(schema, name, "")?.get_mut("fields")? else { return None };
            fields
                .iter_mut()
                .find(|found| found.get("name").and_then(Document::as_str) == Some(field))
                .and_then(members)
        }
        (SchemaType::Json, entity) => {
            let steps: Vec<&str> = path.split('.').collect();
            part(schema, &steps, entity)
        }
        (SchemaType::Protobuf, _) => None,
    }
}

fn members(document: &mut Document) -> Option<&mut Members> {
    match document {
        Document::Object(members) => Some(members),
        _ => None,
    }
}

/// The definition of an Avro record with a full name, within a namespace.
fn record<'a>(schema: &'a mut Document, wanted: &str, space: &str) -> Option<&'a mut Members> {
    match schema {
        Document::Array(branches) => branches.iter_mut().find_map(|branch| record(branch, wanted, space)),
        Document::Object(object) => {
            let text = |member: &str| object.get(member).and_then(Document::as_str);
            if !matches!(text("type"), Some("record" | "error")) {
                let inner = ["type", "items", "values"]
                    .into_iter()
                    .find(|member| object.get(*member).is_some_and(|inner| !matches!(inner, Document::String(_))))?;
                return record(object.get_mut(inner)?, wanted, space);
            }
            let name = text("name")?;
            let space = match (name.rsplit_once('.'), text("namespace")) {
                (Some((space, _)), _) => space.to_owned(),
                (None, own) => own.unwrap_or(space).to_owned(),
            };
            let short = name.rsplit('.').next().unwrap_or(name);
            let full = if space.is_empty() { short.to_owned() } else { format!("{space}.{short}") };
            if full == wanted {
                return Some(object);
            }
            let Document::Array(fields) = object.get_mut("fields")? else { return None };
            fields.iter_mut().find_map(|field| record(members(field)?.get_mut("type")?, wanted, &space))
        }
        _ => None,
    }
}

/// The part of a JSON Schema that steps lead to.
fn part<'a>(schema: &'a mut Document, steps: &[&str], entity: EntityType) -> Option<&'a mut Members> {
    let object = members(schema)?;
    match steps {
        ["object"] => (entity == EntityType::Record).then_some(object),
        ["object", name, rest @ ..] => {
            let property = members(object.get_mut("properties")?)?.get_mut(*name)?;
            match rest {
                [] if entity == EntityType::Record => None,
                [] => members(property),
                rest => part(property, rest, entity),
            }
        }
        ["array", rest @ ..] => part(object.get_mut("items")?, rest, entity),
        ["not", rest @ ..] => part(object.get_mut("not")?, rest, entity),
        [choice @ ("allof" | "anyof" | "oneof"), number, rest @ ..] => {
            let keyword = format!("{}Of", choice.trim_end_matches("of"));
            let Document::Array(parts) = object.get_mut(&keyword)? else { return None };
            part(parts.get_mut(number.parse::<usize>().ok()?)?, rest, entity)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(kind: SchemaType, schema: &str, path: &str, entity: EntityType) -> Option<String> {
        let mut schema = Document::parse(schema).unwrap();
        find(kind, &mut schema, path, entity)?.insert("x".to_owned(), Document::Null);
        Some(schema.to_text(crate::schema::document::Numbers::Decimal))
    }

    #[test]
    fn avro_records_and_fields_are_found_by_full_name() {
        let schema = r#"{"type":"record","name":"a.R","fields":[{"name":"f","type":["null",{"type":"array","items":{"type":"record","name":"S","fields":[{"name":"g","type":"int"}]}}]}]}"#;
        let of = |path, entity| tagged(SchemaType::Avro, schema, path, entity);
        assert!(of("a.R", EntityType::Record).unwrap().ends_with(r#"}],"x":null}"#));
        assert_eq!(of(".a.R", EntityType::Record), of("a.R", EntityType::Record));
        assert!(of("a.S", EntityType::Record).unwrap().contains(r#""type":"int"}],"x":null}"#));
        assert!(of("a.S.g", EntityType::Field).unwrap().contains(r#""type":"int","x":null}"#));
        assert!(of("a.R.f", EntityType::Field).unwrap().ends_with(r#","x":null}]}"#));
        for (path, entity) in [
            ("R", EntityType::Record),
            ("a.R.g", EntityType::Field),
            ("a.R", EntityType::Field),
            ("", EntityType::Field),
        ] {
            assert_eq!(of(path, entity), None, "{path}");
        }
    }

    #[test]
    fn json_properties_are_found_by_kinds_and_names() {
        let schema =
            r#"{"properties":{"a":{"items":{"properties":{"b":{}}}},"c":{"allOf":[true,{"properties":{"d":{}}}]}}}"#;
        let of = |path, entity| tagged(SchemaType::Json, schema, path, entity);
        assert!(of("object", EntityType::Record).unwrap().ends_with(r#","x":null}"#));
        assert!(of("object.a.array.object", EntityType::Record).unwrap().contains(r#""b":{}},"x":null}"#));
        assert!(of("object.a.array.object.b", EntityType::Field).unwrap().contains(r#""b":{"x":null}"#));
        assert!(of("object.c.allof.1.object.d", EntityType::Field).unwrap().contains(r#""d":{"x":null}"#));
        for (path, entity) in [
            ("object.z", EntityType::Field),
            ("object.c.allof.0.object.d", EntityType::Field),
            ("object.c.allof.x.object.d", EntityType::Field),
            ("object.a", EntityType::Record),
            ("object", EntityType::Field),
            ("", EntityType::Record),
        ] {
            assert_eq!(of(path, entity), None, "{path}");
        }
    }
}
