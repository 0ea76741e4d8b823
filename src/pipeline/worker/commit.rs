//! Commits, at least once: what is acknowledged is committed soon after, without waiting for it.

use std::time::{Duration, Instant};

use super::Worker;
use super::assignment::Slot;
use crate::kafka::Code;
use crate::pipeline::schemas::Schemas;

/// How often to commit. What was acknowledged since the last commit is repeated after a crash; more often costs next to
/// nothing.
const INTERVAL: Duration = Duration::from_millis(50);

/// After this long the answer to a commit is not waited for any more.
const LOST: Duration = Duration::from_secs(10);

/// Between tries of a commit that has to be waited for.
const RETRY: Duration = Duration::from_millis(100);

/// When commits were asked for.
#[derive(Debug)]
pub(super) struct Commits {
    last: Instant,
    /// One at a time: a coordinator that is away would otherwise have a queue of them.
    in_flight: Option<Instant>,
}

impl Commits {
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), in_flight: None }
    }
}

impl<S: Schemas> Worker<S> {
    /// What may be committed of these partitions: topic, partition, offset.
    fn committable(&self, wanted: impl Fn(&Slot, i64) -> bool) -> Vec<(&str, i32, i64)> {
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
        self.take_answers();
        let due = self.commits.last.elapsed() >= INTERVAL;
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
            if let Some(code) = answers.last_error {
                tracing::info!(pipeline = self.config.name, worker = self.index, "commit failed: {code}");
            }
        }
    }

    /// Commits what is acknowledged of these partitions and waits for it; `true` if it is done. Gives up when it can't
    /// succeed any more or `timeout` is over.
    pub(super) fn commit_and_wait(&self, wanted: impl Fn(&Slot) -> bool, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let offsets = self.committable(|slot, _| wanted(slot));
            if offsets.is_empty() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match self.consumer.commit_and_wait(offsets.into_iter(), left) {
                Ok(()) => {
                    self.metrics.commits_ok.increment(1);
                    return true;
                }
                Err(error) => error,
            };
            self.metrics.commits_failed.increment(1);
            let code = error.code().unwrap_or(Code::STATE);
            let hopeless = matches!(code, Code::UNKNOWN_MEMBER | Code::ILLEGAL_GENERATION | Code::FENCED_INSTANCE);
            if hopeless || code.is_authorization() || Instant::now() + RETRY >= deadline {
                tracing::warn!(
                    pipeline = self.config.name,
                    worker = self.index,
                    "not committed, so records will be repeated: {error}"
                );
                return false;
            }
            std::thread::sleep(RETRY);
        }
    }
}
