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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_printed() {
        assert_eq!("latest".parse(), Ok(Version::Latest));
        assert_eq!("7".parse(), Ok(Version::Number(7)));
        assert_eq!(Version::Number(7).to_string(), "7");
        for text in ["0", "-1", "2147483648", "Latest", ""] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
