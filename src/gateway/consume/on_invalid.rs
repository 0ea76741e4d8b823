//! What becomes of a record that can't be read.

use schemars::JsonSchema;
use serde::Deserialize;

/// What becomes of a record that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnInvalid {
    /// It has an `error` in place of its `value`.
    #[default]
    Error,
    /// Nothing is given from it on.
    Stop,
}
