//! Contexts as label values: a registry may have any number of them, a metric may not.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use metrics::SharedString;

/// How many contexts get a label value of their own in one process.
const LIMIT: usize = 1_000;
/// The label value of all further contexts. No context is named so: they begin with a dot.
const OTHER: &str = "other";

static PROCESS: LazyLock<ContextLabels> = LazyLock::new(|| ContextLabels::new(LIMIT));

/// The label value for `context` in this process's metrics: its name, or `other` once 1,000 have theirs.
///
/// Only for contexts that resolved: a name out of a record could be any text. Takes a lock; ask once and keep the handle.
pub fn context_label(context: &str) -> SharedString {
    PROCESS.label(context)
}

/// The contexts that have a label value of their own.
#[derive(Debug)]
pub struct ContextLabels {
    known: Mutex<HashSet<Arc<str>>>,
    limit: usize,
}

impl ContextLabels {
    /// Room for `limit` contexts.
    pub fn new(limit: usize) -> Self {
        Self { known: Mutex::new(HashSet::new()), limit }
    }

    /// The label value for `context`: its own if it has one or there is room, else `other`.
    pub fn label(&self, context: &str) -> SharedString {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(label) = known.get(context) {
            return SharedString::from(Arc::clone(label));
        }
        if known.len() >= self.limit {
            return SharedString::const_str(OTHER);
        }
        let label: Arc<str> = Arc::from(context);
        known.insert(Arc::clone(&label));
        SharedString::from(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_beyond_the_limit_share_a_label() {
        let labels = ContextLabels::new(2);
        let given = [".", ".staging", ".production", ".staging"].map(|context| labels.label(context));
        assert_eq!(given.each_ref().map(AsRef::as_ref), [".", ".staging", "other", ".staging"]);
    }

    #[test]
    fn a_process_keeps_a_thousand_labels() {
        let labels = ContextLabels::new(LIMIT);
        let own = (0..1_500).filter(|n| labels.label(&format!(".c{n}")).as_ref() != OTHER).count();
        assert_eq!(own, 1_000);
    }
}
