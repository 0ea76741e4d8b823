//! A source of schemas for tests: a table that the test changes while workers run.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::Schemas;
use crate::registry::{CachedSchema, FetchedSchema, Label, Lookup, Missing, Reference, RegistryError, Version};
use crate::schema::{Context, Guid, Identifier, QualifiedSubject, SchemaId, SchemaType, Subject};

/// The table. Clones share it, as workers share a registry.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeSchemas {
    shared: Arc<(Mutex<Table>, Condvar)>,
    /// What the last answer points to.
    last: Option<Arc<CachedSchema>>,
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<(Context, Identifier), Arc<CachedSchema>>,
    by_subject: HashMap<QualifiedSubject, Arc<CachedSchema>>,
    unknown: HashSet<(Context, Identifier)>,
    changes: u64,
}

impl FakeSchemas {
    fn change(&self, change: impl FnOnce(&mut Table)) {
        let mut table = self.shared.0.lock().unwrap();
        change(&mut table);
        table.changes += 1;
        self.shared.1.notify_all();
    }

    /// Registers an Avro schema under a subject of a context.
    pub(crate) fn register(&self, context: &str, subject: &str, id: u32, text: &str) {
        self.register_as(SchemaType::Avro, context, subject, id, text);
    }

    /// Registers a schema under a subject of a context.
    pub(crate) fn register_as(&self, schema_type: SchemaType, context: &str, subject: &str, id: u32, text: &str) {
        self.register_with(schema_type, context, subject, id, text, &[]);
    }

    /// Registers a schema that refers to others, by their names.
    pub(crate) fn register_with(
        &self,
        schema_type: SchemaType,
        context: &str,
        subject: &str,
        id: u32,
        text: &str,
        references: &[(&str, &str)],
    ) {
        let references = || -> Vec<Reference> {
            references.iter().map(|(name, text)| Reference { name: (*name).into(), text: (*text).into() }).collect()
        };
        let (context, subject) = (Context::parse(context).unwrap(), Subject::new(subject));
        let id = Identifier::Id(SchemaId::new(id).unwrap());
        let guid = Guid::of(text, &[], |_| {});
        let schema = |id, subject| {
            let label = Label { context: context.clone(), id, subject, version: Some(1) };
            let (text, references) = (text.to_owned(), references());
            let fetched = FetchedSchema { label, guid: Some(guid), schema_type, text, references };
            Arc::new(CachedSchema::compile(fetched).unwrap())
        };
        let (of_id, of_subject) = (schema(id, None), schema(id, Some(subject.clone())));
        let of_guid = schema(guid.into(), None);
        self.change(|table| {
            table.by_id.insert((context.clone(), id), of_id);
            table.by_id.insert((context.clone(), guid.into()), of_guid);
            table.by_subject.insert(QualifiedSubject::new(context.clone(), subject), of_subject);
        });
    }

    /// Lets the registry say that it has no such id.
    pub(crate) fn disown(&self, context: &str, id: u32) {
        let key = (Context::parse(context).unwrap(), SchemaId::new(id).unwrap().into());
        self.change(|table| {
            table.unknown.insert(key);
        });
    }

    fn answer(&mut self, find: impl FnOnce(&MutexGuard<'_, Table>) -> Option<Arc<CachedSchema>>) -> Lookup<'_> {
        self.last = find(&self.shared.0.lock().unwrap());
        self.last.as_ref().map_or(Lookup::Pending, Lookup::Ready)
    }
}

impl Schemas for FakeSchemas {
    fn held_by(&mut self, subject: &QualifiedSubject, id: Identifier) -> Lookup<'_> {
        let (of_id, of_subject) = {
            let table = self.shared.0.lock().unwrap();
            let of_id = table.by_id.get(&(subject.context.clone(), id)).map(|schema| schema.guid);
            (of_id, table.by_subject.get(subject).map(|schema| schema.guid))
        };
        if of_id.is_some() && of_id != of_subject {
            return Lookup::Unknown(Arc::new(RegistryError::NotFound(Missing::Holder(subject.clone(), id))));
        }
        self.by_id(&subject.context, id)
    }

    fn by_id(&mut self, context: &Context, id: Identifier) -> Lookup<'_> {
        let key = (context.clone(), id);
        if self.shared.0.lock().unwrap().unknown.contains(&key) {
            return Lookup::Unknown(Arc::new(RegistryError::NotFound(Missing::Id(context.clone(), id))));
        }
        self.answer(|table| table.by_id.get(&key).cloned())
    }

    fn by_version(&mut self, subject: &QualifiedSubject, _: Version) -> Lookup<'_> {
        self.answer(|table| table.by_subject.get(subject).cloned())
    }

    fn wait(&mut self, timeout: Duration) {
        let table = self.shared.0.lock().unwrap();
        let before = table.changes;
        drop(self.shared.1.wait_timeout_while(table, timeout, |table| table.changes == before).unwrap());
    }

    fn forget_pending(&mut self) {}

    fn flush_metrics(&mut self) {}
}
