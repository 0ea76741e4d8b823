//! What a schema is known by: an id within a context, or a GUID everywhere.

use std::fmt;
use std::str::FromStr;

use md5::{Digest, Md5};
use serde::Serialize;

use super::{SchemaId, SchemaReference};

/// A schema's identity, equal in every context and registry that holds it. Prints as a UUID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid([u8; Guid::LEN]);

/// How a record names the schema that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identifier {
    /// A number that means something within one context alone.
    Id(SchemaId),
    /// The schema's own identity.
    Guid(Guid),
}

impl Guid {
    /// Bytes of a GUID.
    pub const LEN: usize = 16;

    /// The GUID of these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes, as they stand on the wire.
    pub const fn bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// MD5 over the stored text, the references and `more`, as Confluent's registry takes it. The schema's type is not part
    /// of it; `more` is what metadata and rules add, nothing where there are none.
    pub fn of(text: &str, references: &[SchemaReference], more: impl FnOnce(&mut Md5)) -> Self {
        let mut hash = Md5::new();
        hash.update(text.as_bytes());
        for reference in references {
            hash.update(reference.name.as_bytes());
            hash.update(reference.subject.as_bytes());
            hash.update(reference.version.to_be_bytes());
        }
        more(&mut hash);
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guid({self})")
    }
}

impl Serialize for Guid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text is not 32 hexadecimal digits in the groups of a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID: expected a text such as 095d71cf-1255-6b9d-5e33-0ad575b3df5d")]
pub struct GuidError;

impl FromStr for Guid {
    type Err = GuidError;

    fn from_str(text: &str) -> Result<Self, GuidError> {
        let groups: Vec<&str> = text.split('-').collect();
        if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
            return Err(GuidError);
        }
        let digits = groups.concat();
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(GuidError);
        }
        let number = u128::from_str_radix(&digits, 16).map_err(|_| GuidError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl From<SchemaId> for Identifier {
    fn from(id: SchemaId) -> Self {
        Self::Id(id)
    }
}

impl From<Guid> for Identifier {
    fn from(guid: Guid) -> Self {
        Self::Guid(guid)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Guid(guid) => guid.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_reads_as_it_prints() {
        let text = "095d71cf-1255-6b9d-5e33-0ad575b3df5d";
        assert_eq!(text.parse::<Guid>().unwrap().to_string(), text);
        assert_eq!(text.to_uppercase().parse::<Guid>().unwrap().to_string(), text);
        for text in [
            "",
            "x",
            "095d71cf12556b9d5e330ad575b3df5d",
            "095d71cf-1255-6b9d-5e33-0ad575b3df5",
            "+95d71cf-1255-6b9d-5e33-0ad575b3df5d",
        ] {
            assert_eq!(text.parse::<Guid>(), Err(GuidError), "{text}");
        }
    }
}
