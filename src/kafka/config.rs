//! The `kafka:` section of the config.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::Error;
use super::files::Files;
use super::native::{self, Consumer, Producer};
use super::properties::{ConsumerSettings, GroupIdentity, ProducerLimits, ProducerSettings, forbidden};
use super::tokens::Tokens;
use crate::settings::{Faults, Oauth2, RawOauth2, Secret};

/// Where Kafka is and how to talk to it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// Brokers as `host:port`, separated by commas, or `embedded` for a broker inside this process.
    /// Default: `localhost:9092`.
    pub bootstrap_servers: Option<String>,
    /// librdkafka properties of every client.
    #[serde(default)]
    pub properties: BTreeMap<String, PropertyValue>,
    /// librdkafka properties of consumers; they override `properties`.
    #[serde(default)]
    pub consumer: BTreeMap<String, PropertyValue>,
    /// librdkafka properties of producers; they override `properties`.
    #[serde(default)]
    pub producer: BTreeMap<String, PropertyValue>,
    /// Where tokens come from with `sasl.mechanism: OAUTHBEARER`. Default: the registry's, `registry.auth.oauth2`.
    pub oauth2: Option<RawOauth2>,
}

/// The value of a librdkafka property. It may be a password, so it is never printed.
#[derive(Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PropertyValue {
    /// `true` or `false`.
    Switch(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// The text of a file, without its final line break.
    File {
        /// Its path.
        file: PathBuf,
    },
}

impl fmt::Debug for PropertyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file } => write!(f, "File({})", file.display()),
            Self::Switch(_) | Self::Integer(_) | Self::Number(_) | Self::Text(_) => f.write_str("***"),
        }
    }
}

/// Which brokers to ask first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrap {
    /// These: `host:port`, separated by commas.
    Servers(String),
    /// One inside this process, which somebody has to start: see [`Config::at`].
    Embedded,
}

/// How to make clients.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// Which brokers to ask first.
    pub bootstrap: Bootstrap,
    /// Whether that is the broker inside this process.
    embedded: bool,
    pub(super) properties: Vec<(String, String)>,
    pub(super) consumer: Vec<(String, String)>,
    pub(super) producer: Vec<(String, String)>,
    /// Where tokens come from, if that is said here.
    pub oauth2: Option<Oauth2>,
    pub(super) tokens: Option<Tokens>,
    /// Of `properties`, `consumer` and `producer`: the values that stand in files.
    pub(super) files: [Files; 3],
    /// What stood in all files that clients are made with.
    pub(super) read: u64,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn names(properties: &[(String, String)]) -> Vec<&str> {
            properties.iter().map(|(name, _)| name.as_str()).collect()
        }
        f.debug_struct("Config")
            .field("bootstrap", &self.bootstrap)
            .field("embedded", &self.embedded)
            .field("properties", &names(&self.properties))
            .field("consumer", &names(&self.consumer))
            .field("producer", &names(&self.producer))
            .field("oauth2", &self.oauth2)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

impl RawConfig {
    /// Checks every property with librdkafka, and refuses those that would break a guarantee.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let servers = self.bootstrap_servers.unwrap_or_else(|| "localhost:9092".to_owned());
        let bootstrap = match servers.trim() {
            "" => {
                faults.note(format!("{pointer}/bootstrap_servers"), "no broker: give host:port, or 'embedded'");
                None
            }
            "embedded" => Some(Bootstrap::Embedded),
            servers => Some(Bootstrap::Servers(servers.to_owned())),
        };
        let files = [&self.properties, &self.consumer, &self.producer].map(files);
        let properties = resolve(self.properties, &format!("{pointer}/properties"), faults);
        let consumer = resolve(self.consumer, &format!("{pointer}/consumer"), faults);
        let producer = resolve(self.producer, &format!("{pointer}/producer"), faults);
        let oauth2 = match self.oauth2 {
            Some(raw) => Some(raw.validate(&format!("{pointer}/oauth2"), faults)?),
            None => None,
        };
        let (properties, consumer, producer) = (properties?, consumer?, producer?);
        let config = Config { properties, consumer, producer, oauth2, ..Config::new(bootstrap?) }.with_files(files);
        if config.is_static_in_newer_protocol() {
            let message = "'group.instance.id' can't go with 'group.protocol: consumer': after a crash the broker refuses \
                           the member that comes back until the old session is over; leave one of them out";
            faults.note(format!("{pointer}/consumer"), message);
            return None;
        }
        Some(config)
    }
}

