//! The session as a member of its group: partitions come and go, and what the client has handled is committed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Reader, Slot, named};
use crate::gateway::consume::begin::Offsets;
use crate::gateway::consume::failure::Failure;
use crate::gateway::consume::feed::Waiter;
use crate::kafka::{Code, Error, Rebalance, RebalanceKind};
use crate::transform::Schemas;

/// How often what was handled is committed.
const INTERVAL: Duration = Duration::from_millis(100);

/// After a commit that failed, or whose answer does not come.
const RETRY: Duration = Duration::from_secs(1);

/// How long partitions that go away wait for their commit. The whole group waits with them.
const HAND_OVER: Duration = Duration::from_secs(3);

/// How long a client that asks for a commit may wait for it.
const ON_REQUEST: Duration = Duration::from_secs(5);

/// How long a rebalance is waited for at a time.
const ALONG: Duration = Duration::from_millis(50);

/// When commits were asked for.
#[derive(Debug, Default)]
pub(super) struct Commits {
    last: Option<Instant>,
    in_flight: bool,
    /// Those who wait for one, and since when.
    waiters: Vec<(Waiter, Instant)>,
}

impl<S: Schemas> Reader<S> {
    /// Answers every rebalance: what goes away is committed first, as far as the client has handled it.
    pub(super) fn rebalance(&mut self) {
        while let Some(rebalance) = self.consumer.next_rebalance() {
            self.trouble.reached();
            let answered = match rebalance.kind {
                RebalanceKind::Assign => self.take_over(&rebalance),
                RebalanceKind::Revoke => self.give_up(&rebalance),
            };
            if let Err(error) = answered {
                // The group has gone on without us; another rebalance follows.
                tracing::info!(topic = self.topic, group = self.group, "{error}");
            }
        }
    }

    fn take_over(&mut self, rebalance: &Rebalance) -> Result<(), Error> {
        let comes = rebalance.partitions().next().is_some();
        let behind = if comes { std::mem::take(&mut self.behind) } else { Offsets::new() };
        let answered =
            self.consumer.answer_from(rebalance, |partition| Some(behind.get(&partition)?.saturating_add(1)));
        for at in rebalance.partitions() {
            self.slots.insert(at.partition, Slot::default());
        }
        self.told_end = false;
        // Those that come are not paused.
        if std::mem::take(&mut self.paused) {
            self.pause(true);
        }
        answered
    }

    fn give_up(&mut self, rebalance: &Rebalance) -> Result<(), Error> {
        let leaving: Vec<i32> = rebalance.partitions().map(|at| at.partition).collect();
        if !self.consumer.is_assignment_lost() {
            // Else somebody else may own them already.
            self.commit_and_wait(Some(&leaving), HAND_OVER).ok();
        }
        for partition in &leaving {
            self.slots.remove(partition);
            self.outlet.shared.acks.forget(*partition);
        }
        if self.shown.as_ref().is_some_and(|shown| leaving.contains(&shown.partition)) {
            self.shown = None;
        }
        self.waiting.retain(|message| !leaving.contains(&message.partition()));
        if let Some(letters) = &mut self.letters {
            letters.forget(&leaving);
        }
        self.consumer.answer(rebalance)
    }

    /// The offset that may be committed of each partition, where it is another than the last one.
    fn committable(&self, among: Option<&[i32]>) -> Vec<(i32, i64)> {
        let handled: BTreeMap<_, _> = self.outlet.shared.acks.handled().into_iter().collect();
        let among = self.slots.iter().filter(|(partition, _)| among.is_none_or(|among| among.contains(partition)));
        let next = |(partition, slot): (&i32, &Slot)| {
            let next = slot.done(handled.get(partition).copied())?.saturating_add(1);
            slot.committed.is_none_or(|committed| committed < next).then_some((*partition, next))
        };
        among.filter_map(next).collect()
    }

    /// Commits what the client has handled, if it is time, and for whoever waits for it.
    pub(super) fn commit(&mut self) {
        let done = self.consumer.take_commits();
        if done.failed > 0 {
            tracing::debug!(topic = self.topic, group = self.group, "a commit failed: {:?}", done.last_error);
            self.forget_commits();
        }
        self.commits.in_flight &= done.failed + done.succeeded == 0;
        let waiters = self.outlet.take_waiters();
        self.commits.waiters.extend(waiters.into_iter().map(|waiter| (waiter, Instant::now())));
        if self.group.is_none() {
            self.commits.waiters.drain(..).for_each(|(waiter, _)| drop(waiter.send(Ok(()))));
        } else if self.commits.waiters.is_empty() {
            self.commit_if_due(done.failed > 0);
        } else {
            self.commit_for_waiters();
        }
    }

    fn commit_for_waiters(&mut self) {
        let outcome = self.commit_and_wait(None, ON_REQUEST);
        let passes = outcome.as_ref().is_err_and(is_rebalance);
        let outcome = outcome.map_err(|error| Failure::of_kafka(&error));
        for (waiter, since) in std::mem::take(&mut self.commits.waiters) {
            if passes && since.elapsed() < ON_REQUEST {
                // The group takes it when it has rebalanced.
                self.commits.waiters.push((waiter, since));
            } else {
                waiter.send(outcome.clone()).ok();
            }
        }
    }

    fn commit_if_due(&mut self, failed: bool) {
        let interval = if self.commits.in_flight || failed { RETRY } else { INTERVAL };
        if self.commits.last.is_some_and(|last| last.elapsed() < interval) {
            return;
        }
        let offsets = self.committable(None);
        if offsets.is_empty() {
            return;
        }
        self.commits.last = Some(Instant::now());
        match self.consumer.commit(named(&self.topic, &offsets)) {
            Ok(()) => {
                self.commits.in_flight = true;
                self.note_committed(&offsets);
            }
            Err(error) => tracing::debug!(topic = self.topic, group = self.group, "{error}"),
        }
    }

    /// Commits what the client has handled, of all partitions or some, and waits until it is done.
    fn commit_and_wait(&mut self, among: Option<&[i32]>, timeout: Duration) -> Result<(), Error> {
        if self.commits.in_flight {
            // It may have failed, for all we know.
            self.forget_commits();
        }
        let offsets = self.committable(among);
        if offsets.is_empty() {
            return Ok(());
        }
        let outcome = self.consumer.commit_and_wait(named(&self.topic, &offsets), timeout);
        match &outcome {
            Ok(()) => self.note_committed(&offsets),
            Err(error) => tracing::info!(topic = self.topic, group = self.group, "{error}"),
        }
        outcome
    }

    /// Commits what the client has handled before the group is left, if need be along with a rebalance.
    pub(super) fn commit_finally(&mut self, within: Duration) {
        let deadline = Instant::now() + within;
        while self.commit_and_wait(None, within).is_err_and(|error| is_rebalance(&error)) && Instant::now() < deadline {
            self.consumer.poll(1, ALONG, &mut self.messages);
            self.messages.clear();
            self.rebalance();
        }
    }

    fn note_committed(&mut self, offsets: &[(i32, i64)]) {
        for (partition, offset) in offsets {
            if let Some(slot) = self.slots.get_mut(partition) {
                slot.committed = Some(*offset);
            }
        }
    }

    fn forget_commits(&mut self) {
        for slot in self.slots.values_mut() {
            slot.committed = None;
        }
    }
}

/// Whether an error only says that the group rebalances.
fn is_rebalance(error: &Error) -> bool {
    error.code().is_some_and(Code::is_rebalance)
}
