//! Partitions that no member of the group owns.
//!
//! Cooperative members move a partition by two rebalances: in the first its owner gives it up, in the second another one
//! gets it; the one that gave up brings the second about. A static member that crashed in between is given, when it comes
//! back, what it had by the group's last plan, without any rebalance: then the second never comes, and nobody reads the
//! partitions that were on the move. So a static member that has joined looks whether the group owns every partition, and
//! if not leaves and joins again, which makes a rebalance.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::Worker;
use crate::kafka::Error;
use crate::pipeline::WorkerError;
use crate::transform::Schemas;

/// How long after its last rebalance a worker looks, and between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// By how much later the process's next worker looks, so that one rebalance is enough.
const STAGGER: Duration = Duration::from_millis(300);

/// In how many looks in a row a partition has to be without an owner: one that is on the move is, until its last owner has
/// delivered what it has read of it.
const LOOKS: u32 = 3;

/// How long a worker that joined again for this reason lets the group be.
const RESPITE: Duration = Duration::from_secs(60);

/// How long one question may take: it waits behind fetches, which on an idle topic take half a second each.
const TIMEOUT: Duration = Duration::from_secs(3);

/// When to look for partitions without an owner, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    due: Option<Instant>,
    /// In how many looks in a row partitions were without an owner.
    seen: u32,
    joined_again: Option<Instant>,
}

impl<S: Schemas> Worker<S> {
    /// Has the group looked at after the rebalance that has just been answered.
    pub(super) fn expect_owners(&mut self) {
        let stagger = STAGGER * u32::try_from(self.index).unwrap_or(u32::MAX);
        self.lookout.seen = 0;
        self.lookout.due = self.consumer_settings().is_static().then(|| Instant::now() + PAUSE + stagger);
    }

    /// Joins the group again if it is due to look and partitions have no owner.
    pub(super) fn look_for_orphans(&mut self) -> Result<(), WorkerError> {
        if self.lookout.due.is_none_or(|due| Instant::now() < due) {
            return Ok(());
        }
        self.lookout.due = Some(Instant::now() + PAUSE);
        let orphan = match self.orphan() {
            Ok(None) => {
                tracing::debug!(pipeline = self.config.name, worker = self.index, "every partition has an owner");
                self.lookout.due = None;
                return Ok(());
            }
            Ok(Some(orphan)) => orphan,
            Err(reason) => {
                if let Some(error) = reason {
                    tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
                }
                self.lookout.seen = 0;
                return Ok(());
            }
        };
        self.lookout.seen += 1;
        let rests = self.lookout.joined_again.is_some_and(|joined| joined.elapsed() < RESPITE);
        if self.lookout.seen < LOOKS || rests {
            return Ok(());
        }
        let (topic, partition) = orphan;
        tracing::warn!(
            pipeline = self.config.name,
            worker = self.index,
            topic,
            partition,
            "a rebalance was left unfinished: no member of the group has this partition"
        );
        self.lookout = Lookout { joined_again: Some(Instant::now()), ..Lookout::default() };
        self.new_consumer()
    }

    /// A partition that nobody owns. An error where that can't be said now; `None` in it: the group is in the midst of a
    /// rebalance.
    fn orphan(&self) -> Result<Option<(String, i32)>, Option<Error>> {
        let owned = self.consumer.owned_in_group(&self.config.source.group, TIMEOUT)?.ok_or(None)?;
        let owned: HashSet<(String, i32)> = owned.into_iter().collect();
        let topics = self.consumer.topics(TIMEOUT)?;
        let mut wanted = topics
            .into_iter()
            .filter(|(topic, _)| self.config.source.reads(topic))
            .flat_map(|(topic, count)| (0..count).map(move |partition| (topic.clone(), partition)));
        Ok(wanted.find(|at| !owned.contains(at)))
    }
}
