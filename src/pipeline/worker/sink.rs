//! Where records go: the producer, its topics, and what of it is acknowledged.

mod events;

use std::time::{Duration, Instant};

use metrics::Histogram;

use events::Taking;

use super::transaction::{Transactions, code_of};
use crate::kafka::{
    Code, Config, Error, Headers, ProduceError, Producer, ProducerLimits, ProducerSettings, Record, Topic,
};
use crate::pipeline::Stop;
use crate::pipeline::offsets::{LaneId, Offsets, SourceId};

/// How long a question about a topic may take.
const TOPIC_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a broker that can be reached may take to answer.
const SOON: Duration = Duration::from_millis(200);

/// How often a drain looks whether the worker is told to stop.
const DRAIN_SLICE: Duration = Duration::from_millis(200);

/// The producer and everything that was produced.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) producer: Producer,
    /// With which transactions are written; none without them.
    pub(super) transactions: Option<Transactions>,
    topics: Vec<SinkTopic>,
    pub(super) offsets: Offsets,
    limits: ProducerLimits,
    /// Ends waits.
    pub(super) stop: Stop,
    /// A record was not delivered: everything has to be drained and read again.
    trouble: Option<Trouble>,
    /// Errors of the client as a whole since somebody last asked.
    errors: Vec<Error>,
    end_to_end: Histogram,
    /// Whether anything was acknowledged since somebody last asked.
    progress: bool,
}

/// A topic that is written to.
#[derive(Debug)]
struct SinkTopic {
    topic: Topic,
    /// One for each partition.
    lanes: Vec<LaneId>,
    /// Bytes that key and value of a record may have, if a broker tells it. The producer's own limit is that of the most
    /// generous topic, so that the dead letters may take what the sink does not.
    record_bytes: Option<usize>,
}

/// What went wrong with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) code: Code,
    /// Which of the topics.
    pub(super) topic: usize,
    /// The record, if it was sent alone.
    pub(super) record: Option<(SourceId, i64)>,
}

/// Where a record came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trace {
    pub(super) source: SourceId,
    pub(super) offset: i64,
    /// Its timestamp in milliseconds, or 0.
    pub(super) stamp: i64,
}

impl Sink {
    pub(super) fn new(
        kafka: &Config,
        client: &str,
        limits: ProducerLimits,
        end_to_end: Histogram,
        transactions: Option<Transactions>,
        stop: Stop,
    ) -> Result<Self, Error> {
        let producer = producer(kafka, client, limits, transactions.as_ref())?;
        let offsets = Offsets::default();
        Ok(Self {
            producer,
            transactions,
            topics: Vec::new(),
            offsets,
            limits,
            stop,
            trouble: None,
            errors: Vec::new(),
            end_to_end,
            progress: false,
        })
    }

    /// Replaces the producer, with these limits. Only when nothing more will be acknowledged that matters.
    pub(super) fn renew(&mut self, kafka: &Config, client: &str, limits: ProducerLimits) -> Result<(), Error> {
        let producer = producer(kafka, client, limits, self.transactions.as_ref())?;
        for known in &mut self.topics {
            known.topic = producer.topic(known.topic.name())?;
        }
        self.producer = producer;
        if let Some(transactions) = &mut self.transactions {
            transactions.is_open = false;
        }
        self.limits = limits;
        self.trouble = None;
        Ok(())
    }

    pub(super) fn limits(&self) -> ProducerLimits {
        self.limits
    }

    /// The number of a topic by which records are written to it; asks a broker about one that is new.
    pub(super) fn open(&mut self, name: &str) -> Result<usize, Error> {
        if let Some(index) = self.topics.iter().position(|known| known.topic.name() == name) {
            return Ok(index);
        }
        let count = self.producer.partition_count(name, TOPIC_TIMEOUT)?;
        let lanes = (0..count).map(|_| self.offsets.lane()).collect();
        self.topics.push(SinkTopic { topic: self.producer.topic(name)?, lanes, record_bytes: None });
        Ok(self.topics.len() - 1)
    }

    /// Asks again how many partitions a topic has, and returns it.
    pub(super) fn refresh(&mut self, index: usize) -> Result<i32, Error> {
        let Some(known) = self.topics.get_mut(index) else { return Ok(0) };
        let count = self.producer.partition_count(known.topic.name(), TOPIC_TIMEOUT)?;
        while known.lanes.len() < usize::try_from(count).unwrap_or(0) {
            known.lanes.push(self.offsets.lane());
        }
        Ok(self.partitions(index))
    }

    /// The same for every topic that is written to.
    pub(super) fn refresh_all(&mut self) -> Result<(), Error> {
        (0..self.topics.len()).try_for_each(|index| self.refresh(index).map(drop))
    }

