//! What a registry holds: schemas, the names they are registered under, and the ids they are known by.

pub mod avro;
pub mod document;
mod guid;
pub mod json;
pub mod protobuf;
mod subject;

pub use guid::{Guid, GuidError, Identifier};
pub use subject::{Context, NameError, QualifiedNames, QualifiedSubject, SchemaId, Subject};

use std::fmt;

/// The language a schema is written in, spelled as registries spell it (`AVRO`, `JSON`, `PROTOBUF`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum SchemaType {
    /// [Apache Avro](https://avro.apache.org/docs/1.12.0/specification/); what a registry means when it names no type.
    #[default]
    Avro,
    /// [JSON Schema](https://json-schema.org/).
    Json,
    /// [Protocol Buffers](https://protobuf.dev/).
    Protobuf,
}

impl fmt::Display for SchemaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        })
    }
}

/// How the text of a schema is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As it was written, but for what says nothing: white space, the order of an Avro type's own members.
    #[default]
    Written,
    /// So that schemas that differ in the order of things alone are one.
    Normalized,
}

/// Which of two schemas reads what was written with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The new one reads what was written with the old one.
    Backward,
    /// The old one reads what is written with the new one.
    Forward,
}

impl Direction {
    /// What messages call the schema that reads.
    pub fn reader(self) -> &'static str {
        match self {
            Self::Backward => "new",
            Self::Forward => "old",
        }
    }

    /// What messages call the schema that was written with.
    pub fn writer(self) -> &'static str {
        match self {
            Self::Backward => "old",
            Self::Forward => "new",
        }
    }
}

/// A schema's pointer to another registered schema, as it stands in the registry.
///
/// `subject` is text as it was sent: unqualified, it means the referrer's own context
/// ([`QualifiedSubject::resolve`] turns it into a definite one).
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct SchemaReference {
    /// The name that the referring schema uses: a full name in Avro, a `$ref` in JSON Schema, an import path in Protobuf.
    pub name: String,
    /// The subject that holds the referenced schema.
    pub subject: String,
    /// Its version; -1 means the latest.
    pub version: i32,
}
