//! A schema with everything it refers to, parsed: which shows that it is one, and lets it be compared.

use super::definition::Definition;
use super::error::Error;
use super::references::Referenced;
use crate::schema::json::JsonSchema;
use crate::schema::{Direction, SchemaType, avro, json};

/// A schema of any language.
#[derive(Debug)]
pub(super) enum Parsed {
    Avro(avro::Schema),
    Json(JsonSchema),
    Protobuf,
}

impl Parsed {
    /// Parses a definition. `references` are the schemas behind it, each ahead of those that use it.
    pub(super) fn parse(definition: &Definition, references: &[Referenced]) -> Result<Self, Error> {
        let invalid = |message: String| Error::InvalidSchema(definition.schema_type, message);
        let text = &*definition.text;
        let named = references.iter().map(|leaf| (leaf.name.as_str(), &*leaf.schema.definition.text));
        Ok(match definition.schema_type {
            SchemaType::Avro => {
                let texts: Vec<&str> = named.map(|(_, text)| text).collect();
                Self::Avro(avro::Schema::parse(text, &texts).map_err(|error| invalid(error.to_string()))?)
            }
            SchemaType::Json => {
                let named: Vec<(&str, &str)> = named.collect();
                Self::Json(JsonSchema::parse(text, &named).map_err(|error| invalid(error.to_string()))?)
            }
            SchemaType::Protobuf => Self::Protobuf,
        })
    }

    /// What keeps `reader` from reading what was written with `writer`, as messages; `direction` says which is the new one.
    pub(super) fn incompatibilities(reader: &Self, writer: &Self, direction: Direction) -> Vec<String> {
        match (reader, writer) {
            (Self::Avro(reader), Self::Avro(writer)) => {
                let found = avro::compatibility::incompatibilities(reader, writer);
                found.iter().map(|one| one.message(direction)).collect()
            }
            (Self::Json(reader), Self::Json(writer)) => {
                let found = json::compatibility::incompatibilities(reader, writer);
                found.iter().map(|one| one.message(direction)).collect()
            }
            (Self::Protobuf, Self::Protobuf) => Vec::new(),
            _ => vec!["Incompatible because of different schema type".to_owned()],
        }
    }
}
