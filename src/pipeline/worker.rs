//! A worker: one thread that owns a consumer, a producer and everything between them.
//!
//! It goes round in turns: read a batch, transform it, produce it, take in what was acknowledged, commit, answer
//! rebalances. What keeps a record from being handled decides what waits:
//!
//! | what | who waits |
//! |---|---|
//! | its schema is not there yet | its partition (later records are held, then the partition is paused) |
//! | the sink's topic lacks its partition | its partition |
//! | the producer is full: the sink's broker is slow or away | everything |
//! | it was not delivered | nobody: everything is drained, committed as far as it is contiguous, and read again |
//!
//! Invariants: records of a partition are produced in their order (when a broker refuses a batch for good, those behind it
//! may have been taken: then they are repeated after it); an offset is committed only when everything before it is
//! acknowledged; the consumer is polled at least every second or so, so that the group goes on knowing us; memory is
//! bounded by the batch, the two clients' queues and what may be held.
//!
//! Exactly once differs in how it commits ([`transaction`] instead of [`commit`]) and in where it goes on after a fault: at
//! the last commit, for what is not committed was never there.

mod assignment;
mod backoff;
mod commit;
mod dispatch;
mod group;
mod intake;
mod naming;
mod orphans;
mod recovery;
mod rights;
mod routes;
mod sink;
mod start;
mod transaction;
mod watch;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::kafka::{self, Code, Consumer, Message};
use crate::pipeline::config::Config;
use crate::pipeline::metrics::{Metrics, Tally};
use crate::pipeline::partition::Partitioner;
use crate::pipeline::status::{Condition, Halt, WorkerStatus};
use crate::pipeline::{Ended, Stop, WorkerError};
use crate::transform::Schemas;
use crate::transform::Transform;
use assignment::Assignment;
use backoff::Backoff;
use commit::Commits;
use dispatch::{Batch, Progress};
use orphans::Lookout;
use rights::Rights;
use routes::Routes;
use sink::Sink;
use watch::Clock;

/// How long a read waits for the first record when nothing else is to be done. A rebalance or the word to stop waits as long.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// The same once there has been nothing for [`LONG_QUIET`]: a process may have hundreds of workers without work.
const LONG_IDLE_WAIT: Duration = Duration::from_millis(250);

/// See [`LONG_IDLE_WAIT`].
const LONG_QUIET: Duration = Duration::from_secs(10);

/// How long those behind a first record are waited for while records come one by one.
const GATHER: Duration = Duration::from_millis(1);

/// Records come one by one if a read brings less than this part of what it asked for.
const SPARSE: usize = 8;

/// How long a full producer is waited for without polling the consumer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a worker is made of.
pub(super) struct Setup<S> {
    pub(super) config: Arc<Config>,
    pub(super) kafka: Arc<kafka::Config>,
    pub(super) index: usize,
    pub(super) stop: Stop,
    pub(super) status: WorkerStatus,
    pub(super) schemas: S,
}

/// A running worker.
pub(super) struct Worker<S> {
    config: Arc<Config>,
    kafka: Arc<kafka::Config>,
    index: usize,
    stop: Stop,
    status: WorkerStatus,
    schemas: S,
    metrics: Metrics,
    consumer: Consumer,
    sink: Sink,
    /// The topic of dead letters among the sink's.
    dead_letters: Option<usize>,
    assignment: Assignment,
    routes: Routes,
    /// What was counted of records without a context.
    unrouted: Tally,
    transform: Transform,
    partitioner: Partitioner,
    /// What the consumer returned last; kept for its capacity.
    messages: Vec<Message>,
    batch: Batch,
    commits: Commits,
    /// Bytes of a record, on average of late.
    mean_size: usize,
    /// Since when reads come back empty.
    quiet: Option<Instant>,
    /// Whether records come one by one: then none waits for a batch to fill, which it won't.
    sparse: bool,
    /// Since when the producer takes nothing more.
    congested: Option<Instant>,
    backoff: Backoff,
    /// Why a broker was not reached, as clients last said.
    unreached: Option<(Code, String)>,
    clock: Clock,
    lookout: Lookout,
    rights: Rights,
    /// The settings to start again with, once files that clients were made with have changed.
    renewed: Option<kafka::Config>,
}

