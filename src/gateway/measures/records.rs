//! The records that clients send.

use metrics::{Counter, SharedString};

use super::{DROPPED, PRODUCED};
use crate::metrics::context_label;
use crate::schema::Context;

/// The label of records whose context did not resolve.
const OTHER: &str = "other";

/// The handles of one route and context. Clones count together.
#[derive(Debug, Clone)]
pub(in crate::gateway) struct RecordMeasures {
    pub(in crate::gateway) written: Counter,
    pub(in crate::gateway) rejected: Counter,
    pub(in crate::gateway) failed: Counter,
}

impl RecordMeasures {
    /// Those of a context; `None` for one that is not known to exist.
    pub(in crate::gateway) fn of(route: &str, context: Option<&Context>) -> Self {
        let context = context.map_or(SharedString::const_str(OTHER), |context| context_label(context.as_str()));
        let counter = |outcome: &'static str| metrics::counter!(PRODUCED, "route" => route.to_owned(), "context" => context.clone(), "outcome" => outcome);
        Self { written: counter("written"), rejected: counter("rejected"), failed: counter("failed") }
    }
}

/// The records of a route that were dropped.
pub(in crate::gateway) fn dropped(route: &str) -> Counter {
    metrics::counter!(DROPPED, "route" => route.to_owned())
}
