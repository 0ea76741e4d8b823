//! What happens when something fails: everything unacknowledged is read again.

use std::time::{Duration, Instant};

use super::Worker;
use super::sink::Trouble;
use crate::disposition::Disposition;
use crate::kafka::{Code, Consumer, Error, ProducerLimits};
use crate::pipeline::WorkerError;
use crate::pipeline::status::{Condition, Halt};
use crate::transform::Schemas;
use crate::transform::rejection::Rejection;

/// How long to wait for what is on its way before it is given up.
const DRAIN: Duration = Duration::from_secs(10);

/// The same, where everything on its way is given up anyway.
const ROLL_BACK_DRAIN: Duration = Duration::from_secs(1);

/// How long a client that failed is left alone before the next one takes its place.
pub(super) const NEW_CLIENT: Duration = Duration::from_secs(1);

/// Clients that may fail for good within a minute.
const MAX_FAILURES: usize = 5;

impl<S: Schemas> Worker<S> {
    /// Sorts what clients complain about: most of it they mend by themselves.
    pub(super) fn mind_errors(&mut self) -> Result<(), WorkerError> {
        let mut errors = self.consumer.take_errors();
        errors.extend(self.sink.take_errors());
        for error in errors {
            self.mind(error)?;
        }
        if self.consumer.is_fatal() {
            self.new_consumer()?;
        }
        self.mind_skipped();
        Ok(())
    }

    /// Has records read again that errors came in place of.
    fn mind_skipped(&mut self) {
        for (topic, partition, offset, code) in self.consumer.take_skipped() {
            let slot = self.assignment.iter().find(|slot| *slot.topic == *topic && slot.partition == partition);
            if let Some(id) = slot.map(|slot| slot.id) {
                self.sink.offsets.begin(id, offset);
                self.sink.fail(0, code);
            }
        }
    }

    fn mind(&mut self, error: Error) -> Result<(), WorkerError> {
        let (pipeline, worker) = (&self.config.name, self.index);
        let Some(code) = error.code() else { return Err(error.into()) };
        if code.disposition() == Disposition::Fatal {
            // What a controller's port or a broker from before 2017 answers, and never anything else.
            return Err(WorkerError::WrongPeer(error));
        }
        match code {
            Code::AUTO_OFFSET_RESET => return Err(WorkerError::NoOffset(error)),
            Code::ALL_BROKERS_DOWN => self.lacks_broker("no broker answers"),
            Code::UNKNOWN_TOPIC_OR_PARTITION => self.status.lacks(Condition::Topics, error.to_string()),
            code if code.is_authorization() => self.lacks_right(&error.to_string()),
            code if code.is_connection() || code == Code::BAD_MESSAGE => {
                tracing::debug!(pipeline, worker, "{error}");
                self.note_unreached(code, &error);
            }
            code if code.is_rebalance() => tracing::info!(pipeline, worker, "{error}"),
            _ => tracing::warn!(pipeline, worker, "{error}"),
        }
        Ok(())
    }

    /// Remembers why a broker is not reached, for when none is.
    fn note_unreached(&mut self, code: Code, error: &Error) {
        // The same fault is told in several ways, and with figures that differ each time. An answer that no broker gives says
        // more than the connections that are closed after it.
        let is_news = |known: Code| known != code && known != Code::BAD_MESSAGE;
        if self.unreached.as_ref().is_none_or(|(known, _)| is_news(*known)) {
            let text = error.to_string();
            let what = text.split(" (after ").next().unwrap_or_default();
            let what = match code {
                Code::BAD_MESSAGE => {
                    format!("{what}; is this the address of a Kafka broker, and security.protocol right?")
                }
                _ => what.to_owned(),
            };
            self.unreached = Some((code, what));
        }
        if !self.status.is(Condition::Broker) {
            self.lacks_broker("");
        }
    }

