//! Commits, exactly once: what was written and the offsets it was made of become visible together, or never.
//!
//! A transaction begins with the first record that is written and ends with the commit. Before that everything is drained,
//! so that the commit itself is short. What fails is sorted as the library says: the same call again; abort, and read
//! everything since the last commit again; or another producer, which under the same id ends what is open. Whether a
//! commit of which no answer came was taken is told by the group's offsets, so those say where to read on.
//!
//! Invariant: whenever a partition is given up or read again, no transaction is open that has records of it.

use std::time::{Duration, Instant};

use super::Worker;
use super::recovery::NEW_CLIENT;
use super::sink::Sink;
use crate::kafka::{Code, Consumer, Error, Message, Offset, Producer, TransactionError};
use crate::pipeline::WorkerError;
use crate::pipeline::config::Delivery;
use crate::pipeline::status::Condition;
use crate::transform::Schemas;

/// How long one call may block.
const CALL: Duration = Duration::from_secs(2);

/// How long what is on its way is waited for before a commit.
const DRAIN: Duration = Duration::from_secs(10);

/// How long a call that may be repeated is repeated, in all.
const REPEAT: Duration = Duration::from_secs(30);

/// Between two calls of the same.
const PAUSE: Duration = Duration::from_millis(20);

/// The transactions of one producer after the other under one id.
#[derive(Debug)]
pub(super) struct Transactions {
    pub(super) id: String,
    pub(super) is_open: bool,
}

impl Transactions {
    /// None is open yet.
    pub(super) fn new(id: String) -> Self {
        Self { id, is_open: false }
    }

    pub(super) fn begin(&mut self, producer: &Producer) -> Result<(), TransactionError> {
        producer.begin_transaction()?;
        self.is_open = true;
        Ok(())
    }
}

/// The code of what the library said.
pub(super) fn code_of(error: &TransactionError) -> Code {
    error.error().code().unwrap_or(Code::STATE)
}

impl Sink {
    /// Whether a transaction is open.
    pub(super) fn is_open(&self) -> bool {
        self.transactions.as_ref().is_some_and(|transactions| transactions.is_open)
    }

    /// Ends the open transaction, or one that consists of `offsets` alone, with a commit.
    fn commit(
        &mut self,
        consumer: &Consumer,
        offsets: &[(String, i32, i64)],
        deadline: Instant,
    ) -> Result<(), TransactionError> {
        if let Some(transactions) = self.transactions.as_mut().filter(|transactions| !transactions.is_open) {
            transactions.begin(&self.producer)?;
        }
        let offsets = offsets.iter().map(|(topic, partition, offset)| (topic.as_str(), *partition, *offset));
        self.repeat(deadline, |producer, timeout| producer.send_offsets(consumer, offsets.clone(), timeout))?;
        self.repeat(deadline, Producer::commit_transaction)?;
        self.end_transaction();
        Ok(())
    }

    /// Ends the open transaction as if it had never been.
    pub(super) fn abort(&mut self, deadline: Instant) -> Result<(), TransactionError> {
        self.purge();
        self.repeat(deadline, Producer::abort_transaction)?;
        self.end_transaction();
        Ok(())
    }

    /// Makes the same call again while that may help, until `deadline` or until the worker is told to stop.
    fn repeat(
        &mut self,
        deadline: Instant,
        call: impl Fn(&Producer, Duration) -> Result<(), TransactionError>,
    ) -> Result<(), TransactionError> {
        let finishing = self.stop.is_requested();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let ended = call(&self.producer, left.clamp(PAUSE, CALL));
            let is_over = left <= PAUSE || (!finishing && self.stop.is_requested());
            if is_over || !matches!(ended, Err(TransactionError::Retriable(_))) {
                return ended;
            }
            self.serve(PAUSE);
        }
    }

    fn end_transaction(&mut self) {
        if let Some(transactions) = &mut self.transactions {
            transactions.is_open = false;
        }
    }
}

impl<S: Schemas> Worker<S> {
    pub(super) fn is_exactly_once(&self) -> bool {
        self.config.delivery == Delivery::ExactlyOnce
    }

