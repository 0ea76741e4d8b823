//! A client's configuration before the client exists, and where its log lines go.

use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;

use super::{c_string, sys};
use crate::kafka::error::Error;

/// Room for librdkafka's error texts, which it cuts to fit.
const ERROR_TEXT: usize = 512;

/// An owned `rd_kafka_conf_t`.
pub(super) struct Conf(NonNull<sys::rd_kafka_conf_t>);

/// librdkafka's verdict on one property, with its own words if it refuses it.
pub(in crate::kafka) fn check_property(name: &str, value: &str) -> Result<(), Error> {
    Conf::empty().set(name, value)
}

impl Conf {
    fn empty() -> Self {
        // SAFETY: takes nothing and returns a new object that is ours.
        let raw = unsafe { sys::rd_kafka_conf_new() };
        Self(super::non_null(raw))
    }

    /// A configuration with these properties, set in order, and with log lines going to `tracing`.
    pub(super) fn new(properties: &[(String, String)]) -> Result<Self, Error> {
        let conf = Self::empty();
        // SAFETY: `conf` is a live object of ours; the callback is a plain function that lives for ever.
        unsafe { sys::rd_kafka_conf_set_log_cb(conf.as_ptr(), Some(log)) };
        for (name, value) in properties {
            conf.set(name, value)?;
        }
        Ok(conf)
    }

    fn set(&self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (c_string(name)?, c_string(value)?);
        let mut text = [0; ERROR_TEXT];
        // SAFETY: a live object of ours, NUL-terminated strings, and a buffer whose length goes with it.
        let result = unsafe {
            sys::rd_kafka_conf_set(self.as_ptr(), name.as_ptr(), value.as_ptr(), text.as_mut_ptr(), text.len())
        };
        if result == sys::rd_kafka_conf_res_t::RD_KAFKA_CONF_OK { Ok(()) } else { Err(settings_error(&text)) }
    }

    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_conf_t {
        self.0.as_ptr()
    }

    /// Makes the client.
    pub(super) fn build(self, kind: sys::rd_kafka_type_t) -> Result<NonNull<sys::rd_kafka_t>, Error> {
        let mut text = [0; ERROR_TEXT];
        // SAFETY: a live configuration of ours, and a buffer whose length goes with it. When a client is returned the
        // configuration belongs to it; otherwise it is still ours and `self` destroys it.
        let client = unsafe { sys::rd_kafka_new(kind, self.0.as_ptr(), text.as_mut_ptr(), text.len()) };
        let client = NonNull::new(client).ok_or_else(|| settings_error(&text))?;
        std::mem::forget(self);
        Ok(client)
    }
}

impl Drop for Conf {
    fn drop(&mut self) {
        // SAFETY: made by `rd_kafka_conf_new` and not given to a client, which `build` would have forgotten.
        unsafe { sys::rd_kafka_conf_destroy(self.0.as_ptr()) };
    }
}

fn settings_error(text: &[c_char; ERROR_TEXT]) -> Error {
    // SAFETY: the buffer starts as zeros and librdkafka writes NUL-terminated text into it.
    let text = unsafe { CStr::from_ptr(text.as_ptr()) };
    Error::Settings(text.to_string_lossy().into_owned())
}

/// librdkafka's log lines, by syslog level. They name brokers, topics and codes, never payloads.
extern "C" fn log(_: *const sys::rd_kafka_t, level: c_int, facility: *const c_char, text: *const c_char) {
    // SAFETY: librdkafka passes NUL-terminated strings that live during the call.
    let (facility, text) = unsafe { (super::text(facility), super::text(text)) };
    match level {
        0..=2 => tracing::error!(target: "librdkafka", facility, "{text}"),
        // Level 3 is a broker that is away, among others: the client mends it, so it is no error of ours.
        3 | 4 => tracing::warn!(target: "librdkafka", facility, "{text}"),
        5 | 6 => tracing::info!(target: "librdkafka", facility, "{text}"),
        _ => tracing::debug!(target: "librdkafka", facility, "{text}"),
    }
}
