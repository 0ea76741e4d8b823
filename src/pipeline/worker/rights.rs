//! Rights that brokers refuse, and may give at any time.
//!
//! Brokers say no to a request; that a right is there again, nobody tells. The library names what it was refused once, and
//! tries on in silence. So while a right is lacking, it is asked for again and again: here, and by the recovery, which has
//! the library read again what it was refused.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::Worker;
use crate::kafka::{Code, Error};
use crate::pipeline::status::Condition;
use crate::transform::Schemas;

/// How long nothing has to be refused for the rights to be there: longer than the recovery rests between two tries.
const QUIET: Duration = Duration::from_secs(5);

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_millis(500);

/// Between commits while they may be refused.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// Refusals that are told at once; there are only so many kinds of rights.
const MAX_REFUSALS: usize = 8;

/// What was refused since every right was there last.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// When the last time was; `None` if every right is there.
    last: Option<Instant>,
    refusals: BTreeSet<String>,
}

impl Rights {
    pub(super) fn are_lacking(&self) -> bool {
        self.last.is_some()
    }
}

impl<S: Schemas> Worker<S> {
    /// A broker refused something that this worker needs.
    pub(super) fn lacks_right(&mut self, reason: &str) {
        let Rights { last, refusals } = &mut self.rights;
        *last = Some(Instant::now());
        if refusals.len() < MAX_REFUSALS {
            refusals.insert(reason.to_owned());
        }
        let refusals: Vec<_> = refusals.iter().map(String::as_str).collect();
        self.status.lacks(Condition::Rights, refusals.join("; "));
    }

    /// While a right is lacking: asks again.
    pub(super) fn watch_rights(&mut self) {
        let Some(refused) = self.rights.last else { return };
        match self.ask_again() {
            Ok(()) if refused.elapsed() >= QUIET => {
                self.rights = Rights::default();
                self.status.holds(Condition::Rights);
            }
            Ok(()) => {}
            Err(error) if error.code().is_some_and(Code::is_authorization) => self.lacks_right(&error.to_string()),
            Err(error) => {
                tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
                self.rights.last = Some(Instant::now());
            }
        }
    }

    /// Asks for what may be read of the group and of the topics. Whether records may be, the recovery finds out.
    fn ask_again(&mut self) -> Result<(), Error> {
        // A producer takes a topic that was refused for one without partitions, and would ask again in minutes.
        self.sink.refresh_all()?;
        let owned: Vec<_> = self.assignment.iter().collect();
        if owned.is_empty() {
            let known = self.config.source.names().map(|topic| (topic, 0)).collect::<Vec<_>>();
            return self.consumer.committed(known.into_iter(), TIMEOUT).map(drop);
        }
        self.consumer.committed(owned.iter().map(|slot| (&*slot.topic, slot.partition)), TIMEOUT).map(drop)
    }
}