    pub(super) fn partitions(&self, index: usize) -> i32 {
        self.topics.get(index).map_or(0, |known| i32::try_from(known.lanes.len()).unwrap_or(i32::MAX))
    }

    pub(super) fn name(&self, index: usize) -> &str {
        self.topics.get(index).map_or("", |known| known.topic.name())
    }

    /// Asks a broker for a topic's `max.message.bytes`, minds it from now on, and returns it.
    pub(super) fn ask_limit(&mut self, index: usize) -> Result<usize, Error> {
        let bytes = self.producer.max_message_bytes(self.name(index), TOPIC_TIMEOUT)?;
        if let Some(known) = self.topics.get_mut(index) {
            known.record_bytes = Some(ProducerLimits::record_bytes(bytes));
        }
        Ok(bytes)
    }

    /// Queues a record and follows it to its acknowledgement. `headers` are taken on success.
    pub(super) fn write(
        &mut self,
        index: usize,
        record: Record<'_>,
        headers: &mut Option<Headers>,
        trace: Trace,
    ) -> Result<(), ProduceError> {
        let missing = ProduceError::Other(Code::UNKNOWN_PARTITION_LOCAL);
        let known = self.topics.get(index).ok_or_else(|| missing.clone())?;
        let lane = usize::try_from(record.partition).ok().and_then(|partition| known.lanes.get(partition));
        let lane = *lane.ok_or(missing)?;
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        if known.record_bytes.is_some_and(|limit| bytes > limit) {
            return Err(ProduceError::TooLarge(bytes));
        }
        if let Some(transactions) = self.transactions.as_mut().filter(|transactions| !transactions.is_open) {
            transactions.begin(&self.producer).map_err(|error| ProduceError::Failed(code_of(&error)))?;
        }
        self.producer.produce(&known.topic, record, headers)?;
        if self.limits.one_by_one {
            self.offsets.next_batch();
        }
        self.offsets.sent(trace.source, trace.offset, lane, trace.stamp);
        Ok(())
    }

    /// Takes in what was acknowledged, waiting up to `timeout` for the first of it.
    pub(super) fn serve(&mut self, timeout: Duration) {
        let Self { producer, topics, offsets, trouble, errors, end_to_end, progress, .. } = self;
        let mut taking = Taking { topics, offsets, trouble, errors, end_to_end, progress, now: None };
        producer.serve(timeout, |event| taking.take(event));
    }

    /// Sends everything at once and waits for its acknowledgement; `false` if `timeout` is over first, or the worker is told
    /// to stop meanwhile.
    pub(super) fn drain(&mut self, timeout: Duration) -> bool {
        let (finishing, deadline) = (self.stop.is_requested(), Instant::now() + timeout);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Self { producer, topics, offsets, trouble, errors, end_to_end, progress, .. } = self;
            let mut taking = Taking { topics, offsets, trouble, errors, end_to_end, progress, now: None };
            if producer.drain(left.min(DRAIN_SLICE), |event| taking.take(event)) {
                return true;
            }
            if left <= DRAIN_SLICE || self.is_fatal() || (!finishing && self.stop.is_requested()) {
                return false;
            }
        }
    }

    /// Gives up what is on its way; each record of it counts as not delivered.
    pub(super) fn purge(&mut self) {
        if let Err(error) = self.producer.purge() {
            self.errors.push(error);
        }
        self.drain(Duration::from_secs(1));
    }

    pub(super) fn outstanding(&self) -> usize {
        self.producer.outstanding()
    }

    pub(super) fn is_fatal(&self) -> bool {
        self.producer.is_fatal()
    }

    /// Whether a broker answers soon.
    pub(super) fn is_connected(&self) -> bool {
        self.producer.is_connected(SOON)
    }

    /// Makes the first record leave soon.
    pub(super) fn warm_up(&self) {
        self.producer.warm_up(SOON);
    }

    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// A record could not be queued for a reason that only starting over mends.
    pub(super) fn fail(&mut self, topic: usize, code: Code) {
        self.trouble.get_or_insert(Trouble { code, topic, record: None });
    }

    pub(super) fn forgive(&mut self) {
        self.trouble = None;
    }

    pub(super) fn take_errors(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.errors)
    }

    /// Whether anything was acknowledged since the last time.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progress)
    }
}

fn producer(
    kafka: &Config,
    client: &str,
    limits: ProducerLimits,
    transactions: Option<&Transactions>,
) -> Result<Producer, Error> {
    let settings = ProducerSettings::new(kafka, client, limits);
    Producer::new(&match transactions {
        Some(transactions) => settings.transactional(&transactions.id),
        None => settings,
    })
}
