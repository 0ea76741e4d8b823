//! Versions of a subject, by number or the latest.

use std::fmt;
use std::str::FromStr;

/// Which version of a subject is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Version {
    /// The highest one that is not deleted.
    #[default]
    Latest,
    /// This one, from 1 to 2³¹-1.
    Number(u32),
}

/// Why a text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a version: a number from 1 to 2147483647, or latest")]
pub struct VersionError(String);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        match text.parse() {
            Ok(number @ 1..=0x7fff_ffff) => Ok(Self::Number(number)),
            _ => Err(VersionError(text.to_owned())),
        }
    }
}
