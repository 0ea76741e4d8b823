//! The text of a schema as it is stored: two texts that say the same become one, byte by byte.

use crate::schema::avro::java_text::java_text;
use crate::schema::document::{Document, DocumentError, Numbers};
use crate::schema::{Form, SchemaType};

/// The text to store for one that was sent, or what keeps it from being a schema at all.
pub(super) fn stored_text(schema_type: SchemaType, sent: &str, form: Form) -> Result<String, String> {
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
        SchemaType::Protobuf => Ok(sent.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// What Confluent's registry answered for 33 schemas.
    const VECTORS: &str = include_str!("../../tests/data/registry/guid-vectors.json");

    #[test]
    fn texts_are_stored_as_by_confluents_registry() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        for vector in &vectors {
            let schema_type: SchemaType = serde_json::from_value(vector["schemaType"].clone()).unwrap();
            if schema_type == SchemaType::Protobuf {
                continue;
            }
            let sent = vector["schema"].as_str().unwrap();
            for (form, expected) in [(Form::Written, "stored"), (Form::Normalized, "normalized")] {
                let expected = vector[expected]["schema"].as_str().unwrap();
                assert_eq!(stored_text(schema_type, sent, form).unwrap(), expected);
                assert_eq!(stored_text(schema_type, expected, form).unwrap(), expected, "stored text stays as it is");
            }
        }
    }
}
