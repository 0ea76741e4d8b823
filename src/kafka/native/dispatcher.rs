//! A producer that many threads write through, and whose deliveries are told record by record.
//!
//! Whoever writes a record gives it a ticket, a number of his own that comes back with what became of the record. It
//! travels through the library as an opaque pointer that nobody follows.

use std::collections::HashMap;
use std::ptr::{self, NonNull};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::client::{Event, Handle, Queue, last_error};
use super::conf::Conf;
use super::headers::Headers;
use super::record::{ProduceError, Record, enqueue};
use super::{Code, Error, c_string, check, sys};
use crate::kafka::properties::ProducerSettings;

/// Topics that are kept open; a client may name any number of them.
const MAX_TOPICS: usize = 1_000;

/// Lets the library choose the partition: by the key, or any if there is none.
pub const ANY_PARTITION: i32 = -1;

/// Where a record was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The partition's number.
    pub partition: i32,
    /// The record's offset; `None` where no broker tells.
    pub offset: Option<i64>,
}

/// A record that was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undelivered {
    /// Why.
    pub code: Code,
    /// Whether a broker may have it all the same.
    pub maybe_written: bool,
}

/// What a dispatcher has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatcherEvent {
    /// What became of the record with this ticket.
    Settled(usize, Result<Written, Undelivered>),
    /// An error of the client as a whole, most of which it mends by itself.
    Error(Error),
}

/// A producer that threads share.
#[derive(Debug)]
pub struct Dispatcher {
    /// Dropped before the queue and the client, as they ask for.
    topics: RwLock<HashMap<Box<str>, Arc<OpenTopic>>>,
    queue: Queue,
    handle: Handle,
}

// SAFETY: the library's clients, topics and queues may be used by any thread at any time. Of the handle only the client
// itself is used, and what asks the library about it: its cells, which are not for several threads, are left alone, and so
// are the callbacks' cells, which producers have no use for. No reference to what is in here leaves it.
unsafe impl Send for Dispatcher {}
// SAFETY: as above.
unsafe impl Sync for Dispatcher {}

/// A topic of the client, which outlives it.
#[derive(Debug)]
struct OpenTopic(NonNull<sys::rd_kafka_topic_t>);

// SAFETY: topics may be used and given up by any thread.
unsafe impl Send for OpenTopic {}
// SAFETY: as above.
unsafe impl Sync for OpenTopic {}

impl Drop for OpenTopic {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this; a dispatcher gives up its topics before its client, and lends them only
        // to calls that borrow it.
        unsafe { sys::rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}

impl Dispatcher {
    /// Makes a producer. Connects in the background.
    pub fn new(settings: &ProducerSettings) -> Result<Self, Error> {
        let conf = Conf::new(settings.properties())?;
        // SAFETY: a live configuration of ours.
        unsafe {
            sys::rd_kafka_conf_set_events(conf.as_ptr(), sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_ERROR);
        }
        let handle = Handle::new(conf, sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, settings.tokens())?;
        // SAFETY: a live client; the queue is ours and dropped before the handle.
        let queue = unsafe { Queue::new(sys::rd_kafka_queue_get_main(handle.as_ptr())) };
        Ok(Self { topics: RwLock::default(), queue, handle })
    }

    /// Queues a record for a topic; [`serve`](Self::serve) tells what becomes of it. `headers` are taken on success and
    /// left where they are otherwise.
    pub fn produce(
        &self,
        topic: &str,
        record: Record<'_>,
        headers: &mut Option<Headers>,
        ticket: usize,
    ) -> Result<(), ProduceError> {
        let topic =
            self.topic(topic).map_err(|error| ProduceError::Other(error.code().unwrap_or(Code::INVALID_TOPIC)))?;
        // SAFETY: a live client, and a topic of it that is held until the call is over. The opaque is a number.
        unsafe { enqueue(&self.handle, topic.0, record, headers, ptr::without_provenance_mut(ticket)) }
    }

    fn topic(&self, name: &str) -> Result<Arc<OpenTopic>, Error> {
        if let Some(open) = self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(open));
        }
        let text = c_string(name)?;
        // SAFETY: a live client and a NUL-terminated name; a null configuration means the client's defaults.
        let raw = unsafe { sys::rd_kafka_topic_new(self.handle.as_ptr(), text.as_ptr(), ptr::null_mut()) };
        let raw = NonNull::new(raw).ok_or_else(|| Error::call("open topic", last_error()))?;
        let open = Arc::new(OpenTopic(raw));
        let mut topics = self.topics.write().unwrap_or_else(PoisonError::into_inner);
        if topics.len() >= MAX_TOPICS {
            // What is on its way to them is the library's.
            topics.clear();
        }
        topics.insert(name.into(), Arc::clone(&open));
        Ok(open)
    }

    /// Waits up to `timeout` for something to be said, and hands it to `take`: an error, or what became of records that were
    /// sent together.
    pub fn serve(&self, timeout: Duration, mut take: impl FnMut(DispatcherEvent)) {
        let Some(event) = self.queue.poll(timeout) else { return };
        match event.kind() {
            sys::RD_KAFKA_EVENT_DR => settle(&event, &mut take),
            _ if event.code() != 0 => {
                let (code, message) = (Code(event.code()), event.message());
                take(DispatcherEvent::Error(Error::Call { operation: "producer", code, message }));
            }
            _ => {}
        }
    }

    /// Why the client is beyond repair, if it is.
    pub fn fatal_code(&self) -> Option<Code> {
        self.handle.fatal_code()
    }

    /// Records that are queued, on their way, or delivered with a report not yet served.
    pub fn outstanding(&self) -> usize {
        // SAFETY: a live client.
        usize::try_from(unsafe { sys::rd_kafka_outq_len(self.handle.as_ptr()) }).unwrap_or(0)
    }

    /// Drops what is queued and what is on its way; each is told to be undelivered.
    pub fn purge(&self) -> Result<(), Error> {
        // SAFETY: a live client. Purging gives local codes only.
        let code = unsafe {
            sys::rd_kafka_purge(self.handle.as_ptr(), sys::RD_KAFKA_PURGE_F_QUEUE | sys::RD_KAFKA_PURGE_F_INFLIGHT)
        };
        check("purge", code as i32)
    }

    /// Whether a broker answers, twice within `timeout` each; makes the first record leave soon.
    pub fn warm_up(&self, timeout: Duration) -> bool {
        super::metadata::warm_up(&self.handle, timeout)
    }
}

/// Tells what became of each record of a delivery event.
fn settle(event: &Event, take: &mut impl FnMut(DispatcherEvent)) {
    loop {
        // SAFETY: a live delivery event; its messages live as long as it does. The code is read as the number that it is
        // in C, without making a reference to the struct, and so is the status.
        let (ticket, code, partition, offset, status) = unsafe {
            let message = sys::rd_kafka_event_message_next(event.as_ptr());
            if message.is_null() {
                return;
            }
            let code = (&raw const (*message).err).cast::<i32>().read();
            let status = super::message_status(message);
            ((*message)._private.addr(), code, (*message).partition, (*message).offset, status)
        };
        let outcome = if code == 0 {
            Ok(Written { partition, offset: (offset >= 0).then_some(offset) })
        } else {
            Err(Undelivered { code: Code(code), maybe_written: status != NOT_PERSISTED })
        };
        take(DispatcherEvent::Settled(ticket, outcome));
    }
}

/// `RD_KAFKA_MSG_STATUS_NOT_PERSISTED`: no broker has ever been sent it.
const NOT_PERSISTED: i32 = 0;