impl<S: Schemas> Worker<S> {
    /// Runs until it is told to stop, halts before a bad record, or can't go on.
    pub(super) fn run(mut setup: Setup<S>) -> Result<Ended, WorkerError> {
        loop {
            let Some(mut worker) = Self::start(setup)? else { return Ok(Ended::Stopped) };
            let kafka = loop {
                if worker.stop.is_requested() || worker.status.is_halted() {
                    worker.finish();
                    return Ok(Ended::Stopped);
                }
                if let Some(halt) = worker.turn()? {
                    tracing::error!(pipeline = worker.config.name, worker = worker.index, "{halt}");
                    worker.status.halt(halt.clone());
                    worker.finish();
                    return Ok(Ended::Halted(halt));
                }
                if let Some(kafka) = worker.renewed.take() {
                    break kafka;
                }
            };
            worker.status.lacks(Condition::Running, "starting again: certificates or passwords have changed");
            setup = Setup { kafka: Arc::new(kafka), ..worker.finish() };
        }
    }

    /// One round; returns the record before which to halt.
    fn turn(&mut self) -> Result<Option<Halt>, WorkerError> {
        if self.batch.is_empty() {
            self.retry_held();
        }
        self.read();
        match self.dispatch() {
            Progress::Done => self.congested = None,
            Progress::Congested => {
                self.congested.get_or_insert_with(Instant::now);
            }
            Progress::Halt(halt) => return Ok(Some(halt)),
        }
        self.sink.serve(Duration::ZERO);
        self.count();
        self.mind_errors()?;
        if let Some(halt) = self.recover_if_needed()? {
            return Ok(Some(halt));
        }
        self.commit_if_due();
        self.rebalance()?;
        self.balance_pauses()?;
        self.watch();
        self.look_for_orphans()?;
        Ok(None)
    }

    /// Reads records: transformed ones go to the batch, those that can't be handled yet are held.
    fn read(&mut self) {
        if let Some(since) = self.congested
            && since.elapsed() < PATIENCE
        {
            // Short backpressure: not to poll is enough, and cheaper than to pause.
            self.sink.serve(self.config.batch.max_wait);
            return;
        }
        let (waiting, ask) = (self.waits_for_schema(), self.ask());
        let (max, wait) = if let Some(since) = self.quiet.filter(|_| self.is_idle()) {
            (1, if since.elapsed() < LONG_QUIET { IDLE_WAIT } else { LONG_IDLE_WAIT })
        } else if waiting {
            (ask, Duration::ZERO)
        } else {
            (if self.sparse { 1 } else { ask }, self.config.batch.max_wait)
        };
        let mut messages = std::mem::take(&mut self.messages);
        let mut count = self.consumer.poll(max, wait, &mut messages);
        if count > 0 && max < ask {
            count += self.consumer.poll(ask - max, GATHER.min(self.config.batch.max_wait), &mut messages);
        }
        self.sparse = count < ask / SPARSE;
        self.quiet = messages.is_empty().then(|| self.quiet.unwrap_or_else(Instant::now));
        if messages.is_empty() && waiting {
            self.schemas.wait(self.config.batch.max_wait);
        }
        self.intake(&mut messages);
        self.messages = messages;
    }

    /// How many records make a batch of the configured bytes, judged by the last ones.
    fn ask(&self) -> usize {
        let batch = self.config.batch;
        (batch.max_bytes / self.mean_size.max(1)).clamp(1, batch.max_records)
    }

    /// Whether nothing waits for anything.
    fn is_idle(&self) -> bool {
        self.batch.is_empty() && self.assignment.held().0 == 0 && self.sink.outstanding() == 0 && !self.is_commit_open()
    }

    /// Stops: what is on its way is delivered and committed, then the group is left. Takes no longer than the
    /// configured deadline. Gives what the next worker is made of.
    fn finish(mut self) -> Setup<S> {
        let deadline = Instant::now() + self.config.shutdown_deadline;
        // A part of the time is for the commit and the farewell.
        let drained = self.sink.drain(self.config.shutdown_deadline * 3 / 4);
        let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(200));
        let committed = if self.is_exactly_once() {
            let committed = self.transact(left() * 2 / 3);
            if self.sink.is_open() {
                // Else readers would wait for it until it times out.
                self.sink.abort(Instant::now() + left() / 2).ok();
            }
            committed
        } else {
            self.commit_finally(left() * 2 / 3)
        };
        self.batch.clear();
        self.messages.clear();
        self.assignment.drop_held();
        self.count();
        while let Some(rebalance) = self.consumer.next_rebalance() {
            self.give_way(&rebalance);
        }
        self.forget_all();
        self.schemas.flush_metrics();
        if let Err(error) = self.consumer.close(left()) {
            tracing::warn!(pipeline = self.config.name, worker = self.index, "left the group silently: {error}");
        }
        tracing::info!(pipeline = self.config.name, worker = self.index, drained, committed, "worker stopped");
        let Self { config, kafka, index, stop, status, schemas, .. } = self;
        Setup { config, kafka, index, stop, status, schemas }
    }
}
