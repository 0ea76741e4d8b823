//! What becomes of a record that can't be read.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::Faults;
use crate::transform::dead_letter::{DeadLetter, RawDeadLetter};

/// What becomes of a record that can't be read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawOnInvalid {
    /// `error` or `stop`.
    Word(RawOnInvalidWord),
    /// It goes to a topic of dead letters.
    DeadLetter(RawDeadLetter),
}

/// What becomes of a record that can't be read, in a word.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawOnInvalidWord {
    /// It has an `error` in place of its `value`.
    Error,
    /// Nothing is given from it on.
    Stop,
}

/// What becomes of a record that can't be read, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnInvalid {
    /// It has an `error` in place of its `value`.
    #[default]
    Error,
    /// Nothing is given from it on.
    Stop,
    /// It goes there, and is left out.
    DeadLetter(DeadLetter),
}

impl RawOnInvalid {
    /// Checks what stands at `pointer`.
    pub(in crate::gateway) fn validate(self, pointer: &str, faults: &mut Faults) -> Option<OnInvalid> {
        match self {
            Self::Word(RawOnInvalidWord::Error) => Some(OnInvalid::Error),
            Self::Word(RawOnInvalidWord::Stop) => Some(OnInvalid::Stop),
            Self::DeadLetter(dead) => dead.validate(pointer, faults).map(OnInvalid::DeadLetter),
        }
    }
}
