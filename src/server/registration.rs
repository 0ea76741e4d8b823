//! Registering a schema, and looking one up by its content.
//!
//! A registration reads what is served, parses without a lock, and then decides by the latest state, where everything
//! that may have changed in between is checked again: a large schema stops nobody, and an error changes nothing.
//!
//! That goes for compatibility too: it is judged before, and the verdict counts if it would still be the same.

mod decision;
mod inheritance;

use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::Registry;
use super::definition::{Definition, Metadata, RuleSet, Schema};
use super::error::Error;
use super::lookup::Registered;
use super::parsed::Parsed;
use super::references::Resolved;
use super::store::{Version, Visibility};
use super::stored_text::stored_text;
use crate::schema::{Form, QualifiedSubject, SchemaId, SchemaReference, SchemaType};

/// What one schema may take in a registry's log, in bytes: Kafka's default for the largest record.
pub(super) const MAX_SCHEMA_BYTES: usize = 1 << 20;

/// How often a registration is judged while others go on, before they have to wait for it.
const ATTEMPTS: usize = 8;

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
    /// Whether it need not get along with earlier versions; no member of the body.
    #[serde(skip)]
    pub force: bool,
}

impl Submission {
    /// An Avro schema with nothing beside it.
    pub fn avro(text: impl Into<String>) -> Self {
        Self { schema: Some(text.into()), ..Self::default() }
    }

    /// The language of the text.
    fn language(&self) -> Result<SchemaType, Error> {
        match self.schema_type.as_deref() {
            None | Some("AVRO") => Ok(SchemaType::Avro),
            Some("JSON") => Ok(SchemaType::Json),
            Some("PROTOBUF") => Ok(SchemaType::Protobuf),
            Some(other) => Err(Error::UnknownSchemaType(other.to_owned())),
        }
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
        let name = self.subject(subject)?;
        let (explicit, force) = (Explicit::of(&submission), submission.force);
        let import = self.read().mode(&name).is_import();
        // What is imported may refer to what its source had soft-deleted, and stays as it is.
        let visibility = if import { Visibility::All } else { Visibility::Live };
        let form = if import { Form::Written } else { submission.form };
        let (schema, resolved) = self.resolve(&name, Submission { form, ..submission }, visibility)?;
        {
            let store = self.read();
            let stored = || if import { schema.clone() } else { store.inherit(&name, &schema) };
            let held = store.held(&name, &schema, explicit).or_else(|| store.held(&name, &stored(), explicit));
            if let Some(held) = held {
                return Ok(held);
            }
            store.check_register_mode(&name, explicit)?;
        }
        let now = now();
        let parsed = if import { None } else { Some(Parsed::parse(&schema.definition, &resolved.schemas)?) };
        let Some(parsed) = parsed.filter(|_| !force) else {
            return self.change(|store| store.registration(&name, &schema, &resolved, explicit, now));
        };
        for _ in 0..ATTEMPTS {
            let basis = self.read().basis(&name, &schema)?;
            basis.judge(&name, &parsed)?;
            let decided = self.change(|store| {
                if !store.basis(&name, &schema)?.is_same(&basis) {
                    return Ok((Vec::new(), None));
                }
                let (changes, held) = store.registration(&name, &schema, &resolved, explicit, now)?;
                Ok((changes, Some(held)))
            })?;
            // Without an answer, somebody else was faster.
            if let Some(held) = decided {
                return Ok(held);
            }
        }
        // So many others register here that now they have to wait.
        self.change(|store| {
            store.basis(&name, &schema)?.judge(&name, &parsed)?;
            store.registration(&name, &schema, &resolved, explicit, now)
        })
    }

    /// The version of a subject that holds exactly this schema.
    pub(super) fn look_up(
        &self,
        subject: &str,
        submission: Submission,
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let name = self.subject(subject)?;
        self.read().shown(&name, visibility)?;
        let (schema, resolved) = self.resolve(&name, submission, Visibility::All)?;
        let held = self.read().by_content(&name, &schema, visibility);
        match held {
            Some(held) => Ok(held),
            None => Parsed::parse(&schema.definition, &resolved.schemas).and(Err(Error::SchemaNotFound)),
        }
    }

    /// Follows the references of what was sent, and turns it into what is stored: references and text are its identity.
    pub(super) fn resolve(
        &self,
        name: &QualifiedSubject,
        submission: Submission,
        visibility: Visibility,
    ) -> Result<(Schema, Resolved), Error> {
        let schema_type = submission.language()?;
        let sent = submission.schema.filter(|text| !text.trim().is_empty()).ok_or(Error::EmptySchema)?;
        if let Some(rules) = &submission.rule_set {
            rules.validate()?;
        }
        let (form, resolved) = {
            let store = self.read();
            let normalized = store.config(name).normalize == Some(true) && !store.mode(name).is_import();
            let form = if normalized { Form::Normalized } else { submission.form };
            let references = in_form(submission.references.unwrap_or_default(), form);
            (form, store.resolve(&name.context, references, self.names(), visibility)?)
        };
        let text = stored_text(schema_type, &sent, form);
        let definition = Definition {
            schema_type,
            text: text.map_err(|message| Error::InvalidSchema(schema_type, message))?.into(),
            references: resolved.references.clone(),
            metadata: submission.metadata,
            rule_set: submission.rule_set,
        };
        if definition.byte_size() > MAX_SCHEMA_BYTES {
            return Err(Error::SchemaTooLarge);
        }
        Ok((Schema::new(definition), resolved))
    }
}

/// References in the order in which they are stored; normalized, sorted and each once.
fn in_form(mut references: Vec<SchemaReference>, form: Form) -> Vec<SchemaReference> {
    if form == Form::Normalized {
        references.sort_by(|left, right| (&left.subject, left.version).cmp(&(&right.subject, right.version)));
        let mut seen = HashSet::new();
        references.retain(|reference| seen.insert(reference.clone()));
    }
    references
}

/// Milliseconds since 1970-01-01 UTC.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
