//! An idempotent producer whose delivery reports are events that its owner serves.

use std::cell::RefCell;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::client::{Event, Handle, Queue, last_error};
use super::conf::Conf;
use super::headers::Headers;
use super::record::{ProduceError, Record, enqueue};
use super::transaction::Outcome;
use super::{Code, Error, c_string, check, sys};
use crate::kafka::properties::ProducerSettings;

/// Which topic, as a number that is cheap to compare; valid as long as something keeps the topic alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicId(usize);

impl TopicId {
    pub(super) fn of(topic: *const sys::rd_kafka_topic_t) -> Self {
        Self(topic.addr())
    }
}

/// A topic to write to.
#[derive(Debug)]
pub struct Topic {
    raw: NonNull<sys::rd_kafka_topic_t>,
    name: Box<str>,
    /// The producer may not be destroyed before its topics.
    client: Rc<Handle>,
}

impl Topic {
    /// The topic's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number that deliveries name this topic by.
    pub fn id(&self) -> TopicId {
        TopicId::of(self.raw.as_ptr())
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this; its producer still lives.
        unsafe { sys::rd_kafka_topic_destroy(self.raw.as_ptr()) };
    }
}

/// Records that were delivered, or were not, in the order in which they were produced to the partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Where they went.
    pub topic: TopicId,
    /// The partition's number.
    pub partition: i32,
    /// How many.
    pub count: usize,
    /// Why they were not delivered.
    pub error: Option<Code>,
}

/// What a producer has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProducerEvent {
    /// Records were delivered, or were not.
    Delivery(Delivery),
    /// An error of the client as a whole, most of which it mends by itself.
    Error(Error),
}

/// A producer, owned by one thread.
#[derive(Debug)]
pub struct Producer {
    /// Dropped before the handle: queues go before their client.
    queue: Queue,
    pub(super) handle: Rc<Handle>,
    /// The answer to a call that has not returned yet.
    pub(super) offsets_on_their_way: RefCell<Option<Receiver<Outcome>>>,
}

impl Producer {
    /// Makes a producer. Connects in the background.
    pub fn new(settings: &ProducerSettings) -> Result<Self, Error> {
        let conf = Conf::new(settings.properties())?;
        // SAFETY: a live configuration of ours.
        unsafe {
            sys::rd_kafka_conf_set_events(conf.as_ptr(), sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_ERROR);
        }
        let handle = Rc::new(Handle::new(conf, sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, settings.tokens())?);
        // SAFETY: a live client; the queue is ours and dropped before the handle.
        let queue = unsafe { Queue::new(sys::rd_kafka_queue_get_main(handle.as_ptr())) };
        Ok(Self { queue, handle, offsets_on_their_way: RefCell::default() })
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.handle.as_ptr()
    }

    /// A topic to write to. Keep it: making one takes a look-up by name.
    pub fn topic(&self, name: &str) -> Result<Topic, Error> {
        let text = c_string(name)?;
        // SAFETY: a live client and a NUL-terminated name; a null configuration means the client's defaults.
        let raw = unsafe { sys::rd_kafka_topic_new(self.handle.as_ptr(), text.as_ptr(), ptr::null_mut()) };
        let raw = NonNull::new(raw).ok_or_else(|| Error::call("open topic", last_error()))?;
        Ok(Topic { raw, name: name.into(), client: Rc::clone(&self.handle) })
    }

    /// Queues a record. `headers` are taken on success and left where they are otherwise, so that the same call may be
    /// repeated.
    pub fn produce(
        &self,
        topic: &Topic,
        record: Record<'_>,
        headers: &mut Option<Headers>,
    ) -> Result<(), ProduceError> {
        debug_assert!(Rc::ptr_eq(&topic.client, &self.handle), "a topic of another producer");
        // SAFETY: a live client and a topic of it, both borrowed for the call; a null opaque is nobody's.
        unsafe { enqueue(&self.handle, topic.raw, record, headers, ptr::null_mut()) }
    }

    /// Hands every event that is there to `take`, waiting up to `timeout` for the first; returns how many it were.
    pub fn serve(&self, timeout: Duration, mut take: impl FnMut(ProducerEvent)) -> usize {
        let mut served = 0;
        let mut timeout = timeout;
        while let Some(event) = self.queue.poll(timeout) {
            served += 1;
            timeout = Duration::ZERO;
            match event.kind() {
                sys::RD_KAFKA_EVENT_DR => deliveries(&event, &mut take),
                _ if event.code() != 0 => take(ProducerEvent::Error(self.client_error(&event))),
                _ => {}
            }
        }
        served
    }

