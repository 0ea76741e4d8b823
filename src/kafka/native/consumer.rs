//! A member of a consumer group that reads in batches.

mod closing;
mod lookup;

pub use lookup::Moment;

use std::cell::RefCell;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::time::Duration;

use super::client::{Handle, Queue};
use super::conf::Conf;
use super::message::Message;
use super::partitions::{Offset, PartitionList, PartitionOffset};
use super::rebalance::{self, Callbacks, Rebalance};
use super::{Code, Error, check, client, millis, sys};
use crate::kafka::properties::ConsumerSettings;

/// How asynchronous commits ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Commits {
    /// Commits that the group's coordinator took.
    pub succeeded: u32,
    /// Commits that failed; what they said has to be said again.
    pub failed: u32,
    /// Why the last one failed.
    pub last_error: Option<Code>,
}

/// A consumer in a group, owned by one thread.
///
/// Offsets are neither stored nor committed by the library: only [`commit`](Self::commit) and
/// [`commit_and_wait`](Self::commit_and_wait) move the group's position. Rebalances are noted during
/// [`poll`](Self::poll) and wait for [`answer`](Self::answer). Dropping a consumer leaves its group silently, as a crash
/// would: [`close`](Self::close) it to hand over at once.
#[derive(Debug)]
pub struct Consumer {
    /// Dropped before the handle: queues go before their client.
    queue: Queue,
    handle: Rc<Handle>,
    /// Where the batch call writes; kept for its capacity.
    array: RefCell<Vec<*mut sys::rd_kafka_message_t>>,
    /// See [`take_skipped`](Self::take_skipped).
    skipped: RefCell<Vec<(String, i32, i64, Code)>>,
    /// See [`take_ends`](Self::take_ends).
    ends: RefCell<Vec<(i32, i64)>>,
}

impl Consumer {
    /// Makes a consumer that belongs to a group but has no subscription yet. Connects in the background.
    pub fn new(settings: &ConsumerSettings) -> Result<Self, Error> {
        let conf = Conf::new(settings.properties())?;
        // SAFETY: a live configuration of ours; the callbacks are plain functions, and `Handle` gives the client the opaque
        // that they expect.
        unsafe {
            super::conf_set_rebalance_cb(conf.as_ptr(), rebalance::on_rebalance);
            super::conf_set_offset_commit_cb(conf.as_ptr(), rebalance::on_commit);
            sys::rd_kafka_conf_set_error_cb(conf.as_ptr(), Some(rebalance::on_error));
        }
        let handle = Rc::new(Handle::new(conf, sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, settings.tokens())?);
        // SAFETY: a live client. Events of it are then forwarded to the consumer's queue, where the batch call serves them;
        // the queue is ours and dropped before the handle.
        unsafe {
            check("make consumer", sys::rd_kafka_poll_set_consumer(handle.as_ptr()) as i32)?;
            let queue = Queue::new(sys::rd_kafka_queue_get_consumer(handle.as_ptr()));
            let (skipped, ends) = (RefCell::default(), RefCell::default());
            Ok(Self { queue, handle, array: RefCell::default(), skipped, ends })
        }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.handle.as_ptr()
    }

    /// Joins the group for these topics; a name that starts with `^` is a pattern.
    pub fn subscribe<T: AsRef<str>>(&self, topics: &[T]) -> Result<(), Error> {
        // -1 stands for "no partition in particular".
        let list = PartitionList::of(topics.iter().map(|topic| (topic.as_ref(), -1, Offset::Unset)))?;
        // SAFETY: a live client and list; the list is copied. Subscribing gives local codes only.
        check("subscribe", unsafe { sys::rd_kafka_subscribe(self.handle.as_ptr(), list.as_ptr()) } as i32)
    }

