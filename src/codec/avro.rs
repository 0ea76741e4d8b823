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
//! | bytes, fixed | a string: base64 with padding (RFC 4648), or as [`BytesForm`] says | a string: ISO-8859-1 |
//! | enum | a string: the symbol | the same |
//! | array, map, record | an array, an object, an object | the same |
//! | union | the untagged value of a branch | `null` or `{"branch": value}` |
//! | date, time-\*, timestamp-\*, local-timestamp-\* | the underlying number or ISO 8601 text; [`Timestamps`] says which is printed | the underlying number |
//! | decimal, big-decimal | a number, in quotes or not; [`Decimals`] says which is printed | as bytes or fixed |
//! | uuid | a string: the text of 36 characters | as string or fixed |
//! | duration | a string: ISO 8601, `P1M2DT3.004S` | as fixed |
//!
//! In plain mode the kind of the JSON value decides which branches of a union come into question and in which order
//! ([`UnionPlan::candidates`](crate::schema::avro::UnionPlan::candidates)); the first that takes the value is it.
//!
//! The specification's JSON encoding writes a logical type as the underlying type, and so does Java; here it is not looked
//! at in that mode at all, so that data which break their logical type can still be read. In plain mode
//!
//! - a number for a date or a time may be any that the underlying type holds; one that is no time of a day prints as a
//!   number. Text must be exact: digits behind the point that the unit has no room for must be zeros, there are no leap
//!   seconds, a timestamp has an offset and a local timestamp has none. Years beyond 0000 to 9999 have a sign, so that
//!   every date and timestamp has a text.
//! - a decimal has no more digits than precision and scale allow, in either direction, and no more than 10,000. Zeros
//!   behind the point may be left out or added. A big-decimal keeps its scale: `1.50` stays `1.50`. Where more than 64
//!   zeros would stand behind the point, or the scale is negative, a power of ten is printed: `5e-100`.
//! - a uuid on string keeps its case; one on fixed is printed in lower case.
//! - a duration counts months, days and milliseconds by themselves. Years, weeks, hours and minutes are taken too.

mod ambiguity;
pub mod container;
mod decode;
mod encode;
#[cfg(test)]
mod sample;
mod verify;

pub use ambiguity::{Ambiguity, ambiguities};
pub use decode::Decoder;
pub use encode::{Encoder, Miss};
pub use verify::Verifier;

/// How JSON text and Avro data correspond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonOptions {
    /// How unions and bytes are written.
    pub mode: JsonMode,
    /// What becomes of members that the schema does not know.
    pub unknown_fields: UnknownFields,
    /// How bytes and fixed are written in plain mode.
    pub bytes: BytesForm,
    /// How dates and times are written in plain mode; either way is read.
    pub timestamps: Timestamps,
    /// How decimals are written in plain mode; either way is read.
    pub decimals: Decimals,
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

/// How bytes and fixed stand in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BytesForm {
    /// Base64 with padding (RFC 4648).
    #[default]
    Base64,
    /// Each byte is the character of its number, U+0000 to U+00FF.
    Latin1,
}

/// How dates and times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Timestamps {
    /// The number that the underlying type holds.
    #[default]
    Number,
    /// ISO 8601 text.
    Iso8601,
}

/// How decimals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decimals {
    /// A number with all its digits.
    #[default]
    Number,
    /// The same in quotes, for readers that make a float of every number.
    String,
}

impl JsonOptions {
    /// How bytes are written, whichever the mode.
    pub(crate) fn bytes_form(self) -> BytesForm {
        match self.mode {
            JsonMode::Plain => self.bytes,
            JsonMode::Avro => BytesForm::Latin1,
        }
    }
}