/// The values that stand in files.
fn files(properties: &BTreeMap<String, PropertyValue>) -> Files {
    let file = |(name, value): (&String, &PropertyValue)| match value {
        PropertyValue::File { file } => Some((name.clone(), file.clone())),
        _ => None,
    };
    properties.iter().filter_map(file).collect()
}

/// Turns values into text and notes what is wrong with each.
fn resolve(
    properties: BTreeMap<String, PropertyValue>,
    pointer: &str,
    faults: &mut Faults,
) -> Option<Vec<(String, String)>> {
    let count = properties.len();
    let resolved: Vec<_> = properties
        .into_iter()
        .filter_map(|(name, value)| {
            // RFC 6901: these two characters have to be escaped in a pointer.
            let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            let value = match value {
                PropertyValue::Switch(value) => value.to_string(),
                PropertyValue::Integer(value) => value.to_string(),
                PropertyValue::Number(value) => value.to_string(),
                PropertyValue::Text(value) => value,
                PropertyValue::File { file } => {
                    faults.take(&pointer, Secret::resolve(None, Some(&file)))?.reveal().to_owned()
                }
            };
            if let Some(reason) = forbidden(&name, &value) {
                faults.note(pointer, format!("'{name}' can't be set here: {reason}"));
                return None;
            }
            faults.take(pointer, native::check_property(&name, &value))?;
            Some((name, value))
        })
        .collect();
    (resolved.len() == count).then_some(resolved)
}

