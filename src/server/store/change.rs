//! How a store changes: one step at a time, each of them about one thing.
//!
//! Whoever decides on changes has checked them; applying them never fails.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::definition::Schema;
use super::super::settings::{Config, Mode};
use super::{Record, Store, Stored, VersionKey};
use crate::schema::{Context, QualifiedSubject, SchemaId};

/// One step from a state of the registry to the next.
#[derive(Debug, Clone)]
pub(in crate::server) enum Change {
    /// A version is as it says from now on: new, soft-deleted, or (imported) another schema than before.
    Hold(VersionKey, Holding),
    /// A version is gone for good, and with the last one that holds it its schema.
    Remove(VersionKey),
    /// The context is in the list of contexts.
    List(Context),
    /// The context is no longer in the list of contexts.
    Unlist(Context),
    /// Ids of the context up to this one have been handed out, though no schema may show it.
    Reach(Context, u32),
    /// The mode of a subject, or of a context where the subject is empty.
    SetMode(QualifiedSubject, Mode),
    /// That mode is set no longer.
    ClearMode(QualifiedSubject),
    /// The config of a subject, or of a context where the subject is empty.
    SetConfig(QualifiedSubject, Arc<Config>),
    /// That config is set no longer.
    ClearConfig(QualifiedSubject),
}

/// What a version holds.
#[derive(Debug, Clone)]
pub(in crate::server) struct Holding {
    pub(in crate::server) record: Record,
    pub(in crate::server) schema: Arc<Schema>,
    /// Which version each reference of the schema means, in the same order.
    pub(in crate::server) targets: Arc<[VersionKey]>,
}

impl Change {
    /// The subject whose versions it is about.
    pub(in crate::server) fn subject(&self) -> Option<&QualifiedSubject> {
        match self {
            Self::Hold(key, _) | Self::Remove(key) => Some(&key.subject),
            _ => None,
        }
    }
}

impl Store {
    /// Makes a change, which repeated changes nothing more.
    pub(in crate::server) fn apply(&mut self, change: Change) {
        match change {
            Change::Hold(key, holding) => self.hold(key, holding),
            Change::Remove(key) => self.remove(&key),
            Change::List(context) => self.namespaces.entry(context).or_default().listed = true,
            Change::Unlist(context) => {
                if let Some(namespace) = self.namespaces.get_mut(&context) {
                    namespace.listed = false;
                }
            }
            Change::Reach(context, id) => {
                let namespace = self.namespaces.entry(context).or_default();
                namespace.last_id = namespace.last_id.max(id);
            }
            Change::SetMode(name, mode) => drop(self.modes.insert(name, mode)),
            Change::ClearMode(name) => drop(self.modes.remove(&name)),
            Change::SetConfig(name, config) => drop(self.configs.insert(name, config)),
            Change::ClearConfig(name) => drop(self.configs.remove(&name)),
        }
    }

    /// An id keeps its schema: whatever says otherwise is passed over, as Confluent's registry does on replay.
    fn hold(&mut self, key: VersionKey, Holding { record, schema, targets }: Holding) {
        if self.record(&key).is_some_and(|held| held.id != record.id) {
            self.remove(&key);
        }
        let VersionKey { subject: QualifiedSubject { context, subject }, version } = key;
        let namespace = self.namespaces.entry(context.clone()).or_default();
        namespace.last_id = namespace.last_id.max(record.id.get());
        if namespace.schemas.get(&record.id).is_some_and(|stored| stored.schema.content() != schema.content()) {
            return;
        }
        namespace.by_content.insert((schema.content(), record.id));
        let stored = namespace.schemas.entry(record.id).or_insert_with(|| {
            for target in targets.iter() {
                self.referrers.entry(target.clone()).or_default().insert((context.clone(), record.id));
            }
            Stored { schema, targets, holders: BTreeSet::new() }
        });
        stored.holders.insert((subject.clone(), version));
        let before = namespace.is_live(&subject);
        namespace.subjects.entry(subject.clone()).or_default().insert(version, record);
        namespace.tally.shift(before, namespace.is_live(&subject));
    }

    /// Removes a version, and what only it kept: its schema, its subject.
    fn remove(&mut self, key: &VersionKey) {
        let QualifiedSubject { context, subject } = &key.subject;
        let Some(namespace) = self.namespaces.get_mut(context) else { return };
        let before = namespace.is_live(subject);
        let Some(versions) = namespace.subjects.get_mut(subject) else { return };
        let Some(Record { id, .. }) = versions.remove(&key.version) else { return };
        if versions.is_empty() {
            namespace.subjects.remove(subject);
        }
        namespace.tally.shift(before, namespace.is_live(subject));
        let Some(stored) = namespace.schemas.get_mut(&id) else { return };
        stored.holders.remove(&(subject.clone(), key.version));
        if !stored.holders.is_empty() {
            return;
        }
        let Some(stored) = namespace.schemas.remove(&id) else { return };
        namespace.by_content.remove(&(stored.schema.content(), id));
        self.forget(context, id, &stored.targets);
    }

    /// A schema is gone: it refers to nothing any more.
    fn forget(&mut self, context: &Context, id: SchemaId, targets: &[VersionKey]) {
        for target in targets {
            if let Some(referrers) = self.referrers.get_mut(target) {
                referrers.remove(&(context.clone(), id));
                if referrers.is_empty() {
                    self.referrers.remove(target);
                }
            }
        }
    }
}
