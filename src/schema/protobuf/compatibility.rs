//! Whether data of one Protobuf file can be read with another, and everything that stands in the way.
//!
//! Data are written with one file and read with another. Messages match by their names without the package, fields by
//! their numbers. A message may come, a field may come or go or get another name; what may not be is that bytes mean
//! something else: another kind of type, numbers of another encoding, fields that could stand together and now exclude each
//! other. Some things are refused because readers would lose data: a message or a member of a choice that goes.
//!
//! The messages of the files themselves are compared, and those of imported files as far as fields are of them: with such
//! a field its type must still match by name and by what is in it.

mod fields;
mod messages;
mod types;

use std::fmt;

use super::super::Direction;
use super::ProtobufSchema;

/// One thing that keeps a reader from reading what a writer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatibility {
    /// What it is.
    pub kind: Kind,
    /// Where it is in both files, by names of messages and numbers of fields: `#/Order/Line/2`.
    pub path: String,
    /// What stands there in the writer's file and in the reader's, where that says more; else empty.
    pub detail: String,
}

/// What can be incompatible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The reader has no such message.
    MessageRemoved,
    /// Message, map or scalar: the reader's is another.
    FieldKind,
    /// Scalars whose bytes differ.
    FieldScalarKind,
    /// Messages of different name, or of the same name that do not match.
    FieldNamedType,
    /// A number became a list of numbers, or the other way round: lists of numbers are packed.
    FieldNumericLabel,
    /// The reader needs a field that the writer need not have written.
    RequiredFieldAdded,
    /// The reader lacks a field that the writer must have written.
    RequiredFieldRemoved,
    /// The reader lacks a member of a choice.
    OneofFieldRemoved,
    /// Several fields that stood alone exclude each other for the reader.
    FieldsMovedToOneof,
    /// A field joins a choice that others were in.
    FieldMovedToExistingOneof,
    /// More messages meet than are looked at.
    TooMany,
}

/// Everything that keeps data of `writer` from being read with `reader`. Empty if nothing does.
///
/// Of a file with very many faults the first are reported.
pub fn incompatibilities(reader: &ProtobufSchema, writer: &ProtobufSchema) -> Vec<Incompatibility> {
    messages::compare(&reader.file, &writer.file)
}

impl Kind {
    /// The name that clients know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageRemoved => "MESSAGE_REMOVED",
            Self::FieldKind => "FIELD_KIND_CHANGED",
            Self::FieldScalarKind => "FIELD_SCALAR_KIND_CHANGED",
            Self::FieldNamedType => "FIELD_NAMED_TYPE_CHANGED",
            Self::FieldNumericLabel => "FIELD_NUMERIC_LABEL_CHANGED",
            Self::RequiredFieldAdded => "REQUIRED_FIELD_ADDED",
            Self::RequiredFieldRemoved => "REQUIRED_FIELD_REMOVED",
            Self::OneofFieldRemoved => "ONEOF_FIELD_REMOVED",
            Self::FieldsMovedToOneof => "MULTIPLE_FIELDS_MOVED_TO_ONEOF",
            Self::FieldMovedToExistingOneof => "FIELD_MOVED_TO_EXISTING_ONEOF",
            Self::TooMany => "TOO_MANY_TYPES",
        }
    }

    fn describe(self, path: &str, reader: &str, writer: &str) -> String {
        match self {
            Self::MessageRemoved => format!("message '{path}' of the {writer} schema is not in the {reader} schema"),
            Self::FieldKind => {
                format!("'{path}' is of another kind in the {reader} schema than in the {writer} schema")
            }
            Self::FieldScalarKind => {
                format!("the bytes of '{path}' mean something else in the {reader} schema than in the {writer} schema")
            }
            Self::FieldNamedType => {
                format!("'{path}' is of another type in the {reader} schema than in the {writer} schema")
            }
            Self::FieldNumericLabel => {
                format!("'{path}' is a list of numbers in one of the {reader} and the {writer} schema alone")
            }
            Self::RequiredFieldAdded => {
                format!("the {reader} schema requires '{path}', which data of the {writer} schema may lack")
            }
            Self::RequiredFieldRemoved => {
                format!("the {reader} schema lacks '{path}', which the {writer} schema requires")
            }
            Self::OneofFieldRemoved => {
                format!("the {reader} schema lacks '{path}', a member of a oneof in the {writer} schema")
            }
            Self::FieldsMovedToOneof => format!(
                "the oneof '{path}' of the {reader} schema lets only one of several fields be set that stand alone in the {writer} schema"
            ),
            Self::FieldMovedToExistingOneof => format!(
                "the oneof '{path}' of the {reader} schema has a field that stands outside of it in the {writer} schema"
            ),
            Self::TooMany => "The schemas are too large to be compared".to_owned(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Incompatibility {
    /// The message that clients of registries know.
    pub fn message(&self, direction: Direction) -> String {
        let Self { kind, path, detail } = self;
        let description = kind.describe(path, direction.reader(), direction.writer());
        let more = if detail.is_empty() { String::new() } else { format!(", additionalInfo:\"{detail}\"") };
        format!("{{errorType:\"{kind}\", description:\"{description}\"{more}}}")
    }
}

#[cfg(test)]
mod tests;
