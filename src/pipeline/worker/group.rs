//! The worker as a member of its group: partitions come, go, pause and resume.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::assignment::{Slot, Wait};
use super::{PATIENCE, Worker};
use crate::kafka::{Error, Rebalance, RebalanceKind};
use crate::pipeline::WorkerError;
use crate::pipeline::partition::Partitioning;
use crate::pipeline::status::Condition;
use crate::transform::Schemas;

/// How long partitions that go away wait for what is on its way. The whole group waits with them.
const DRAIN: Duration = Duration::from_secs(10);

/// How long they wait for the commit then.
const COMMIT: Duration = Duration::from_secs(5);

impl<S: Schemas> Worker<S> {
    /// Answers every rebalance: what goes away is delivered and committed first.
    pub(super) fn rebalance(&mut self) -> Result<(), WorkerError> {
        while let Some(rebalance) = self.consumer.next_rebalance() {
            let answered = match rebalance.kind {
                RebalanceKind::Assign => {
                    let answered = self.consumer.answer(&rebalance);
                    self.assign(&rebalance)?;
                    answered
                }
                RebalanceKind::Revoke => {
                    self.revoke(&rebalance)?;
                    self.consumer.answer(&rebalance)
                }
            };
            if let Err(error) = answered {
                // The group has gone on without us; another rebalance follows.
                tracing::info!(pipeline = self.config.name, worker = self.index, "{error}");
            }
        }
        Ok(())
    }

    fn assign(&mut self, rebalance: &Rebalance) -> Result<(), WorkerError> {
        self.metrics.assigned.increment(1);
        let mut count = 0;
        for at in rebalance.partitions() {
            count += 1;
            self.assign_one(&at.topic, at.partition)?;
        }
        self.find_sinks();
        self.expect_owners();
        self.status.holds(Condition::Assigned);
        tracing::info!(pipeline = self.config.name, worker = self.index, partitions = count, "assigned");
        Ok(())
    }

    fn assign_one(&mut self, topic: &str, partition: i32) -> Result<(), WorkerError> {
        let sink = self.config.sink.topic.fill(topic);
        if self.config.source.reads(&sink) {
            return Err(WorkerError::Loop { topic: sink });
        }
        // A topic that names no context: each of its records is refused, for that reason.
        let route = self.routes.of_topic(&self.config, topic, &mut self.metrics).unwrap_or_default();
        let slot = Slot {
            id: self.sink.offsets.open(),
            topic: Arc::from(topic),
            partition,
            sink: None,
            route,
            held: VecDeque::new(),
            waiting: None,
            paused: false,
            requested: None,
            committed: None,
            lag: self.metrics.lag(topic, partition),
            condemned: None,
        };
        self.assignment.insert(slot);
        Ok(())
    }

    /// Looks for the sink's topic and partition of each source partition that has none yet. What one lacks is noted and
    /// looked for again later; so are all others once a broker does not answer, since the group waits meanwhile.
    pub(super) fn find_sinks(&mut self) {
        let mut asked = false;
        for index in self.assignment.indices() {
            let wanted = self.assignment.get(index).filter(|slot| slot.sink.is_none());
            let Some((topic, partition)) = wanted.map(|slot| (Arc::clone(&slot.topic), slot.partition)) else {
                continue;
            };
            if !self.find_sink(index, &topic, partition) {
                return;
            }
            asked = true;
        }
        if asked {
            self.note_found_sinks();
        }
    }

    /// If no partition lacks its sink, the topics are complete as far as this worker can tell.
    pub(super) fn note_found_sinks(&mut self) {
        if self.assignment.iter().all(|slot| slot.sink.is_some()) {
            self.status.holds(Condition::Topics);
        }
    }

    /// Looks for one partition's sink; `false` if no broker answered.
    fn find_sink(&mut self, index: usize, topic: &str, partition: i32) -> bool {
        let name = self.config.sink.topic.fill(topic);
        let needed = match self.config.sink.partition {
            Partitioning::Preserve => partition + 1,
            Partitioning::Key => 1,
        };
        let found = self.sink.open(&name).and_then(|sink| {
            let count = self.sink.partitions(sink);
            let count = if count < needed { self.sink.refresh(sink)? } else { count };
            Ok((sink, count))
        });
        let answered = found.as_ref().err().and_then(Error::code).is_none_or(|code| !code.is_connection());
        let Some(slot) = self.assignment.get_mut(index) else { return answered };
        let lack = match found {
            Ok((sink, count)) if count >= needed => {
                slot.sink = Some(sink);
                return true;
            }
            Ok((_, count)) => format!("topic {name} has {count} partitions, too few for {topic}[{partition}]"),
            Err(error) => format!("topic {name}: {error}"),
        };
        slot.waiting = Some(Wait::Sink);
        self.status.lacks(Condition::Topics, lack);
        answered
    }

