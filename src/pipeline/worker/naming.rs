//! The headers of a record on its way out: its own, but for those that name the schemas of key and value.
//!
//! A record whose headers stay costs nothing here. Where they change, the message keeps its own ones: should the record
//! end among the dead letters after all, it goes there as it came.

use std::ffi::CStr;

use crate::kafka::{Error, Headers, Message};
use crate::transform::Bytes;
use crate::wire::{KEY_HEADER, VALUE_HEADER};

/// What a record is produced with.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// Its headers, if it has any.
    pub(super) headers: Option<Headers>,
    /// What they are.
    pub(super) state: State,
}

/// What the headers of a record are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Those it came with, taken out of the message.
    Own,
    /// Others; those it came with are still in the message.
    Changed,
    /// Those of a dead letter.
    DeadLetter,
}

impl Outgoing {
    /// The headers of a record: `key` and `value` are those that name the schemas.
    pub(super) fn of(message: &mut Message, key: &Bytes, value: &Bytes, buffer: &[u8]) -> Result<Self, Error> {
        let changes = [(KEY_HEADER, key), (VALUE_HEADER, value)];
        if !changes.iter().any(|(name, header)| is_change(message, name, header)) {
            return Ok(Self { headers: message.detach_headers(), state: State::Own });
        }
        let mut headers = message.copy_headers().unwrap_or_else(|| Headers::with_capacity(changes.len()));
        for (name, header) in changes {
            if *header != Bytes::Same {
                headers.remove(name);
            }
            if let Some(value) = header.resolve(None, buffer) {
                headers.add(name, Some(value))?;
            }
        }
        Ok(Self { headers: Some(headers), state: State::Changed })
    }

    /// The headers that the record came with, if they are not in the message.
    pub(super) fn into_own(self) -> Option<Headers> {
        self.headers.filter(|_| self.state == State::Own)
    }
}

fn is_change(message: &Message, name: &CStr, header: &Bytes) -> bool {
    match header {
        Bytes::Same | Bytes::Verified => false,
        Bytes::Null => message.has_header(name),
        Bytes::Made(_) => true,
    }
}
