//! Fields: their names, how often they are there, and what stands in them.

use super::ShapeId;

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its number in the file.
    pub number: u32,
    /// Its name in JSON.
    pub name: Box<str>,
    /// Of the field, or of its items, or of the values of its map.
    pub ty: Type,
    /// How often it is there.
    pub rule: Rule,
    /// Which choice it is a member of.
    pub choice: Option<usize>,
    /// Its name in JSON, in quotes.
    pub key: Box<[u8]>,
    /// Its name in the file, in quotes.
    pub file_key: Box<[u8]>,
}

/// How often a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Once, and not written if it is zero.
    Implicit,
    /// Once or not at all.
    Optional,
    /// Once.
    Required,
    /// Any number of times.
    Repeated {
        /// All in one.
        packed: bool,
    },
    /// A value for each key.
    Map(Scalar),
}

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A value without parts.
    Scalar(Scalar),
    /// The index of the enum in the plan.
    Enum(usize),
    /// A message behind its length.
    Message(ShapeId),
    /// A message between two marks.
    Group(ShapeId),
}

/// Values without parts, by their names in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the language's own names")]
pub enum Scalar {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    String,
    Bytes,
}

impl Field {
    /// A field of these names, in JSON and in the file.
    pub(super) fn new(number: u32, (name, in_file): (&str, &str), ty: Type, rule: Rule, choice: Option<usize>) -> Self {
        let quoted = |name: &str| serde_json::Value::from(name).to_string().into_bytes().into_boxed_slice();
        Self { number, name: name.into(), ty, rule, choice, key: quoted(name), file_key: quoted(in_file) }
    }

    /// Memory behind the field, in bytes.
    pub(super) fn byte_size(&self) -> usize {
        self.name.len() + self.key.len() + self.file_key.len()
    }
}

impl Scalar {
    /// How its bytes are marked.
    pub fn wire(self) -> u8 {
        match self {
            Self::Fixed64 | Self::Sfixed64 | Self::Double => 1,
            Self::String | Self::Bytes => 2,
            Self::Fixed32 | Self::Sfixed32 | Self::Float => 5,
            _ => 0,
        }
    }
}

impl Type {
    /// How its bytes are marked: 0 is a number, 1 are eight bytes, 2 is a length, 3 begins a group, 5 are four bytes.
    pub fn wire(self) -> u8 {
        match self {
            Self::Scalar(scalar) => scalar.wire(),
            Self::Enum(_) => 0,
            Self::Message(_) => 2,
            Self::Group(_) => 3,
        }
    }
}
