//! What a registration changes, by the latest state of the registry.

use std::sync::Arc;

use super::super::definition::Schema;
use super::super::error::Error;
use super::super::lookup::Registered;
use super::super::references::{Resolved, Target};
use super::super::store::{Change, Holding, Record, Store, Version, VersionKey, Visibility};
use super::Explicit;
use crate::schema::{QualifiedSubject, SchemaId};

impl Store {
    /// The live version that holds a schema already, as the one that the client insists on if it does.
    pub(super) fn held(&self, name: &QualifiedSubject, schema: &Schema, explicit: Explicit) -> Option<Registered> {
        let Explicit { version, id } = explicit;
        if version.is_none() && id.is_none() {
            return self.by_content(name, schema, Visibility::Live);
        }
        let wanted = |(found, record): &(&Version, &Record)| {
            !record.deleted && version.is_none_or(|version| **found == version) && id.is_none_or(|id| record.id == id)
        };
        let candidates = self.versions(name)?.iter().rev().filter(wanted);
        let mut candidates = candidates.filter_map(|(version, _)| self.registered(name, *version));
        candidates.find(|held| held.schema.content() == schema.content())
    }

    /// Whether the mode lets a new version in: with an id in import mode, without one in the usual mode.
    pub(super) fn check_register_mode(&self, name: &QualifiedSubject, explicit: Explicit) -> Result<(), Error> {
        let mode = self.mode(name);
        match explicit.id {
            _ if mode.is_read_only() => Err(Error::ReadOnly(name.clone())),
            Some(_) if !mode.is_import() => Err(Error::NotInImportMode(name.clone())),
            None if mode.is_import() => Err(Error::NotInReadWriteMode(name.clone())),
            _ => Ok(()),
        }
    }

    /// What has to change so that a version of the subject holds the schema, and that version.
    pub(super) fn registration(
        &self,
        name: &QualifiedSubject,
        schema: &Schema,
        resolved: &Resolved,
        explicit: Explicit,
        now: i64,
    ) -> Result<(Vec<Change>, Registered), Error> {
        self.check_register_mode(name, explicit)?;
        let import = self.mode(name).is_import();
        self.check_targets(&resolved.targets, if import { Visibility::All } else { Visibility::Live })?;
        // Somebody else may have registered it a moment ago.
        if let Some(held) = self.held(name, schema, explicit) {
            return Ok((Vec::new(), held));
        }
        let schema = if import { schema.clone() } else { self.inherit(name, schema) };
        if let Some(held) = self.held(name, &schema, explicit) {
            return Ok((Vec::new(), held));
        }
        self.insertion(name, Arc::new(schema), &resolved.targets, explicit, now)
    }

    /// A version that is not there yet, under the id that the client insists on, else the one that the content has in
    /// the context, else a new one. The first version in a context puts the context on the list.
    pub(in crate::server) fn insertion(
        &self,
        name: &QualifiedSubject,
        schema: Arc<Schema>,
        targets: &[Target],
        explicit: Explicit,
        now: i64,
    ) -> Result<(Vec<Change>, Registered), Error> {
        let version = self.next_version(name, explicit)?;
        let id = self.id_for(name, &schema, explicit)?;
        let key = VersionKey { subject: name.clone(), version };
        self.check_replaced(&key, id)?;
        let mut changes = Vec::new();
        if !self.namespaces.get(&name.context).is_some_and(|namespace| namespace.listed) {
            changes.push(Change::List(name.context.clone()));
        }
        let record = Record { id, deleted: false, registered: now };
        let targets = targets.iter().map(|target| target.key.clone()).collect();
        let holding = Holding { record, schema: Arc::clone(&schema), targets };
        changes.push(Change::Hold(key.clone(), holding));
        changes.extend(self.superseded(&key, id));
        let held = Registered { subject: name.clone(), version, id, schema, deleted: false, registered: now };
        Ok((changes, held))
    }

