//! A worker's own level: no lock, and no write to memory that another worker looks at.
//!
//! A record that needs the same schema as the one before costs two comparisons. The result is borrowed: cloning an `Arc` per
//! record would write to a counter that all workers share. Hits are counted here and handed over once a batch.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::registry::client::Version;
use crate::registry::error::RegistryError;
use crate::schema::{Context, Identifier, QualifiedSubject};

use super::shelf::Shelf;
use super::slot::{Slot, View};
use super::tally::Tallies;
use super::{Asked, Bell, CachedSchema, Flight, Key, Outcome, Shared, Waited};

/// Schemas that a worker keeps by id, and by subject.
const MAX_ITEMS: usize = 1_024;

/// The part of `registry.cache.max_bytes` that a worker's own level may keep alive after the shared one let go of it.
const PART: u64 = 4;

/// Unsettled questions that are kept in mind; beyond it those that nobody asked for again are dropped.
const MAX_PENDING: usize = 4_096;

/// What there is to say about a schema.
#[derive(Debug)]
pub enum Lookup<'a> {
    /// Here it is.
    Ready(&'a Arc<CachedSchema>),
    /// It is being fetched. Ask again after [`LocalSchemas::wait`], or later.
    Pending,
    /// The registry definitely does not know it.
    Unknown(Arc<RegistryError>),
    /// The registry has it, and it cannot be used.
    Refused(Arc<RegistryError>),
}

/// The schemas of one worker. Dropping it gives up whatever it waits for.
pub struct LocalSchemas {
    shared: Arc<Shared>,
    bell: Arc<Bell>,
    last_id: Option<LastId>,
    ids: Shelf<Context, Identifier, Known>,
    /// Those that a subject holds.
    held: Shelf<QualifiedSubject, Identifier, Known>,
    last_name: Option<LastName>,
    names: Shelf<QualifiedSubject, Version, Used>,
    /// What was asked for and not yet there. Holding a flight keeps it going.
    flights: HashMap<Key, Arc<Flight>>,
    awaited: Vec<Awaited>,
    tallies: Tallies,
}

/// The id that was asked for last.
struct LastId {
    context: Context,
    id: Identifier,
    known: Known,
    hits: u64,
}

/// A schema, and whose hits it counts for.
#[derive(Clone)]
struct Known {
    schema: Arc<CachedSchema>,
    tally: usize,
}

/// The name that was asked for last.
struct LastName {
    subject: QualifiedSubject,
    version: Version,
    slot: Arc<Slot>,
    epoch: u64,
    known: Known,
    hits: u64,
}

/// A version of a subject in use, and how it looked last.
struct Used {
    slot: Arc<Slot>,
    epoch: u64,
    known: Option<Known>,
}

enum Awaited {
    Flight(Arc<Flight>),
    Slot(Arc<Slot>),
}

impl LastId {
    #[inline]
    fn is(&self, context: &Context, id: Identifier) -> bool {
        self.id == id && self.context == *context
    }
}

impl LastName {
    #[inline]
    fn is(&self, subject: &QualifiedSubject, version: Version) -> bool {
        self.slot.epoch() == self.epoch && self.version == version && self.subject == *subject
    }
}

