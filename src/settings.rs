//! The building blocks of the config file: sizes, periods, secrets, and the list of everything that is wrong with it.
//!
//! Every module owns a `RawConfig` (what serde reads, with the config's JSON Schema derived from it) and a `Config`
//! (what the module runs on). `RawConfig::validate` turns the one into the other and notes *all* faults in [`Faults`].

mod oauth2;

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

pub use oauth2::{Oauth2, RawOauth2};

/// Everything that is wrong with a config, each fault with the path of the key it is about.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The key as a JSON Pointer from the root of the config: `/pipelines/0/batch/max_bytes`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Faults {
    /// Notes a fault of the key at `pointer`.
    pub fn note(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault { pointer: pointer.into(), message: message.into() });
    }

    /// Notes the error of `result`, if it is one.
    pub fn take<T, E: fmt::Display>(&mut self, pointer: impl Into<String>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.note(pointer, error.to_string())).ok()
    }

    /// `number`, if it is from 1 to `max`; else that is noted.
    pub fn bounded(&mut self, pointer: impl Into<String>, number: usize, max: usize) -> Option<usize> {
        if (1..=max).contains(&number) {
            return Some(number);
        }
        self.note(pointer, format!("{number} is not a number from 1 to {max}"));
        None
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults, in the order in which they were found.
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}

/// A number of bytes, written `65536`, `64KiB`, `1MiB`, `2GiB`, `64kB`, `1MB` or `2GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

/// A span of time, written `250ms`, `5s`, `2m`, `1h` or `100us`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(pub Duration);

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not {expected}")]
pub struct QuantityError {
    text: String,
    expected: &'static str,
}

const SIZE: &str = "a size: a whole number with an optional unit (B, kB, MB, GB, KiB, MiB, GiB), such as 64MiB";
const PERIOD: &str = "a period: a whole number with a unit (us, ms, s, m, h), such as 250ms";

/// Splits `64MiB` into the number and the unit behind it.
fn quantity<'a>(text: &'a str, expected: &'static str) -> Result<(u64, &'a str), QuantityError> {
    let error = || QuantityError { text: text.to_owned(), expected };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Ok((number.parse().map_err(|_| error())?, unit.trim_start()))
}

impl std::str::FromStr for ByteSize {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let error = || QuantityError { text: text.to_owned(), expected: SIZE };
        let (number, unit) = quantity(text, SIZE)?;
        let factor: u64 = match unit {
            "" | "B" => 1,
            "kB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(error()),
        };
        number.checked_mul(factor).map(Self).ok_or_else(error)
    }
}

impl std::str::FromStr for Period {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let error = || QuantityError { text: text.to_owned(), expected: PERIOD };
        let (number, unit) = quantity(text, PERIOD)?;
        let micros: u64 = match unit {
            "us" => 1,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => return Err(error()),
        };
        number.checked_mul(micros).map(|us| Self(Duration::from_micros(us))).ok_or_else(error)
    }
}

/// YAML gives `65536` as a number and `64KiB` as text; both are read.
struct QuantityVisitor(&'static str);

impl de::Visitor<'_> for QuantityVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor(SIZE))?.parse().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(QuantityVisitor(PERIOD))?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ByteSize {
    fn schema_name() -> Cow<'static, str> {
        "ByteSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": SIZE,
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^[0-9]+ *(B|kB|MB|GB|KiB|MiB|GiB)?$"}
            ]
        })
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": PERIOD, "type": "string", "pattern": "^[0-9]+ *(us|ms|s|m|h)$"})
    }
}

/// A password or token. Its text is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text that must not be printed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, to be handed to the peer that asks for it and to nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The secret that stands in the config or in a file (without its final line break): exactly one of the two.
    pub fn resolve(inline: Option<Self>, file: Option<&Path>) -> Result<Self, SecretError> {
        match (inline, file) {
            (Some(secret), None) => Ok(secret),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| SecretError::Unreadable { path: path.to_owned(), source })?;
                Ok(Self(text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r').to_owned()))
            }
            (Some(_), Some(_)) => Err(SecretError::Both),
            (None, None) => Err(SecretError::Neither),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("can't read {}: {source}", path.display())]
    Unreadable {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Two places say different things, or may one day.
    #[error("given both in the config and as a file: keep one of the two")]
    Both,
    /// Neither the text nor a file.
    #[error("missing: give it in the config or as a file")]
    Neither,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        for (text, bytes) in
            [("0", 0), ("65536", 65_536), ("64KiB", 65_536), ("1 MiB", 1_048_576), ("2GB", 2_000_000_000)]
        {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "MiB", "-1", "1.5MiB", "1mib", "99999999999GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn periods_are_read_with_their_units() {
        for (text, micros) in
            [("5ms", 5_000), ("30s", 30_000_000), ("2m", 120_000_000), ("1h", 3_600_000_000), ("7us", 7)]
        {
            assert_eq!(text.parse(), Ok(Period(Duration::from_micros(micros))), "{text}");
        }
        let error = "5".parse::<Period>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'5' is not a period: a whole number with a unit (us, ms, s, m, h), such as 250ms"
        );
    }

    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(***)");
    }

    #[test]
    fn a_secret_file_loses_only_its_final_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " pass word \r\n").unwrap();
        let secret = Secret::resolve(None, Some(file.path())).unwrap();
        assert_eq!(secret.reveal(), " pass word ");
        assert!(matches!(Secret::resolve(Some(secret), Some(file.path())), Err(SecretError::Both)));
        assert!(matches!(Secret::resolve(None, None), Err(SecretError::Neither)));
    }
}
