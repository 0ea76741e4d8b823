//! Commits, at least once: what is acknowledged is committed soon after, without waiting for it. Exactly once is the matter
//! of [`transaction`](super::transaction).

use std::time::{Duration, Instant};

use super::Worker;
use super::assignment::Slot;
use super::rights::RETRY as REFUSED;
use crate::kafka::{Code, Error};
use crate::transform::Schemas;

/// After this long the answer to a commit is not waited for any more.
const LOST: Duration = Duration::from_secs(10);

/// Between tries of a commit that has to be waited for.
const RETRY: Duration = Duration::from_millis(100);

/// Records that are read at a time only to go along with a rebalance.
const MAX_UNREAD: usize = 100;

/// When commits were asked for.
#[derive(Debug)]
pub(super) struct Commits {
    last: Instant,
    /// One at a time: a coordinator that is away would otherwise have a queue of them.
    in_flight: Option<Instant>,
    /// Whether a transaction was committed since somebody last asked.
    progress: bool,
}

impl Commits {
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), in_flight: None, progress: false }
    }

    /// A transaction was committed.
    pub(super) fn succeeded(&mut self) {
        self.progress = true;
    }

    /// Whether one was since the last time.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }
}

impl<S: Schemas> Worker<S> {
    /// What may be committed of these partitions: topic, partition, offset.
    pub(super) fn committable(&self, wanted: impl Fn(&Slot, i64) -> bool) -> Vec<(&str, i32, i64)> {
        let offset = |slot: &Slot| self.sink.offsets.committable(slot.id);
        self.assignment
            .iter()
            .filter_map(|slot| Some((slot, offset(slot)?)))
            .filter(|(slot, offset)| wanted(slot, *offset))
            .map(|(slot, offset)| (&*slot.topic, slot.partition, offset))
            .collect()
    }

    /// Whether something may be committed, or was and is not answered.
    pub(super) fn is_commit_open(&self) -> bool {
        self.commits.in_flight.is_some()
            || self.assignment.iter().any(|slot| {
                let offset = self.sink.offsets.committable(slot.id);
                offset.is_some() && offset != slot.requested
            })
    }

    /// Asks for a commit of what was acknowledged since the last one, if it is time.
    pub(super) fn commit_if_due(&mut self) {
        let interval = self.config.commit_interval;
        let due =
            self.commits.last.elapsed() >= if self.rights.are_lacking() { interval.max(REFUSED) } else { interval };
        if self.is_exactly_once() {
            if due {
                self.transact(self.config.shutdown_deadline);
                self.commits.last = Instant::now();
            }
            return;
        }
        self.take_answers();
        if !due || self.commits.in_flight.is_some_and(|since| since.elapsed() < LOST) {
            return;
        }
        let offsets = self.committable(|slot, offset| slot.requested != Some(offset));
        if offsets.is_empty() {
            self.commits.in_flight = None;
            return;
        }
        let asked = self.consumer.commit(offsets.into_iter());
        self.commits.last = Instant::now();
        match asked {
            Ok(()) => {
                self.commits.in_flight = Some(Instant::now());
                let Self { assignment, sink, .. } = self;
                for slot in assignment.iter_mut() {
                    slot.requested = sink.offsets.committable(slot.id);
                }
            }
            Err(error) => {
                self.metrics.commits_failed.increment(1);
                tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
            }
        }
    }

    /// Takes in how commits ended. What failed is asked for again with the next one.
    fn take_answers(&mut self) {
        let answers = self.consumer.take_commits();
        if answers.succeeded + answers.failed > 0 {
            self.commits.in_flight = None;
        }
        self.metrics.commits_ok.increment(answers.succeeded.into());
        if answers.failed > 0 {
            self.metrics.commits_failed.increment(answers.failed.into());
            for slot in self.assignment.iter_mut() {
                slot.requested = None;
            }
            if let Some(code) = answers.last_error.filter(|code| code.is_authorization()) {
                self.lacks_right(&format!("commit: {code}"));
            } else if let Some(code) = answers.last_error {
                tracing::info!(pipeline = self.config.name, worker = self.index, "commit failed: {code}");
            }
        }
    }

    /// Commits what is acknowledged of these partitions and waits for it. Tries again what may pass, until `timeout` is
    /// over; `true` if it is done.
    pub(super) fn commit_and_wait(&self, wanted: impl Fn(&Slot) -> bool, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let Err(error) = self.try_commit(&wanted, deadline) else { return true };
            let code = error.code().unwrap_or(Code::STATE);
            if is_hopeless(code) || code == Code::ILLEGAL_GENERATION || Instant::now() + RETRY >= deadline {
                self.warn_of_repeats(&error);
                return false;
            }
            std::thread::sleep(RETRY);
        }
    }

    /// The last commit of all partitions, before the group is left.
    ///
    /// In the midst of a rebalance the group takes no commit from us before we have gone along with it, so it is polled in
    /// between; nothing is read any more, so what comes is dropped, and what goes away is given up once it is committed.
    pub(super) fn commit_finally(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let Err(error) = self.try_commit(|_| true, deadline) else { return true };
            let code = error.code().unwrap_or(Code::STATE);
            if is_hopeless(code) || Instant::now() + RETRY >= deadline {
                self.warn_of_repeats(&error);
                return false;
            }
            let mut unread = Vec::new();
            self.consumer.poll(MAX_UNREAD, RETRY, &mut unread);
            if let Some(rebalance) = self.consumer.next_rebalance() {
                // By now the group knows us again: what it takes away can be committed before.
                let committed = self.try_commit(|_| true, deadline).is_ok();
                self.give_way(&rebalance);
                if committed {
                    return true;
                }
            }
        }
    }

    /// Commits once.
    fn try_commit(&self, wanted: impl Fn(&Slot) -> bool, deadline: Instant) -> Result<(), Error> {
        let offsets = self.committable(|slot, _| wanted(slot));
        if offsets.is_empty() {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let committed = self.consumer.commit_and_wait(offsets.into_iter(), left);
        let counter = if committed.is_ok() { &self.metrics.commits_ok } else { &self.metrics.commits_failed };
        counter.increment(1);
        committed
    }

    fn warn_of_repeats(&self, error: &Error) {
        let (pipeline, worker) = (&self.config.name, self.index);
        tracing::warn!(pipeline, worker, "not committed, so records will be repeated: {error}");
    }
}

/// Whether no commit of ours can succeed any more.
fn is_hopeless(code: Code) -> bool {
    matches!(code, Code::UNKNOWN_MEMBER | Code::FENCED_INSTANCE) || code.is_authorization()
}
