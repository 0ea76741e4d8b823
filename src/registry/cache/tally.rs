//! Hits of a worker's own level, counted without touching what other workers count.

use crate::registry::measures::{CacheMeasures, ContextMeasures};
use crate::schema::Context;

/// Hits by context.
#[derive(Default)]
pub(super) struct Tallies(Vec<Tally>);

/// Hits that have not been handed over yet.
struct Tally {
    context: Context,
    measures: ContextMeasures,
    local_hits: u64,
}

impl Tallies {
    /// The index under which a context is counted; the context has resolved.
    pub(super) fn of(&mut self, context: &Context, measures: &CacheMeasures) -> usize {
        if let Some(index) = self.0.iter().position(|tally| tally.context == *context) {
            return index;
        }
        self.0.push(Tally { context: context.clone(), measures: measures.resolved(context), local_hits: 0 });
        self.0.len() - 1
    }

    /// Notes hits, to be handed over later.
    pub(super) fn local_hits(&mut self, index: usize, hits: u64) {
        self.0[index].local_hits += hits;
    }

    /// Counts a hit of the shared level at once: that is not where records are fast.
    pub(super) fn shared_hit(&self, index: usize) {
        self.0[index].measures.shared_hits.increment(1);
    }

    /// Hands over what was noted.
    pub(super) fn flush(&mut self) {
        for tally in &mut self.0 {
            let hits = std::mem::take(&mut tally.local_hits);
            if hits > 0 {
                tally.measures.local_hits.increment(hits);
            }
        }
    }
}
