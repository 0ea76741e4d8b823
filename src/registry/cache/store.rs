//! The shared level: what is known about ids, bounded by bytes.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};
use tokio::time::Instant;
use tracing::warn;

use super::{CacheMeasures, Key, Outcome};

/// One shard. `quick_cache` gives each shard its part of the capacity and silently leaves out what is larger, so that with
/// more of them a large schema would be fetched time and again. Workers come here only when their own level has nothing.
const SHARDS: usize = 1;

/// What an entry takes beside its schema, in bytes: key, pointers, bookkeeping. An estimate.
const OVERHEAD: u64 = 256;

/// A typical entry, in bytes; `quick_cache` sizes its list of lately evicted keys by it.
const TYPICAL: u64 = 16 << 10;

/// What is known about an id, and until when.
#[derive(Clone)]
struct Entry {
    outcome: Outcome,
    /// `None`: for ever, since an id never changes its meaning.
    until: Option<Instant>,
}

#[derive(Clone)]
struct Bytes;

/// Collects what is evicted, so that it is counted, and dropped outside the shard's lock.
#[derive(Clone)]
struct Evictions;

/// The shared level.
pub(super) struct Store {
    cache: Cache<Key, Entry, Bytes, DefaultHashBuilder, Evictions>,
    measures: Arc<CacheMeasures>,
}

impl Weighter<Key, Entry> for Bytes {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        let schema = match &entry.outcome {
            Outcome::Ready(schema) => schema.byte_size(),
            Outcome::Unknown(_) | Outcome::Refused(_) => 0,
        };
        OVERHEAD + (key.context.as_str().len() + schema) as u64
    }
}

impl Lifecycle<Key, Entry> for Evictions {
    type RequestState = Vec<(Key, Entry)>;

    fn on_evict(&self, evicted: &mut Self::RequestState, key: Key, entry: Entry) {
        evicted.push((key, entry));
    }
}

impl Store {
    /// An empty store of at most `max_bytes`.
    pub(super) fn new(max_bytes: u64, measures: Arc<CacheMeasures>) -> Self {
        let items = usize::try_from(max_bytes / TYPICAL).unwrap_or(usize::MAX).max(64);
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .weight_capacity(max_bytes)
            .estimated_items_capacity(items)
            .build()
            .expect("capacity and estimate are given, and nothing else can be missing");
        Self { cache: Cache::with_options(options, Bytes, DefaultHashBuilder::default(), Evictions), measures }
    }

    /// What is known about `key` and not out of date.
    pub(super) fn get(&self, key: &Key) -> Option<Outcome> {
        let entry = self.cache.get(key)?;
        let now = entry.until.map(|_| Instant::now());
        if entry.until > now || entry.until.is_none() {
            return Some(entry.outcome);
        }
        self.cache.remove_if(key, |entry| entry.until.is_some() && entry.until <= now);
        self.gauge();
        None
    }

    /// Remembers what became of `key`; a refusal only for `ttl`.
    pub(super) fn insert(&self, key: &Key, outcome: Outcome, ttl: Duration) {
        let until = match &outcome {
            Outcome::Ready(_) => None,
            Outcome::Unknown(_) | Outcome::Refused(_) => Some(Instant::now() + ttl),
        };
        let mut evicted = Vec::new();
        self.cache.insert_with_lifecycle(key.clone(), Entry { outcome, until }, &mut evicted);
        let (oversized, evicted): (Vec<_>, Vec<_>) = evicted.into_iter().partition(|(other, _)| other == key);
        self.measures.evictions.increment(evicted.len() as u64);
        if let Some((_, Entry { outcome: Outcome::Ready(schema), .. })) = oversized.first() {
            self.measures.oversized.increment(1);
            warn!(
                schema = %schema.label,
                bytes = schema.byte_size(),
                "schema is larger than the cache and will be fetched again by each worker: raise registry.cache.max_bytes"
            );
        }
        self.gauge();
    }

    #[expect(clippy::cast_precision_loss, reason = "a gauge of bytes needs no more than 52 bits")]
    fn gauge(&self) {
        self.measures.bytes.set(self.cache.weight() as f64);
        self.measures.entries.set(self.cache.len() as f64);
    }
}