impl LocalSchemas {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let max_bytes = shared.config.max_bytes / PART;
        Self {
            shared,
            bell: Arc::new(Bell::default()),
            last_id: None,
            ids: Shelf::new(MAX_ITEMS, max_bytes),
            held: Shelf::new(MAX_ITEMS, max_bytes),
            last_name: None,
            names: Shelf::new(MAX_ITEMS, u64::MAX),
            flights: HashMap::new(),
            awaited: Vec::new(),
            tallies: Tallies::default(),
        }
    }

    /// The schema that `id` means in `context`. Never blocks, never answers from another context.
    ///
    /// Whatever a fetch ended with is told at least once to each worker that was told [`Pending`](Lookup::Pending), however
    /// short it is remembered.
    #[inline]
    pub fn by_id(&mut self, context: &Context, id: impl Into<Identifier>) -> Lookup<'_> {
        let id = id.into();
        match &mut self.last_id {
            Some(last) if last.is(context, id) => last.hits += 1,
            _ => {
                if let Err(verdict) = self.recall_id(context, id) {
                    return verdict;
                }
            }
        }
        match &self.last_id {
            Some(last) => Lookup::Ready(&last.known.schema),
            None => Lookup::Pending,
        }
    }

    /// The schema that `id` means in the subject's context, if it is a version of the subject, soft-deleted ones too; else
    /// [`Unknown`](Lookup::Unknown). Never blocks.
    pub fn held_by(&mut self, subject: &QualifiedSubject, id: impl Into<Identifier>) -> Lookup<'_> {
        let id = id.into();
        if let Some(known) = self.held.get_mut(subject, &id) {
            self.tallies.local_hits(known.tally, 1);
        } else {
            let key = Key { context: subject.context.clone(), id, holder: Some(subject.subject.clone()) };
            match self.recall(key) {
                Ok(known) => {
                    let bytes = known.schema.byte_size() as u64;
                    self.held.insert(subject.clone(), id, known, bytes);
                }
                Err(verdict) => return verdict,
            }
        }
        match self.held.get_mut(subject, &id) {
            Some(known) => Lookup::Ready(&known.schema),
            None => Lookup::Pending,
        }
    }

    /// The schema of a subject's version, for whoever writes with it. Never blocks, never answers from another context.
    ///
    /// The latest version is the one of at most `registry.cache.latest_ttl` ago, or the last that was to be had. What is
    /// missing, or cannot be used, is [`Pending`](Lookup::Pending): [`SchemaCache::problems`](super::SchemaCache::problems)
    /// says why.
    #[inline]
    pub fn by_version(&mut self, subject: &QualifiedSubject, version: Version) -> Lookup<'_> {
        match &mut self.last_name {
            Some(last) if last.is(subject, version) => last.hits += 1,
            _ => {
                if let Err(verdict) = self.recall_name(subject, version) {
                    return verdict;
                }
            }
        }
        match &self.last_name {
            Some(last) => Lookup::Ready(&last.known.schema),
            None => Lookup::Pending,
        }
    }

    /// Why a version that is [`Pending`](Lookup::Pending) is not there, as far as that is known.
    pub fn problem(&mut self, subject: &QualifiedSubject, version: Version) -> Option<String> {
        let used = self.names.get_mut(subject, &version)?;
        used.slot.problem(|| format!("version {version} of subject {subject}"))
    }

    /// Blocks this thread until something that was pending has settled.
    pub fn wait(&mut self, timeout: Duration) -> Waited {
        if self.awaited.is_empty() {
            return Waited::Idle;
        }
        let awaited = &mut self.awaited;
        self.bell.wait(timeout, || {
            let before = awaited.len();
            awaited.retain(|one| !one.is_settled());
            awaited.len() < before
        })
    }

    /// Gives up whatever is pending: the records that need it are no longer this worker's.
    pub fn forget_pending(&mut self) {
        self.flights.clear();
        self.awaited.clear();
        self.names.retain(|used| used.known.is_some());
    }

    /// Hands the counts over to the metrics; call it once a batch.
    pub fn flush_metrics(&mut self) {
        self.settle_hits();
        self.tallies.flush();
    }

    /// Finds an id beyond the last one; if it is there, it is the last one afterwards.
    #[inline(never)]
    fn recall_id(&mut self, context: &Context, id: Identifier) -> Result<(), Lookup<'static>> {
        if let Some(known) = self.ids.get_mut(context, &id) {
            let known = known.clone();
            self.remember_id(context, id, known, 1);
            return Ok(());
        }
        let known = self.recall(Key { context: context.clone(), id, holder: None })?;
        self.ids.insert(context.clone(), id, known.clone(), known.schema.byte_size() as u64);
        self.remember_id(context, id, known, 0);
        Ok(())
    }

    /// What the shared level knows, or a flight has brought.
    fn recall(&mut self, key: Key) -> Result<Known, Lookup<'static>> {
        let outcome = match self.flights.get(&key) {
            Some(flight) => match flight.outcome() {
                Some(outcome) => {
                    let outcome = outcome.clone();
                    self.flights.remove(&key);
                    outcome
                }
                None => return Err(Lookup::Pending),
            },
            None => match self.shared.ask(&key, &self.bell) {
                Asked::Settled(outcome) => {
                    if let Outcome::Ready(_) = &outcome {
                        let tally = self.tallies.of(&key.context, &self.shared.measures);
                        self.tallies.shared_hit(tally);
                    }
                    outcome
                }
                Asked::Flying(flight) => {
                    self.await_flight(key, flight);
                    return Err(Lookup::Pending);
                }
            },
        };
        match outcome {
            Outcome::Ready(schema) => Ok(Known { tally: self.tallies.of(&key.context, &self.shared.measures), schema }),
            Outcome::Unknown(error) => Err(Lookup::Unknown(error)),
            Outcome::Refused(error) => Err(Lookup::Refused(error)),
        }
    }

    /// Finds a name beyond the last one, or looks again at that; if it is there, it is the last one afterwards.
    #[inline(never)]
    fn recall_name(&mut self, subject: &QualifiedSubject, version: Version) -> Result<(), Lookup<'static>> {
        if let Some(used) = self.names.get_mut(subject, &version)
            && let Some(known) = &used.known
            && used.slot.epoch() == used.epoch
        {
            let (slot, epoch, known) = (Arc::clone(&used.slot), used.epoch, known.clone());
            self.remember_name(subject, version, slot, epoch, known, 1);
            return Ok(());
        }
        let name = (subject.clone(), version);
        let (slot, is_new) = match self.names.get_mut(subject, &version) {
            Some(used) => (Arc::clone(&used.slot), false),
            None => (self.shared.slot(&name), true),
        };
        if is_new {
            slot.attach(&self.bell);
        }
        let View { epoch, schema } = self.shared.look(&name, &slot);
        let known =
            schema.map(|schema| Known { tally: self.tallies.of(&subject.context, &self.shared.measures), schema });
        let used = Used { slot: Arc::clone(&slot), epoch, known: known.clone() };
        self.names.insert(name.0, version, used, 0);
        if let Some(known) = known {
            self.tallies.shared_hit(known.tally);
            self.remember_name(subject, version, slot, epoch, known, 0);
            Ok(())
        } else {
            if is_new {
                self.awaited.push(Awaited::Slot(slot));
            }
            Err(Lookup::Pending)
        }
    }

    fn remember_id(&mut self, context: &Context, id: Identifier, known: Known, hits: u64) {
        self.settle_hits();
        self.last_id = Some(LastId { context: context.clone(), id, known, hits });
    }

    fn remember_name(
        &mut self,
        subject: &QualifiedSubject,
        version: Version,
        slot: Arc<Slot>,
        epoch: u64,
        known: Known,
        hits: u64,
    ) {
        self.settle_hits();
        self.last_name = Some(LastName { subject: subject.clone(), version, slot, epoch, known, hits });
    }

    fn await_flight(&mut self, key: Key, flight: Arc<Flight>) {
        if self.flights.len() >= MAX_PENDING {
            self.flights.clear();
        }
        if self.awaited.len() >= MAX_PENDING {
            self.awaited.retain(|one| !one.is_settled());
        }
        self.awaited.push(Awaited::Flight(Arc::clone(&flight)));
        self.flights.insert(key, flight);
    }

    /// Moves the hits of the last id and name to their tallies.
    fn settle_hits(&mut self) {
        if let Some(last) = &mut self.last_id {
            self.tallies.local_hits(last.known.tally, std::mem::take(&mut last.hits));
        }
        if let Some(last) = &mut self.last_name {
            self.tallies.local_hits(last.known.tally, std::mem::take(&mut last.hits));
        }
    }
}

impl Awaited {
    fn is_settled(&self) -> bool {
        match self {
            Self::Flight(flight) => flight.outcome().is_some(),
            Self::Slot(slot) => slot.has_schema(),
        }
    }
}

impl Drop for LocalSchemas {
    fn drop(&mut self) {
        self.flush_metrics();
    }
}

impl fmt::Debug for LocalSchemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSchemas").field("pending", &self.awaited.len()).finish_non_exhaustive()
    }
}
