//! Which tags a schema has, and where: what `findTags` asks for. The paths are those that tags are put at.

use serde::Serialize;

use super::{EntityType, TAGS};
use crate::schema::SchemaType;
use crate::schema::document::{Document, Members};

/// Stands for any tag.
const ANY: &str = "*";

/// Tags, and what they mark.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::server) struct FoundTags {
    schema_entity: FoundEntity,
    tags: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct FoundEntity {
    entity_path: String,
    entity_type: EntityType,
}

/// The places of a schema that have one of the `wanted` tags, or any if these name `*`. Protobuf keeps no tags.
pub(in crate::server) fn find(kind: SchemaType, text: &str, wanted: &[&str]) -> Vec<FoundTags> {
    let mut search = Search { wanted, found: Vec::new() };
    match (kind, Document::parse(text)) {
        (SchemaType::Avro, Ok(schema)) => search.avro(&schema, ""),
        (SchemaType::Json, Ok(schema)) => search.json(&schema, ""),
        (SchemaType::Protobuf, _) | (_, Err(_)) => {}
    }
    search.found
}

struct Search<'a> {
    wanted: &'a [&'a str],
    found: Vec<FoundTags>,
}

impl Search<'_> {
    fn look(&mut self, entity_path: &str, entity_type: EntityType, place: &Members) {
        let tags = place.get(TAGS).and_then(Document::as_array).unwrap_or_default();
        let tags: Vec<String> = tags.iter().filter_map(Document::as_str).map(str::to_owned).collect();
        if tags.iter().any(|tag| self.wanted.iter().any(|wanted| *wanted == ANY || wanted == tag)) {
            let schema_entity = FoundEntity { entity_path: entity_path.to_owned(), entity_type };
            self.found.push(FoundTags { schema_entity, tags });
        }
    }

    /// Looks through an Avro schema within a namespace.
    fn avro(&mut self, schema: &Document, space: &str) {
        match schema {
            Document::Array(branches) => branches.iter().for_each(|branch| self.avro(branch, space)),
            Document::Object(object) => {
                let text = |member: &str| object.get(member).and_then(Document::as_str);
                let name = text("name").filter(|_| matches!(text("type"), Some("record" | "error")));
                let Some(name) = name else {
                    for inner in ["type", "items", "values"].into_iter().filter_map(|member| object.get(member)) {
                        self.avro(inner, space);
                    }
                    return;
                };
                let (full, space) = full_name(name, text("namespace").unwrap_or(space));
                self.look(&full, EntityType::Record, object);
                for field in object.get("fields").and_then(Document::as_array).unwrap_or_default() {
                    let (Document::Object(field), Some(name)) = (field, field.get("name").and_then(Document::as_str))
                    else {
                        continue;
                    };
                    self.look(&format!("{full}.{name}"), EntityType::Field, field);
                    if let Some(inner) = field.get("type") {
                        self.avro(inner, &space);
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks through a part of a JSON Schema; `path` leads to it and ends with a dot, or is empty.
    fn json(&mut self, schema: &Document, path: &str) {
        let Document::Object(object) = schema else { return };
        if let Some(Document::Object(properties)) = object.get("properties") {
            let here = format!("{path}object");
            self.look(&here, EntityType::Record, object);
            for (name, property) in properties {
                let path = format!("{here}.{name}");
                if let Document::Object(members) = property {
                    self.look(&path, EntityType::Field, members);
                }
                self.json(property, &format!("{path}."));
            }
        }
        for (member, step) in [("items", "array"), ("not", "not")] {
            if let Some(inner) = object.get(member) {
                self.json(inner, &format!("{path}{step}."));
            }
        }
        for (member, step) in [("allOf", "allof"), ("anyOf", "anyof"), ("oneOf", "oneof")] {
            let parts = object.get(member).and_then(Document::as_array).unwrap_or_default();
            for (number, part) in parts.iter().enumerate() {
                self.json(part, &format!("{path}{step}.{number}."));
            }
        }
    }
}

/// The full name of a record, and its namespace.
fn full_name(name: &str, space: &str) -> (String, String) {
    match name.rsplit_once('.') {
        Some((space, _)) => (name.to_owned(), space.to_owned()),
        None if space.is_empty() => (name.to_owned(), String::new()),
        None => (format!("{space}.{name}"), space.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kind: SchemaType, text: &str, wanted: &[&str]) -> String {
        serde_json::to_string(&find(kind, text, wanted)).unwrap()
    }

    #[test]
    fn avro_records_and_fields_are_found_with_their_tags() {
        let schema = r#"{"type":"record","name":"a.R","confluent:tags":["T"],"fields":[
            {"name":"f","confluent:tags":["PII","T"],"type":["null",{"type":"array","items":
                {"type":"record","name":"S","fields":[{"name":"g","type":"int","confluent:tags":["PII"]}]}}]}]}"#;
        let record = r#"{"schemaEntity":{"entityPath":"a.R","entityType":"SR_RECORD"},"tags":["T"]}"#;
        let field = r#"{"schemaEntity":{"entityPath":"a.R.f","entityType":"SR_FIELD"},"tags":["PII","T"]}"#;
        let inner = r#"{"schemaEntity":{"entityPath":"a.S.g","entityType":"SR_FIELD"},"tags":["PII"]}"#;
        assert_eq!(found(SchemaType::Avro, schema, &["*"]), format!("[{record},{field},{inner}]"));
        assert_eq!(found(SchemaType::Avro, schema, &["PII"]), format!("[{field},{inner}]"));
        assert_eq!(found(SchemaType::Avro, schema, &["none"]), "[]");
    }

    #[test]
    fn json_parts_are_found_where_tags_are_put() {
        let schema = r#"{"properties":{"a":{"items":{"properties":{"b":{"confluent:tags":["X"]}}}},
            "c":{"allOf":[true,{"properties":{},"confluent:tags":["X"]}]}}}"#;
        let b = r#"{"schemaEntity":{"entityPath":"object.a.array.object.b","entityType":"SR_FIELD"},"tags":["X"]}"#;
        let all = r#"{"schemaEntity":{"entityPath":"object.c.allof.1.object","entityType":"SR_RECORD"},"tags":["X"]}"#;
        assert_eq!(found(SchemaType::Json, schema, &["X"]), format!("[{b},{all}]"));
    }
}
