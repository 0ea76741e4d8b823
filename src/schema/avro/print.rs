//! A parsed schema as text again, self-contained: what it refers to stands in it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::name::Name;
use super::types::{Field, FieldOrder, Kind, Schema, TypeId};

impl Schema {
    /// The schema as one JSON text. Types of referenced schemas are defined where they are used first.
    pub fn to_text(&self) -> String {
        Printer { schema: self, defined: HashSet::new() }.ty(self.root()).to_string()
    }
}

struct Printer<'a> {
    schema: &'a Schema,
    defined: HashSet<&'a Name>,
}

impl Printer<'_> {
    fn ty(&mut self, id: TypeId) -> Value {
        let ty = self.schema.get(id);
        if let Some(name) = ty.kind.name()
            && !self.defined.insert(name)
        {
            return json!(name.as_str());
        }
        let mut object = match &ty.kind {
            Kind::Union(branches) => return branches.iter().map(|&branch| self.ty(branch)).collect(),
            Kind::Array(items) => members([("type", json!("array")), ("items", self.ty(*items))]),
            Kind::Map(values) => members([("type", json!("map")), ("values", self.ty(*values))]),
            Kind::Record(record) => {
                let mut object = Self::named("record", &record.name, &record.aliases);
                object.insert("fields".into(), record.fields.iter().map(|field| self.field(field)).collect());
                object
            }
            Kind::Enum(symbols) => {
                let mut object = Self::named("enum", &symbols.name, &symbols.aliases);
                object.insert("symbols".into(), json!(symbols.symbols));
                object.extend(symbols.default.iter().map(|symbol| ("default".to_owned(), json!(symbol))));
                object
            }
            Kind::Fixed(fixed) => {
                let mut object = Self::named("fixed", &fixed.name, &fixed.aliases);
                object.insert("size".into(), json!(fixed.size));
                object
            }
            primitive if ty.attributes.is_empty() => return json!(primitive.branch_name()),
            primitive => members([("type", json!(primitive.branch_name()))]),
        };
        object.extend(ty.attributes.clone());
        Value::Object(object)
    }

    /// The head of a definition. The namespace always stands there, so that none is inherited.
    fn named(ty: &str, name: &Name, aliases: &[Name]) -> Map<String, Value> {
        let mut object = members([
            ("type", json!(ty)),
            ("name", json!(name.short())),
            ("namespace", json!(name.namespace().unwrap_or_default())),
        ]);
        if !aliases.is_empty() {
            object.insert("aliases".into(), aliases.iter().map(|alias| json!(alias.as_str())).collect());
        }
        object
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut object = members([("name", json!(field.name)), ("type", self.ty(field.ty))]);
        object.extend(field.default.iter().map(|value| ("default".to_owned(), value.clone())));
        match field.order {
            FieldOrder::Ascending => None,
            FieldOrder::Descending => object.insert("order".into(), json!("descending")),
            FieldOrder::Ignore => object.insert("order".into(), json!("ignore")),
        };
        if !field.aliases.is_empty() {
            object.insert("aliases".into(), json!(field.aliases));
        }
        object.extend(field.attributes.clone());
        Value::Object(object)
    }
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_schemas_parse_to_the_same_schema() {
        let text = r#"{"type":"record","name":"a.b.R","doc":"d","aliases":["Old","x.Older"],"fields":[
            {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"A"},"default":"B","doc":"e"},
            {"name":"f","type":{"type":"fixed","name":"F","namespace":"","size":4,"logicalType":"decimal","precision":5}},
            {"name":"again","type":["null","E","F","R"],"default":null,"order":"ignore","aliases":["more"]},
            {"name":"m","type":{"type":"map","values":{"type":"array","items":{"type":"int","logicalType":"date"}}},"order":"descending"}]}"#;
        let schema = Schema::parse::<&str>(text, &[]).unwrap();
        let printed = schema.to_text();
        assert_eq!(Schema::parse::<&str>(&printed, &[]).unwrap(), schema, "{printed}");
    }

    #[test]
    fn what_was_referred_to_stands_in_the_text() {
        let money = r#"{"type":"record","name":"shop.Money","fields":[{"name":"cents","type":"long"}]}"#;
        let order = r#"{"type":"record","name":"shop.Order","fields":[{"name":"total","type":"Money"},{"name":"paid","type":"Money"}]}"#;
        let schema = Schema::parse(order, &[money]).unwrap();
        assert_eq!(
            schema.to_text(),
            r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"total","type":{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"long"}]}},{"name":"paid","type":"shop.Money"}]}"#
        );
    }
}
