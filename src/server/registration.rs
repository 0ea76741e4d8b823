//! Registering a schema, and looking one up by its content.
//!
//! A registration reads under the read lock, parses without a lock, and writes under the write lock, where everything
//! that may have changed in between is checked again: a large schema stops nobody, and an error changes nothing.
//!
//! Compatibility with earlier versions is not checked yet, nor can an id be chosen (which takes import mode).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;

use super::Registry;
use super::definition::{Definition, Metadata};
use super::error::Error;
use super::lookup::Registered;
use super::names::{self, Level};
use super::references::Resolved;
use super::store::{Schema, Store, Version, Visibility};
use super::stored_text::compact;
use crate::schema::avro;
use crate::schema::{QualifiedSubject, SchemaReference, SchemaType};

/// What one schema may take in a registry's log, in bytes: Kafka's default for the largest record.
pub(super) const MAX_SCHEMA_BYTES: usize = 1 << 20;

/// The body of a registration or a lookup. Members that the registry does not know are ignored.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Submission {
    /// The text.
    pub schema: Option<String>,
    /// `AVRO` (the default), `JSON` or `PROTOBUF`.
    pub schema_type: Option<String>,
    /// What the text refers to; version -1 means the latest.
    pub references: Option<Vec<SchemaReference>>,
    /// Facts about the schema; absent, those of the subject's latest version are taken over.
    pub metadata: Option<Metadata>,
    /// Rules that clients run; absent, those of the subject's latest version are taken over.
    pub rule_set: Option<Value>,
    /// The version to register as: if positive, it must be the next one.
    pub version: Option<i32>,
    /// The id to register under, if not negative. Refused outside import mode.
    pub id: Option<i32>,
}

impl Submission {
    /// An Avro schema with nothing beside it.
    pub fn avro(text: impl Into<String>) -> Self {
        Self { schema: Some(text.into()), ..Self::default() }
    }

    /// The definition with its stored text, its references not followed yet.
    fn define(self) -> Result<Definition, Error> {
        let schema_type = match self.schema_type.as_deref() {
            None | Some("AVRO") => SchemaType::Avro,
            Some("JSON") => SchemaType::Json,
            Some("PROTOBUF") => SchemaType::Protobuf,
            Some(other) => return Err(Error::UnknownSchemaType(other.to_owned())),
        };
        let sent = self.schema.filter(|text| !text.trim().is_empty()).ok_or(Error::EmptySchema)?;
        let text = match schema_type {
            SchemaType::Avro | SchemaType::Json => {
                compact(&sent).map_err(|error| Error::InvalidSchema(schema_type, error.to_string()))?
            }
            SchemaType::Protobuf => sent,
        };
        let definition = Definition {
            schema_type,
            text: text.into(),
            references: self.references.unwrap_or_default(),
            metadata: self.metadata,
            rule_set: self.rule_set,
        };
        if definition.byte_size() > MAX_SCHEMA_BYTES { Err(Error::SchemaTooLarge) } else { Ok(definition) }
    }
}

impl Registry {
    /// Registers a schema under a subject (`orders-value`, `:.staging:orders-value`) and returns the version that holds
    /// it: the one that did already, or a new one.
    pub fn register(&self, subject: &str, submission: Submission) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
        let explicit_version = submission.version.filter(|version| *version > 0);
        let explicit_id = submission.id.filter(|id| *id >= 0);
        let mut definition = submission.define()?;

        let resolved = {
            let store = self.read();
            let resolved = self.resolve(&store, &name, &mut definition, Visibility::Live)?;
            if explicit_id.is_none()
                && explicit_version.is_none()
                && let Some(held) = store.by_content(&name, &definition, Visibility::Live)
            {
                return Ok(held);
            }
            resolved
        };
        if explicit_id.is_some() {
            return Err(Error::NotInImportMode(name));
        }
        validate(&definition, &resolved.schemas)?;
        self.write().commit(&name, definition, &resolved, explicit_version)
    }

    /// The version of a subject that holds exactly this schema.
    pub(super) fn look_up(
        &self,
        subject: &str,
        submission: Submission,
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
        let store = self.read();
        store.shown(&name, visibility)?;
        let mut definition = submission.define()?;
        let resolved = self.resolve(&store, &name, &mut definition, Visibility::All)?;
        if let Some(held) = store.by_content(&name, &definition, visibility) {
            return Ok(held);
        }
        drop(store);
        validate(&definition, &resolved.schemas)?;
        Err(Error::SchemaNotFound)
    }

    fn resolve(
        &self,
        store: &Store,
        name: &QualifiedSubject,
        definition: &mut Definition,
        visibility: Visibility,
    ) -> Result<Resolved, Error> {
        let sent = std::mem::take(&mut definition.references);
        let resolved = store.resolve(&name.context, sent, self.names, visibility)?;
        definition.references.clone_from(&resolved.references);
        Ok(resolved)
    }
}

impl Store {
    /// The part of a registration that changes the store. Fails before the first change or not at all.
    fn commit(
        &mut self,
        name: &QualifiedSubject,
        mut definition: Definition,
        resolved: &Resolved,
        version: Option<Version>,
    ) -> Result<Registered, Error> {
        self.check_targets(&resolved.targets)?;
        if version.is_none() {
            // Somebody else may have registered it a moment ago.
            if let Some(held) = self.by_content(name, &definition, Visibility::Live) {
                return Ok(held);
            }
        }
        self.inherit(name, &mut definition);
        if version.is_none()
            && let Some(held) = self.by_content(name, &definition, Visibility::Live)
        {
            return Ok(held);
        }
        let key = self.insert(name, definition, &resolved.targets, version, now())?;
        self.registered(&key.subject, key.version).ok_or(Error::VersionNotFound(key.version))
    }

    /// Takes over what the schema leaves open from the subject's latest version.
    fn inherit(&self, name: &QualifiedSubject, definition: &mut Definition) {
        let mut live = self.versions(name).into_iter().flatten().rev().filter(|(_, record)| !record.deleted);
        let latest = live.next().and_then(|(version, _)| self.registered(name, *version));
        if let Some(Registered { schema, .. }) = latest {
            definition.metadata = definition.metadata.take().or_else(|| schema.definition.metadata.clone());
            definition.rule_set = definition.rule_set.take().or_else(|| schema.definition.rule_set.clone());
        }
    }
}

/// Checks that the text is a schema of its type.
///
/// JSON Schema and Protobuf are checked superficially for now: a JSON Schema must be an object or a boolean.
fn validate(definition: &Definition, references: &[Arc<Schema>]) -> Result<(), Error> {
    let invalid = |message: String| Error::InvalidSchema(definition.schema_type, message);
    match definition.schema_type {
        SchemaType::Avro => {
            let texts: Vec<&str> = references.iter().map(|schema| &*schema.definition.text).collect();
            avro::Schema::parse(&definition.text, &texts).map(drop).map_err(|error| invalid(error.to_string()))
        }
        SchemaType::Json if definition.text.starts_with('{') || matches!(&*definition.text, "true" | "false") => Ok(()),
        SchemaType::Json => Err(invalid("a JSON Schema is an object or a boolean".to_owned())),
        SchemaType::Protobuf => Ok(()),
    }
}

/// Milliseconds since 1970-01-01 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
