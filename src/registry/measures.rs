//! What the registry client and the schema cache measure.
//!
//! Handles are looked up once, when a client or cache is built; so the recorder must stand before that.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, SharedString, counter, gauge, histogram};

use crate::metrics::{Metric, SECONDS as BOUNDS, context_label};
use crate::schema::Context;

use super::error::RegistryError;

const HITS: &str = "serdecar_schema_cache_hits_total";
const MISSES: &str = "serdecar_schema_cache_misses_total";
const EVICTIONS: &str = "serdecar_schema_cache_evictions_total";
const BYTES: &str = "serdecar_schema_cache_bytes";
const ENTRIES: &str = "serdecar_schema_cache_entries";
const OVERSIZED: &str = "serdecar_schema_cache_oversized_total";
const REQUESTS: &str = "serdecar_registry_requests_total";
const RETRIES: &str = "serdecar_registry_retries_total";
const SECONDS: &str = "serdecar_registry_request_seconds";

/// Every metric of this module.
pub const METRICS: &[Metric] = &[
    Metric::counter(
        HITS,
        &["context", "level"],
        "Schemas found in the cache: `local` is the worker's own level, `shared` the one behind it.",
    ),
    Metric::counter(MISSES, &["context"], "Schemas that were fetched; contexts that did not resolve count as `other`."),
    Metric::counter(EVICTIONS, &[], "Schemas that left the shared cache to keep it within its size."),
    Metric::gauge(BYTES, &[], "Memory that the schemas in the shared cache take.").in_unit(metrics::Unit::Bytes),
    Metric::gauge(ENTRIES, &[], "Schemas in the shared cache, refusals that it remembers included."),
    Metric::counter(OVERSIZED, &[], "Schemas that were served and not kept, being larger than the shared cache."),
    Metric::counter(REQUESTS, &["outcome"], "HTTP requests to the registry."),
    Metric::counter(RETRIES, &[], "Requests sent again after a failed connection, a timeout, 429 or 5xx."),
    Metric::histogram(SECONDS, &[], BOUNDS, "Time from sending a request to the end of the registry's answer.")
        .in_unit(metrics::Unit::Seconds),
];

/// The label of contexts that have not resolved, or are one too many.
const OTHER: &str = "other";

/// How an HTTP request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ok,
    NotFound,
    Denied,
    Refused,
    Unavailable,
    TimedOut,
    Unreachable,
    Garbage,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Ok,
        Self::NotFound,
        Self::Denied,
        Self::Refused,
        Self::Unavailable,
        Self::TimedOut,
        Self::Unreachable,
        Self::Garbage,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Garbage => "garbage",
        }
    }

    fn of(error: &RegistryError) -> Self {
        match error {
            RegistryError::Refused(answer) if answer.status == 404 => Self::NotFound,
            RegistryError::Denied(_) => Self::Denied,
            RegistryError::Unavailable(_) => Self::Unavailable,
            RegistryError::TimedOut { .. } => Self::TimedOut,
            RegistryError::Unreachable { .. } => Self::Unreachable,
            RegistryError::Garbage { .. } | RegistryError::TooLarge { .. } | RegistryError::Redirect { .. } => {
                Self::Garbage
            }
            _ => Self::Refused,
        }
    }
}

/// Counts of HTTP requests.
pub(super) struct RequestMeasures {
    outcomes: [Counter; Outcome::ALL.len()],
    pub(super) retries: Counter,
    seconds: Histogram,
}

impl RequestMeasures {
    pub(super) fn new() -> Self {
        Self {
            outcomes: Outcome::ALL.map(|outcome| counter!(REQUESTS, "outcome" => outcome.as_str())),
            retries: counter!(RETRIES),
            seconds: histogram!(SECONDS),
        }
    }

    /// Counts one request that took `elapsed` and ended in `error`, or well.
    pub(super) fn request(&self, elapsed: Duration, error: Option<&RegistryError>) {
        let outcome = error.map_or(Outcome::Ok, Outcome::of);
        self.outcomes[outcome as usize].increment(1);
        self.seconds.record(elapsed);
    }
}

/// Counts of the schema cache.
pub(super) struct CacheMeasures {
    pub(super) evictions: Counter,
    pub(super) oversized: Counter,
    pub(super) bytes: Gauge,
    pub(super) entries: Gauge,
    contexts: Mutex<HashMap<Context, ContextMeasures>>,
    other: ContextMeasures,
}

/// Counts of one context; cheap to clone.
#[derive(Clone)]
pub(super) struct ContextMeasures {
    pub(super) local_hits: Counter,
    pub(super) shared_hits: Counter,
    pub(super) misses: Counter,
}

impl ContextMeasures {
    fn new(label: &SharedString) -> Self {
        Self {
            local_hits: counter!(HITS, "context" => label.clone(), "level" => "local"),
            shared_hits: counter!(HITS, "context" => label.clone(), "level" => "shared"),
            misses: counter!(MISSES, "context" => label.clone()),
        }
    }
}

impl CacheMeasures {
    pub(super) fn new() -> Self {
        Self {
            evictions: counter!(EVICTIONS),
            oversized: counter!(OVERSIZED),
            bytes: gauge!(BYTES),
            entries: gauge!(ENTRIES),
            contexts: Mutex::default(),
            other: ContextMeasures::new(&SharedString::const_str(OTHER)),
        }
    }

    /// The counts of a context that holds a schema, and may therefore become a label.
    pub(super) fn resolved(&self, context: &Context) -> ContextMeasures {
        let mut contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(measures) = contexts.get(context) {
            return measures.clone();
        }
        let label = context_label(context.as_str());
        if *label == *OTHER {
            return self.other.clone();
        }
        let measures = ContextMeasures::new(&label);
        contexts.insert(context.clone(), measures.clone());
        measures
    }

    /// The counts of a context that may be anything a record's header says: a label only if it resolved before.
    pub(super) fn unresolved(&self, context: &Context) -> ContextMeasures {
        let contexts = self.contexts.lock().unwrap_or_else(PoisonError::into_inner);
        contexts.get(context).unwrap_or(&self.other).clone()
    }
}
