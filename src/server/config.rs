//! The `server:` section of the config.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::QualifiedNames;
use crate::settings::Faults;

/// The Schema Registry server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// The address to listen on, as IP:PORT. Default: 127.0.0.1:8081.
    pub listen: String,
    /// Where schemas are kept: memory, which forgets everything on exit, or `file:PATH`, a file that is made if it is not
    /// there. Default: memory.
    pub store: String,
    /// Whether `:.context:subject` names a subject of a context. If false, it is a literal subject of the default
    /// context. Default: true.
    pub qualified_subjects: bool,
}

/// What the server runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Where schemas are kept.
    pub store: StoreKind,
    /// Whether names can be qualified.
    pub names: QualifiedNames,
}

/// Where schemas are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreKind {
    /// In memory: gone when the server stops.
    Memory,
    /// In a file, which one registry at a time has open.
    File(PathBuf),
}

/// Why a text is not a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// One that is to come.
    #[error("the store '{0}' is not available yet: use memory or file:PATH")]
    NotYet(String),
    /// None at all.
    #[error("'{0}' is not a store: use memory or file:PATH")]
    Unknown(String),
    /// A file without a name.
    #[error("the store 'file:' names no file: use file:PATH")]
    NoPath,
}

impl FromStr for StoreKind {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("file", "")) => Err(StoreError::NoPath),
            Some(("file", path)) => Ok(Self::File(PathBuf::from(path))),
            Some(("kafka", _)) => Err(StoreError::NotYet(text.to_owned())),
            _ => Err(StoreError::Unknown(text.to_owned())),
        }
    }
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8081)).to_string(),
            store: "memory".to_owned(),
            qualified_subjects: true,
        }
    }
}

impl RawConfig {
    /// Checks every key; `pointer` is where this section stands in the config.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let listen = self.listen.parse().map_err(|_| {
            format!("'{}' is not an address: an IP address and a port, such as 127.0.0.1:8081", self.listen)
        });
        let listen = faults.take(format!("{pointer}/listen"), listen);
        let store = faults.take(format!("{pointer}/store"), self.store.parse());
        let names = if self.qualified_subjects { QualifiedNames::On } else { QualifiedNames::Off };
        Some(Config { listen: listen?, store: store?, names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, Vec<(String, String)>> {
        let raw: RawConfig = serde_json::from_str(text).unwrap();
        let mut faults = Faults::default();
        let config = raw.validate("/server", &mut faults);
        config.ok_or_else(|| faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.message)).collect())
    }

    #[test]
    fn an_empty_section_has_the_defaults() {
        let config = read("{}").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8081");
        assert_eq!(config.store, StoreKind::Memory);
        assert_eq!(config.names, QualifiedNames::On);
    }

    #[test]
    fn values_are_taken() {
        let text = r#"{"listen": "[::]:80", "store": "file:data/schemas.redb", "qualified_subjects": false}"#;
        let config = read(text).unwrap();
        assert_eq!(config.listen.to_string(), "[::]:80");
        assert_eq!(config.store, StoreKind::File("data/schemas.redb".into()));
        assert_eq!(config.names, QualifiedNames::Off);
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let faults = read(r#"{"listen": "8081", "store": "kafka:b:9092"}"#).unwrap_err();
        let at: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(at, ["/server/listen", "/server/store"]);
        assert_eq!(faults[1].1, "the store 'kafka:b:9092' is not available yet: use memory or file:PATH");
        for (store, message) in [
            ("file:", "the store 'file:' names no file: use file:PATH"),
            ("/data/schemas", "'/data/schemas' is not a store: use memory or file:PATH"),
        ] {
            assert_eq!(store.parse::<StoreKind>().unwrap_err().to_string(), message);
        }
        assert!(serde_json::from_str::<RawConfig>(r#"{"lisen": "x"}"#).is_err());
    }
}
