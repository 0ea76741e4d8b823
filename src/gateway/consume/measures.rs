//! What sessions count.

use metrics::{Counter, Gauge, SharedString};

use crate::gateway::measures::{CONSUMED, SESSIONS};
use crate::metrics::context_label;
use crate::schema::Context;

/// The label of records whose context each of them says.
const OTHER: &str = "other";

/// The handles of one session, which is counted as long as they live.
pub(super) struct Measures {
    shown: Counter,
    invalid: Counter,
    dead_letter: Counter,
    sessions: Gauge,
}

impl Measures {
    /// Those of a session that reads a topic of this route; `None` where each record says its own context.
    pub(super) fn of(route: &str, context: Option<&Context>) -> Self {
        let context = context.map_or(SharedString::const_str(OTHER), |context| context_label(context.as_str()));
        let counter = |outcome: &'static str| metrics::counter!(CONSUMED, "route" => route.to_owned(), "context" => context.clone(), "outcome" => outcome);
        let sessions = metrics::gauge!(SESSIONS);
        sessions.increment(1.0);
        Self { shown: counter("shown"), invalid: counter("invalid"), dead_letter: counter("dead_letter"), sessions }
    }

    /// Records were shown.
    pub(super) fn shown(&self, count: u64) {
        if count > 0 {
            self.shown.increment(count);
        }
    }

    /// A record could not be read, and the client is told.
    pub(super) fn invalid(&self) {
        self.invalid.increment(1);
    }

    /// A record could not be read, and is among the dead letters.
    pub(super) fn dead_letter(&self) {
        self.dead_letter.increment(1);
    }
}

impl Drop for Measures {
    fn drop(&mut self) {
        self.sessions.decrement(1.0);
    }
}

impl std::fmt::Debug for Measures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Measures").finish_non_exhaustive()
    }
}
