//! From records read to records transformed, or held.

use std::time::Instant;

use super::Worker;
use super::assignment::Wait;
use super::dispatch::{Fate, Prepared};
use crate::kafka::Message;
use crate::transform::Outcome;
use crate::transform::Schemas;
use crate::transform::rejection::{Reason, Rejection};

/// Records held at a time, beyond which the partitions that wait are paused.
const MAX_HELD_RECORDS: usize = 10_000;

/// Bytes held at a time, beyond which the partitions that wait are paused.
const MAX_HELD_BYTES: usize = 16 << 20;

/// A batch may grow to this many bytes of output at least, however small `batch.max_bytes` is.
const MIN_ROOM: usize = 4 << 20;

/// What became of one record.
enum Handled {
    Prepared(Prepared),
    Waits(Message, Wait),
}

impl<S: Schemas> Worker<S> {
    /// Takes in a batch of records.
    pub(super) fn intake(&mut self, messages: &mut Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        let started = Instant::now();
        let (count, mut bytes) = (messages.len(), 0);
        self.next_batch();
        for message in messages.drain(..) {
            bytes += message.size();
            self.take(message);
        }
        // Half of the new figure: quick to follow, and one odd batch is soon forgotten.
        self.mean_size = usize::midpoint(self.mean_size, bytes / count);
        self.metrics.transform_seconds.record(started.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "a batch has far fewer than 2^52 records")]
        self.metrics.batch_records.record(count as f64);
    }

    fn next_batch(&mut self) {
        self.transform.next_batch();
        self.partitioner.next_batch();
        self.sink.offsets.next_batch();
    }

    /// Takes in one record: behind those of its partition that wait, or to the batch.
    fn take(&mut self, message: Message) {
        // Not ours (any more): whoever owns its partition now reads it.
        let Some(index) = self.assignment.find(&message) else { return };
        if self.congested.is_some() {
            self.assignment.hold(index, message, Wait::Room);
            return;
        }
        if self.assignment.get(index).is_some_and(|slot| !slot.held.is_empty() || slot.sink.is_none()) {
            self.ask_schemas(index, &message);
            self.assignment.hold(index, message, Wait::Room);
            return;
        }
        if self.is_batch_full() {
            self.assignment.hold(index, message, Wait::Room);
            return;
        }
        match self.handle(index, message) {
            Handled::Prepared(prepared) => self.batch.push(prepared),
            Handled::Waits(message, wait) => self.assignment.hold(index, message, wait),
        }
    }

    /// Asks for the schemas of a record that is held behind one whose schema is not there: unknown ids wait together.
    fn ask_schemas(&mut self, index: usize, message: &Message) {
        let Self { assignment, routes, transform, schemas, .. } = self;
        let Some(slot) = assignment.get(index).filter(|slot| matches!(slot.waiting, Some(Wait::Schema(_)))) else {
            return;
        };
        if let Some(track) = slot.route.and_then(|route| routes.get_mut(route)) {
            let (key, value) = transform.inputs(message);
            transform.ask(key, value, &track.route, schemas);
        }
    }

    /// Whether as much was made of records as may stand in memory at a time: a few bytes can become much text.
    fn is_batch_full(&mut self) -> bool {
        let room = self.config.batch.max_bytes.max(MIN_ROOM);
        self.batch.buffer().len() > room
    }

    /// Tries again what is held, until it waits again.
    pub(super) fn retry_held(&mut self) {
        if self.assignment.held().0 == 0 {
            return;
        }
        self.next_batch();
        for index in self.assignment.indices() {
            while self.batch.len() < self.config.batch.max_records && !self.is_batch_full() {
                if self.assignment.get(index).is_none_or(|slot| slot.sink.is_none()) {
                    break;
                }
                let Some(message) = self.assignment.release(index) else { break };
                match self.handle(index, message) {
                    Handled::Prepared(prepared) => self.batch.push(prepared),
                    Handled::Waits(message, wait) => {
                        self.assignment.put_back(index, message, wait);
                        break;
                    }
                }
            }
        }
    }

    /// Whether so much is held that the partitions that wait have to be paused.
    pub(super) fn holds_too_much(&self) -> bool {
        let (records, bytes) = self.assignment.held();
        records > MAX_HELD_RECORDS || bytes > MAX_HELD_BYTES
    }

    /// Whether any partition waits for a schema.
    pub(super) fn waits_for_schema(&self) -> bool {
        self.assignment.held().0 > 0 && self.assignment.iter().any(|slot| matches!(slot.waiting, Some(Wait::Schema(_))))
    }

    /// Transforms one record.
    fn handle(&mut self, index: usize, message: Message) -> Handled {
        let Self { assignment, routes, transform, schemas, batch, metrics, config, sink, .. } = self;
        let Some(slot) = assignment.get_mut(index) else {
            return Handled::Waits(message, Wait::Room);
        };
        let prepared = |message, route, fate| {
            Handled::Prepared(Prepared { message, source: slot.id, index, route, fate, outgoing: None })
        };
        let route = match slot.route {
            Some(route) => route,
            None => match routes.of_message(config, &message, metrics) {
                Ok(route) => route,
                Err(error) => {
                    let rejection = Box::new(Rejection::context(&error));
                    return prepared(message, None, Fate::Reject(rejection));
                }
            },
        };
        let Some(track) = routes.get_mut(route) else { return Handled::Waits(message, Wait::Room) };
        if let Some((offset, code)) = slot.condemned
            && offset == message.offset()
        {
            let topic = slot.sink.map(|sink_topic| sink.name(sink_topic)).unwrap_or_default();
            let rejection = Box::new(Rejection::refused(code, topic, Some(&track.route.context)));
            return prepared(message, Some(route), Fate::Reject(rejection));
        }
        let (key, value) = transform.inputs(&message);
        let outcome = transform.apply(key, value, &mut track.route, schemas, batch.buffer());
        let proves_context = match &outcome {
            Outcome::Write { key, value } => key.bytes.has_schema() || value.bytes.has_schema(),
            Outcome::Reject(rejection) => matches!(rejection.reason, Reason::Violation(_)),
            Outcome::Pending(_) => false,
        };
        if proves_context {
            routes.resolve(route, metrics);
        }
        match outcome {
            Outcome::Write { key, value } => prepared(message, Some(route), Fate::Write { key, value }),
            Outcome::Reject(rejection) => prepared(message, Some(route), Fate::Reject(rejection)),
            Outcome::Pending(waiting) => Handled::Waits(message, Wait::Schema(waiting)),
        }
    }
}
