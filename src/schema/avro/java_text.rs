//! An Avro schema's text as Java's `Schema.toString()` prints it, which is what Confluent's registry stores.
//!
//! Works on the document alone, since all of it is kept: what a type is called, its `doc`, its attributes, also whether a
//! record was declared an `error`. Nothing is resolved and nothing checked: names of other texts stay names, and what is no
//! schema comes out as it is, for the parser to refuse.
//!
//! Members come in Java's order: type, name, namespace, doc, what makes the type, attributes, aliases; in a field name,
//! type, doc, default, order, aliases, attributes. A name is short inside its own namespace, and a type is a bare name where
//! no attribute is left.

mod default;

use std::collections::HashMap;

use super::super::Form;
use super::super::document::{Document, Members, Numbers};
use default::{Definition, full_name};

/// Members that Java takes for parts of any type, whatever the type is: none of them is an attribute.
const OF_TYPES: [&str; 10] =
    ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];

/// The same of fields.
const OF_FIELDS: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];

/// Names of Java's types: a type that is called like one of them is never named without its namespace.
const TYPE_NAMES: [&str; 14] = [
    "record", "enum", "array", "map", "union", "fixed", "string", "bytes", "int", "long", "float", "double", "boolean",
    "null",
];

/// Logical types whose attributes come first in the normalized form.
const LOGICAL: [&str; 14] = [
    "decimal",
    "big-decimal",
    "uuid",
    "date",
    "time-millis",
    "time-micros",
    "timestamp-millis",
    "timestamp-micros",
    "timestamp-nanos",
    "local-timestamp-millis",
    "local-timestamp-micros",
    "local-timestamp-nanos",
    "duration",
    "variant",
];

/// The text as Java prints it. Normalized, attributes, aliases and the members of defaults are sorted besides.
pub fn java_text(schema: &Document, form: Form) -> String {
    let definitions = match form {
        Form::Written => HashMap::new(),
        Form::Normalized => default::definitions(schema),
    };
    Printer { form, definitions }.ty(schema, "").to_text(Numbers::Double)
}

/// Turns a schema into the document that is printed.
struct Printer<'a> {
    form: Form,
    /// The types that the text defines, by full name; none unless something depends on them.
    definitions: HashMap<String, Definition<'a>>,
}

