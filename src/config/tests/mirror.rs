//! A root with the sections of the whole config, written out in raw types: what the loader is tested against without
//! the modules that own the sections.

#![expect(dead_code, reason = "the fields stand for those of other modules; tests look at some of them")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::{ByteSize, Faults, Period, Secret};
use crate::{admin, telemetry};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mirror {
    pub(super) kafka: Option<Kafka>,
    pub(super) registry: Option<Registry>,
    #[serde(default)]
    pub(super) pipelines: Vec<Pipeline>,
    #[serde(default)]
    pub(super) admin: admin::RawConfig,
    #[serde(default)]
    pub(super) log: telemetry::RawConfig,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Kafka {
    /// Where the cluster is.
    pub(super) bootstrap_servers: String,
    #[serde(default)]
    pub(super) properties: BTreeMap<String, Property>,
    #[serde(default)]
    pub(super) consumer: BTreeMap<String, Property>,
    #[serde(default)]
    pub(super) producer: BTreeMap<String, Property>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Property {
    Switch(bool),
    Integer(i64),
    Number(f64),
    Text(String),
    File { file: String },
}

impl Property {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Registry {
    pub(super) url: OneOrMany,
    #[serde(default)]
    pub(super) auth: Auth,
    #[serde(default)]
    pub(super) cache: Cache,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Auth {
    #[default]
    None,
    Basic(Basic),
    Bearer(Bearer),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Basic {
    pub(super) username: String,
    pub(super) password: Option<Secret>,
    pub(super) password_file: Option<std::path::PathBuf>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bearer {
    pub(super) token: Secret,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cache {
    pub(super) max_bytes: Option<ByteSize>,
    pub(super) latest_ttl: Option<Period>,
    pub(super) negative_ttl: Option<Period>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) direction: Direction,
    pub(super) source: Source,
    pub(super) sink: Sink,
    #[serde(default)]
    pub(super) context: ContextRule,
    pub(super) value: Option<Part>,
    pub(super) key: Option<Part>,
    #[serde(default)]
    pub(super) on_invalid: OnInvalid,
    pub(super) delivery: Option<Delivery>,
    pub(super) commit_interval: Option<Period>,
    #[serde(default = "one")]
    pub(super) workers: u16,
    pub(super) batch: Option<Batch>,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    /// JSON to Avro.
    Serialize,
    /// Avro to JSON.
    Deserialize,
    /// Checked, passed on unchanged.
    Verify,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) topics: Vec<String>,
    pub(super) group: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sink {
    pub(super) topic: String,
    pub(super) partition: Option<Partition>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Partition {
    Preserve,
    Key,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum ContextRule {
    Fixed(String),
    Topic(TopicRule),
    Header(HeaderRule),
}

impl Default for ContextRule {
    fn default() -> Self {
        Self::Fixed(".".to_owned())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicRule {
    pub(super) topic: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderRule {
    pub(super) header: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) format: Format,
    pub(super) subject: Option<String>,
    pub(super) version: Option<Version>,
    pub(super) reader: Option<Version>,
    pub(super) json: Option<Json>,
    pub(super) unknown_fields: Option<UnknownFields>,
    pub(super) bytes: Option<String>,
    pub(super) timestamps: Option<String>,
    pub(super) decimals: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Avro,
    Json,
    None,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Version {
    Number(u32),
    Latest(Latest),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Latest {
    Latest,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Json {
    Plain,
    Avro,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum UnknownFields {
    Ignore,
    Reject,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnInvalid {
    #[default]
    Stop,
    Skip,
    DeadLetter(String),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Delivery {
    AtLeastOnce,
    ExactlyOnce,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names of the config's keys")]
pub(super) struct Batch {
    #[schemars(range(min = 1))]
    pub(super) max_records: Option<u32>,
    pub(super) max_bytes: Option<ByteSize>,
    pub(super) max_wait: Option<Period>,
}

impl Mirror {
    /// What a module would find: texts that the schema can't tell apart.
    pub(super) fn validate(self, faults: &mut Faults) -> Option<Self> {
        for (index, pipeline) in self.pipelines.iter().enumerate() {
            if pipeline.name.is_empty() {
                faults.note(format!("/pipelines/{index}/name"), "must not be empty");
            }
            if let Some(earlier) = self.pipelines.iter().take(index).position(|other| other.name == pipeline.name) {
                faults.note(format!("/pipelines/{index}/name"), format!("pipeline {earlier} has the same name"));
            }
        }
        if let Some(Registry { auth: Auth::Basic(basic), .. }) = &self.registry
            && basic.password.is_none()
            && basic.password_file.is_none()
        {
            faults.note("/registry/auth/basic/password", "missing: give it in the config or as a file");
        }
        faults.is_empty().then_some(self)
    }
}
