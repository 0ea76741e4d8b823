//! What brokers say of topics and of themselves.

use std::ptr::{self, NonNull};
use std::time::Duration;

use super::client::{Handle, last_error};
use super::{Code, Error, c_string, check, millis, sys};

const OPERATION: &str = "look up topic";

/// An owned answer to a metadata request.
struct Metadata(NonNull<sys::rd_kafka_metadata>);

impl Metadata {
    /// Asks for one topic; for a null pointer for all topics, or for those alone that the client uses.
    ///
    /// # Safety
    ///
    /// `topic` is null or a live topic of `client`.
    unsafe fn ask(
        client: &Handle,
        all: bool,
        topic: *mut sys::rd_kafka_topic_t,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let mut answer = ptr::null();
        // SAFETY: a live client, a topic as the caller promises, and a place for the answer.
        let code = unsafe { super::metadata(client.as_ptr(), all.into(), topic, &raw mut answer, millis(timeout)) };
        let answer = NonNull::new(answer.cast_mut()).map(Self);
        check(OPERATION, code)?;
        answer.ok_or_else(|| Error::call(OPERATION, Code::STATE))
    }

    /// Each topic's name, how many partitions it has, and the code that came with it.
    fn topics(&self) -> impl Iterator<Item = (String, i32, Code)> {
        // SAFETY: a live answer, whose array has the length that goes with it and lives as long as `self`. Codes are read
        // as the numbers that they are in C.
        unsafe {
            let metadata = self.0.as_ref();
            let count = if metadata.topics.is_null() { 0 } else { usize::try_from(metadata.topic_cnt).unwrap_or(0) };
            (0..count).map(|index| {
                let topic = metadata.topics.add(index);
                let code = (&raw const (*topic).err).cast::<i32>().read();
                (super::text((*topic).topic), (*topic).partition_cnt, Code(code))
            })
        }
    }
}

impl Drop for Metadata {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_metadata_destroy(self.0.as_ptr()) };
    }
}

/// How many partitions a topic has, asked of a broker.
pub(super) fn partition_count(client: &Handle, topic: &str, timeout: Duration) -> Result<i32, Error> {
    let name = c_string(topic)?;
    // SAFETY: a live client and a NUL-terminated name; a null configuration means the client's defaults.
    let topic = unsafe { sys::rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), ptr::null_mut()) };
    if topic.is_null() {
        return Err(Error::call(OPERATION, last_error()));
    }
    // SAFETY: a live client and a topic of it, which is destroyed after and not used again.
    let answer = unsafe {
        let answer = Metadata::ask(client, false, topic, timeout);
        sys::rd_kafka_topic_destroy(topic);
        answer?
    };
    let unknown = Error::call(OPERATION, Code::UNKNOWN_TOPIC_OR_PARTITION);
    let Some((_, count, code)) = answer.topics().next() else { return Err(unknown) };
    check(OPERATION, code.0)?;
    if count == 0 { Err(unknown) } else { Ok(count) }
}

/// The names of all topics that may be seen, with their numbers of partitions.
pub(super) fn topics(client: &Handle, timeout: Duration) -> Result<Vec<(String, i32)>, Error> {
    // SAFETY: a live client; no topic means all.
    let answer = unsafe { Metadata::ask(client, true, ptr::null_mut(), timeout)? };
    Ok(answer.topics().filter(|(_, _, code)| code.0 == 0).map(|(name, count, _)| (name, count)).collect())
}

/// Whether a broker answers, twice within `timeout` each; has an idempotent producer ask for its id now.
///
/// The library asks for it with an answer of the cluster that finds a broker connected, or else half a second later. The
/// first answer may come over the connection to a bootstrap address, which ends with it: then it takes another one.
pub(super) fn warm_up(client: &Handle, timeout: Duration) -> bool {
    is_connected(client, timeout) && is_connected(client, timeout)
}

/// Whether a broker answers within `timeout`.
pub(super) fn is_connected(client: &Handle, timeout: Duration) -> bool {
    // SAFETY: a live client; no topic means those that the client uses.
    unsafe { Metadata::ask(client, false, ptr::null_mut(), timeout) }.is_ok()
}
