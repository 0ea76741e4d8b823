//! What a client was given, and what of it the client has handled: shared by the session's thread and whoever talks to
//! the client.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One partition's.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// The last offset that was given.
    given: i64,
    /// The last one that was handled.
    handled: Option<i64>,
}

/// By partition.
#[derive(Debug, Default)]
pub(super) struct Acknowledgements(Mutex<BTreeMap<i32, Mark>>);

impl Acknowledgements {
    fn marks(&self) -> MutexGuard<'_, BTreeMap<i32, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record was given to the client.
    pub(super) fn give(&self, partition: i32, offset: i64) {
        let mut marks = self.marks();
        // Less than before where the partition went and came back.
        marks.entry(partition).or_insert(Mark { given: offset, handled: None }).given = offset;
    }

    /// The client has handled the records of a partition up to this one; `false` if it was never given it.
    pub(super) fn handle(&self, partition: i32, offset: i64) -> bool {
        match self.marks().get_mut(&partition) {
            Some(mark) if offset <= mark.given => {
                mark.handled = Some(mark.handled.map_or(offset, |handled| handled.max(offset)));
                true
            }
            _ => false,
        }
    }

    /// The client has handled everything that it was given.
    pub(super) fn handle_all(&self) {
        for mark in self.marks().values_mut() {
            mark.handled = Some(mark.given);
        }
    }

    /// The last offset of each partition that the client has handled.
    pub(super) fn handled(&self) -> Vec<(i32, i64)> {
        self.marks().iter().filter_map(|(partition, mark)| Some((*partition, mark.handled?))).collect()
    }

    /// A partition is no longer the session's.
    pub(super) fn forget(&self, partition: i32) {
        self.marks().remove(&partition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_given_can_be_acknowledged() {
        let acks = Acknowledgements::default();
        assert!(!acks.handle(0, 0));
        acks.give(0, 4);
        acks.give(0, 5);
        assert!(!acks.handle(0, 6));
        assert!(acks.handle(0, 5));
        assert!(acks.handle(0, 4), "late, and without effect");
        assert_eq!(acks.handled(), [(0, 5)]);
        acks.give(1, 9);
        acks.handle_all();
        assert_eq!(acks.handled(), [(0, 5), (1, 9)]);
        acks.forget(0);
        assert!(!acks.handle(0, 5));
        assert_eq!(acks.handled(), [(1, 9)]);
    }
}
