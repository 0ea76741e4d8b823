//! What the registry measures: how much it holds, by context, and the requests that it answers, by route.

mod content;
mod requests;

pub(super) use content::{observe, observe_all};
pub(super) use requests::Requests;

use crate::metrics::{Metric, SECONDS};

const SCHEMAS: &str = "serdecar_server_schemas";
const SUBJECTS: &str = "serdecar_server_subjects";
const VERSIONS: &str = "serdecar_server_subject_versions";
const REQUESTS: &str = "serdecar_server_requests_total";
const LATENCY: &str = "serdecar_server_request_seconds";

/// What this module measures.
pub const METRICS: &[Metric] = &[
    Metric::gauge(SCHEMAS, &["context"], "Schemas with an id of their own that the registry server holds."),
    Metric::gauge(
        SUBJECTS,
        &["context", "deleted"],
        "Subjects that the registry server holds; deleted is true for those with soft-deleted versions alone.",
    ),
    Metric::gauge(
        VERSIONS,
        &["context", "subject", "deleted"],
        "Versions of a subject in the registry server, for the first 1,000 subjects; deleted is true for soft-deleted ones.",
    ),
    Metric::counter(REQUESTS, &["method", "route", "status"], "Requests that the registry server answered."),
    Metric::histogram(LATENCY, &["method", "route"], SECONDS, "Time from a request's head to the head of the answer.")
        .in_unit(metrics::Unit::Seconds),
];
