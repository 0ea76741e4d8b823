//! A parsed schema as text again, self-contained: what it refers to stands in it.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::name::Name;
use super::types::{Field, FieldOrder, Kind, Schema, TypeId};

/// How many types may nest: a text nests two or three times as deep, which is more than most parsers take.
const MAX_DEPTH: usize = 256;

impl Schema {
    /// The schema as one JSON text. Types of referenced schemas are defined where they are used first.
    ///
    /// None if more than 256 types nest in each other, as they may where each stands in a text of its own.
    pub fn to_text(&self) -> Option<String> {
        let mut printer = Printer { schema: self, defined: HashSet::new(), left: MAX_DEPTH, too_deep: false };
        let text = printer.ty(self.root());
        (!printer.too_deep).then(|| text.to_string())
    }
}

struct Printer<'a> {
    schema: &'a Schema,
    defined: HashSet<&'a Name>,
    /// How many types may still nest here.
    left: usize,
    too_deep: bool,
}

impl Printer<'_> {
    fn ty(&mut self, id: TypeId) -> Value {
        let Some(left) = self.left.checked_sub(1) else {
            self.too_deep = true;
            return Value::Null;
        };
        self.left = left;
        let text = self.ty_here(id);
        self.left += 1;
        text
    }

    fn ty_here(&mut self, id: TypeId) -> Value {
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
        let printed = schema.to_text().unwrap();
        assert_eq!(Schema::parse::<&str>(&printed, &[]).unwrap(), schema, "{printed}");
    }

    #[test]
    fn what_was_referred_to_stands_in_the_text() {
        let money = r#"{"type":"record","name":"shop.Money","fields":[{"name":"cents","type":"long"}]}"#;
        let order = r#"{"type":"record","name":"shop.Order","fields":[{"name":"total","type":"Money"},{"name":"paid","type":"Money"}]}"#;
        let schema = Schema::parse(order, &[money]).unwrap();
        assert_eq!(
            schema.to_text().unwrap(),
            r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"total","type":{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"long"}]}},{"name":"paid","type":"shop.Money"}]}"#
        );
    }

    #[test]
    fn what_nests_too_deep_has_no_text() {
        let nested = |depth: usize| -> Schema {
            let text = |n: usize| match n {
                0 => r#"{"type":"fixed","name":"R0","size":1}"#.to_owned(),
                n => format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"f","type":"R{}"}}]}}"#, n - 1),
            };
            let references: Vec<String> = (0..depth).map(text).collect();
            Schema::parse(&text(depth), &references).unwrap()
        };
        assert!(nested(255).to_text().is_some());
        assert_eq!(nested(256).to_text(), None);
        assert_eq!(nested(5_000).to_text(), None);
    }
}
