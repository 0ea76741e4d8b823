//! librdkafka's C interface, wrapped in types that can't be misused: the only `unsafe` code of this crate.
//!
//! Rules that the proofs below lean on:
//!
//! - A [`Handle`](client::Handle) owns one client. Whatever points into the client (messages, topics) holds an `Rc` of
//!   it, so the client is destroyed last. `Rc` also keeps all of them on the thread that made them; librdkafka itself
//!   would allow more, of which the [`Dispatcher`] alone makes use.
//! - Strings that go in are NUL-terminated copies; strings that come out are copied or borrowed no longer than their owner.
//! - Error codes are read as plain `i32`. The bindings declare them as a Rust enum, and an enum value that a newer
//!   broker invented would be undefined behaviour.
//! - Callbacks run on the owner's thread, inside a call of the owner's. Two exceptions: the log callback, which touches
//!   nothing of ours, and the one that asks for tokens, which reads what is never written and may be read by all.
#![expect(unsafe_code, reason = "librdkafka is a C library; each block proves why it is sound")]

mod admin;
mod client;
mod conf;
mod consumer;
mod dispatcher;
mod group;
mod headers;
mod message;
mod metadata;
mod mock;
mod oauth;
mod partitions;
mod producer;
mod rebalance;
mod record;
mod transaction;

pub use consumer::{Commits, Consumer, Moment};
pub use dispatcher::{ANY_PARTITION, Dispatcher, DispatcherEvent, Undelivered, Written};
pub use headers::{Header, Headers};
pub use message::{Message, Timestamp, TimestampKind};
pub use partitions::{Offset, PartitionOffset};
pub use producer::{Delivery, Producer, ProducerEvent, Topic, TopicId};
pub use rebalance::{Protocol, Rebalance, RebalanceKind};
pub use record::{ProduceError, Record};
pub use transaction::TransactionError;

pub(super) use conf::check_property;
pub(super) use mock::MockCluster;

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::NonNull;
use std::time::Duration;

use rdkafka::bindings as sys;

use super::error::{Code, Error};

// The same functions as in the bindings, with error codes as the numbers that they are in C.
unsafe extern "C" {
    #[link_name = "rd_kafka_err2str"]
    fn err2str(code: i32) -> *const c_char;
    #[link_name = "rd_kafka_event_error"]
    fn event_error(event: *mut sys::rd_kafka_event_t) -> i32;
    #[link_name = "rd_kafka_error_code"]
    fn error_code(error: *const sys::rd_kafka_error_t) -> i32;
    #[link_name = "rd_kafka_fatal_error"]
    fn fatal_error(client: *mut sys::rd_kafka_t, text: *mut c_char, size: usize) -> i32;
    #[link_name = "rd_kafka_metadata"]
    fn metadata(
        client: *mut sys::rd_kafka_t,
        all_topics: c_int,
        only_topic: *mut sys::rd_kafka_topic_t,
        answer: *mut *const sys::rd_kafka_metadata_t,
        timeout_ms: c_int,
    ) -> i32;
    #[link_name = "rd_kafka_committed"]
    fn committed(
        client: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> i32;
    #[link_name = "rd_kafka_offsets_for_times"]
    fn offsets_for_times(
        client: *mut sys::rd_kafka_t,
        partitions: *mut sys::rd_kafka_topic_partition_list_t,
        timeout_ms: c_int,
    ) -> i32;
    #[link_name = "rd_kafka_message_status"]
    fn message_status(message: *const sys::rd_kafka_message_t) -> i32;
    #[link_name = "rd_kafka_ConfigResource_error"]
    fn config_resource_error(resource: *const sys::rd_kafka_ConfigResource_t) -> i32;
    #[link_name = "rd_kafka_list_groups"]
    fn list_groups(
        client: *mut sys::rd_kafka_t,
        group: *const c_char,
        answer: *mut *const sys::rd_kafka_group_list,
        timeout_ms: c_int,
    ) -> i32;
    #[link_name = "rd_kafka_mock_push_request_errors_array"]
    fn mock_push_request_errors_array(
        cluster: *mut sys::rd_kafka_mock_cluster_t,
        api_key: i16,
        count: usize,
        codes: *const i32,
    );
    #[link_name = "rd_kafka_conf_set_rebalance_cb"]
    fn conf_set_rebalance_cb(
        conf: *mut sys::rd_kafka_conf_t,
        callback: unsafe extern "C" fn(
            *mut sys::rd_kafka_t,
            i32,
            *mut sys::rd_kafka_topic_partition_list_t,
            *mut c_void,
        ),
    );
    #[link_name = "rd_kafka_conf_set_offset_commit_cb"]
    fn conf_set_offset_commit_cb(
        conf: *mut sys::rd_kafka_conf_t,
        callback: unsafe extern "C" fn(
            *mut sys::rd_kafka_t,
            i32,
            *mut sys::rd_kafka_topic_partition_list_t,
            *mut c_void,
        ),
    );
}

/// librdkafka's description of a code.
pub(super) fn code_description(code: Code) -> String {
    // SAFETY: any number will do. The answer is a NUL-terminated static string, or for an unknown code one in a buffer
    // of this thread that the next such call overwrites; it is copied before that can happen.
    let text = unsafe { CStr::from_ptr(err2str(code.0)) };
    text.to_string_lossy().into_owned()
}

/// Copies a C string; a null pointer is the empty text.
///
/// # Safety
///
/// `text` is null or points to a NUL-terminated string that lives during the call.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and NUL-terminated as the caller promises.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// A new object of librdkafka's, which aborts when it is out of memory, so that none of its `_new` functions that take no
/// input answers with null.
fn non_null<T>(raw: *mut T) -> NonNull<T> {
    NonNull::new(raw).unwrap_or_else(|| std::process::abort())
}

/// A text as C wants it.
fn c_string(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| Error::Nul(text.to_owned()))
}

/// A period in whole milliseconds, rounded up so that a short wait does not become a busy loop.
fn millis(period: Duration) -> c_int {
    c_int::try_from(period.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX)
}

/// The outcome of a function that answers with a code.
fn check(operation: &'static str, code: i32) -> Result<(), Error> {
    if code == 0 { Ok(()) } else { Err(Error::call(operation, Code(code))) }
}
