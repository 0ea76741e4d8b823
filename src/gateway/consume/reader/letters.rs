//! Dead letters: records that can't be read are written elsewhere before the session goes on behind them.
//!
//! Those in a row are written together. None counts as handled, and nothing behind it is shown, before brokers have it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Instant;

use crate::disposition::Disposition;
use crate::gateway::consume::failure::Failure;
use crate::gateway::deliveries::{Deliveries, Settled, Ticket, Waiter};
use crate::kafka::{Code, Headers, Message, ProduceError, Record};
use crate::transform::dead_letter::{self, Origin};
use crate::transform::rejection::Rejection;

/// What dead letters say in place of a pipeline's name.
const GATEWAY: &str = "gateway";

/// The dead letters of a session.
#[derive(Debug)]
pub(super) struct Letters {
    deliveries: Arc<Deliveries>,
    topic: String,
    partitions: i32,
    /// Those that brokers are not known to have, in order.
    open: VecDeque<Letter>,
}

#[derive(Debug)]
struct Letter {
    message: Message,
    rejection: Box<Rejection>,
    /// What becomes of it; `None` while it is not on its way.
    report: Option<Receiver<Settled>>,
}

/// How it stands with the first dead letter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is none.
    Nothing,
    /// Brokers have the one of this partition and offset.
    Written(i32, i64),
    /// It is not known yet.
    OnItsWay,
    /// It could not be written for this reason, and is tried again.
    Again(Code),
}

impl Letters {
    /// None yet, for a topic of so many partitions.
    pub(super) fn new(deliveries: Arc<Deliveries>, topic: String, partitions: i32) -> Self {
        Self { deliveries, topic, partitions, open: VecDeque::new() }
    }

    /// Writes a record there.
    pub(super) fn add(&mut self, message: Message, rejection: Box<Rejection>) -> Result<(), Failure> {
        let mut letter = Letter { message, rejection, report: None };
        let sent = self.send(&mut letter);
        self.open.push_back(letter);
        sent.map(drop)
    }

    /// Whether brokers have all of them.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// How it stands with the first one, which is waited for until `deadline`.
    pub(super) fn settle(&mut self, deadline: Instant) -> Result<Standing, Failure> {
        let Some(mut letter) = self.open.pop_front() else { return Ok(Standing::Nothing) };
        let standing = self.stand(&mut letter, deadline)?;
        if !matches!(standing, Standing::Written(..)) {
            self.open.push_front(letter);
        }
        Ok(standing)
    }

    fn stand(&self, letter: &mut Letter, deadline: Instant) -> Result<Standing, Failure> {
        if letter.report.is_none()
            && let Some(code) = self.send(letter)?
        {
            return Ok(Standing::Again(code));
        }
        let Some(report) = &letter.report else { return Ok(Standing::OnItsWay) };
        let code = match report.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(_)) => return Ok(Standing::Written(letter.message.partition(), letter.message.offset())),
            Err(RecvTimeoutError::Timeout) => return Ok(Standing::OnItsWay),
            Ok(Err(undelivered)) => undelivered.code,
            // The producer was replaced.
            Err(RecvTimeoutError::Disconnected) => Code::FATAL,
        };
        letter.report = None;
        self.judge(letter, code).map(Standing::Again)
    }

    /// Hands one to the producer; if that takes none for now, why.
    fn send(&self, letter: &mut Letter) -> Result<Option<Code>, Failure> {
        let Letter { message, rejection, .. } = letter;
        let (partition, offset) = (message.partition(), message.offset());
        let mut headers = message.copy_headers().unwrap_or_else(|| Headers::with_capacity(9));
        let origin = Origin { pipeline: GATEWAY, topic: message.topic(), partition, offset };
        if let Err(error) = dead_letter::add_headers(&mut headers, rejection, origin) {
            tracing::debug!(topic = self.topic, "dead letter with fewer headers: {error}");
        }
        // In order, one partition's dead letters in one partition of theirs.
        let partition = partition % self.partitions.max(1);
        let timestamp = message.timestamp().map(|timestamp| timestamp.millis);
        let record = Record { key: message.key(), value: message.payload(), partition, timestamp };
        let (waiter, report) = mpsc::channel();
        let ticket = Ticket { measures: None, waiter: Waiter::Thread(waiter) };
        let code = match self.deliveries.produce(&self.topic, record, &mut Some(headers), ticket) {
            Ok(()) => {
                letter.report = Some(report);
                return Ok(None);
            }
            Err(ProduceError::QueueFull) => Code::QUEUE_FULL,
            Err(ProduceError::TooLarge(_)) => Code::MESSAGE_TOO_LARGE,
            Err(ProduceError::Failed(code) | ProduceError::Other(code)) => code,
        };
        self.judge(letter, code).map(Some)
    }

    /// Fails where no time mends what happened.
    fn judge(&self, Letter { message, .. }: &Letter, code: Code) -> Result<Code, Failure> {
        let is_missing = matches!(
            code,
            Code::UNKNOWN_TOPIC_LOCAL | Code::UNKNOWN_TOPIC_OR_PARTITION | Code::UNKNOWN_PARTITION_LOCAL
        );
        if !is_missing && !code.is_authorization() && code.disposition() == Disposition::Retry {
            return Ok(code);
        }
        let (topic, partition, offset) = (message.topic().to_owned(), message.partition(), message.offset());
        let why = format!("its dead letter can't be written to topic {}: {code}", self.topic);
        Err(Failure::Stopped { topic, partition, offset, why })
    }

    /// Knows nothing any more of those of some partitions.
    pub(super) fn forget(&mut self, partitions: &[i32]) {
        self.open.retain(|letter| !partitions.contains(&letter.message.partition()));
    }

    /// The topic that they are written to.
    pub(super) fn topic(&self) -> &str {
        &self.topic
    }
}
