//! Whether data of one schema can be read with another, and everything that stands in the way.
//!
//! Judges as Java's `SchemaCompatibility` does, which registries run on: records, enums and fixeds match by their names
//! without namespace or by an alias of the reader's, a reader's field takes the writer's field of its name or of an alias,
//! an enum's default stands for symbols that the reader lacks, each branch of a writer's union must find one of the reader's.
//! One thing is stricter: decimals of different scale do not match, as the specification says, since each value would
//! become another.
//!
//! Schemas may refer to themselves, and a pair of types may meet in many places; each pair is looked at once, without
//! recursion. Pairs are compatible unless something shows that they are not.

mod pairs;
mod report;
mod types;

use std::fmt;

use super::super::Direction;
use super::Schema;

/// One thing that keeps a reader from reading what a writer wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incompatibility {
    /// What it is.
    pub kind: Kind,
    /// Where it is in the reader's schema, as a JSON Pointer; a number behind a type is that of the writer's branch there.
    pub path: String,
    /// Where it is in the writer's schema, as a JSON Pointer; where a field is missing, the fields of the record.
    pub writer_path: String,
    /// What does not match: names, symbols, types, sizes.
    pub detail: String,
}

/// What can be incompatible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Fixeds of different size.
    FixedSize,
    /// Types that no rule brings together.
    Type,
    /// Records, enums or fixeds of different name.
    Name,
    /// The reader's enum lacks symbols and has no default.
    EnumSymbols,
    /// The reader's union lacks a type that the writer has.
    UnionBranch,
    /// The reader's field has no default and the writer's record no such field.
    FieldDefault,
    /// More types meet than are looked at.
    TooMany,
}

/// Everything that keeps data of `writer` from being read with `reader`. Empty if nothing does.
///
/// A pair of types that meets in several places is reported where it meets first. Of a schema with very many faults the
/// first are reported.
pub fn incompatibilities(reader: &Schema, writer: &Schema) -> Vec<Incompatibility> {
    let Ok(pairs) = pairs::Pairs::between(reader, writer) else {
        let detail = format!("more than {} pairs of types meet", pairs::MAX_PAIRS);
        return vec![Incompatibility { kind: Kind::TooMany, path: "/".into(), writer_path: "/".into(), detail }];
    };
    report::report(&pairs)
}

impl Kind {
    /// The name that clients know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FixedSize => "FIXED_SIZE_MISMATCH",
            Self::Type => "TYPE_MISMATCH",
            Self::Name => "NAME_MISMATCH",
            Self::EnumSymbols => "MISSING_ENUM_SYMBOLS",
            Self::UnionBranch => "MISSING_UNION_BRANCH",
            Self::FieldDefault => "READER_FIELD_MISSING_DEFAULT_VALUE",
            Self::TooMany => "TOO_MANY_TYPES",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Incompatibility {
    /// The message that clients of registries know. The place in the other schema is added where it is another one.
    pub fn message(&self, direction: Direction) -> String {
        let Self { kind, path, writer_path, detail } = self;
        let (reader, writer) = (direction.reader(), direction.writer());
        let description = match kind {
            Kind::FixedSize => format!(
                "The size of FIXED type field at path '{path}' in the {reader} schema does not match with the {writer} schema"
            ),
            Kind::Type => format!(
                "The type (path '{path}') of a field in the {reader} schema does not match with the {writer} schema"
            ),
            Kind::Name => format!("The name of the schema has changed (path '{path}')"),
            Kind::EnumSymbols => format!(
                "The {reader} schema is missing enum symbols '{detail}' at path '{path}' in the {writer} schema"
            ),
            Kind::UnionBranch => format!(
                "The {reader} schema is missing a type inside a union field at path '{path}' in the {writer} schema"
            ),
            Kind::FieldDefault => format!(
                "The field '{detail}' at path '{path}' in the {reader} schema has no default value and is missing in the {writer} schema"
            ),
            Kind::TooMany => "The schemas are too large to be compared".to_owned(),
        };
        // A field is missing in the record that stands at the same place.
        let same = path.starts_with(writer_path.as_str());
        let other = if same { String::new() } else { format!(", {writer}Path:'{writer_path}'") };
        format!("{{errorType:'{kind}', description:'{description}', additionalInfo:'{detail}'{other}}}")
    }
}

#[cfg(test)]
mod tests;