    /// Reads these partitions from these offsets on, without joining the group; replaces what was assigned before.
    pub fn assign<'a>(&self, positions: impl ExactSizeIterator<Item = (&'a str, i32, i64)>) -> Result<(), Error> {
        let list = PartitionList::of(positions.map(|(topic, partition, at)| (topic, partition, Offset::At(at))))?;
        // SAFETY: a live client and list; the list is copied. Assigning gives local codes only.
        check("assign", unsafe { sys::rd_kafka_assign(self.handle.as_ptr(), list.as_ptr()) } as i32)
    }

    /// Appends up to `max` records to `batch`, waiting until there are so many or `timeout` is over, and returns how
    /// many it were. Errors that come in place of records are kept for [`take_errors`](Self::take_errors).
    pub fn poll(&self, max: usize, timeout: Duration, batch: &mut Vec<Message>) -> usize {
        self.read_batch(&self.queue, max, timeout, batch)
    }

    fn read_batch(&self, queue: &Queue, max: usize, timeout: Duration, batch: &mut Vec<Message>) -> usize {
        let mut array = self.array.borrow_mut();
        array.clear();
        array.resize(max, ptr::null_mut());
        // SAFETY: a live queue, and an array with room for `max` pointers.
        let count =
            unsafe { sys::rd_kafka_consume_batch_queue(queue.as_ptr(), millis(timeout), array.as_mut_ptr(), max) };
        let before = batch.len();
        batch.reserve(usize::try_from(count).unwrap_or(0));
        for raw in array.iter().take(usize::try_from(count).unwrap_or(0)) {
            let Some(raw) = NonNull::new(*raw) else { continue };
            // SAFETY: the first `count` pointers are messages that are ours now.
            unsafe {
                match Message::code(raw) {
                    Code(0) => batch.push(Message::from_raw(raw, &self.handle)),
                    Code::PARTITION_EOF => {
                        self.ends.borrow_mut().push((raw.as_ref().partition, raw.as_ref().offset));
                        sys::rd_kafka_message_destroy(raw.as_ptr());
                    }
                    code => self.note_error_message(raw, code),
                }
            }
        }
        batch.len() - before
    }

    /// Keeps an error that came in place of a record.
    ///
    /// # Safety
    ///
    /// `raw` is a message of the caller's with a code, which is given up.
    unsafe fn note_error_message(&self, raw: NonNull<sys::rd_kafka_message_t>, code: Code) {
        // SAFETY: a live message, whose texts are copied before it is destroyed; it is not used after. Its topic is null or
        // lives as long as it does.
        let message = unsafe {
            let (topic, partition, offset) = ((*raw.as_ptr()).rkt, (*raw.as_ptr()).partition, (*raw.as_ptr()).offset);
            if !topic.is_null() && offset >= 0 {
                let topic = super::text(sys::rd_kafka_topic_name(topic));
                self.skipped.borrow_mut().push((topic, partition, offset, code));
            }
            let text = super::text(sys::rd_kafka_message_errstr(raw.as_ptr()));
            let place = NonNull::new(raw.as_ref().rkt).map(|topic| {
                let topic = super::text(sys::rd_kafka_topic_name(topic.as_ptr()));
                format!("{topic}[{}]: ", raw.as_ref().partition)
            });
            sys::rd_kafka_message_destroy(raw.as_ptr());
            place.unwrap_or_default() + &text
        };
        if code == Code::FATAL {
            self.handle.mark_fatal();
        }
        self.callbacks().note_error(Error::Call { operation: "consume", code, message });
    }

    fn callbacks(&self) -> &Callbacks {
        self.handle.callbacks()
    }

    /// Errors since the last time, of the client or in place of records.
    pub fn take_errors(&self) -> Vec<Error> {
        self.callbacks().errors.take()
    }

    /// Records (topic, partition, offset) that errors came in place of, since the last time.
    ///
    /// The library counts such an error as if the record had been read: where the partition is paused before the next
    /// record has come, it goes on after this one, which would be lost. So [`seek`](Self::seek) to it.
    pub fn take_skipped(&self) -> Vec<(String, i32, i64, Code)> {
        self.skipped.take()
    }

    /// Ends of partitions that reading came to since the last time, each with the offset that comes next there, if the
    /// settings ask for them ([`ConsumerSettings::of_session`]).
    pub fn take_ends(&self) -> Vec<(i32, i64)> {
        self.ends.take()
    }

    /// Whether the client is beyond repair and has to be replaced.
    pub fn is_fatal(&self) -> bool {
        self.handle.is_fatal()
    }

    /// How asynchronous commits ended since the last time.
    pub fn take_commits(&self) -> Commits {
        self.callbacks().commits.take()
    }

    /// The oldest rebalance without an answer.
    pub fn next_rebalance(&self) -> Option<Rebalance> {
        self.callbacks().pending.borrow_mut().pop_front()
    }

    /// Lets a rebalance go on: takes its partitions over, or gives them up.
    pub fn answer(&self, rebalance: &Rebalance) -> Result<(), Error> {
        rebalance::answer(self.handle.as_ptr(), rebalance)
    }

    /// The same for partitions to take over, of which some begin where `start` says and not where the group committed.
    pub fn answer_from(&self, rebalance: &Rebalance, start: impl Fn(i32) -> Option<i64>) -> Result<(), Error> {
        let all: Vec<_> = rebalance.partitions().collect();
        let offset = |at: &PartitionOffset| start(at.partition).map_or(at.offset, Offset::At);
        let partitions = PartitionList::of(all.iter().map(|at| (at.topic.as_str(), at.partition, offset(at))))?;
        self.answer(&Rebalance { kind: rebalance.kind, protocol: rebalance.protocol, partitions })
    }

    /// Whether partitions were taken from us without being asked: then nothing of them may be committed.
    pub fn is_assignment_lost(&self) -> bool {
        // SAFETY: a live client.
        unsafe { sys::rd_kafka_assignment_lost(self.handle.as_ptr()) != 0 }
    }

    /// Stops fetching from partitions. What was fetched and not yet returned is dropped and fetched again later.
    pub fn pause<'a>(&self, partitions: impl ExactSizeIterator<Item = (&'a str, i32)>) -> Result<(), Error> {
        let list = PartitionList::of(partitions.map(|(topic, partition)| (topic, partition, Offset::Unset)))?;
        // SAFETY: a live client and list. Pausing gives local codes only.
        check("pause", unsafe { sys::rd_kafka_pause_partitions(self.handle.as_ptr(), list.as_ptr()) } as i32)?;
        list.first_error("pause")
    }

    /// Goes on fetching.
    pub fn resume<'a>(&self, partitions: impl ExactSizeIterator<Item = (&'a str, i32)>) -> Result<(), Error> {
        let list = PartitionList::of(partitions.map(|(topic, partition)| (topic, partition, Offset::Unset)))?;
        // SAFETY: a live client and list. Resuming gives local codes only.
        check("resume", unsafe { sys::rd_kafka_resume_partitions(self.handle.as_ptr(), list.as_ptr()) } as i32)?;
        list.first_error("resume")
    }

    /// Goes on reading at these offsets. What was fetched from those partitions and not yet returned is dropped.
    pub fn seek<'a>(
        &self,
        positions: impl ExactSizeIterator<Item = (&'a str, i32, i64)>,
        timeout: Duration,
    ) -> Result<(), Error> {
        let list = PartitionList::of(positions.map(|(topic, partition, at)| (topic, partition, Offset::At(at))))?;
        // SAFETY: a live client and list; the error object is taken over.
        unsafe {
            client::outcome(
                "seek",
                sys::rd_kafka_seek_partitions(self.handle.as_ptr(), list.as_ptr(), millis(timeout)),
            )?;
        }
        list.first_error("seek")
    }

    /// Asks for a commit of the next offsets to read, and does not wait for it: see [`take_commits`](Self::take_commits).
    pub fn commit<'a>(&self, offsets: impl ExactSizeIterator<Item = (&'a str, i32, i64)>) -> Result<(), Error> {
        let list = PartitionList::of(offsets.map(|(topic, partition, at)| (topic, partition, Offset::At(at))))?;
        // SAFETY: a live client and list; the list is copied. Starting a commit gives local codes only.
        check("commit", unsafe { sys::rd_kafka_commit(self.handle.as_ptr(), list.as_ptr(), 1) } as i32)
    }

    /// Commits the next offsets to read and waits for the coordinator's word.
    pub fn commit_and_wait<'a>(
        &self,
        offsets: impl ExactSizeIterator<Item = (&'a str, i32, i64)>,
        timeout: Duration,
    ) -> Result<(), Error> {
        const OPERATION: &str = "commit";
        let list = PartitionList::of(offsets.map(|(topic, partition, at)| (topic, partition, Offset::At(at))))?;
        let queue = Queue::of(&self.handle);
        // SAFETY: a live client, list and queue; the list is copied. Without a callback the outcome is an event. Starting
        // a commit gives local codes only.
        let code = unsafe {
            sys::rd_kafka_commit_queue(self.handle.as_ptr(), list.as_ptr(), queue.as_ptr(), None, ptr::null_mut())
        };
        check(OPERATION, code as i32)?;
        let event = queue.poll(timeout).ok_or_else(|| Error::call(OPERATION, Code::TIMED_OUT))?;
        check(OPERATION, event.code())?;
        // SAFETY: a live event, whose list is copied while it lives.
        let list = unsafe { PartitionList::copy_of(sys::rd_kafka_event_topic_partition_list(event.as_ptr())) };
        list.first_error(OPERATION)
    }
}
