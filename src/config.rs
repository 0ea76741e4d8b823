//! The whole config file: gathers each module's own config and reports everything that is wrong at once.
//!
//! Loading goes through stages: the YAML with its marks, the environment laid over it, the JSON Schema that is generated
//! from [`RawConfig`], `serde`, and each module's `validate`. Every stage notes its faults with the key they are about;
//! [`LoadError`] prints all of them, sorted by where they were written.
//!
//! | file | holds |
//! |---|---|
//! | `yaml` | YAML to values with marks; limits against bombs |
//! | `scalar` | the values of YAML's scalars |
//! | `document` | values and the places they come from |
//! | `environment` | `SERDECAR__SECTION__KEY` |
//! | `shape` | what the schema says about one place |
//! | `violations` | a departure from the schema in words |
//! | `salvage` | one fault hides no other |

mod document;
mod environment;
mod pointer;
mod salvage;
mod scalar;
mod shape;
mod violations;
mod yaml;

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use document::{LocatedFault, Place};
pub use environment::environment;

use crate::settings::Faults;
use crate::{admin, gateway, kafka, pipeline, registry, server, telemetry};
use violations::DepartureKind;
use yaml::Broken;

/// The config file as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "serdecar")]
pub struct RawConfig {
    /// Where Kafka is and how to talk to it.
    #[serde(default)]
    kafka: kafka::RawConfig,
    /// Where the schema registry is and how to talk to it.
    #[serde(default)]
    registry: registry::RawConfig,
    /// What is read, transformed and written.
    #[serde(default)]
    pipelines: Vec<pipeline::config::RawConfig>,
    /// Topics over HTTP.
    #[serde(default)]
    gateway: Option<gateway::RawConfig>,
    /// The Schema Registry server, for `serdecar registry` and `registry.url: embedded`.
    #[serde(default)]
    server: server::RawConfig,
    /// Health and metrics over HTTP.
    #[serde(default)]
    admin: admin::RawConfig,
    /// What is logged, and how.
    #[serde(default)]
    log: telemetry::RawConfig,
}

/// What the process runs on: every section checked.
#[derive(Debug)]
pub struct Config {
    /// Where Kafka is and how to talk to it.
    pub kafka: kafka::Config,
    /// Where the schema registry is and how to talk to it.
    pub registry: registry::Config,
    /// What is read, transformed and written.
    pub pipelines: Vec<pipeline::config::Config>,
    /// Topics over HTTP, if they are to be served.
    pub gateway: Option<gateway::Config>,
    /// The Schema Registry server.
    pub server: server::Config,
    /// Health and metrics over HTTP.
    pub admin: admin::Config,
    /// What is logged, and how.
    pub log: telemetry::Config,
}

impl RawConfig {
    fn validate(self, faults: &mut Faults) -> Option<Config> {
        let kafka = self.kafka.validate("/kafka", faults);
        // Some properties only turn out to be wrong together, or with the files that they name.
        let kafka = kafka.filter(|kafka| faults.take("/kafka/properties", kafka.verify()).is_some());
        let registry = self.registry.validate("/registry", faults);
        let pipelines = pipeline::config::RawConfig::validate_all(self.pipelines, "/pipelines", faults);
        let gateway = match self.gateway {
            None => Some(None),
            Some(gateway) => gateway.validate("/gateway", faults).map(Some),
        };
        let server = self.server.validate("/server", faults);
        let admin = self.admin.validate("/admin", faults);
        let log = self.log.validate("/log", faults);
        let (kafka, registry) = (kafka?, registry?);
        if kafka.asks_for_tokens() && kafka.oauth2.is_none() && registry.auth.tokens().is_none() {
            let message = "missing: OAUTHBEARER needs to know where tokens come from, here or in registry.auth.oauth2";
            faults.note("/kafka/oauth2", message);
        }
        let (pipelines, gateway) = (pipelines?, gateway?);
        Some(Config { kafka, registry, pipelines, gateway, server: server?, admin: admin?, log: log? })
    }
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file can't be read at all.
    #[error("can't read {}: {source}", file.display())]
    Unreadable {
        /// The file that was named.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file was read, and this is wrong with it; one line for each fault.
    #[error("{}", Report { file, faults })]
    Faults {
        /// The file that was named.
        file: PathBuf,
        /// At least one fault, sorted by place.
        faults: Vec<LocatedFault>,
    },
}

struct Report<'r> {
    file: &'r Path,
    faults: &'r [LocatedFault],
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, LocatedFault { place, pointer, message }) in self.faults.iter().enumerate() {
            let line_break = if index > 0 { "\n" } else { "" };
            match place {
                Place::File { .. } => write!(f, "{line_break}{}:{place}: {pointer}: {message}", self.file.display())?,
                Place::Variable(name) => write!(f, "{line_break}{name}: {pointer}: {message}")?,
            }
        }
        Ok(())
    }
}

