//! Registering a schema, and looking one up by its content.
//!
//! A registration reads under the read lock, parses without a lock, and writes under the write lock, where everything
//! that may have changed in between is checked again: a large schema stops nobody, and an error changes nothing.
//!
//! Compatibility with earlier versions is not checked yet, nor can an id be chosen (which takes import mode).

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use super::Registry;
use super::definition::{Definition, Metadata, RuleSet};
use super::error::Error;
use super::lookup::Registered;
use super::names::{self, Level};
use super::references::Resolved;
use super::store::{Schema, Store, Version, Visibility};
use super::stored_text::stored_text;
use crate::schema::avro;
use crate::schema::{Form, QualifiedSubject, SchemaReference, SchemaType};

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
    /// The version to register as: if positive, it must be the next one.
    pub version: Option<i32>,
    /// The id to register under, if not negative. Refused outside import mode.
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

impl Registry {
    /// Registers a schema under a subject (`orders-value`, `:.staging:orders-value`) and returns the version that holds
    /// it: the one that did already, or a new one.
    pub fn register(&self, subject: &str, submission: Submission) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
        let explicit_version = submission.version.filter(|version| *version > 0);
        let explicit_id = submission.id.filter(|id| *id >= 0);
        let (schema, resolved) = self.resolve(&name, submission.define()?, Visibility::Live)?;
        if explicit_id.is_none()
            && explicit_version.is_none()
            && let Some(held) = self.read().by_content(&name, &schema, Visibility::Live)
        {
            return Ok(held);
        }
        if explicit_id.is_some() {
            return Err(Error::NotInImportMode(name));
        }
        validate(&schema.definition, &resolved.schemas)?;
        self.write().commit(&name, schema, &resolved, explicit_version)
    }

    /// The version of a subject that holds exactly this schema.
    pub(super) fn look_up(
        &self,
        subject: &str,
        submission: Submission,
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
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
        let resolved = self.read().resolve(&name.context, sent, self.names, visibility)?;
        definition.references.clone_from(&resolved.references);
        Ok((Schema::new(definition), resolved))
    }
}

impl Store {
    /// The part of a registration that changes the store. Fails before the first change or not at all.
    fn commit(
        &mut self,
        name: &QualifiedSubject,
        schema: Schema,
        resolved: &Resolved,
        version: Option<Version>,
    ) -> Result<Registered, Error> {
        self.check_targets(&resolved.targets)?;
        // Somebody else may have registered it a moment ago.
        let held = |store: &Self, schema: &Schema| match version {
            None => store.by_content(name, schema, Visibility::Live),
            Some(_) => None,
        };
        if let Some(held) = held(self, &schema) {
            return Ok(held);
        }
        let schema = self.inherit(name, schema);
        if let Some(held) = held(self, &schema) {
            return Ok(held);
        }
        let key = self.insert(name, schema, &resolved.targets, version, now())?;
        self.registered(&key.subject, key.version).ok_or(Error::VersionNotFound(key.version))
    }

    /// Takes over what the schema leaves open, and the subject's latest version does not.
    fn inherit(&self, name: &QualifiedSubject, schema: Schema) -> Schema {
        let mut live = self.versions(name).into_iter().flatten().rev().filter(|(_, record)| !record.deleted);
        let Some(latest) = live.next().and_then(|(version, _)| self.registered(name, *version)) else { return schema };
        let latest = &latest.schema.definition;
        let mut definition = schema.definition;
        let inherits = (definition.metadata.is_none() && latest.metadata.is_some())
            || (definition.rule_set.is_none() && latest.rule_set.is_some());
        if !inherits {
            return Schema { definition, ..schema };
        }
        definition.metadata = definition.metadata.or_else(|| latest.metadata.clone());
        definition.rule_set = definition.rule_set.or_else(|| latest.rule_set.clone());
        Schema::new(definition)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedNames;

    #[test]
    fn two_registrations_of_one_schema_that_overlap_are_one_version() {
        let registry = Registry::new(QualifiedNames::On);
        let name = QualifiedSubject::parse("s", QualifiedNames::On);
        let read = || {
            let definition = Submission::avro("\"string\"").define().unwrap();
            registry.resolve(&name, definition, Visibility::Live).unwrap()
        };
        // Both have read before either writes.
        let ((first, references), (second, _)) = (read(), read());
        let first = registry.write().commit(&name, first, &references, None).unwrap();
        let second = registry.write().commit(&name, second, &references, None).unwrap();
        assert_eq!((first.version, second.version), (1, 1));
        assert_eq!(first.id, second.id);
    }

    #[test]
    fn a_registration_whose_reference_went_away_meanwhile_changes_nothing() {
        let registry = Registry::new(QualifiedNames::On);
        registry.register("leaf", Submission::avro("\"string\"")).unwrap();
        let name = QualifiedSubject::parse(":.new:s", QualifiedNames::On);
        let reference = SchemaReference { name: "leaf".into(), subject: ":.:leaf".into(), version: 1 };
        let submission = Submission { references: Some(vec![reference]), ..Submission::avro("\"int\"") };
        let (schema, references) = registry.resolve(&name, submission.define().unwrap(), Visibility::Live).unwrap();
        registry.delete_subject("leaf", false).unwrap();
        let refused = registry.write().commit(&name, schema, &references, None).unwrap_err();
        assert_eq!(refused.to_string(), "No schema reference found for subject \"leaf\" and version 1");
        assert_eq!(registry.read().contexts().count(), 1);
    }
}
