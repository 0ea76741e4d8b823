//! A fetch by id, under way in the background, and those who wait for it.

use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::{debug, warn};

use crate::disposition::Disposition;
use crate::registry::error::RegistryError;
use crate::schema::QualifiedSubject;

use super::trouble::{PATIENCE, Trouble};
use super::{Bell, CachedSchema, Key, Outcome, Shared, lock, spread};

/// The longest pause between questions for an id that the registry does not know yet.
const MAX_PROBE: Duration = Duration::from_secs(2);

/// A fetch under way.
pub(super) struct Flight {
    outcome: OnceLock<Outcome>,
    bells: Mutex<Vec<Arc<Bell>>>,
    trouble: Trouble,
}

impl Flight {
    pub(super) fn new() -> Self {
        Self { outcome: OnceLock::new(), bells: Mutex::default(), trouble: Trouble::new() }
    }

    /// The outcome if there is one; else it will ring `bell`.
    pub(super) fn attach(&self, bell: &Arc<Bell>) -> Option<Outcome> {
        if self.outcome.get().is_none() {
            lock(&self.bells).push(Arc::clone(bell));
        }
        // Looked at after the bell hangs: `settle` first sets the outcome and then takes the bells.
        self.outcome.get().cloned()
    }

    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.outcome.get()
    }

    fn settle(&self, outcome: Outcome) {
        // Only the flight's one task settles it.
        self.outcome.get_or_init(|| outcome);
        let bells = std::mem::take(&mut *lock(&self.bells));
        for bell in bells {
            bell.ring();
        }
    }

    /// Why it has not settled, if somebody should know. New ids come with any record; that one is on its way is none.
    pub(super) fn problem(&self, what: impl FnOnce() -> String) -> Option<String> {
        if self.outcome.get().is_some() { None } else { self.trouble.problem(PATIENCE, what) }
    }
}

/// Fetches until there is an outcome or nobody waits for it any more.
pub(super) async fn fly(shared: Arc<Shared>, key: Key, flight: Weak<Flight>) {
    if let Some(outcome) = pursue(&shared, &key, &flight).await {
        match &outcome {
            Outcome::Ready(_) => shared.measures.resolved(&key.context),
            Outcome::Unknown(_) | Outcome::Refused(_) => shared.measures.unresolved(&key.context),
        }
        .misses
        .increment(1);
        shared.store.insert(&key, outcome.clone(), spread(shared.config.negative_ttl));
        if let Some(flight) = flight.upgrade() {
            flight.settle(outcome);
        }
    }
    // Another flight may have taken the place of one that was given up.
    let mut flights = lock(&shared.flights);
    if flights.get(&key).is_some_and(|current| current.ptr_eq(&flight)) {
        flights.remove(&key);
    }
}

/// The schema, if the subject that has to hold it does.
async fn fetch(shared: &Shared, key: &Key) -> Result<Arc<CachedSchema>, RegistryError> {
    if let Some(holder) = &key.holder {
        shared.source.check_holder(&QualifiedSubject::new(key.context.clone(), holder.clone()), key.id).await?;
        // Subjects share the schemas that they hold.
        let plain = Key { holder: None, ..key.clone() };
        if let Some(Outcome::Ready(schema)) = shared.store.get(&plain) {
            return Ok(schema);
        }
        let schema = Arc::new(shared.source.by_id(&key.context, key.id).await?);
        shared.store.insert(&plain, Outcome::Ready(Arc::clone(&schema)), shared.config.negative_ttl);
        return Ok(schema);
    }
    shared.source.by_id(&key.context, key.id).await.map(Arc::new)
}

async fn pursue(shared: &Shared, key: &Key, flight: &Weak<Flight>) -> Option<Outcome> {
    let mut pauses = shared.pauses();
    let mut unknown_since = None;
    loop {
        let error = match fetch(shared, key).await {
            Ok(schema) => return Some(Outcome::Ready(schema)),
            Err(error) => error,
        };
        let mut pause = pauses.next().unwrap_or(MAX_PROBE);
        let waiting = flight.upgrade()?;
        if let RegistryError::NotFound(_) = &error {
            let since = *unknown_since.get_or_insert_with(Instant::now);
            let rest = shared.config.unknown_grace.saturating_sub(since.elapsed());
            if rest.is_zero() {
                debug!(%error, "unknown to the registry");
                return Some(Outcome::Unknown(Arc::new(error)));
            }
            pause = pause.min(MAX_PROBE).min(rest);
            waiting.trouble.clear();
        } else if error.disposition() == Disposition::Reject {
            warn!(%error, "a schema can't be used; its records are refused");
            return Some(Outcome::Refused(Arc::new(error)));
        } else {
            pause = pause.max(error.retry_after().unwrap_or_default());
            waiting.trouble.note(&error);
        }
        // Not held while asleep: a flight lives for as long as somebody waits for it.
        drop(waiting);
        sleep(pause).await;
        if flight.strong_count() == 0 {
            return None;
        }
    }
}
