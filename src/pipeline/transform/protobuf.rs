//! Protobuf in a frame: the indexes that say which message of the file it is, and the message.

use std::sync::Arc;

use super::{Part, Rejection};
use crate::codec::avro::UnknownFields;
use crate::codec::protobuf::{Decoder, Encoder};
use crate::codec::{CodecError, Limits};
use crate::registry::Label;
use crate::schema::protobuf::Plan;
use crate::wire::{self, IndexError};

/// From JSON to one of a file's messages.
#[derive(Debug)]
pub(super) struct Writer {
    encoder: Encoder,
    /// The full name; without one the first of the file is written.
    pub(super) message: Option<Arc<str>>,
}

/// From a file's messages to JSON.
#[derive(Debug)]
pub(super) struct Reader {
    decoder: Decoder,
    indexes: Vec<u32>,
}

/// Why a payload can't be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error(transparent)]
    Indexes(#[from] IndexError),
    #[error("message indexes {0:?} name no message of the schema")]
    Message(Vec<u32>),
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl Writer {
    pub(super) fn new(message: Option<Arc<str>>, unknown_fields: UnknownFields, limits: Limits) -> Self {
        Self { encoder: Encoder::new(unknown_fields, limits), message }
    }

    /// Appends indexes and message. The schema has the message, or it is not given to a writer.
    pub(super) fn write(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let Ok(message) = plan.message(self.message.as_deref()) else {
            unreachable!("a file without the message is not given to a writer")
        };
        wire::write_message_indexes(&message.indexes, out);
        self.encoder.encode(plan, message.shape, json, out)
    }
}

impl Reader {
    pub(super) fn new(limits: Limits) -> Self {
        Self { decoder: Decoder::new(limits), indexes: Vec::new() }
    }

    /// Appends the JSON text of the message in a payload.
    pub(super) fn read(&mut self, plan: &Plan, payload: &[u8], out: &mut Vec<u8>) -> Result<(), ReadError> {
        let data = wire::read_message_indexes(payload, &mut self.indexes)?;
        let message = plan.message_at(&self.indexes).ok_or_else(|| ReadError::Message(self.indexes.clone()))?;
        Ok(self.decoder.decode(plan, message.shape, data, out)?)
    }
}

impl ReadError {
    pub(super) fn rejection(&self, part: Part, schema: &Label) -> Rejection {
        match self {
            Self::Codec(error) => Rejection::violation(part, error, schema, None),
            Self::Indexes(_) | Self::Message(_) => Rejection::indexes(part, self, schema),
        }
    }
}
