//! What the gateway measures: requests by route, records by route and context.

mod records;
mod requests;

pub(super) use records::{RecordMeasures, dropped};
pub(super) use requests::Requests;

use crate::metrics::{Metric, SECONDS};

const REQUESTS: &str = "serdecar_gateway_requests_total";
const LATENCY: &str = "serdecar_gateway_request_seconds";
const IN_FLIGHT: &str = "serdecar_gateway_requests_in_flight";
const PRODUCED: &str = "serdecar_gateway_produced_total";
const DROPPED: &str = "serdecar_gateway_dropped_total";
pub(super) const CONSUMED: &str = "serdecar_gateway_consumed_total";
pub(super) const SESSIONS: &str = "serdecar_gateway_sessions";

/// What this module measures.
pub const METRICS: &[Metric] = &[
    Metric::counter(REQUESTS, &["method", "path", "status"], "Requests that the gateway answered."),
    Metric::histogram(LATENCY, &["method", "path"], SECONDS, "Time from a request's head to the head of the answer.")
        .in_unit(metrics::Unit::Seconds),
    Metric::gauge(IN_FLIGHT, &[], "Requests that the gateway has not answered yet."),
    Metric::counter(
        PRODUCED,
        &["route", "context", "outcome"],
        "Records that clients sent to the gateway, by what became of them: written, rejected or failed.",
    ),
    Metric::counter(
        DROPPED,
        &["route"],
        "Records that the gateway took without a promise and dropped: too many of them waited, or their schema was away. What brokers did not take in time counts as failed.",
    ),
    Metric::counter(
        CONSUMED,
        &["route", "context", "outcome"],
        "Records that the gateway read for clients: shown, or where they can't be decoded invalid, or dead_letter once they are written there.",
    ),
    Metric::gauge(SESSIONS, &[], "Consumers that the gateway runs for clients."),
];
