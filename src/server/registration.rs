//! Registering a schema, and looking one up by its content.
//!
//! A registration reads what is served, parses without a lock, and then decides by the latest state, where everything
//! that may have changed in between is checked again: a large schema stops nobody, and an error changes nothing.
//!
//! Compatibility with earlier versions is not checked yet.

mod decision;
mod inheritance;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::Registry;
use super::definition::{Definition, Metadata, RuleSet, Schema};
use super::error::Error;
use super::lookup::Registered;
use super::names::{self, Level};
use super::references::Resolved;
use super::store::{Version, Visibility};
use super::stored_text::stored_text;
use crate::schema::avro;
use crate::schema::{Form, QualifiedSubject, SchemaId, SchemaReference, SchemaType};

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
    pub rule_set: Option<RuleSet>,
    /// The version to register as, if positive; outside import mode it must be the next one.
    pub version: Option<i32>,
    /// The id to register under, if not negative; required in import mode, refused outside.
    pub id: Option<i32>,
    /// How the text is stored; no member of the body.
    #[serde(skip)]
    pub form: Form,
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
        if let Some(rules) = &self.rule_set {
            rules.validate()?;
        }
        let mut references = self.references.unwrap_or_default();
        if self.form == Form::Normalized {
            references.sort_by(|left, right| (&left.subject, left.version).cmp(&(&right.subject, right.version)));
            let mut seen = HashSet::new();
            references.retain(|reference| seen.insert(reference.clone()));
        }
        let text = stored_text(schema_type, &sent, self.form);
        let definition = Definition {
            schema_type,
            text: text.map_err(|message| Error::InvalidSchema(schema_type, message))?.into(),
            references,
            metadata: self.metadata,
            rule_set: self.rule_set,
        };
        if definition.byte_size() > MAX_SCHEMA_BYTES { Err(Error::SchemaTooLarge) } else { Ok(definition) }
    }
}

/// Which version and which id the client insists on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Explicit {
    version: Option<Version>,
    id: Option<SchemaId>,
}

impl Explicit {
    fn of(submission: &Submission) -> Self {
        let id = submission.id.and_then(|id| u32::try_from(id).ok()).and_then(SchemaId::new);
        Self { version: submission.version.filter(|version| *version > 0), id }
    }
}

impl Registry {
    /// Registers a schema under a subject (`orders-value`, `:.staging:orders-value`) and returns the version that holds
    /// it: the one that did already, or a new one.
    ///
    /// Blocks the thread until the version is durable.
    pub fn register(&self, subject: &str, submission: Submission) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names(), Level::Schemas)?;
        let explicit = Explicit::of(&submission);
        let import = self.read().mode(&name).is_import();
        // What is imported may refer to what its source had soft-deleted.
        let visibility = if import { Visibility::All } else { Visibility::Live };
        let (schema, resolved) = self.resolve(&name, submission.define()?, visibility)?;
        {
            let store = self.read();
            if let Some(held) = store.held(&name, &schema, explicit) {
                return Ok(held);
            }
            store.check_register_mode(&name, explicit)?;
        }
        if !import {
            validate(&schema.definition, &resolved.schemas)?;
        }
        let now = now();
        self.change(|store| store.registration(&name, &schema, &resolved, explicit, now))
    }

    /// The version of a subject that holds exactly this schema.
    pub(super) fn look_up(
        &self,
        subject: &str,
        submission: Submission,
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names(), Level::Schemas)?;
        self.read().shown(&name, visibility)?;
        let (schema, resolved) = self.resolve(&name, submission.define()?, Visibility::All)?;
        let held = self.read().by_content(&name, &schema, visibility);
        match held {
            Some(held) => Ok(held),
            None => validate(&schema.definition, &resolved.schemas).and(Err(Error::SchemaNotFound)),
        }
    }

    /// Follows the references of a definition and gives it its identity, of which they are part.
    fn resolve(
        &self,
        name: &QualifiedSubject,
        mut definition: Definition,
        visibility: Visibility,
    ) -> Result<(Schema, Resolved), Error> {
        let sent = std::mem::take(&mut definition.references);
        let resolved = self.read().resolve(&name.context, sent, self.names(), visibility)?;
        definition.references.clone_from(&resolved.references);
        Ok((Schema::new(definition), resolved))
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