    fn next_version(&self, name: &QualifiedSubject, explicit: Explicit) -> Result<Version, Error> {
        let last = self.versions(name).and_then(|versions| versions.last_key_value());
        let next = last.map_or(Some(1), |(last, _)| last.checked_add(1));
        match explicit {
            Explicit { version: Some(version), id: Some(_) } => Ok(version),
            Explicit { version: Some(version), id: None } if next != Some(version) => Err(Error::VersionNotNext),
            _ => next.ok_or(Error::Exhausted),
        }
    }

    fn id_for(&self, name: &QualifiedSubject, schema: &Schema, explicit: Explicit) -> Result<SchemaId, Error> {
        let namespace = self.namespaces.get(&name.context);
        if let Some(id) = explicit.id {
            let stored = namespace.and_then(|namespace| namespace.schemas.get(&id));
            return match stored {
                Some(stored) if stored.schema.content() != schema.content() => Err(Error::Overwrite(id, name.clone())),
                _ => Ok(id),
            };
        }
        let known = namespace.and_then(|namespace| namespace.id_of(schema.content()));
        let new = || SchemaId::new(namespace.map_or(0, |namespace| namespace.last_id) + 1);
        known.or_else(new).ok_or(Error::Exhausted)
    }

    /// A version that is imported anew must not be what others refer to, unless it is the same schema.
    fn check_replaced(&self, key: &VersionKey, id: SchemaId) -> Result<(), Error> {
        let replaced = self.record(key).is_some_and(|record| record.id != id);
        if replaced && self.is_referenced(key, Visibility::All, |_, _| false) {
            return Err(Error::ReferenceExists(key.subject.clone(), key.version));
        }
        Ok(())
    }

    /// The soft-deleted versions of a subject that held the id before it was registered again as `key`, unless something
    /// refers to them: they go.
    fn superseded(&self, key: &VersionKey, id: SchemaId) -> impl Iterator<Item = Change> {
        let old = self.versions(&key.subject).into_iter().flatten();
        old.filter(move |(version, record)| record.deleted && record.id == id && **version != key.version)
            .map(|(version, _)| VersionKey { subject: key.subject.clone(), version: *version })
            .filter(|old| !self.is_referenced(old, Visibility::All, |_, _| false))
            .map(Change::Remove)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Registry;
    use super::super::Submission;
    use super::*;
    use crate::schema::{QualifiedNames, SchemaReference};

    #[test]
    fn two_registrations_of_one_schema_that_overlap_are_one_version() {
        let registry = Registry::new(QualifiedNames::On);
        let name = QualifiedSubject::parse("s", QualifiedNames::On);
        let read = || registry.resolve(&name, Submission::avro("\"string\""), Visibility::Live).unwrap();
        // Both have read before either writes.
        let both = [read(), read()];
        let versions = both.map(|(schema, resolved)| {
            let held =
                registry.change(|store| store.registration(&name, &schema, &resolved, Explicit::default(), 0)).unwrap();
            (held.version, held.id.get())
        });
        assert_eq!(versions, [(1, 1), (1, 1)]);
    }

    #[test]
    fn a_registration_whose_reference_went_away_meanwhile_changes_nothing() {
        let registry = Registry::new(QualifiedNames::On);
        registry.register("leaf", Submission::avro("\"string\"")).unwrap();
        let name = QualifiedSubject::parse(":.new:s", QualifiedNames::On);
        let reference = SchemaReference { name: "leaf".into(), subject: ":.:leaf".into(), version: 1 };
        let submission = Submission { references: Some(vec![reference]), ..Submission::avro("\"int\"") };
        let (schema, resolved) = registry.resolve(&name, submission, Visibility::Live).unwrap();
        registry.delete_subject("leaf", false).unwrap();
        let refused =
            registry.change(|store| store.registration(&name, &schema, &resolved, Explicit::default(), 0)).unwrap_err();
        assert_eq!(refused.to_string(), "No schema reference found for subject \"leaf\" and version 1");
        assert_eq!(registry.read().contexts().count(), 1);
    }
}
