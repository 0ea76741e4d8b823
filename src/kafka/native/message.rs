//! A consumed record.

use std::ffi::CStr;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use super::client::Handle;
use super::headers::{HeaderIter, Headers};
use super::producer::TopicId;
use super::{Code, sys};

/// When a record was made or stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Milliseconds since the Unix epoch.
    pub millis: i64,
    /// Whose clock it is.
    pub kind: TimestampKind,
}

/// Whose clock a timestamp is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampKind {
    /// The producer's.
    Create,
    /// The broker's.
    LogAppend,
}

/// An owned consumed record. It pins the buffer it was fetched in, so it should not be kept for long.
pub struct Message {
    raw: NonNull<sys::rd_kafka_message_t>,
    /// The consumer may not be destroyed before its messages.
    _client: Rc<Handle>,
}

impl Message {
    /// Takes over a message.
    ///
    /// # Safety
    ///
    /// `raw` is a message that `client` returned from a batch call, which is given up.
    pub(super) unsafe fn from_raw(raw: NonNull<sys::rd_kafka_message_t>, client: &Rc<Handle>) -> Self {
        Self { raw, _client: Rc::clone(client) }
    }

    fn get(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: a live message of ours. Its code is valid as an enum: `error` is checked when the message is taken
        // from a batch, and messages with a code are never handed out.
        unsafe { self.raw.as_ref() }
    }

    /// The code with which the library delivers an error in place of a record; 0 for a record.
    ///
    /// # Safety
    ///
    /// `raw` is a live message.
    pub(super) unsafe fn code(raw: NonNull<sys::rd_kafka_message_t>) -> Code {
        // SAFETY: a live message as the caller promises; the field is read as the number that it is in C, without
        // making a reference to the struct, whose enum may not be valid yet.
        Code(unsafe { (&raw const (*raw.as_ptr()).err).cast::<i32>().read() })
    }

    /// Which topic it is from: equal for records of one topic while a message of it or its assignment lives.
    pub fn topic_id(&self) -> TopicId {
        TopicId::of(self.get().rkt)
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        let topic = self.get().rkt;
        if topic.is_null() {
            return "";
        }
        // SAFETY: the message keeps its topic alive, and the topic its NUL-terminated name.
        let name = unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(topic)) };
        // Kafka allows ASCII only in topic names.
        name.to_str().unwrap_or_default()
    }

    /// The partition's number.
    pub fn partition(&self) -> i32 {
        self.get().partition
    }

    /// The record's offset.
    pub fn offset(&self) -> i64 {
        self.get().offset
    }

    /// The key; `None` if it is null.
    pub fn key(&self) -> Option<&[u8]> {
        let message = self.get();
        // SAFETY: null or valid for its length, as long as the message lives.
        (!message.key.is_null())
            .then(|| unsafe { std::slice::from_raw_parts(message.key.cast::<u8>(), message.key_len) })
    }

    /// The value; `None` for a tombstone.
    pub fn payload(&self) -> Option<&[u8]> {
        let message = self.get();
        // SAFETY: null or valid for its length, as long as the message lives.
        (!message.payload.is_null())
            .then(|| unsafe { std::slice::from_raw_parts(message.payload.cast::<u8>(), message.len) })
    }

    /// Bytes of key and value.
    pub fn size(&self) -> usize {
        let message = self.get();
        message.key_len + message.len
    }

    /// The timestamp, if the record has one.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: a live message and a place for the kind, of which the library writes the three values it names.
        let millis = unsafe { sys::rd_kafka_message_timestamp(self.raw.as_ptr(), &raw mut kind) };
        let kind = match kind {
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE => return None,
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_CREATE_TIME => TimestampKind::Create,
            sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME => TimestampKind::LogAppend,
        };
        // Those before the epoch are timestamps too; this one says that there is none.
        (millis != -1).then_some(Timestamp { millis, kind })
    }

    /// The headers, parsed on first use.
    pub fn headers(&self) -> HeaderIter<'_> {
        let list = self.header_list().map_or(ptr::null(), |list| list.as_ptr().cast_const());
        // SAFETY: null, or alive and unchanged as long as `self` is borrowed (taking the headers needs `&mut`).
        unsafe { HeaderIter::new(list) }
    }

    /// The value of the last header of a name; `None` if there is none, or it is null.
    pub fn header(&self, name: &CStr) -> Option<&[u8]> {
        let list = self.header_list()?;
        let (mut value, mut len) = (ptr::null(), 0);
        // SAFETY: a list that lives, unchanged, as long as `self` is borrowed; a NUL-terminated name; places for the answers.
        let code =
            unsafe { sys::rd_kafka_header_get_last(list.as_ptr(), name.as_ptr(), &raw mut value, &raw mut len) } as i32;
        // SAFETY: on success the value is null or valid for its length, as long as the list lives unchanged.
        (code == 0 && !value.is_null()).then(|| unsafe { std::slice::from_raw_parts(value.cast::<u8>(), len) })
    }

    /// Whether there is a header of a name.
    pub fn has_header(&self, name: &CStr) -> bool {
        let Some(list) = self.header_list() else { return false };
        let (mut value, mut len) = (ptr::null(), 0);
        // SAFETY: as in `header`.
        let code = unsafe { sys::rd_kafka_header_get_last(list.as_ptr(), name.as_ptr(), &raw mut value, &raw mut len) };
        code as i32 == 0
    }

    /// A copy of the headers, to be changed and produced; `None` if there are none.
    pub fn copy_headers(&self) -> Option<Headers> {
        let list = self.header_list()?;
        // SAFETY: a live list that is not changed meanwhile; the copy is ours.
        NonNull::new(unsafe { sys::rd_kafka_headers_copy(list.as_ptr()) })
            // SAFETY: new, so ours.
            .map(|list| unsafe { Headers::from_raw(list) })
    }

    /// The list of headers, which belongs to the message; `None` without headers.
    fn header_list(&self) -> Option<NonNull<sys::rd_kafka_headers_t>> {
        let mut list = ptr::null_mut();
        // SAFETY: a live message and a place for the list, which belongs to the message and stays null without headers.
        unsafe { sys::rd_kafka_message_headers(self.raw.as_ptr(), &raw mut list) };
        NonNull::new(list)
    }

    /// The headers as a list of one's own, to be changed and produced; `None` if there are none.
    pub fn detach_headers(&mut self) -> Option<Headers> {
        let mut list = ptr::null_mut();
        // SAFETY: a live message that nobody else borrows, and a place for the list, which then is ours.
        unsafe { sys::rd_kafka_message_detach_headers(self.raw.as_ptr(), &raw mut list) };
        // SAFETY: detached, so ours.
        NonNull::new(list).map(|list| unsafe { Headers::from_raw(list) })
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this; its consumer still lives.
        unsafe { sys::rd_kafka_message_destroy(self.raw.as_ptr()) };
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Key and value are payload and don't belong in a log.
        f.debug_struct("Message")
            .field("topic", &self.topic())
            .field("partition", &self.partition())
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}
