//! Schemas, compiled and remembered, for workers that must not wait for one another.
//!
//! Two levels. [`LocalSchemas`] belongs to one worker and takes no lock. Behind it stands one shared level, bounded by
//! bytes, keyed by context **and** id, or GUID: what that refers to by an unqualified subject depends on the context too. What neither holds is fetched in the background, one flight for each key however
//! many ask: a worker learns that its schema is [`Pending`](Lookup::Pending) and goes on with other work, or waits.
//!
//! * A fetch that fails is repeated for as long as somebody wants the schema; failures are never remembered.
//! * An id that the registry definitely does not know is asked for again until `registry.unknown_grace` is over, counted
//!   from the first such answer, so that a registry which just came up and lags behind has its time too. Then it is unknown,
//!   and stays so for `registry.cache.negative_ttl`; once that is over, the next record waits anew.
//! * Whether a subject holds an id is remembered with the schema, and by the same rules.
//! * An id whose schema cannot be run (it does not compile, …) is refused, and that is remembered as long.
//! * The latest version of a subject is renewed in the background; while the registry is away the last one goes on being
//!   used. A subject or version that is missing or cannot be run is waited for: nothing that is yet to be written is lost.

mod bell;
mod flight;
mod local;
mod schema;
mod shelf;
mod slot;
mod source;
mod store;
mod tally;
mod trouble;

pub use bell::Waited;
pub use local::{LocalSchemas, Lookup};
pub use schema::{CachedSchema, Compiled};
pub(crate) use shelf::Shelf;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::runtime::Handle;

use crate::schema::{Context, Identifier, QualifiedSubject, Subject};

use super::client::{Client, Version};
use super::config::{CacheConfig, Config};
use super::error::RegistryError;
use super::measures::CacheMeasures;
use super::transport::pauses;
use bell::Bell;
use flight::Flight;
use slot::Slot;
use source::Source;
use store::Store;

/// How many problems are listed; an outage would otherwise name every id that waits.
const MAX_PROBLEMS: usize = 20;

/// Which schema an id means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    context: Context,
    id: Identifier,
    /// Which subject has to hold it, if that matters.
    holder: Option<Subject>,
}

/// Which schema a name means.
type Name = (QualifiedSubject, Version);

/// The shared level. Clones are handles to the same cache.
#[derive(Clone)]
pub struct SchemaCache(Arc<Shared>);

/// What workers and background tasks share.
struct Shared {
    source: Source,
    runtime: Handle,
    config: CacheConfig,
    backoff: ExponentialBuilder,
    store: Store,
    measures: Arc<CacheMeasures>,
    /// Fetches under way by id. Whoever waits holds the flight; one that nobody waits for any more is given up.
    flights: Mutex<HashMap<Key, Weak<Flight>>>,
    /// Subjects in use. Whoever uses one holds its slot.
    slots: Mutex<HashMap<Name, Weak<Slot>>>,
}

/// What became of the question for an id.
#[derive(Debug, Clone)]
enum Outcome {
    Ready(Arc<CachedSchema>),
    Unknown(Arc<RegistryError>),
    Refused(Arc<RegistryError>),
}

/// What the shared level has for an id.
enum Asked {
    Settled(Outcome),
    Flying(Arc<Flight>),
}

impl SchemaCache {
    /// A cache in front of `client`, whose fetches run on `runtime`. Build it when the metrics recorder stands.
    pub fn new(client: Client, config: &Config, runtime: Handle) -> Self {
        Self::with_source(Source::Registry(Box::new(client)), config, runtime)
    }

    fn with_source(source: Source, config: &Config, runtime: Handle) -> Self {
        let measures = Arc::new(CacheMeasures::new());
        Self(Arc::new(Shared {
            source,
            runtime,
            config: config.cache,
            backoff: pauses(&config.retry).without_max_times(),
            store: Store::new(config.cache.max_bytes, Arc::clone(&measures)),
            measures,
            flights: Mutex::default(),
            slots: Mutex::default(),
        }))
    }

    /// A worker's own level in front of this one.
    pub fn local(&self) -> LocalSchemas {
        LocalSchemas::new(Arc::clone(&self.0))
    }

    /// Whether the registry answers, however often that has to be tried; for whoever wants to know before the first
    /// record.
    pub async fn reach(&self) -> Result<(), RegistryError> {
        self.0.source.reach().await
    }

    /// Why schemas that somebody waits for are not there: `registry unreachable: …`, `subject :.staging:orders-value not
    /// found in the registry`. Empty when nobody waits, or only for ids that are on their way, or for those that the
    /// registry answers for and does not know: these settle by themselves. Sorted, and not more than a screenful.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = BTreeSet::new();
        let flights: Vec<_> =
            lock(&self.0.flights).iter().filter_map(|(key, flight)| Some((key.clone(), flight.upgrade()?))).collect();
        for (Key { context, id, .. }, flight) in flights {
            problems.extend(flight.problem(|| format!("schema {id} in context {context}")));
        }
        let slots: Vec<_> =
            lock(&self.0.slots).iter().filter_map(|(name, slot)| Some((name.clone(), slot.upgrade()?))).collect();
        for ((subject, version), slot) in slots {
            problems.extend(slot.problem(|| format!("version {version} of subject {subject}")));
        }
        let more = problems.len().saturating_sub(MAX_PROBLEMS);
        let mut problems: Vec<String> = problems.into_iter().take(MAX_PROBLEMS).collect();
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        problems
    }
}

impl Shared {
    /// What is known about an id. If that is nothing yet, a flight is under way afterwards, whose end rings `bell`.
    fn ask(self: &Arc<Self>, key: &Key, bell: &Arc<Bell>) -> Asked {
        if let Some(outcome) = self.store.get(key) {
            return Asked::Settled(outcome);
        }
        let flight = {
            let mut flights = lock(&self.flights);
            if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
                flight
            } else {
                // A flight may have landed since the first look.
                if let Some(outcome) = self.store.get(key) {
                    return Asked::Settled(outcome);
                }
                let flight = Arc::new(Flight::new());
                flights.insert(key.clone(), Arc::downgrade(&flight));
                drop(self.runtime.spawn(flight::fly(Arc::clone(self), key.clone(), Arc::downgrade(&flight))));
                flight
            }
        };
        match flight.attach(bell) {
            Some(outcome) => Asked::Settled(outcome),
            None => Asked::Flying(flight),
        }
    }

    /// The slot of a subject's version.
    fn slot(&self, name: &Name) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(name).and_then(Weak::upgrade) {
            return slot;
        }
        slots.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::new(Slot::new());
        slots.insert(name.clone(), Arc::downgrade(&slot));
        slot
    }

    /// The pauses between attempts of one background task.
    fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        self.backoff.build()
    }
}

/// Locks; a thread that panicked with the lock held has left the data as whole as each of its steps does.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Up to a quarter less or more, so that what was remembered together is not asked for together.
fn spread(period: Duration) -> Duration {
    period.mul_f64(0.75 + fastrand::f64() / 2.0)
}

impl fmt::Debug for SchemaCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemaCache").field("config", &self.0.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