    /// Takes the transactional id over; `false` if a stop came first.
    pub(super) fn init_transactions(&mut self) -> Result<bool, WorkerError> {
        if !self.is_exactly_once() {
            return Ok(true);
        }
        loop {
            match self.sink.producer.init_transactions(CALL) {
                Ok(()) => return Ok(true),
                Err(TransactionError::Retriable(error)) => {
                    self.status.lacks(Condition::Running, format!("waiting for transactions: {error}"));
                }
                Err(error) if code_of(&error).is_authorization() => {
                    self.lacks_right(&error.to_string());
                    self.rest(NEW_CLIENT);
                    // What was refused once is refused by this producer for ever.
                    self.sink.renew(&self.kafka, &self.client_id(), self.sink.limits())?;
                }
                Err(error) => return Err(WorkerError::Kafka(error.error().clone())),
            }
            self.sink.serve(PAUSE);
            self.mind_errors()?;
            if self.stop.is_requested() {
                return Ok(false);
            }
        }
    }

    /// Commits what was written since the last time, within `timeout`; `true` if nothing of it is left open. What fails
    /// is left to the recovery.
    pub(super) fn transact(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        if !self.sink.is_open() && !self.is_commit_open() {
            return true;
        }
        if !self.sink.drain(DRAIN.min(timeout)) || self.sink.trouble().is_some() {
            return false;
        }
        let offsets: Vec<_> = self
            .committable(|slot, offset| slot.requested != Some(offset))
            .into_iter()
            .map(|(topic, partition, offset)| (topic.to_owned(), partition, offset))
            .collect();
        if let Err(error) = self.sink.commit(&self.consumer, &offsets, deadline) {
            self.metrics.commits_failed.increment(1);
            let code = code_of(&error);
            if code.is_authorization() {
                self.lacks_right(&format!("commit: {error}"));
            }
            tracing::info!(pipeline = self.config.name, worker = self.index, "transaction not committed: {error}");
            self.sink.fail(0, code);
            return false;
        }
        self.metrics.commits_ok.increment(1);
        self.commits.succeeded();
        let Self { assignment, sink, .. } = self;
        for slot in assignment.iter_mut() {
            slot.requested = sink.offsets.committable(slot.id).or(slot.requested);
        }
        true
    }

    /// Aborts the open transaction; where that can't be, another producer does it.
    pub(super) fn roll_back(&mut self) -> Result<(), WorkerError> {
        if !self.sink.is_open() && !self.sink.is_fatal() {
            return Ok(());
        }
        if !self.sink.is_fatal() {
            match self.sink.abort(Instant::now() + REPEAT) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::info!(pipeline = self.config.name, worker = self.index, "not aborted: {error}");
                }
            }
        }
        self.renew_producer(self.sink.limits())
    }

    /// Reads everything again that is not committed.
    pub(super) fn read_again(&mut self) -> Result<(), WorkerError> {
        match self.positions_of_group() {
            Ok(positions) => self.go_back(&positions),
            Err(error) => {
                tracing::warn!(pipeline = self.config.name, worker = self.index, "{error}");
                self.new_consumer()
            }
        }
    }

    /// Where each partition goes on after a transaction that was not committed: what the group has, since a commit whose
    /// answer is missing may have been taken; before its first commit, where it began.
    fn positions_of_group(&mut self) -> Result<Vec<(String, i32, i64)>, Error> {
        let owned: Vec<_> = self.assignment.iter().map(|slot| (slot.topic.to_string(), slot.partition)).collect();
        let deadline = Instant::now() + REPEAT;
        let committed = loop {
            let asked = owned.iter().map(|(topic, partition)| (topic.as_str(), *partition));
            match self.consumer.committed(asked, CALL) {
                Ok(committed) => break committed,
                Err(error) if Instant::now() >= deadline || self.stop.is_requested() => return Err(error),
                Err(_) => std::thread::sleep(PAUSE),
            }
        };
        let Self { assignment, sink, batch, .. } = self;
        let mut positions = Vec::with_capacity(owned.len());
        for (slot, committed) in assignment.iter_mut().zip(committed) {
            let first = || sink.offsets.start(slot.id).or_else(|| batch.first_of(slot.id));
            let at = match committed {
                Offset::At(offset) => Some(offset),
                Offset::Unset => first().or_else(|| slot.held.front().map(Message::offset)),
            };
            let Some(at) = at else { continue };
            slot.requested = matches!(committed, Offset::At(_)).then_some(at);
            sink.offsets.restart(slot.id, at);
            positions.push((slot.topic.to_string(), slot.partition, at));
        }
        Ok(positions)
    }
}
