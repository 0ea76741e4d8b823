//! What consumers and producers share: the client object, queues and events.

use std::cell::Cell;
use std::fmt;
use std::ptr::{self, NonNull};
use std::time::Duration;

use super::rebalance::Callbacks;
use super::{Code, Error, millis, sys};

/// An owned `rd_kafka_t`, destroyed with its last user.
pub(super) struct Handle {
    raw: NonNull<sys::rd_kafka_t>,
    /// What callbacks write to; a pointer from `Box::into_raw`, null for producers.
    callbacks: *mut Callbacks,
    /// Seen `_FATAL`: the client is good for nothing but being destroyed.
    fatal: Cell<bool>,
}

impl Handle {
    /// Takes over a client, and the callbacks' state that its configuration points to (or null).
    ///
    /// # Safety
    ///
    /// `raw` is a client of the caller's; `callbacks` is null or from `Box::into_raw`; both are given up by the caller.
    pub(super) unsafe fn new(raw: NonNull<sys::rd_kafka_t>, callbacks: *mut Callbacks) -> Self {
        Self { raw, callbacks, fatal: Cell::new(false) }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_t {
        self.raw.as_ptr()
    }

    /// What callbacks noted; `None` for producers.
    pub(super) fn callbacks(&self) -> Option<&Callbacks> {
        // SAFETY: null or from `Box::into_raw` and freed only when `self` is dropped; only shared references are ever
        // made of it (its fields are cells), here and in the callbacks.
        unsafe { self.callbacks.as_ref() }
    }

    /// Notes that the client is beyond repair.
    pub(super) fn mark_fatal(&self) {
        self.fatal.set(true);
    }

    pub(super) fn is_fatal(&self) -> bool {
        self.fatal.get() || self.fatal_code().is_some()
    }

    /// Why the client is beyond repair, if it is.
    pub(super) fn fatal_code(&self) -> Option<Code> {
        // SAFETY: a live client; a null buffer of no bytes asks for the code alone.
        let code = unsafe { super::fatal_error(self.as_ptr(), ptr::null_mut(), 0) };
        (code != 0).then_some(Code(code))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the last user is gone, since everything that points into the client holds an `Rc` of this handle.
        // Without an explicit close the consumer leaves no group and calls nothing back: whoever wants to leave in
        // good order has closed it before. The callbacks' state is freed after the client that points to it.
        unsafe {
            sys::rd_kafka_destroy_flags(self.as_ptr(), sys::RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
            if !self.callbacks.is_null() {
                drop(Box::from_raw(self.callbacks));
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("fatal", &self.fatal).finish_non_exhaustive()
    }
}

/// An owned queue of events, never outliving the client it belongs to.
#[derive(Debug)]
pub(super) struct Queue(NonNull<sys::rd_kafka_queue_t>);

impl Queue {
    /// Takes over a queue.
    ///
    /// # Safety
    ///
    /// `raw` is a queue of the caller's, which is given up, and it is dropped before the client is.
    pub(super) unsafe fn new(raw: *mut sys::rd_kafka_queue_t) -> Self {
        Self(super::non_null(raw))
    }

    /// A queue of its own for the answer to one request. The caller drops it before the client.
    pub(super) fn of(client: &Handle) -> Self {
        // SAFETY: a live client; the new queue is ours.
        unsafe { Self::new(sys::rd_kafka_queue_new(client.as_ptr())) }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_queue_t {
        self.0.as_ptr()
    }

    /// The next event, waiting up to `timeout`.
    pub(super) fn poll(&self, timeout: Duration) -> Option<Event> {
        // SAFETY: a live queue; the event is ours.
        NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.as_ptr(), millis(timeout)) }).map(Event)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_queue_destroy(self.as_ptr()) };
    }
}

/// An owned event.
pub(super) struct Event(NonNull<sys::rd_kafka_event_t>);

impl Event {
    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_event_t {
        self.0.as_ptr()
    }

    /// What kind of event it is: one of `RD_KAFKA_EVENT_…`.
    pub(super) fn kind(&self) -> i32 {
        // SAFETY: a live event of ours.
        unsafe { sys::rd_kafka_event_type(self.as_ptr()) }
    }

    /// The code that it carries; 0 is success.
    pub(super) fn code(&self) -> i32 {
        // SAFETY: a live event of ours.
        unsafe { super::event_error(self.as_ptr()) }
    }

    /// librdkafka's words for the code.
    pub(super) fn message(&self) -> String {
        // SAFETY: a live event of ours, whose text lives as long as it does.
        unsafe { super::text(sys::rd_kafka_event_error_string(self.as_ptr())) }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { sys::rd_kafka_event_destroy(self.as_ptr()) };
    }
}

/// Takes the outcome of a function that answers with an error object, null for success.
///
/// # Safety
///
/// `error` is null or an error object of the caller's, which is given up.
pub(super) unsafe fn outcome(operation: &'static str, error: *mut sys::rd_kafka_error_t) -> Result<(), Error> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: not null and ours; the text is copied before the object is destroyed, which is used no more after.
    let (code, message) = unsafe {
        let found = (super::error_code(error), super::text(sys::rd_kafka_error_string(error)));
        sys::rd_kafka_error_destroy(error);
        found
    };
    Err(Error::Call { operation, code: Code(code), message })
}

/// The code of the last call of this thread that answered with a null pointer.
pub(super) fn last_error() -> Code {
    // SAFETY: reads a variable of this thread; such calls set local codes only, all of which the bindings name.
    Code(unsafe { sys::rd_kafka_last_error() } as i32)
}
