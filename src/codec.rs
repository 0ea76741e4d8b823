//! Codecs: JSON text to a schema's binary form, and back.
//!
//! Pure functions over bytes. What they refuse is a [`CodecError`]: where, what was expected, what was found.

pub mod avro;
mod fault;
mod json;
pub mod json_schema;
mod logical;
pub mod protobuf;

use std::fmt;

/// Appends a text as a JSON string: quotes, and the escapes that must be.
pub fn write_json_string(text: &str, out: &mut Vec<u8>) {
    json::write_string(text.as_bytes(), out);
}

/// How many violations of a record are told.
const MAX_VIOLATIONS: usize = 20;

/// Why a record was refused. One word, so that results stay small on the hot path.
#[derive(Debug)]
pub struct CodecError(Box<Violations>);

#[derive(Debug)]
struct Violations {
    first: Violation,
    /// More of them, where a codec goes on behind the first.
    others: Vec<Violation>,
}

/// Where a record departs from its schema, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of fault, safe to log and to count.
    pub kind: ViolationKind,
    /// The place in the record as a JSON Pointer (RFC 6901): `/items/2/qty`; empty for the whole record. May hold map keys.
    pub pointer: String,
    /// The place in the schema, safe to log: `/items/[]/qty`, with `[]` for any item of an array and `{}` for any value of a map.
    pub schema_path: String,
    /// What the schema asks for: `int`.
    pub expected: String,
    /// What stands there: `string "two"`. May hold (shortened) values.
    pub found: String,
}

/// The kinds of fault that a record can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViolationKind {
    /// The text is not JSON (RFC 8259), or not UTF-8.
    Syntax,
    /// A value of the wrong kind.
    Type,
    /// A number that the type cannot hold exactly.
    Range,
    /// A field without a default is missing.
    Missing,
    /// A member that the schema does not know, where such are rejected.
    Unknown,
    /// A known member or a map key that stands twice.
    Duplicate,
    /// A text that is no symbol of the enum, no base64, of the wrong length, ….
    Value,
    /// Longer, deeper or more than a configured limit allows.
    Limit,
    /// Binary data that ends too early, goes on too long, or cannot have been written with this schema.
    Malformed,
}

impl ViolationKind {
    /// Every kind, for the tables that count them.
    pub const ALL: [Self; 9] = [
        Self::Syntax,
        Self::Type,
        Self::Range,
        Self::Missing,
        Self::Unknown,
        Self::Duplicate,
        Self::Value,
        Self::Limit,
        Self::Malformed,
    ];

    /// The word used in metrics and in the dead letter's `serdecar.reason` header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::Range => "range",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Duplicate => "duplicate",
            Self::Value => "value",
            Self::Limit => "limit",
            Self::Malformed => "malformed",
        }
    }
}

impl CodecError {
    /// An error of all these violations; `None` if there are none.
    fn of(violations: Vec<Violation>) -> Option<Self> {
        let mut all = violations.into_iter();
        let first = all.next()?;
        Some(Self::new(first, all.collect()))
    }

    fn new(first: Violation, others: Vec<Violation>) -> Self {
        Self(Box::new(Violations { first, others }))
    }

    /// The details of the first violation.
    pub fn violation(&self) -> &Violation {
        &self.0.first
    }

    /// The details of all violations, as far as they were looked for.
    pub fn violations(&self) -> impl Iterator<Item = &Violation> {
        std::iter::once(&self.0.first).chain(&self.0.others)
    }
}

impl From<Violation> for CodecError {
    fn from(violation: Violation) -> Self {
        Self::new(violation, Vec::new())
    }
}

/// `/items/2/qty: expected int, found string "two"`, and more of them after semicolons; holds values, so it belongs in dead
/// letters and answers, not in logs.
impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{violation}")?;
        }
        Ok(())
    }
}

/// `/items/2/qty: expected int, found string "two"`
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, expected, found, .. } = self;
        write!(f, "{pointer}: expected {expected}, found {found}")
    }
}

impl std::error::Error for CodecError {}

/// What a record may cost. Each limit is checked before anything is allocated for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one record, read or written.
    pub record_bytes: usize,
    /// Nested arrays, maps and records; the root is depth 1.
    pub depth: u32,
    /// Items of one array or entries of one map.
    pub items: u64,
    /// Bytes of one string, bytes or fixed value.
    pub string_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes: 16 << 20, depth: 128, items: 16 << 20, string_bytes: 16 << 20 }
    }
}
