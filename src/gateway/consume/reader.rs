//! A session: one thread that owns a consumer and shows its records to one client.
//!
//! It goes round in turns: show what was read, read on, answer rebalances, commit what the client has handled. When the
//! client takes nothing more, or a schema is not there, records wait in order; after a while their partitions are paused,
//! so that the consumer goes on being polled and the group goes on knowing it.
//!
//! Invariants: an offset is committed only when the client has handled everything before it; memory is bounded by the feed,
//! one batch, and the consumer's own queue; whatever ends the session, it leaves its group.

mod direct;
mod group;
mod intake;
mod letters;
mod trouble;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;

use super::begin::{From, Offsets};
use super::failure::Failure;
use super::feed::{Event, Outlet, Shown};
use super::measures::Measures;
use super::on_invalid::OnInvalid;
use super::renderer::{Decoding, Renderer};
use crate::gateway::deliveries::Deliveries;
use crate::kafka::{self, Code, Consumer, ConsumerSettings, GroupIdentity, Message};
use crate::transform::Schemas;
use crate::transform::dead_letter::DeadLetter;
use letters::Letters;
use trouble::Trouble;

/// How long brokers may take to answer what has to be known before the first record.
const START: Duration = Duration::from_secs(5);

/// How long a session may take to commit and to leave its group.
const FAREWELL: Duration = Duration::from_secs(5);

/// The group whose name the library asks for where none is joined and nothing is committed.
const NO_GROUP: &str = "serdecar-gateway";

/// How records are read.
#[derive(Debug, Clone)]
pub(super) enum Membership {
    /// As a member of this group.
    Group {
        name: String,
        /// `earliest` or `latest`: where to begin where the group has committed nothing.
        reset: Option<&'static str>,
        /// Records behind which to go on in the partitions that come first.
        behind: Offsets,
    },
    /// By nobody in particular: nothing is committed.
    None {
        from: From,
        /// Records behind which to go on.
        behind: Offsets,
    },
}

/// What a session is made of.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) kafka: Arc<kafka::Config>,
    /// What writes dead letters.
    pub(super) of_letters: Option<Arc<Deliveries>>,
    pub(super) topic: String,
    pub(super) membership: Membership,
    pub(super) decoding: Arc<Decoding>,
    pub(super) outlet: Outlet,
    /// After which time without a client it ends; never if it belongs to a connection.
    pub(super) expires: Option<Duration>,
    /// Set when the process is being stopped.
    pub(super) stop: Arc<AtomicBool>,
    pub(super) measures: Measures,
    /// Its place among the sessions that there may be, which is free again when the thread has ended.
    pub(super) place: Arc<OwnedSemaphorePermit>,
}

/// A partition that is being read.
#[derive(Debug, Default)]
struct Slot {
    /// The first offset that was shown of it.
    first: Option<i64>,
    /// The last one.
    last: Option<i64>,
    /// The last one that is among the dead letters.
    buried: Option<i64>,
    /// The last one that was read.
    read: Option<i64>,
    /// Where its end was when that was reached.
    end: Option<i64>,
    /// The offset that the last commit said.
    committed: Option<i64>,
}

impl Slot {
    fn is_at_end(&self) -> bool {
        self.end.is_some_and(|end| self.read.is_none_or(|read| read < end))
    }

    /// The last offset up to which nothing is left to do, where this is the last one that the client has handled.
    fn done(&self, handled: Option<i64>) -> Option<i64> {
        // Records from before the partition went and came back count for nothing.
        let handled = handled.filter(|handled| self.first.is_some_and(|first| first <= *handled));
        // Dead letters count once everything before them is handled; nothing behind them was shown before they were written.
        if self.last.is_none_or(|last| handled.is_some_and(|handled| last <= handled)) {
            handled.max(self.buried)
        } else {
            handled
        }
    }
}

/// A running session.
pub(super) struct Reader<S> {
    topic: String,
    /// `None`: nothing is committed.
    group: Option<String>,
    /// See [`Membership::Group`]; emptied with the first assignment.
    behind: Offsets,
    consumer: Consumer,
    renderer: Renderer,
    schemas: S,
    outlet: Outlet,
    expires: Option<Duration>,
    stop: Arc<AtomicBool>,
    on_invalid: OnInvalid,
    /// Those of `on_invalid`.
    letters: Option<Letters>,
    slots: BTreeMap<i32, Slot>,
    /// What was read and not yet shown.
    waiting: VecDeque<Message>,
    /// The first of them, for which there was no room.
    shown: Option<Shown>,
    /// What the consumer returned last; kept for its capacity.
    messages: Vec<Message>,
    /// Since when nothing could be shown.
    stalled: Option<Instant>,
    paused: bool,
    /// Whether nothing more is shown.
    halted: bool,
    /// Whether the client was told that it has everything there is.
    told_end: bool,
    trouble: Trouble,
    commits: group::Commits,
    measures: Measures,
}

