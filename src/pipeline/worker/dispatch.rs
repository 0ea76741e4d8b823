//! From records transformed to records produced: to the sink, to the dead letters, or nowhere.

use std::collections::VecDeque;
use std::time::Duration;

use super::Worker;
use super::naming::{Outgoing, State};
use super::sink::Trace;
use crate::kafka::{Code, Headers, Message, ProduceError, Record};
use crate::pipeline::config::OnInvalid;
use crate::pipeline::metrics::Tally;
use crate::pipeline::offsets::SourceId;
use crate::pipeline::partition::Partitioning;
use crate::pipeline::status::Halt;
use crate::transform::Output;
use crate::transform::Schemas;
use crate::transform::dead_letter::{self, Origin};
use crate::transform::rejection::{Reason, Rejection};

/// How often a full producer is served, for a millisecond each, before the turn goes on.
const FULL_RETRIES: usize = 50;

/// Bytes of the buffer that are kept from batch to batch.
const BUFFER_KEPT: usize = 4 << 20;

/// A record that was transformed.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) message: Message,
    pub(super) source: SourceId,
    /// Its partition among the assigned ones.
    pub(super) index: usize,
    /// `None` if not even its context is known.
    pub(super) route: Option<usize>,
    pub(super) fate: Fate,
    /// Its headers as they are produced, once that is known.
    pub(super) outgoing: Option<Outgoing>,
}

/// What is to become of it.
#[derive(Debug)]
pub(super) enum Fate {
    Write { key: Output, value: Output },
    Reject(Box<Rejection>),
}

/// Records that were transformed and wait to be produced, and the bytes that were made of them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    records: VecDeque<Prepared>,
    buffer: Vec<u8>,
}

/// How far a dispatch came.
#[derive(Debug)]
pub(super) enum Progress {
    /// Everything is produced, or has to be read again anyway.
    Done,
    /// The producer takes nothing more.
    Congested,
    /// The pipeline has to halt before this record.
    Halt(Halt),
}

/// What became of one record.
enum Step {
    /// It is done with.
    Next,
    /// The producer is full: serve it, then try again.
    Again,
    /// The producer is in trouble: it stays, so that the recovery knows where to go on.
    Stay,
    Halt(Halt),
}

impl Batch {
    pub(super) fn push(&mut self, prepared: Prepared) {
        self.records.push_back(prepared);
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Where transforms write to.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT);
    }

    /// The offset of the first record of a partition.
    pub(super) fn first_of(&self, source: SourceId) -> Option<i64> {
        self.records.iter().find(|prepared| prepared.source == source).map(|prepared| prepared.message.offset())
    }

    /// Drops the records of a partition that is no longer ours.
    pub(super) fn drop_source(&mut self, source: SourceId) {
        self.records.retain(|prepared| prepared.source != source);
    }
}

impl<S: Schemas> Worker<S> {
    /// Produces what is prepared, as far as the producer takes it.
    pub(super) fn dispatch(&mut self) -> Progress {
        let mut full = 0;
        while !self.batch.is_empty() && self.sink.trouble().is_none() {
            match self.dispatch_first() {
                Step::Next => {
                    self.batch.records.pop_front();
                }
                Step::Again => {
                    full += 1;
                    if full > FULL_RETRIES {
                        return Progress::Congested;
                    }
                    self.sink.serve(Duration::from_millis(1));
                }
                Step::Stay => break,
                Step::Halt(halt) => {
                    self.batch.clear();
                    return Progress::Halt(halt);
                }
            }
        }
        if self.batch.is_empty() {
            self.batch.clear();
        }
        Progress::Done
    }

    /// Produces the first record.
    fn dispatch_first(&mut self) -> Step {
        let Some(prepared) = self.batch.records.front() else { return Step::Next };
        match &prepared.fate {
            Fate::Write { .. } => self.write_first(),
            Fate::Reject(rejection) => match &self.config.on_invalid {
                OnInvalid::Stop => {
                    let (message, reason) = (&prepared.message, rejection.reason);
                    let halt = Halt::before(message.topic(), message.partition(), message.offset(), rejection);
                    self.tally_rejected(reason, |_| {});
                    Step::Halt(halt)
                }
                OnInvalid::Skip => {
                    let reason = rejection.reason;
                    self.sink.offsets.skipped(prepared.source, prepared.message.offset());
                    self.tally_rejected(reason, |tally| tally.skipped += 1);
                    Step::Next
                }
                OnInvalid::DeadLetter(_) => self.bury_first(),
            },
        }
    }

