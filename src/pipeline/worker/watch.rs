//! What is looked at every second: the broker, schemas, missing topics, lag.

use std::time::{Duration, Instant};

use super::Worker;
use super::assignment::Wait;
use crate::kafka::Offset;
use crate::pipeline::partition::Partitioning;
use crate::pipeline::status::Condition;
use crate::transform::Schemas;

const SECOND: Duration = Duration::from_secs(1);

/// How often things are looked at while the worker starts.
const STARTING: Duration = Duration::from_millis(100);

/// How often a topic's number of partitions is asked for where records go by key; what Java's producer does.
const PARTITIONS: Duration = Duration::from_secs(300);

/// How often files that clients are made with are looked at.
const FILES: Duration = Duration::from_secs(5);

/// When things were last looked at.
#[derive(Debug)]
pub(super) struct Clock {
    first: Option<Instant>,
    last: Option<Instant>,
    partitions: Instant,
    files: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { first: None, last: None, partitions: Instant::now(), files: Instant::now() }
    }
}

impl<S: Schemas> Worker<S> {
    /// Brings the status and the slow metrics up to date, once a second.
    pub(super) fn watch(&mut self) {
        let starts = self.clock.first.is_none_or(|first| first.elapsed() < SECOND);
        let pause = if starts { STARTING } else { SECOND };
        if self.clock.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        let asked = self.clock.first.is_some();
        self.clock.last = Some(Instant::now());
        self.clock.first = self.clock.first.or(self.clock.last);
        if !self.status.is(Condition::Broker) && self.sink.is_connected() {
            self.status.holds(Condition::Broker);
            self.unreached = None;
        }
        self.watch_topics();
        self.watch_schemas(asked);
        self.watch_rights();
        self.watch_files();
        if self.status.is(Condition::Broker) {
            self.watch_lag();
        }
    }

    /// Has the worker start again when a certificate or a password in a file has changed, and clients can be made of it.
    /// One half of a pair may come before the other.
    fn watch_files(&mut self) {
        if self.clock.files.elapsed() < FILES {
            return;
        }
        self.clock.files = Instant::now();
        if !self.kafka.is_outdated() {
            return;
        }
        let (pipeline, worker) = (&self.config.name, self.index);
        let kafka = match self.kafka.reread() {
            Ok(kafka) => kafka,
            Err(error) => return tracing::warn!(pipeline, worker, "{error}"),
        };
        match kafka.verify() {
            Ok(()) => self.renewed = Some(kafka),
            Err(error) => tracing::warn!(pipeline, worker, "files have changed, and are of no use: {error}"),
        }
    }

    fn watch_topics(&mut self) {
        if !self.status.is(Condition::Broker) {
            return;
        }
        self.find_sinks();
        if self.config.source.names().next().is_none() {
            // A pattern's topics come and go: that one is gone is news to the client, and nothing to wait for.
            self.note_found_sinks();
        }
        if self.config.sink.partition == Partitioning::Key && self.clock.partitions.elapsed() >= PARTITIONS {
            self.clock.partitions = Instant::now();
            let topics: std::collections::HashSet<_> = self.assignment.iter().filter_map(|slot| slot.sink).collect();
            for topic in topics {
                if let Err(error) = self.sink.refresh(topic) {
                    tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
                }
            }
        }
    }

    /// Schemas that were `asked` for before should be there by now.
    fn watch_schemas(&mut self, asked: bool) {
        let waiting = self.assignment.iter().find_map(|slot| match &slot.waiting {
            Some(Wait::Schema(waiting)) if !slot.held.is_empty() => Some(waiting.to_string()),
            _ => None,
        });
        let Self { routes, transform, schemas, status, .. } = self;
        let lack = waiting.or_else(|| {
            routes.iter().find_map(|track| transform.probe(&track.route, schemas)).map(|waiting| waiting.to_string())
        });
        match lack {
            Some(lack) if asked => status.lacks(Condition::Schemas, lack),
            Some(_) => {}
            None => status.holds(Condition::Schemas),
        }
    }

    fn watch_lag(&mut self) {
        self.ask_committed();
        let Self { assignment, consumer, sink, .. } = self;
        for slot in assignment.iter() {
            let Some((low, high)) = consumer.watermarks(&slot.topic, slot.partition) else { continue };
            let done = sink.offsets.committable(slot.id).or(slot.committed).unwrap_or(low).max(low);
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; a lag is far below 2^52")]
            slot.lag.set((high - done).max(0) as f64);
        }
    }

    /// Asks what the group had committed of partitions of which nothing was read yet: their lag counts from there.
    fn ask_committed(&mut self) {
        let unknown =
            |slot: &super::assignment::Slot| slot.committed.is_none() && self.sink.offsets.resume_at(slot.id).is_none();
        let wanted: Vec<_> = self
            .assignment
            .iter()
            .filter(|slot| unknown(slot))
            .map(|slot| (slot.topic.to_string(), slot.partition))
            .collect();
        if wanted.is_empty() {
            return;
        }
        let asked = wanted.iter().map(|(topic, partition)| (topic.as_str(), *partition));
        let Ok(answers) = self.consumer.committed(asked, Duration::from_millis(500)) else { return };
        for ((topic, partition), answer) in wanted.iter().zip(answers) {
            let Some(slot) =
                self.assignment.iter_mut().find(|slot| *slot.topic == **topic && slot.partition == *partition)
            else {
                continue;
            };
            slot.committed = Some(match answer {
                Offset::At(offset) => offset,
                Offset::Unset => 0,
            });
        }
    }
}
