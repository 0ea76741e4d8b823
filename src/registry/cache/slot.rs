//! A version of a subject that somebody writes with, kept up to date in the background.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::time::sleep;

use crate::registry::client::Version;
use crate::registry::error::RegistryError;

use super::trouble::Trouble;
use super::{Bell, CachedSchema, Name, Shared, lock, spread};

/// What a version of a subject currently is. Once there is a schema, there always is one.
pub(super) struct Slot {
    /// Changes whenever users should look again: there is another schema, or it is due to be renewed. Between changes they
    /// only read it, so that it stays in every core's cache.
    epoch: AtomicU64,
    state: Mutex<State>,
    trouble: Trouble,
}

struct State {
    schema: Option<Arc<CachedSchema>>,
    stage: Stage,
    bells: Vec<Arc<Bell>>,
}

/// Where a slot stands between two renewals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Whoever looks next starts a renewal.
    Due,
    /// A renewal is under way.
    Renewing,
    /// Nothing to do.
    Fresh,
}

/// What a look at a slot shows.
pub(super) struct View {
    pub(super) epoch: u64,
    pub(super) schema: Option<Arc<CachedSchema>>,
}

impl Slot {
    pub(super) fn new() -> Self {
        Self {
            epoch: AtomicU64::new(0),
            state: Mutex::new(State { schema: None, stage: Stage::Due, bells: Vec::new() }),
            trouble: Trouble::new(),
        }
    }

    /// Compare with [`View::epoch`] to see whether to look again.
    #[inline]
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    pub(super) fn has_schema(&self) -> bool {
        lock(&self.state).schema.is_some()
    }

    /// Rings `bell` when there is a schema for the first time.
    pub(super) fn attach(&self, bell: &Arc<Bell>) {
        let mut state = lock(&self.state);
        if state.schema.is_none() {
            state.bells.push(Arc::clone(bell));
        }
    }

    /// Why there is no schema. While one is there, failures to renew it stop nobody.
    pub(super) fn problem(&self, what: impl FnOnce() -> String) -> Option<String> {
        if self.has_schema() { None } else { self.trouble.problem(Duration::ZERO, what) }
    }

    fn renew(&self, schema: Arc<CachedSchema>) {
        let mut state = lock(&self.state);
        state.stage = Stage::Fresh;
        if state.schema.as_ref().is_none_or(|current| !Arc::ptr_eq(current, &schema)) {
            state.schema = Some(schema);
            self.epoch.fetch_add(1, Ordering::Release);
        }
        let bells = std::mem::take(&mut state.bells);
        drop(state);
        for bell in bells {
            bell.ring();
        }
    }

    fn expire(&self) {
        lock(&self.state).stage = Stage::Due;
        self.epoch.fetch_add(1, Ordering::Release);
    }
}

impl Shared {
    /// Looks at a slot, and starts its renewal if that is due.
    pub(super) fn look(self: &Arc<Self>, name: &Name, slot: &Arc<Slot>) -> View {
        let mut state = lock(&slot.state);
        if state.stage == Stage::Due {
            state.stage = Stage::Renewing;
            drop(self.runtime.spawn(keep(Arc::clone(self), name.clone(), Arc::downgrade(slot))));
        }
        // Before the lock is released: a change that comes later must not go unnoticed.
        View { epoch: slot.epoch(), schema: state.schema.clone() }
    }
}

/// Renews a slot, lets it rest for `registry.cache.latest_ttl`, and leaves the next renewal to whoever looks then. Ends
/// early when nobody uses the slot any more.
async fn keep(shared: Arc<Shared>, name: Name, slot: Weak<Slot>) {
    let Some(schema) = obtain(&shared, &name, &slot).await else { return };
    let Some(renewed) = slot.upgrade() else { return };
    if !renewed.has_schema() {
        shared.measures.resolved(&name.0.context).misses.increment(1);
    }
    renewed.renew(schema);
    drop(renewed);
    // A version never changes once it has a number.
    if name.1 == Version::Latest {
        sleep(spread(shared.config.latest_ttl)).await;
        if let Some(slot) = slot.upgrade() {
            slot.expire();
        }
    }
}

/// Asks until there is a schema that can be run, or nobody uses the slot any more.
async fn obtain(shared: &Shared, (subject, version): &Name, slot: &Weak<Slot>) -> Option<Arc<CachedSchema>> {
    let mut pauses = shared.pauses();
    loop {
        let current = lock(&slot.upgrade()?.state).schema.clone();
        let error = match shared.source.by_version(subject, *version, current).await {
            Ok(schema) => return Some(schema),
            Err(error) => error,
        };
        slot.upgrade()?.trouble.note(&error);
        sleep(pause_after(&error, pauses.next())).await;
    }
}

/// The pause after a failure: the next one planned, or what the registry asks for.
fn pause_after(error: &RegistryError, planned: Option<Duration>) -> Duration {
    planned.unwrap_or(Duration::from_secs(1)).max(error.retry_after().unwrap_or_default())
}
