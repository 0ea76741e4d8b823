//! Records on their way into a producer.

use std::ffi::c_void;
use std::ptr::{self, NonNull};

use sys::rd_kafka_vtype_t as Type;

use super::client::Handle;
use super::headers::Headers;
use super::{Code, sys};

/// What to write. Key and value are copied.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The key; `None` is null.
    pub key: Option<&'a [u8]>,
    /// The value; `None` is null, a tombstone.
    pub value: Option<&'a [u8]>,
    /// The partition's number.
    pub partition: i32,
    /// Milliseconds since the Unix epoch; `None` is now.
    pub timestamp: Option<i64>,
}

/// Why a record was not queued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProduceError {
    /// No room: serve events, then try again.
    #[error("the producer's queue is full")]
    QueueFull,
    /// Larger than the producer may send; nothing else is hurt.
    #[error("record of {0} bytes is larger than message.max.bytes")]
    TooLarge(usize),
    /// The producer is beyond repair, or its transaction has failed.
    #[error("the producer has failed: {0}")]
    Failed(Code),
    /// Anything else, such as a partition that is not there.
    #[error("{0}")]
    Other(Code),
}

/// Queues a record, which comes back in its delivery report with this opaque. `headers` are taken on success.
///
/// # Safety
///
/// `topic` is a live topic of `client`.
pub(super) unsafe fn enqueue(
    client: &Handle,
    topic: NonNull<sys::rd_kafka_topic_t>,
    record: Record<'_>,
    headers: &mut Option<Headers>,
    opaque: *mut c_void,
) -> Result<(), ProduceError> {
    let (key, key_len) = record.key.map_or((ptr::null(), 0), |key| (key.as_ptr(), key.len()));
    let (value, value_len) = record.value.map_or((ptr::null(), 0), |value| (value.as_ptr(), value.len()));
    let list = headers.as_ref().map_or(ptr::null_mut(), Headers::as_ptr);
    // A list that is null would be refused, so without headers the arguments end one pair earlier.
    let headers_type = if list.is_null() { Type::RD_KAFKA_VTYPE_END } else { Type::RD_KAFKA_VTYPE_HEADERS };
    // SAFETY: a live client and a topic of it, as the caller promises; each argument has the C type that its tag asks for,
    // and the list of them ends with END. Key and value are valid for their lengths and copied (F_COPY; keys always are). The
    // headers are the library's on success only. The codes are local, all of which the bindings name.
    let code = unsafe {
        sys::rd_kafka_producev(
            client.as_ptr(),
            Type::RD_KAFKA_VTYPE_RKT,
            topic.as_ptr(),
            Type::RD_KAFKA_VTYPE_PARTITION,
            record.partition,
            Type::RD_KAFKA_VTYPE_MSGFLAGS,
            sys::RD_KAFKA_MSG_F_COPY,
            Type::RD_KAFKA_VTYPE_VALUE,
            value.cast::<c_void>(),
            value_len,
            Type::RD_KAFKA_VTYPE_KEY,
            key.cast::<c_void>(),
            key_len,
            Type::RD_KAFKA_VTYPE_TIMESTAMP,
            record.timestamp.unwrap_or(0),
            Type::RD_KAFKA_VTYPE_OPAQUE,
            opaque,
            headers_type,
            list,
            Type::RD_KAFKA_VTYPE_END,
        )
    };
    match Code(code as i32) {
        Code(0) => {
            if let Some(taken) = headers.take() {
                taken.forget();
            }
            Ok(())
        }
        Code::QUEUE_FULL => Err(ProduceError::QueueFull),
        Code::MESSAGE_TOO_LARGE => Err(ProduceError::TooLarge(key_len.saturating_add(value_len))),
        code @ (Code::FATAL | Code::STATE) => Err(ProduceError::Failed(code)),
        code => Err(ProduceError::Other(code)),
    }
}