    /// Writes the first record to the sink.
    fn write_first(&mut self) -> Step {
        let Self { batch, sink, assignment, partitioner, config, .. } = self;
        let Batch { records, buffer } = batch;
        let Some(prepared) = records.front_mut() else { return Step::Next };
        let Fate::Write { key, value } = &prepared.fate else { return Step::Next };
        let Some(topic) = assignment.get(prepared.index).and_then(|slot| slot.sink) else { return Step::Next };
        let outgoing = match &mut prepared.outgoing {
            Some(outgoing) => outgoing,
            none => match Outgoing::of(&mut prepared.message, &key.header, &value.header, buffer) {
                Ok(outgoing) => none.insert(outgoing),
                Err(error) => {
                    tracing::error!(
                        pipeline = config.name,
                        "a record without the header that names its schema: {error}"
                    );
                    sink.fail(topic, Code::STATE);
                    return Step::Stay;
                }
            },
        };
        let message = &prepared.message;
        let key = key.bytes.resolve(message.key(), buffer);
        let value = value.bytes.resolve(message.payload(), buffer);
        let partition = match config.sink.partition {
            Partitioning::Preserve => message.partition(),
            Partitioning::Key => partitioner.choose(message.partition(), key, sink.partitions(topic)),
        };
        let stamp = message.timestamp().map(|timestamp| timestamp.millis);
        let record = Record { key, value, partition, timestamp: stamp };
        let bytes = key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
        let trace = Trace { source: prepared.source, offset: message.offset(), stamp: stamp.unwrap_or(0) };
        match sink.write(topic, record, &mut outgoing.headers, trace) {
            Ok(()) => {
                self.tally(|tally| {
                    tally.written += 1;
                    tally.bytes_out += bytes as u64;
                });
                Step::Next
            }
            Err(ProduceError::QueueFull) => Step::Again,
            Err(ProduceError::TooLarge(bytes)) => {
                let name = sink.name(topic).to_owned();
                let context = prepared.route.and_then(|route| self.routes.get_mut(route));
                let context = context.map(|track| track.route.context.clone());
                let rejection = Rejection::too_large(bytes, &name, context.as_ref());
                prepared.fate = Fate::Reject(Box::new(rejection));
                self.dispatch_first()
            }
            Err(ProduceError::Failed(code) | ProduceError::Other(code)) => {
                sink.fail(topic, code);
                Step::Stay
            }
        }
    }

    /// Writes the first record, which was rejected, to the dead letters.
    fn bury_first(&mut self) -> Step {
        let Self { batch, sink, config, .. } = self;
        let Some(prepared) = batch.records.front_mut() else { return Step::Next };
        let (Fate::Reject(rejection), Some(topic)) = (&prepared.fate, self.dead_letters) else { return Step::Next };
        let message = &mut prepared.message;
        let (partition, offset) = (message.partition(), message.offset());
        if prepared.outgoing.as_ref().is_none_or(|outgoing| outgoing.state != State::DeadLetter) {
            let own = prepared.outgoing.take().and_then(Outgoing::into_own);
            let mut headers = own.or_else(|| message.detach_headers()).unwrap_or_else(|| Headers::with_capacity(9));
            let origin = Origin { pipeline: &config.name, topic: message.topic(), partition, offset };
            if let Err(error) = dead_letter::add_headers(&mut headers, rejection, origin) {
                tracing::debug!(pipeline = config.name, "dead letter with fewer headers: {error}");
            }
            prepared.outgoing = Some(Outgoing { headers: Some(headers), state: State::DeadLetter });
        }
        let Some(outgoing) = &mut prepared.outgoing else { return Step::Next };
        let stamp = message.timestamp().map(|timestamp| timestamp.millis);
        // In order, one source partition's dead letters in one partition of theirs.
        let target = partition % sink.partitions(topic).max(1);
        let record = Record { key: message.key(), value: message.payload(), partition: target, timestamp: stamp };
        let trace = Trace { source: prepared.source, offset, stamp: stamp.unwrap_or(0) };
        match sink.write(topic, record, &mut outgoing.headers, trace) {
            Ok(()) => {
                let reason = rejection.reason;
                self.tally_rejected(reason, |tally| tally.dead_letter += 1);
                Step::Next
            }
            Err(ProduceError::QueueFull) => Step::Again,
            Err(ProduceError::TooLarge(_)) => {
                // Not even the dead letters take it, and nothing may be lost.
                let name = sink.name(topic).to_owned();
                let refused = Rejection::refused(Code::MESSAGE_TOO_LARGE, &name, None);
                Step::Halt(Halt::before(message.topic(), partition, offset, &refused))
            }
            Err(ProduceError::Failed(code) | ProduceError::Other(code)) => {
                sink.fail(topic, code);
                Step::Stay
            }
        }
    }

    /// Counts the first record on its route.
    fn tally(&mut self, count: impl FnOnce(&mut Tally)) {
        let Some(prepared) = self.batch.records.front() else { return };
        let bytes_in = prepared.message.size() as u64;
        let track = prepared.route.and_then(|route| self.routes.get_mut(route));
        let tally = track.map_or(&mut self.unrouted, |track| &mut track.tally);
        tally.bytes_in += bytes_in;
        count(tally);
    }

    fn tally_rejected(&mut self, reason: Reason, count: impl FnOnce(&mut Tally)) {
        self.tally(|tally| {
            tally.rejected.push(reason);
            count(tally);
        });
    }

    /// Writes out what was counted.
    pub(super) fn count(&mut self) {
        self.metrics.other().flush(&mut self.unrouted);
        self.routes.flush(!self.batch.is_empty() || self.assignment.iter().any(|slot| slot.route.is_some()));
        self.schemas.flush_metrics();
    }
}
