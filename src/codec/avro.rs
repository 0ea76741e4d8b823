//! JSON text to Avro binary and back, directed by a compiled [`Plan`](crate::schema::avro::Plan).
//!
//! Both directions are one pass over the input that writes straight into the output; there is no tree of values.
//! How JSON and Avro correspond:
//!
//! | Avro | JSON, plain | JSON, avro |
//! |---|---|---|
//! | null, boolean | the same | the same |
//! | int, long | a number that is whole (`1.0` and `1e2` are) and in range | the same |
//! | float, double | a number; `"NaN"`, `"Infinity"`, `"-Infinity"` | the same |
//! | string | a string | the same |
//! | bytes, fixed | a string: base64 with padding (RFC 4648) | a string: ISO-8859-1 |
//! | enum | a string: the symbol | the same |
//! | array, map, record | an array, an object, an object | the same |
//! | union | the untagged value of a branch | `null` or `{"branch": value}` |
//!
//! In plain mode the kind of the JSON value decides which branches of a union come into question and in which order
//! ([`UnionPlan::candidates`](crate::schema::avro::UnionPlan::candidates)); the first that takes the value is it.

pub mod container;
mod decode;
mod encode;

pub use decode::Decoder;
pub use encode::{Encoder, Miss};

/// How JSON text and Avro data correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonOptions {
    /// How unions and bytes are written.
    pub mode: JsonMode,
    /// What becomes of members that the schema does not know.
    pub unknown_fields: UnknownFields,
}

/// The two ways to write Avro data as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JsonMode {
    /// Untagged unions, bytes as base64: what applications write.
    #[default]
    Plain,
    /// The Avro specification's JSON encoding: tagged unions, bytes as ISO-8859-1.
    Avro,
}

/// What becomes of members that the schema does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownFields {
    /// Checked for syntax, then left out.
    #[default]
    Ignore,
    /// The record is refused.
    Reject,
}
