//! What keeps records from coming, as long as it does.

use std::time::{Duration, Instant};

use super::Reader;
use crate::disposition::Disposition;
use crate::gateway::consume::failure::Failure;
use crate::kafka::{Code, Error};
use crate::transform::Schemas;

/// How often a broker that did not answer is asked whether it does again, and how long it may take to say so.
const PROBE: Duration = Duration::from_secs(1);

/// How long records that could not be read are sought.
const SEEK: Duration = Duration::from_secs(1);

/// What is waited for.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    broker: Option<String>,
    /// Something that records wait for: a schema, or that their dead letters are written.
    lacking: Option<String>,
    /// When a broker was last asked whether it is there.
    probed: Option<Instant>,
}

impl Trouble {
    /// Records wait for something, or no longer.
    pub(super) fn lacks(&mut self, what: Option<String>) {
        self.lacking = what;
    }

    /// A broker has answered.
    pub(super) fn reached(&mut self) {
        self.broker = None;
    }

    fn lacks_broker(&mut self, why: &str) {
        if self.broker.is_none() {
            self.broker = Some(why.to_owned());
        }
    }

    fn text(&self) -> Option<&str> {
        self.broker.as_deref().or(self.lacking.as_deref())
    }
}

impl<S: Schemas> Reader<S> {
    /// Sorts what the client complains about: most of it mends itself.
    pub(super) fn mind_errors(&mut self) -> Result<(), Failure> {
        for error in self.consumer.take_errors() {
            self.mind(&error)?;
        }
        if self.consumer.is_fatal() {
            return Err(Failure::Unavailable("the consumer can't go on: ask again".to_owned()));
        }
        self.seek_skipped();
        self.probe();
        self.outlet.trouble(self.trouble.text());
        Ok(())
    }

    fn mind(&mut self, error: &Error) -> Result<(), Failure> {
        let Some(code) = error.code() else { return Err(Failure::of_kafka(error)) };
        let unused_group = self.group.is_none()
            && (code == Code::GROUP_AUTHORIZATION || code.is_rebalance() || code == Code::NOT_COORDINATOR);
        if unused_group {
            return Ok(());
        }
        if code == Code::AUTO_OFFSET_RESET || code.is_authorization() || code.disposition() == Disposition::Fatal {
            return Err(Failure::of_kafka(error));
        }
        match code {
            Code::ALL_BROKERS_DOWN => self.trouble.lacks_broker("no Kafka broker answers"),
            Code::UNKNOWN_TOPIC_OR_PARTITION => self.trouble.lacks_broker(&error.to_string()),
            _ => tracing::debug!(topic = self.topic, "{error}"),
        }
        Ok(())
    }

    /// Has records read again that errors came in place of.
    fn seek_skipped(&mut self) {
        for (topic, partition, offset, code) in self.consumer.take_skipped() {
            if !self.slots.contains_key(&partition) {
                continue;
            }
            self.waiting.retain(|message| message.partition() != partition || message.offset() < offset);
            self.trouble.lacks_broker(&format!("{topic}[{partition}] at offset {offset}: {code}"));
            if let Err(error) = self.consumer.seek([(topic.as_str(), partition, offset)].into_iter(), SEEK) {
                tracing::debug!(topic, "{error}");
            }
        }
    }

    /// Asks whether a broker is there again: where no records come, nothing else would tell.
    fn probe(&mut self) {
        if self.trouble.broker.is_none() || self.trouble.probed.is_some_and(|at| at.elapsed() < PROBE) {
            return;
        }
        if self.consumer.partition_count(&self.topic, PROBE / 2).is_ok() {
            self.trouble.reached();
        }
        self.trouble.probed = Some(Instant::now());
    }
}