    fn revoke(&mut self, rebalance: &Rebalance) -> Result<(), WorkerError> {
        let leaving: HashSet<_> = rebalance.partitions().map(|at| (at.topic, at.partition)).collect();
        let lost = self.consumer.is_assignment_lost();
        if lost {
            // Somebody else may own them already: a commit of ours would be theirs to suffer.
            self.metrics.lost.increment(1);
        } else {
            self.metrics.revoked.increment(1);
            if !leaving.is_empty() {
                let committed = self.hand_over(&leaving);
                tracing::debug!(pipeline = self.config.name, worker = self.index, committed, "handing over");
            }
        }
        // What could not be committed of a transaction is given up before anybody else reads it.
        let rolled_back = self.sink.is_open();
        self.roll_back()?;
        let mut lacked_sinks = false;
        for (topic, partition) in &leaving {
            lacked_sinks |= self.forget(topic, *partition).is_some_and(|slot| slot.sink.is_none());
        }
        if lacked_sinks {
            // They are not ours to wait for any more.
            self.note_found_sinks();
        }
        self.schemas.forget_pending();
        tracing::info!(pipeline = self.config.name, worker = self.index, partitions = leaving.len(), lost, "revoked");
        if rolled_back { self.read_again() } else { Ok(()) }
    }

    /// Delivers and commits what is on its way of partitions that go; `true` if it is done.
    fn hand_over(&mut self, leaving: &HashSet<(String, i32)>) -> bool {
        let drain = DRAIN.min(self.config.shutdown_deadline);
        if self.is_exactly_once() {
            return self.transact(drain);
        }
        let drained = self.sink.drain(drain);
        self.commit_and_wait(|slot| leaving.contains(&(slot.topic.to_string(), slot.partition)), COMMIT) && drained
    }

    /// Answers a rebalance on the way out: nothing new is taken on.
    pub(super) fn give_way(&mut self, rebalance: &Rebalance) {
        if rebalance.kind == RebalanceKind::Revoke {
            for at in rebalance.partitions() {
                self.forget(&at.topic, at.partition);
            }
        }
        if let Err(error) = self.consumer.answer(rebalance) {
            tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
        }
    }

    fn forget(&mut self, topic: &str, partition: i32) -> Option<Slot> {
        let slot = self.assignment.remove(topic, partition)?;
        self.sink.offsets.close(slot.id);
        self.batch.drop_source(slot.id);
        // Whoever owns it now measures it.
        slot.lag.set(0.0);
        Some(slot)
    }

    /// Forgets every partition.
    pub(super) fn forget_all(&mut self) {
        let owned: Vec<_> = self.assignment.iter().map(|slot| (Arc::clone(&slot.topic), slot.partition)).collect();
        for (topic, partition) in owned {
            self.forget(&topic, partition);
        }
        self.schemas.forget_pending();
    }

    /// Pauses the partitions of which no more can be held, and resumes those that can go on.
    ///
    /// To pause drops what the library has fetched, so it is for outages: everything when the producer has taken nothing
    /// for a while, else those that wait once too much is held. They resume when nothing of theirs is held any more.
    pub(super) fn balance_pauses(&mut self) -> Result<(), WorkerError> {
        let everything = self.congested.is_some_and(|since| since.elapsed() >= PATIENCE);
        let too_much = self.holds_too_much();
        let (mut pause, mut resume, mut paused) = (Vec::new(), Vec::new(), 0_u32);
        for slot in self.assignment.iter_mut() {
            let want = everything || (!slot.held.is_empty() && (too_much || slot.paused));
            paused += u32::from(want);
            if want != slot.paused {
                slot.paused = want;
                if want { &mut pause } else { &mut resume }.push((Arc::clone(&slot.topic), slot.partition));
            }
        }
        if pause.is_empty() && resume.is_empty() {
            return Ok(());
        }
        self.metrics.paused.set(paused);
        tracing::info!(
            pipeline = self.config.name,
            worker = self.index,
            pause = pause.len(),
            resume = resume.len(),
            "pauses"
        );
        let borrow = |(topic, partition): &(Arc<str>, i32)| -> (String, i32) { (topic.to_string(), *partition) };
        let (pause, resume): (Vec<_>, Vec<_>) =
            (pause.iter().map(borrow).collect(), resume.iter().map(borrow).collect());
        let paused = self.consumer.pause(pause.iter().map(|(topic, partition)| (topic.as_str(), *partition)));
        let resumed = self.consumer.resume(resume.iter().map(|(topic, partition)| (topic.as_str(), *partition)));
        if let Err(error) = paused.and(resumed) {
            tracing::warn!(pipeline = self.config.name, worker = self.index, "{error}");
            // A partition that never resumes would stand still for ever.
            self.new_consumer()?;
        }
        Ok(())
    }
}