/// Reads the config in the file at `path`, with the variables in `env` laid over it ([`environment()`] has those of the
/// process). Other variables than `SERDECAR__…` are passed over.
pub fn load(path: &Path, env: impl Iterator<Item = (String, String)>) -> Result<Config, LoadError> {
    load_as(path, env, RawConfig::validate)
}

/// Reads a config that stands in a text of ours; no environment.
pub fn parse(text: &str) -> Result<Config, LoadError> {
    read(text.as_bytes(), std::iter::empty(), RawConfig::validate)
        .map_err(|faults| LoadError::Faults { file: PathBuf::from("(text)"), faults })
}

/// The JSON Schema of the config file, [draft 2020-12](https://json-schema.org/draft/2020-12).
pub fn schema() -> Value {
    schema_of::<RawConfig>()
}

fn schema_of<R: JsonSchema>() -> Value {
    schemars::schema_for!(R).to_value()
}

/// [`load`] for any root: `R` is what is written, `validate` makes of it what is run on.
fn load_as<R: DeserializeOwned + JsonSchema, C>(
    path: &Path,
    env: impl Iterator<Item = (String, String)>,
    validate: impl FnOnce(R, &mut Faults) -> Option<C>,
) -> Result<C, LoadError> {
    let bytes = read_bounded(path).map_err(|source| LoadError::Unreadable { file: path.to_owned(), source })?;
    read(&bytes, env, validate).map_err(|mut faults| {
        faults.sort();
        faults.dedup();
        LoadError::Faults { file: path.to_owned(), faults }
    })
}

/// At most one byte more than a config may have.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(yaml::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read<R: DeserializeOwned + JsonSchema, C>(
    bytes: &[u8],
    env: impl Iterator<Item = (String, String)>,
    validate: impl FnOnce(R, &mut Faults) -> Option<C>,
) -> Result<C, Vec<LocatedFault>> {
    let text = utf8(bytes).map_err(|broken| vec![broken.into_fault()])?;
    let schema = schema_of::<R>();
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| vec![LocatedFault::of_the_file(format!("the config's own schema is broken: {error}"))])?;
    let (mut document, mut faults) = yaml::read(text).map_err(|broken| vec![broken.into_fault()])?;
    document.prefer_text(&schema);
    faults.extend(environment::overlay(&mut document, &schema, env));
    let checked = salvage::check(&validator, &schema, document.root(), validate);
    // A value that can't be read stands as null in the document; its own fault says more.
    let unread = |pointer: &str| {
        document.root().pointer(pointer).is_some_and(Value::is_null)
            && faults.iter().any(|fault| fault.pointer == pointer)
    };
    let departures: Vec<_> = checked.departures.into_iter().filter(|found| !unread(&found.pointer)).collect();
    faults.extend(departures.into_iter().map(|departure| {
        let place = match departure.kind {
            DepartureKind::Unknown { .. } => document.place_of_key(&departure.pointer),
            DepartureKind::Value | DepartureKind::Missing => document.place(&departure.pointer),
        };
        LocatedFault { place, pointer: departure.pointer, message: departure.message }
    }));
    match checked.config {
        Some(config) if faults.is_empty() => Ok(config),
        None if faults.is_empty() => Err(vec![LocatedFault::of_the_file("the config is not valid")]),
        _ => Err(faults),
    }
}

/// The text of a config file, or where it stops being text.
fn utf8(bytes: &[u8]) -> Result<&str, Broken> {
    if bytes.len() as u64 > yaml::MAX_BYTES {
        let message = format!("larger than {} bytes", yaml::MAX_BYTES);
        return Err(Broken::file(message));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (good, bad) = bytes.split_at(error.valid_up_to());
        let good = String::from_utf8_lossy(good);
        let last = good.rsplit('\n').next().unwrap_or_default();
        let place = Place::File { line: good.matches('\n').count() + 1, column: last.chars().count() + 1 };
        let message = format!("not UTF-8: byte 0x{:02x}", bad.first().copied().unwrap_or_default());
        LocatedFault { place, pointer: String::new(), message }.into()
    })
}

#[cfg(test)]
mod tests;
