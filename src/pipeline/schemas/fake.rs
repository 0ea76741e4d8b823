//! A source of schemas for tests: a table that the test changes while workers run.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::{CachedSchema, Label, Lookup, Schemas, Version};
use crate::schema::avro::{Plan, Schema};
use crate::schema::{Context, QualifiedSubject, SchemaId, Subject};

/// The table. Clones share it, as workers share a registry.
#[derive(Debug, Clone, Default)]
pub(in crate::pipeline) struct FakeSchemas(Arc<(Mutex<Table>, Condvar)>);

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<(Context, SchemaId), Arc<CachedSchema>>,
    by_subject: HashMap<QualifiedSubject, Arc<CachedSchema>>,
    unknown: HashSet<(Context, SchemaId)>,
    changes: u64,
}

impl FakeSchemas {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.0.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Table)) {
        let mut table = self.table();
        change(&mut table);
        table.changes += 1;
        self.0.1.notify_all();
    }

    /// Registers an Avro schema under a subject of a context.
    pub(in crate::pipeline) fn register(&self, context: &str, subject: &str, id: u32, text: &str) {
        let plan = || Plan::compile(&Schema::parse::<&str>(text, &[]).unwrap()).unwrap();
        let (context, subject) = (Context::parse(context).unwrap(), Subject::new(subject));
        let id = SchemaId::new(id).unwrap();
        let label = |subject| Label { context: context.clone(), id, subject, version: Some(1) };
        let of_id = Arc::new(CachedSchema { label: label(None), plan: plan() });
        let of_subject = Arc::new(CachedSchema { label: label(Some(subject.clone())), plan: plan() });
        self.change(|table| {
            table.by_id.insert((context.clone(), id), of_id);
            table.by_subject.insert(QualifiedSubject::new(context.clone(), subject), of_subject);
        });
    }

    /// Lets the registry say that it has no such id.
    pub(in crate::pipeline) fn disown(&self, context: &str, id: u32) {
        let key = (Context::parse(context).unwrap(), SchemaId::new(id).unwrap());
        self.change(|table| {
            table.unknown.insert(key);
        });
    }
}

impl Schemas for FakeSchemas {
    fn by_id(&mut self, context: &Context, id: SchemaId) -> Lookup {
        let (table, key) = (self.table(), (context.clone(), id));
        match table.by_id.get(&key) {
            Some(schema) => Lookup::Ready(Arc::clone(schema)),
            None if table.unknown.contains(&key) => Lookup::Unknown,
            None => Lookup::Pending,
        }
    }

    fn of_subject(&mut self, subject: &QualifiedSubject, _: Version) -> Lookup {
        self.table().by_subject.get(subject).map_or(Lookup::Pending, |schema| Lookup::Ready(Arc::clone(schema)))
    }

    fn wait(&mut self, timeout: Duration) {
        let table = self.table();
        let before = table.changes;
        drop(self.0.1.wait_timeout_while(table, timeout, |table| table.changes == before).unwrap());
    }

    fn flush_metrics(&mut self) {}
}