    /// No broker is reached: for the reason that the clients gave, else `otherwise`.
    pub(super) fn lacks_broker(&mut self, otherwise: &str) {
        let reason = self.unreached.as_ref().map_or(otherwise, |(_, reason)| reason);
        self.status.lacks(Condition::Broker, reason);
    }

    /// If a record was not delivered, goes back to the first one that was not. Gives the halt before a record that not
    /// even the dead letters take.
    pub(super) fn recover_if_needed(&mut self) -> Result<Option<Halt>, WorkerError> {
        let fatal = self.sink.is_fatal();
        let trouble = match self.sink.trouble() {
            Some(trouble) => trouble,
            None if fatal => Trouble { code: Code::FATAL, topic: 0, record: None },
            None => {
                let delivered = self.sink.take_progress();
                // Of a transaction that is not committed nothing was ever there.
                let goes_on = if self.is_exactly_once() { self.commits.take_progress() } else { delivered };
                if goes_on {
                    self.backoff.succeeded();
                    self.status.holds(Condition::Running);
                    self.note_found_sinks();
                } else if self.is_idle() {
                    self.status.holds(Condition::Running);
                }
                return Ok(None);
            }
        };
        tracing::warn!(
            pipeline = self.config.name,
            worker = self.index,
            fatal,
            "reading again what is not delivered to {}: {}",
            self.sink.name(trouble.topic),
            trouble.code
        );
        self.status.lacks(Condition::Running, format!("recovering: {}", trouble.code));
        let refused = trouble.code.is_authorization();
        if refused {
            self.lacks_right(&format!("topic {}: {}", self.sink.name(trouble.topic), trouble.code));
        }
        // A transaction that failed is given up as a whole, so there is less to wait for.
        let patience = if self.is_exactly_once() { ROLL_BACK_DRAIN } else { DRAIN };
        if !fatal && !self.sink.drain(patience) {
            self.sink.purge();
        }
        // Late acknowledgements of a producer that is kept would count for what it is given next.
        let lingers = self.sink.outstanding() > 0;
        self.metrics.rewinds.increment(1);
        let trouble = self.sink.trouble().unwrap_or(trouble);
        if let Some(halt) = self.refused_dead_letter(trouble) {
            return Ok(Some(halt));
        }
        let limits = self.limits_after(trouble);
        if self.is_exactly_once() {
            self.roll_back()?;
        }
        // One that was refused goes on holding its topics for empty ones.
        if self.sink.is_fatal() || lingers || refused || limits != self.sink.limits() {
            self.renew_producer(limits)?;
        }
        if self.is_exactly_once() {
            self.read_again()?;
        } else {
            let positions = self.resume_positions();
            self.go_back(&positions)?;
        }
        let pause = self.backoff.next();
        self.rest(pause);
        Ok(None)
    }