impl Config {
    /// A config without properties of the user's.
    pub fn new(bootstrap: Bootstrap) -> Self {
        let embedded = bootstrap == Bootstrap::Embedded;
        let (properties, consumer, producer) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            bootstrap,
            embedded,
            properties,
            consumer,
            producer,
            oauth2: None,
            tokens: None,
            files: Default::default(),
            read: 0,
        }
        .with_files(Default::default())
    }

    /// The same, with these brokers: what `embedded` becomes when the embedded broker runs.
    #[must_use]
    pub fn at(mut self, servers: &str) -> Self {
        self.bootstrap = Bootstrap::Servers(servers.to_owned());
        self
    }

    /// The same, for clients that take these tokens.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Whether brokers are to be shown tokens.
    pub fn asks_for_tokens(&self) -> bool {
        let mut all = self.properties.iter().chain(&self.consumer).chain(&self.producer);
        all.any(|(name, value)| {
            matches!(name.as_str(), "sasl.mechanism" | "sasl.mechanisms") && value.eq_ignore_ascii_case("OAUTHBEARER")
        })
    }

    /// Whether the broker is the one inside this process, which knows no settings of topics.
    pub fn is_embedded(&self) -> bool {
        self.embedded
    }

    /// Whether consumers would be static members of a group of KIP-848.
    fn is_static_in_newer_protocol(&self) -> bool {
        let all = || self.consumer.iter().chain(&self.properties);
        let protocol = all().find(|(name, _)| name == "group.protocol").map(|(_, value)| value.as_str());
        protocol == Some("consumer") && all().any(|(name, _)| name == "group.instance.id")
    }

    /// Makes and drops a client of each kind, because some properties only turn out to be wrong together (or with the
    /// files that they name).
    pub fn verify(&self) -> Result<(), Error> {
        let identity =
            GroupIdentity { group: "serdecar-check".to_owned(), client: "serdecar-check".to_owned(), worker: 0 };
        drop(Consumer::new(&ConsumerSettings::new(self, &identity))?);
        drop(Producer::new(&ProducerSettings::new(self, "serdecar-check", ProducerLimits::default()))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml_as_json: &str) -> (Option<Config>, Vec<(String, String)>) {
        let raw: RawConfig = serde_json::from_str(yaml_as_json).unwrap();
        let mut faults = Faults::default();
        let config = raw.validate("/kafka", &mut faults);
        (config, faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.message)).collect())
    }

    #[test]
    fn values_may_be_texts_numbers_and_switches() {
        let (config, faults) = read(
            r#"{"bootstrap_servers": "a:1,b:2", "properties": {"socket.timeout.ms": 5000, "security.protocol": "plaintext"},
                "consumer": {"check.crcs": true}, "producer": {"linger.ms": 0.5}}"#,
        );
        assert_eq!(faults, []);
        let config = config.unwrap();
        assert_eq!(config.bootstrap, Bootstrap::Servers("a:1,b:2".into()));
        assert_eq!(config.consumer, [("check.crcs".to_owned(), "true".to_owned())]);
        assert_eq!(config.producer, [("linger.ms".to_owned(), "0.5".to_owned())]);
    }

    #[test]
    fn every_wrong_property_is_a_fault_of_its_own() {
        let (config, faults) = read(
            r#"{"bootstrap_servers": " ", "properties": {"no.such": 1, "acks": "1"}, "consumer": {"enable.auto.commit": true},
                "producer": {"linger.ms": "soon", "sasl.password": {"file": "/nowhere"}}}"#,
        );
        assert!(config.is_none());
        let pointers: Vec<_> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/kafka/bootstrap_servers",
                "/kafka/properties/acks",
                "/kafka/properties/no.such",
                "/kafka/consumer/enable.auto.commit",
                "/kafka/producer/linger.ms",
                "/kafka/producer/sasl.password"
            ]
        );
        assert_eq!(faults[2].1, "No such configuration property: \"no.such\"");
        assert!(faults[3].1.contains("committed only after"), "{}", faults[3].1);
        assert!(faults[4].1.contains("queue.buffering.max.ms"), "the library names the alias: {}", faults[4].1);
    }

    #[test]
    fn a_static_member_of_the_newer_group_protocol_is_refused() {
        let both = r#"{"properties": {"group.protocol": "consumer"}, "consumer": {"group.instance.id": "pod-0"}}"#;
        let (config, faults) = read(both);
        assert!(config.is_none());
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].0, "/kafka/consumer");
        assert!(faults[0].1.contains("leave one of them out"), "{}", faults[0].1);
        let (config, faults) = read(
            r#"{"properties": {"group.protocol": "consumer", "group.instance.id": "pod-0"},
            "consumer": {"group.protocol": "classic"}}"#,
        );
        assert!(config.is_some(), "{faults:?}");
    }

    #[test]
    fn a_property_is_never_printed() {
        let (config, _) = read(r#"{"properties": {"sasl.password": "hunter2"}}"#);
        assert!(!format!("{:?}", config.unwrap()).contains("hunter2"));
        assert_eq!(format!("{:?}", PropertyValue::Text("hunter2".into())), "***");
    }

    #[test]
    fn the_default_settings_make_clients() {
        let config = Config::new(Bootstrap::Servers("127.0.0.1:1".into()));
        assert_eq!(config.verify(), Ok(()));
    }

    #[test]
    fn properties_that_are_wrong_together_are_found_by_making_a_client() {
        let mut config = Config::new(Bootstrap::Servers("127.0.0.1:1".into()));
        config.producer.push(("max.in.flight.requests.per.connection".into(), "50".into()));
        let error = config.verify().unwrap_err();
        assert!(error.to_string().contains("max.in.flight"), "{error}");
    }
}