impl Printer<'_> {
    fn ty(&self, schema: &Document, space: &str) -> Document {
        match schema {
            Document::String(name) => Document::String(relative(name, space).to_owned()),
            Document::Array(branches) => branches.iter().map(|branch| self.ty(branch, space)).collect(),
            Document::Object(object) => self.object(object, space),
            other => other.clone(),
        }
    }

    fn object(&self, object: &Members, space: &str) -> Document {
        let Some(ty) = object.get("type") else { return Document::Object(object.clone()) };
        let mut printed = Members::new();
        match ty.as_str() {
            Some("record" | "error" | "enum" | "fixed") => return self.named(object, space),
            Some(collection @ ("array" | "map")) => {
                printed.insert("type".to_owned(), collection.into());
                let key = if collection == "array" { "items" } else { "values" };
                printed.extend(object.get(key).map(|items| (key.to_owned(), self.ty(items, space))));
            }
            Some(primitive) if TYPE_NAMES.contains(&primitive) => {
                printed.insert("type".to_owned(), primitive.into());
            }
            // A named type keeps the attributes of its definition.
            Some(name) => return Document::String(relative(name, space).to_owned()),
            None => {
                printed.insert("type".to_owned(), self.ty(ty, space));
            }
        }
        printed.extend(self.attributes(object, &OF_TYPES, ty.as_str() != Some("array") && ty.as_str() != Some("map")));
        match printed.pop() {
            Some((_, only)) if printed.is_empty() => only,
            last => {
                printed.extend(last);
                Document::Object(printed)
            }
        }
    }

    /// A record, an enum or a fixed.
    fn named(&self, object: &Members, enclosing: &str) -> Document {
        let text = |key: &str| object.get(key).and_then(Document::as_str);
        let (space, short) = declared_name(object, enclosing);
        let normalized = self.form == Form::Normalized;
        let mut printed = Members::new();
        let mut put = |key: &str, value: Document| drop(printed.insert(key.to_owned(), value));
        let ty = text("type").unwrap_or_default();
        put("type", if normalized && ty == "error" { "record".into() } else { ty.into() });
        put("name", short.into());
        if space != enclosing {
            put("namespace", space.into());
        }
        if let Some(doc) = text("doc").filter(|doc| !normalized || !doc.is_empty()) {
            put("doc", doc.into());
        }
        let part = match ty {
            "enum" => "symbols",
            "fixed" => "size",
            _ => "fields",
        };
        match (part, object.get(part)) {
            ("fields", Some(Document::Array(fields))) => {
                put(part, fields.iter().map(|field| self.field(field, space)).collect());
            }
            (_, Some(value)) => put(part, value.clone()),
            (_, None) => {}
        }
        if let ("enum", Some(symbol)) = (ty, object.get("default")) {
            put("default", symbol.clone());
        }
        let mut attributes = self.attributes(object, &OF_TYPES, ty == "fixed");
        if ty == "enum" {
            attributes.shift_remove("default");
        }
        let aliases = self.aliases(object, space);
        printed.extend(attributes);
        printed.extend(aliases);
        Document::Object(printed)
    }

    fn field(&self, field: &Document, space: &str) -> Document {
        let Document::Object(object) = field else { return field.clone() };
        let mut printed = Members::new();
        let mut put = |key: &str, value: Document| drop(printed.insert(key.to_owned(), value));
        object.get("name").into_iter().for_each(|name| put("name", name.clone()));
        object.get("type").into_iter().for_each(|ty| put("type", self.ty(ty, space)));
        if let Some(doc @ Document::String(_)) = object.get("doc") {
            put("doc", doc.clone());
        }
        if let Some(value) = object.get("default") {
            let ty = object.get("type").unwrap_or(&Document::Null);
            let mut value = default::spelled_as_number(value, ty).unwrap_or_else(|| value.clone());
            if self.form == Form::Normalized {
                default::normalize(&mut value, ty, space, &self.definitions);
                value.sort_members();
            }
            put("default", value);
        }
        if let Some(order) = object.get("order").filter(|order| order.as_str() != Some("ascending")) {
            put("order", order.clone());
        }
        printed.extend(self.aliases(object, ""));
        printed.extend(self.attributes(object, &OF_FIELDS, false));
        Document::Object(printed)
    }

    /// The aliases, each once.
    fn aliases(&self, object: &Members, space: &str) -> Option<(String, Document)> {
        let aliases = object.get("aliases")?.as_array()?.iter().filter_map(Document::as_str);
        let mut aliases: Vec<&str> = aliases.collect();
        if self.form == Form::Normalized {
            aliases.sort_by_cached_key(|alias| full_name(alias, space));
        }
        let aliases = aliases.into_iter().map(|alias| (relative(alias, space).to_owned(), ()));
        let aliases: indexmap::IndexMap<String, ()> = aliases.collect();
        let aliases: Vec<Document> = aliases.into_keys().map(Document::String).collect();
        (!aliases.is_empty()).then(|| ("aliases".to_owned(), Document::Array(aliases)))
    }

    /// What else stands in a type or a field. Normalized, sorted, with those of a logical type first where it is known to
    /// be one.
    fn attributes(&self, object: &Members, known: &[&str], logical: bool) -> Members {
        let other = |(key, _): &(&String, &Document)| !known.contains(&key.as_str());
        let mut others: Members =
            object.iter().filter(other).map(|(key, value)| (key.clone(), value.clone())).collect();
        if self.form == Form::Written {
            return others;
        }
        let mut printed = Members::new();
        let name = others.get("logicalType").and_then(Document::as_str);
        if let Some(name) = name.filter(|name| logical && LOGICAL.contains(name)) {
            let keys = if name == "decimal" { &["logicalType", "precision", "scale"][..] } else { &["logicalType"] };
            // No scale is the same as a scale of zero.
            let zero = |key: &str| matches!(others.get(key), Some(Document::Number(text)) if &**text == "0");
            let first: Vec<&str> = keys.iter().copied().filter(|key| !zero(key)).collect();
            printed.extend(first.into_iter().filter_map(|key| others.shift_remove_entry(key)));
        }
        let mut rest = Document::Object(others);
        rest.sort_members();
        if let Document::Object(rest) = rest {
            printed.extend(rest);
        }
        printed
    }
}

impl FromIterator<Document> for Document {
    fn from_iter<T: IntoIterator<Item = Document>>(items: T) -> Self {
        Self::Array(items.into_iter().collect())
    }
}

/// The namespace and the short name that a definition gives.
fn declared_name<'a>(object: &'a Members, enclosing: &'a str) -> (&'a str, &'a str) {
    let name = object.get("name").and_then(Document::as_str).unwrap_or_default();
    match name.rsplit_once('.') {
        Some(parts) => parts,
        None => (object.get("namespace").map_or(enclosing, |space| space.as_str().unwrap_or(enclosing)), name),
    }
}

/// A name as it is written inside a namespace.
fn relative<'a>(name: &'a str, space: &str) -> &'a str {
    match name.rsplit_once('.') {
        Some(("", short)) => short,
        Some((of, short)) if of == space && !TYPE_NAMES.contains(&short) => short,
        _ => name,
    }
}

#[cfg(test)]
mod tests;
