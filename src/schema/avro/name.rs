//! Full names of records, enums and fixeds.

use std::fmt;

/// A name with its namespace: `com.example.Order`, or `Order` in the null namespace.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

impl Name {
    /// Reads `name` as it stands in a schema: with a dot it is a full name, else it belongs to `namespace`
    /// ([specification](https://avro.apache.org/docs/1.12.0/specification/#names)).
    pub fn parse(name: &str, namespace: Option<&str>) -> Result<Self, String> {
        let full = match namespace {
            Some(namespace) if !namespace.is_empty() && !name.contains('.') => format!("{namespace}.{name}"),
            _ => name.strip_prefix('.').unwrap_or(name).to_owned(),
        };
        if full.split('.').all(is_identifier) {
            Ok(Self(full.into()))
        } else {
            Err(format!("'{full}' is not a name: each part must match [A-Za-z_][A-Za-z0-9_]*"))
        }
    }

    /// The full name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the last dot.
    pub fn namespace(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(namespace, _)| namespace)
    }

    /// Everything behind the last dot.
    pub fn short(&self) -> &str {
        self.0.rsplit_once('.').map_or(&*self.0, |(_, short)| short)
    }
}

/// Whether `text` may name a type, a field or a symbol.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_dot_belongs_to_the_namespace() {
        let name = |name, namespace| Name::parse(name, namespace).map(|n| n.to_string());
        assert_eq!(name("Order", Some("com.example")), Ok("com.example.Order".into()));
        assert_eq!(name("a.Order", Some("com.example")), Ok("a.Order".into()));
        assert_eq!(name("Order", Some("")), Ok("Order".into()));
        assert_eq!(name(".Order", Some("x")), Ok("Order".into()));
        assert_eq!(Name::parse("a.b.C", None).unwrap().namespace(), Some("a.b"));
        assert_eq!(Name::parse("a.b.C", None).unwrap().short(), "C");
        assert_eq!(Name::parse("C", None).unwrap().namespace(), None);
    }

    #[test]
    fn names_are_checked() {
        for bad in ["", "1a", "a-b", "a..b", "a.", "é"] {
            assert!(Name::parse(bad, None).is_err(), "{bad:?}");
        }
    }
}
