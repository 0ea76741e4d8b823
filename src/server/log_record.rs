//! How a change is written down: keys and values as in the `_schemas` topic of Confluent's and Redpanda's registries.
//!
//! A record with a value replaces an earlier one with the same key, one without a value (a tombstone) takes it away, so
//! the last record of each key is the whole state. Subjects in records are qualified, whether or not requests may
//! qualify theirs: a literal of the default context that looks qualified is written `:.:` and then itself.
//!
//! Departures, which the topic must be spared: a reference that was registered while names were literals, and looks
//! qualified, is marked (`literalReferences`); and [`Change::Reach`] has a keytype of its own, `REACHED`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Metadata, RuleSet, Schema};
use super::names;
use super::settings::{Config, Mode};
use super::store::{Change, Holding, Record, Version, VersionKey};
use crate::schema::{Context, QualifiedNames, QualifiedSubject, SchemaId, SchemaReference, SchemaType};

/// A key and what stands under it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogRecord {
    /// JSON.
    pub(super) key: Vec<u8>,
    /// JSON; none for a tombstone.
    pub(super) value: Option<Vec<u8>>,
    /// When it came about, in milliseconds since 1970-01-01 UTC; 0 where nobody asks.
    pub(super) timestamp: i64,
}

/// Why a record says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    /// A key or a value that is not what it should be.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// An id that no schema can have.
    #[error("{0} is no schema id: expected 0 to 2147483647")]
    Id(u32),
    /// A version that none can be.
    #[error("{0} is no version: expected 1 to 2147483647")]
    Version(Version),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "keytype", rename_all = "UPPERCASE")]
enum Key {
    Schema { subject: String, version: Version, magic: u8 },
    Config(SettingKey),
    Mode(SettingKey),
    Context { tenant: String, context: String, magic: u8 },
    Reached { context: String, magic: u8 },
}

/// Without a subject, the default context is meant.
#[derive(Serialize, Deserialize)]
struct SettingKey {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    magic: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SchemaValue {
    subject: String,
    version: Version,
    id: u32,
    #[serde(default)]
    schema_type: SchemaType,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<SchemaReference>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule_set: Option<RuleSet>,
    schema: String,
    deleted: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    literal_references: bool,
}

#[derive(Serialize, Deserialize)]
struct SettingValue<T> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(flatten)]
    setting: T,
}

#[derive(Serialize, Deserialize)]
struct ModeValue {
    mode: Mode,
}

#[derive(Serialize, Deserialize)]
struct ContextValue {
    tenant: String,
    context: String,
}

#[derive(Serialize, Deserialize)]
struct ReachedValue {
    id: u32,
}

const TENANT: &str = "default";

fn printed(name: &QualifiedSubject) -> String {
    names::printed(name, QualifiedNames::On)
}

fn parsed(text: &str) -> QualifiedSubject {
    QualifiedSubject::parse(text, QualifiedNames::On)
}

fn parsed_context(text: &str) -> Context {
    parsed(&format!(":{text}:")).context
}

/// The subject of a setting; none for the default context.
fn printed_level(name: &QualifiedSubject) -> Option<String> {
    Some(printed(name)).filter(|text| !text.is_empty())
}

fn parsed_level(text: Option<String>) -> QualifiedSubject {
    parsed(&text.unwrap_or_default())
}

fn setting_key(name: &QualifiedSubject) -> SettingKey {
    SettingKey { subject: printed_level(name), magic: 0 }
}

fn context_key(context: &Context) -> Key {
    Key::Context { tenant: TENANT.to_owned(), context: context.to_string(), magic: 0 }
}

fn schema_key(key: &VersionKey) -> Key {
    Key::Schema { subject: printed(&key.subject), version: key.version, magic: 1 }
}

impl LogRecord {
    fn new(key: &Key, value: Option<Vec<u8>>) -> Result<Self, serde_json::Error> {
        Ok(Self { key: serde_json::to_vec(key)?, value, timestamp: 0 })
    }