impl<S: Schemas> Reader<S> {
    /// Runs until the client has gone, the session expires, the process is stopped, or nothing comes any more.
    pub(super) fn run(setup: Setup, schemas: S) {
        let Setup { kafka, of_letters, topic, membership, decoding, outlet, expires, stop, measures, place } = setup;
        let group = match &membership {
            Membership::Group { name, .. } => Some(name.clone()),
            Membership::None { .. } => None,
        };
        match consumer(&kafka, group.as_deref(), &membership) {
            Err(error) => outlet.tell(Event::Failed(Failure::of_kafka(&error))),
            Ok(consumer) => {
                let mut reader = Self {
                    renderer: Renderer::new(&topic, Arc::clone(&decoding)),
                    on_invalid: decoding.on_invalid.clone(),
                    letters: None,
                    behind: Offsets::new(),
                    slots: BTreeMap::new(),
                    waiting: VecDeque::new(),
                    shown: None,
                    messages: Vec::new(),
                    stalled: None,
                    paused: false,
                    halted: false,
                    told_end: false,
                    trouble: Trouble::default(),
                    commits: group::Commits::default(),
                    topic,
                    group,
                    consumer,
                    schemas,
                    outlet,
                    expires,
                    stop,
                    measures,
                };
                let ended = reader.start(membership, of_letters).and_then(|()| reader.go_round());
                reader.finish(ended);
            }
        }
        drop(place);
    }

    /// Finds out where to begin, and begins.
    fn start(&mut self, membership: Membership, of_letters: Option<Arc<Deliveries>>) -> Result<(), Failure> {
        let count = self.consumer.partition_count(&self.topic, START).map_err(|error| match error.code() {
            Some(Code::UNKNOWN_TOPIC_OR_PARTITION | Code::UNKNOWN_TOPIC_LOCAL) => Failure::NoTopic(self.topic.clone()),
            _ => Failure::of_kafka(&error),
        })?;
        self.letters = self.letters(of_letters)?;
        match membership {
            Membership::Group { behind, .. } => {
                self.behind = behind;
                self.consumer.subscribe(&[&self.topic]).map_err(|error| Failure::of_kafka(&error))?;
            }
            Membership::None { from, behind } => self.assign(&from, &behind, count)?,
        }
        self.outlet.tell(Event::Ready);
        Ok(())
    }

    /// Dead letters, if they are asked for. A topic that is not there is said to be missing before it is needed.
    fn letters(&self, of_letters: Option<Arc<Deliveries>>) -> Result<Option<Letters>, Failure> {
        let OnInvalid::DeadLetter(DeadLetter { topic }) = &self.on_invalid else { return Ok(None) };
        let deliveries =
            of_letters.ok_or_else(|| Failure::Broken("there is no producer for dead letters".to_owned()))?;
        let count = self.consumer.partition_count(topic, START);
        let count =
            count.map_err(|error| Failure::Unavailable(format!("the topic of dead letters: {topic}: {error}")))?;
        Ok(Some(Letters::new(deliveries, topic.clone(), count)))
    }

    fn go_round(&mut self) -> Result<(), Failure> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failure::Stopping);
            }
            let expired = self.expires.is_some_and(|after| self.outlet.idle_for() >= after);
            if expired || self.outlet.is_closed() {
                return Ok(());
            }
            if self.halted {
                self.attend();
            } else {
                self.show().or_else(|failure| self.halt(failure))?;
                self.read();
            }
            self.rebalance();
            self.mind_errors()?;
            self.commit();
            self.tell_end();
        }
    }

    /// Shows nothing more, for this reason. A member of a group goes on for as long as its client may want to acknowledge what
    /// it was given before.
    fn halt(&mut self, failure: Failure) -> Result<(), Failure> {
        if self.group.is_none() {
            return Err(failure);
        }
        self.halted = true;
        self.waiting.clear();
        self.letters = None;
        self.outlet.tell(Event::Failed(failure));
        Ok(())
    }

    /// Commits what the client has handled, leaves the group, and says why.
    fn finish(mut self, ended: Result<(), Failure>) {
        self.waiting.clear();
        self.messages.clear();
        self.shown = None;
        self.schemas.forget_pending();
        self.schemas.flush_metrics();
        if self.group.is_some() {
            self.commit_finally(FAREWELL);
            while let Some(rebalance) = self.consumer.next_rebalance() {
                self.consumer.answer(&rebalance).ok();
            }
            if let Err(error) = self.consumer.close(FAREWELL) {
                tracing::warn!(topic = self.topic, group = self.group, "left the group silently: {error}");
            }
        }
        if let Err(failure) = ended {
            self.outlet.tell(Event::Failed(failure));
        }
    }
}

/// A consumer that reads nothing yet.
fn consumer(kafka: &kafka::Config, group: Option<&str>, membership: &Membership) -> Result<Consumer, kafka::Error> {
    let identity =
        GroupIdentity { group: group.unwrap_or(NO_GROUP).to_owned(), client: NO_GROUP.to_owned(), worker: 0 };
    let reset = match membership {
        Membership::Group { reset, .. } => *reset,
        // Where a client says where to begin, anywhere else is wrong.
        Membership::None { .. } => Some("error"),
    };
    // Certificates and passwords in files may be others by now.
    let renewed = if kafka.is_outdated() { kafka.reread().ok() } else { None };
    Consumer::new(&ConsumerSettings::of_session(renewed.as_ref().unwrap_or(kafka), &identity, reset))
}

/// Of a topic, as the consumer takes it.
fn named<'a>(topic: &'a str, offsets: &'a [(i32, i64)]) -> impl ExactSizeIterator<Item = (&'a str, i32, i64)> {
    offsets.iter().map(move |(partition, offset)| (topic, *partition, *offset))
}
