//! The text of a schema as it is stored: two texts that say the same become one, byte by byte.

use super::references::Referenced;
use crate::schema::avro::java_text::java_text;
use crate::schema::document::{Document, DocumentError, Numbers};
use crate::schema::{Form, SchemaType, protobuf};

/// The text to store for one that was sent, or what keeps it from being a schema at all. `references` are the schemas
/// behind it.
pub(super) fn stored_text(
    schema_type: SchemaType,
    sent: &str,
    references: &[Referenced],
    form: Form,
) -> Result<String, String> {
    let document = || Document::parse(sent).map_err(|error: DocumentError| error.to_string());
    match schema_type {
        SchemaType::Avro => Ok(java_text(&document()?, form)),
        SchemaType::Json => {
            let mut document = document()?;
            if form == Form::Normalized {
                document.sort_members();
            }
            Ok(document.to_text(Numbers::Decimal))
        }
        SchemaType::Protobuf => {
            let named = references.iter().map(|leaf| (leaf.name.as_str(), &*leaf.schema.definition.text));
            let named: Vec<(&str, &str)> = named.collect();
            protobuf::stored_text(sent, &named, form).map_err(|error| error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::super::definition::{Definition, Schema};
    use super::*;

    /// What Confluent's registry answered for 33 schemas.
    const VECTORS: &str = include_str!("../../tests/data/registry/guid-vectors.json");

    /// The file that one of them refers to.
    const LEAF: &str = "syntax = \"proto3\";\npackage ex;\nmessage Leaf { string s = 1; }\n";

    #[test]
    fn texts_are_stored_as_by_confluents_registry() {
        let definition = Definition {
            schema_type: SchemaType::Protobuf,
            text: LEAF.into(),
            references: Vec::new(),
            metadata: None,
            rule_set: None,
        };
        let leaf = Referenced { name: "leaf.proto".to_owned(), schema: Arc::new(Schema::new(definition)) };
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert_eq!(vectors.len(), 33);
        for vector in &vectors {
            let schema_type: SchemaType = serde_json::from_value(vector["schemaType"].clone()).unwrap();
            let stored = |text: &str, form| stored_text(schema_type, text, std::slice::from_ref(&leaf), form).unwrap();
            let sent = vector["schema"].as_str().unwrap();
            for (form, expected) in [(Form::Written, "stored"), (Form::Normalized, "normalized")] {
                let expected = vector[expected]["schema"].as_str().unwrap();
                assert_eq!(stored(sent, form), expected);
                assert_eq!(stored(expected, form), expected, "stored text stays as it is");
            }
        }
    }
}