    /// The record that a change is written down as.
    pub(super) fn of(change: &Change) -> Result<Self, serde_json::Error> {
        let setting = |name: &QualifiedSubject, mode: Mode| SettingValue {
            subject: printed_level(name),
            setting: ModeValue { mode },
        };
        match change {
            Change::Hold(key, holding) => {
                let value = serde_json::to_vec(&schema_value(key, holding))?;
                let record = Self::new(&schema_key(key), Some(value))?;
                Ok(Self { timestamp: holding.record.registered, ..record })
            }
            Change::Remove(key) => Self::new(&schema_key(key), None),
            Change::List(context) => {
                let value = ContextValue { tenant: TENANT.to_owned(), context: context.to_string() };
                Self::new(&context_key(context), Some(serde_json::to_vec(&value)?))
            }
            Change::Unlist(context) => Self::new(&context_key(context), None),
            Change::SetMode(name, mode) => {
                let value = serde_json::to_vec(&setting(name, *mode))?;
                Self::new(&Key::Mode(setting_key(name)), Some(value))
            }
            Change::ClearMode(name) => Self::new(&Key::Mode(setting_key(name)), None),
            Change::SetConfig(name, config) => {
                let value = SettingValue { subject: printed_level(name), setting: Config::clone(config) };
                Self::new(&Key::Config(setting_key(name)), Some(serde_json::to_vec(&value)?))
            }
            Change::ClearConfig(name) => Self::new(&Key::Config(setting_key(name)), None),
            Change::Reach(context, id) => {
                let key = Key::Reached { context: context.to_string(), magic: 0 };
                Self::new(&key, Some(serde_json::to_vec(&ReachedValue { id: *id })?))
            }
        }
    }

    /// The change that a key with a value stands for.
    pub(super) fn read(key: &[u8], value: &[u8], timestamp: i64) -> Result<Change, RecordError> {
        Ok(match serde_json::from_slice(key)? {
            Key::Schema { subject, version, .. } => {
                if version < 1 {
                    return Err(RecordError::Version(version));
                }
                let key = VersionKey { subject: parsed(&subject), version };
                let holding = holding(&key, serde_json::from_slice(value)?, timestamp)?;
                Change::Hold(key, holding)
            }
            Key::Config(SettingKey { subject, .. }) => {
                let SettingValue { setting, .. } = serde_json::from_slice::<SettingValue<Config>>(value)?;
                Change::SetConfig(parsed_level(subject), Arc::new(setting))
            }
            Key::Mode(SettingKey { subject, .. }) => {
                let SettingValue { setting, .. } = serde_json::from_slice::<SettingValue<ModeValue>>(value)?;
                Change::SetMode(parsed_level(subject), setting.mode)
            }
            Key::Context { context, .. } => {
                serde_json::from_slice::<ContextValue>(value)?;
                Change::List(parsed_context(&context))
            }
            Key::Reached { context, .. } => {
                Change::Reach(parsed_context(&context), serde_json::from_slice::<ReachedValue>(value)?.id)
            }
        })
    }
}

fn schema_value(key: &VersionKey, Holding { record, schema, targets }: &Holding) -> SchemaValue {
    let definition = &schema.definition;
    let qualified = resolved(key, &definition.references, QualifiedNames::On);
    SchemaValue {
        subject: printed(&key.subject),
        version: key.version,
        id: record.id.get(),
        schema_type: definition.schema_type,
        references: definition.references.clone(),
        metadata: definition.metadata.clone(),
        rule_set: definition.rule_set.clone(),
        schema: definition.text.to_string(),
        deleted: record.deleted,
        literal_references: qualified.ne(targets.iter().cloned()),
    }
}

fn holding(key: &VersionKey, value: SchemaValue, timestamp: i64) -> Result<Holding, RecordError> {
    let names = if value.literal_references { QualifiedNames::Off } else { QualifiedNames::On };
    let id = SchemaId::new(value.id).ok_or(RecordError::Id(value.id))?;
    let targets = resolved(key, &value.references, names).collect();
    let definition = Definition {
        schema_type: value.schema_type,
        text: value.schema.into(),
        references: value.references,
        metadata: value.metadata,
        rule_set: value.rule_set,
    };
    let record = Record { id, deleted: value.deleted, registered: timestamp };
    Ok(Holding { record, schema: Arc::new(Schema::new(definition)), targets })
}

/// What references of a version mean, by their text alone.
fn resolved(
    key: &VersionKey,
    references: &[SchemaReference],
    names: QualifiedNames,
) -> impl Iterator<Item = VersionKey> {
    references.iter().map(move |reference| VersionKey {
        subject: QualifiedSubject::resolve(&reference.subject, &key.subject.context, names),
        version: reference.version,
    })
}

#[cfg(test)]
mod tests;
