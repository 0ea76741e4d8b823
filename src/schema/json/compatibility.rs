//! Whether everything that one JSON Schema accepts is accepted by another, and what keeps it from that.
//!
//! Data are written with one schema and read with another: the reader must accept whatever the writer's schema accepts.
//! So a property that the reader describes and the writer does not is a fault if the writer's objects are *open*: it may
//! hold anything in what was written. The reader may ask for less: fewer types left out, higher maxima, longer lists of
//! values.
//!
//! Schemas are compared keyword by keyword: sound, but not complete. Two schemas that accept the same and say it in
//! different words may be called incompatible. A growing `oneOf` is taken as a growing choice, as registries do, although a
//! value that matches two branches is none of it.

mod combination;
mod comparison;
mod items;
mod properties;
mod scalar;
mod types;

use std::fmt;

use super::super::Direction;
use super::JsonSchema;
use comparison::Comparison;

/// One thing that keeps a reader from accepting what a writer's schema accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatibility {
    /// The name that clients know: `REQUIRED_ATTRIBUTE_ADDED`.
    pub kind: &'static str,
    /// What it is.
    pub sort: Sort,
    /// Where it is in both schemas, as a JSON Pointer that leads through references: `#/properties/a/type`.
    pub path: String,
}

/// What can be incompatible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The reader has a keyword that the writer has not.
    Added,
    /// The reader's value is higher.
    Higher,
    /// The reader's value is lower.
    Lower,
    /// The reader's value is another one.
    Other,
    /// The reader's list or combination has fewer elements.
    Fewer,
    /// The reader's list or combination has more elements.
    More,
    /// The reader's type is another one.
    Type,
    /// The reader describes what the writer leaves open.
    Opened,
    /// The reader requires what the writer does not know.
    Required,
    /// The reader has no place for what the writer has.
    Closed,
    /// The reader's schema for all others does not take what the writer has.
    RemovedUncovered,
    /// The reader describes what the writer's schema for all others allows to be otherwise.
    AddedUncovered,
    /// The schemas are more than is looked at.
    TooComplex,
}

/// Everything that keeps `reader` from accepting what `writer` accepts. Empty if nothing does.
///
/// Of a schema with very many faults the first are reported.
pub fn incompatibilities(reader: &JsonSchema, writer: &JsonSchema) -> Vec<Incompatibility> {
    Comparison::run(reader, writer)
}

impl Incompatibility {
    /// The message that clients of registries know.
    pub fn message(&self, direction: Direction) -> String {
        let Self { kind, sort, path } = self;
        let (reader, writer) = (direction.reader(), direction.writer());
        let description = sort.describe(path, reader, writer);
        format!("{{errorType:\"{kind}\", description:\"{description}\"}}")
    }
}

impl Sort {
    fn describe(self, path: &str, reader: &str, writer: &str) -> String {
        match self {
            Self::Added => {
                format!("The keyword at path '{path}' in the {reader} schema is not present in the {writer} schema")
            }
            Self::Higher => format!(
                "The value at path '{path}' in the {reader} schema is more than its value in the {writer} schema"
            ),
            Self::Lower => format!(
                "The value at path '{path}' in the {reader} schema is less than its value in the {writer} schema"
            ),
            Self::Other => format!("The value at path '{path}' is different between the {reader} and {writer} schema"),
            Self::Fewer => format!(
                "An array or combined type at path '{path}' has fewer elements in the {reader} schema than the {writer} schema"
            ),
            Self::More => format!(
                "An array or combined type at path '{path}' has more elements in the {reader} schema than the {writer} schema"
            ),
            Self::Type => {
                format!("A type at path '{path}' is different between the {reader} schema and the {writer} schema")
            }
            Self::Opened => format!(
                "The {reader} schema has an open content model and has a property or item at path '{path}' which is missing in the {writer} schema"
            ),
            Self::Required => format!(
                "The {reader} schema has an unopen content model and has a required property at path '{path}' which is missing in the {writer} schema"
            ),
            Self::Closed => format!(
                "The {reader} has a closed content model and is missing a property or item present at path '{path}' in the {writer} schema"
            ),
            Self::RemovedUncovered => format!(
                "A property or item is missing in the {reader} schema but present at path '{path}' in the {writer} schema and is not covered by its partially open content model"
            ),
            Self::AddedUncovered => format!(
                "The {reader} schema has a property or item at path '{path}' which is missing in the {writer} schema and is not covered by its partially open content model"
            ),
            Self::TooComplex => format!("The schemas are too large to be compared beyond path '{path}'"),
        }
    }
}

impl fmt::Display for Incompatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.kind, self.path)
    }
}

#[cfg(test)]
mod tests;