    /// Reads partitions again from these offsets, and forgets what was on its way.
    pub(super) fn go_back(&mut self, positions: &[(String, i32, i64)]) -> Result<(), WorkerError> {
        self.batch.clear();
        self.assignment.drop_held();
        self.congested = None;
        self.sink.offsets.rewind();
        self.sink.forgive();
        let seek = positions.iter().map(|(topic, partition, offset)| (topic.as_str(), *partition, *offset));
        match if positions.is_empty() { Ok(()) } else { self.consumer.seek(seek, DRAIN) } {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(pipeline = self.config.name, worker = self.index, "{error}");
                self.new_consumer()
            }
        }
    }

    /// Makes a producer in place of the present one.
    pub(super) fn renew_producer(&mut self, limits: ProducerLimits) -> Result<(), WorkerError> {
        self.metrics.new_producers.increment(1);
        if let Some(code) = self.sink.producer.fatal_code().filter(|code| code.is_authorization()) {
            // A right may come back at any time, however long that takes.
            self.lacks_right(&format!("producer: {code}"));
            self.rest(NEW_CLIENT);
        } else if self.sink.is_fatal() && self.backoff.count() > MAX_FAILURES {
            let fenced = self.sink.producer.fatal_code() == Some(Code::FENCED);
            let id = self.sink.transactions.as_ref().filter(|_| fenced).map(|transactions| transactions.id.clone());
            return Err(id.map_or(WorkerError::Failing("producer"), |id| WorkerError::Fenced { id }));
        }
        self.sink.renew(&self.kafka, &self.client_id(), limits)?;
        self.init_transactions()?;
        Ok(())
    }

    /// A broker refused a dead letter for what it is: there is no place left for the record.
    fn refused_dead_letter(&self, trouble: Trouble) -> Option<Halt> {
        let refused = self.dead_letters == Some(trouble.topic) && trouble.code.disposition() == Disposition::Reject;
        let (source, offset) = trouble.record.filter(|_| refused)?;
        let slot = self.assignment.iter().find(|slot| slot.id == source)?;
        let rejection = Rejection::refused(trouble.code, self.sink.name(trouble.topic), None);
        Some(Halt::before(&slot.topic, slot.partition, offset, &rejection))
    }

    /// Where each partition goes on: at the first record that is not acknowledged.
    fn resume_positions(&self) -> Vec<(String, i32, i64)> {
        let resume = |slot: &super::assignment::Slot| {
            let unsent =
                || self.batch.first_of(slot.id).or_else(|| slot.held.front().map(crate::kafka::Message::offset));
            self.sink.offsets.resume_at(slot.id).or_else(unsent)
        };
        self.assignment
            .iter()
            .filter_map(|slot| Some((slot.topic.to_string(), slot.partition, resume(slot)?)))
            .collect()
    }

    /// A broker refuses records for what they are, and with them whole batches: finds out which one it is.
    ///
    /// First the topic's own limit, if a broker tells it; then each record goes alone, and the one that is refused is
    /// rejected when it is read again.
    fn limits_after(&mut self, trouble: Trouble) -> ProducerLimits {
        let mut limits = self.sink.limits();
        if trouble.code.disposition() != Disposition::Reject {
            return limits;
        }
        if let Some((source, offset)) = trouble.record {
            if let Some(slot) = self.assignment.iter_mut().find(|slot| slot.id == source) {
                slot.condemned = Some((offset, trouble.code));
            }
            limits.one_by_one = false;
            return limits;
        }
        let told = if self.kafka.is_embedded() { None } else { self.sink.ask_limit(trouble.topic).ok() };
        match told.filter(|told| limits.batch_bytes.is_none_or(|known| *told < known)) {
            Some(told) => limits = limits.with_topic(told),
            None => limits.one_by_one = true,
        }
        limits
    }

    /// Makes a consumer that joins the group anew, in place of one that failed.
    pub(super) fn new_consumer(&mut self) -> Result<(), WorkerError> {
        self.metrics.new_consumers.increment(1);
        if self.backoff.count() > MAX_FAILURES {
            return Err(WorkerError::Failing("consumer"));
        }
        tracing::warn!(pipeline = self.config.name, worker = self.index, "joining the group anew");
        self.roll_back()?;
        self.status.lacks(Condition::Assigned, "joining the group anew");
        self.batch.clear();
        self.messages.clear();
        self.forget_all();
        while let Some(rebalance) = self.consumer.next_rebalance() {
            self.give_way(&rebalance);
        }
        let new = Consumer::new(&self.consumer_settings())?;
        let old = std::mem::replace(&mut self.consumer, new);
        if let Err(error) = old.close(NEW_CLIENT * 2) {
            tracing::info!(pipeline = self.config.name, worker = self.index, "{error}");
        }
        self.rest(NEW_CLIENT);
        self.consumer.subscribe(&self.config.source.topics)?;
        Ok(())
    }

    /// Does nothing for a while, or until a stop.
    pub(super) fn rest(&self, pause: Duration) {
        let deadline = Instant::now() + pause;
        while Instant::now() < deadline && !self.stop.is_requested() {
            std::thread::sleep(Duration::from_millis(20).min(pause));
        }
    }
}
