//! Rights that an operator withdraws: what needs them waits, says so, and goes on once they are given back.
//!
//! Clients try by themselves to read, and tell when that begins to be refused but not when it ends: it has ended when a record
//! arrives, or when there is none to wait for. What is refused to the producer is a fault of delivery like others.

use std::time::Duration;

use super::Worker;
use crate::pipeline::schemas::Schemas;
use crate::pipeline::status::Condition;

/// How long a question about the end of a partition may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Between commits while they are refused.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// What is refused, in the words of whoever refuses it.
#[derive(Debug, Default)]
pub(super) struct Refused {
    read: Option<String>,
    commit: Option<String>,
}

impl Refused {
    pub(super) fn commits(&self) -> bool {
        self.commit.is_some()
    }
}

impl<S: Schemas> Worker<S> {
    pub(super) fn read_refused(&mut self, reason: String) {
        self.refused.read = Some(reason);
        self.tell_rights();
    }

    pub(super) fn commit_refused(&mut self, reason: String) {
        self.refused.commit = Some(reason);
        self.tell_rights();
    }

    /// A record was read.
    pub(super) fn may_read(&mut self) {
        if self.refused.read.take().is_some() {
            self.tell_rights();
        }
    }

    /// A commit was taken.
    pub(super) fn may_commit(&mut self) {
        if self.refused.commit.take().is_some() {
            self.tell_rights();
        }
    }

    fn tell_rights(&mut self) {
        match self.refused.read.as_ref().or(self.refused.commit.as_ref()) {
            Some(reason) => self.status.lacks(Condition::Rights, reason),
            None => self.status.holds(Condition::Rights),
        }
    }

    /// Looks whether anything is left to read, while that is refused.
    pub(super) fn watch_rights(&mut self) {
        if self.refused.read.is_none() {
            return;
        }
        let waits = self.assignment.iter().any(|slot| {
            let done = self.sink.offsets.committable(slot.id).or(slot.committed).unwrap_or(0);
            self.consumer.ask_end(&slot.topic, slot.partition, TIMEOUT).map_or(true, |end| end > done)
        });
        if !waits {
            self.may_read();
        }
    }
}