    fn client_error(&self, event: &Event) -> Error {
        let code = Code(event.code());
        if code == Code::FATAL {
            self.handle.mark_fatal();
        }
        Error::Call { operation: "producer", code, message: event.message() }
    }

    /// Whether the client is beyond repair and has to be replaced.
    pub fn is_fatal(&self) -> bool {
        self.handle.is_fatal()
    }

    /// Why the client is beyond repair, if it is and says so.
    pub fn fatal_code(&self) -> Option<Code> {
        self.handle.fatal_code()
    }

    /// Records that are queued, on their way, or delivered with a report not yet served.
    pub fn outstanding(&self) -> usize {
        // SAFETY: a live client.
        usize::try_from(unsafe { sys::rd_kafka_outq_len(self.handle.as_ptr()) }).unwrap_or(0)
    }

    /// Sends what is queued without waiting for `linger.ms`, and hands events to `take`, until nothing is outstanding
    /// (`true`) or `timeout` is over.
    pub fn drain(&self, timeout: Duration, mut take: impl FnMut(ProducerEvent)) -> bool {
        let deadline = Instant::now() + timeout;
        while self.outstanding() > 0 {
            if Instant::now() >= deadline || self.is_fatal() {
                return false;
            }
            // SAFETY: a live client. With a timeout of 0 this only says "don't linger" and returns at once (with the
            // local code that not all is sent); a longer one waits in steps of 100 ms.
            unsafe { sys::rd_kafka_flush(self.handle.as_ptr(), 0) };
            self.serve(Duration::from_millis(1), &mut take);
        }
        true
    }

    /// Drops what is queued and what is on its way; a delivery with an error follows for each.
    pub fn purge(&self) -> Result<(), Error> {
        // SAFETY: a live client. Purging gives local codes only.
        let code = unsafe {
            sys::rd_kafka_purge(self.handle.as_ptr(), sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT)
        };
        check("purge", code as i32)
    }

    /// How many partitions a topic has, asked of a broker.
    pub fn partition_count(&self, topic: &str, timeout: Duration) -> Result<i32, Error> {
        super::metadata::partition_count(&self.handle, topic, timeout)
    }

    /// A topic's `max.message.bytes`, asked of a broker; needs the right to describe the topic's configuration.
    pub fn max_message_bytes(&self, topic: &str, timeout: Duration) -> Result<usize, Error> {
        super::admin::max_message_bytes(&self.handle, topic, timeout)
    }

    /// Makes the first record leave soon; takes up to twice `timeout`.
    pub fn warm_up(&self, timeout: Duration) {
        super::metadata::warm_up(&self.handle, timeout);
    }

    /// Whether a broker answers within `timeout`.
    pub fn is_connected(&self, timeout: Duration) -> bool {
        super::metadata::is_connected(&self.handle, timeout)
    }
}

/// Splits a delivery event into runs of one partition and one code.
///
/// The library makes an event for one partition, of records that share one fate; so a success is taken as a whole, and
/// only failures, which are rare, are looked at one by one.
fn deliveries(event: &Event, take: &mut impl FnMut(ProducerEvent)) {
    // SAFETY: a live delivery event.
    let count = unsafe { sys::rd_kafka_event_message_count(event.as_ptr()) };
    let failed = event.code() != 0;
    let mut run: Option<Delivery> = None;
    for index in 0..count {
        // SAFETY: a live delivery event; its messages live as long as it does. The code is read as the number that it is
        // in C, without making a reference to the struct.
        let (topic, partition, code) = unsafe {
            let message = sys::rd_kafka_event_message_next(event.as_ptr());
            if message.is_null() {
                break;
            }
            let code = (&raw const (*message).err).cast::<i32>().read();
            (TopicId::of((*message).rkt), (*message).partition, code)
        };
        let error = (code != 0).then_some(Code(code));
        if index == 0 && !failed && error.is_none() {
            take(ProducerEvent::Delivery(Delivery { topic, partition, count, error: None }));
            return;
        }
        match &mut run {
            Some(run) if run.topic == topic && run.partition == partition && run.error == error => run.count += 1,
            _ => {
                let next = Delivery { topic, partition, count: 1, error };
                if let Some(done) = run.replace(next) {
                    take(ProducerEvent::Delivery(done));
                }
            }
        }
    }
    if let Some(done) = run {
        take(ProducerEvent::Delivery(done));
    }
}
