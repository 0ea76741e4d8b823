//! What listeners measure: connections that came to nothing.

use crate::metrics::Metric;

const FAILURES: &str = "serdecar_listener_failures_total";

/// What this module measures.
pub const METRICS: &[Metric] = &[Metric::counter(
    FAILURES,
    &["listener", "reason"],
    "Connections that were ended for what the client did before a request could be understood.",
)];

/// Counts a connection that came to nothing.
pub(super) fn count(listener: &'static str, reason: &'static str) {
    metrics::counter!(FAILURES, "listener" => listener, "reason" => reason).increment(1);
}
