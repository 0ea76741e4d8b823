//! Protobuf in a frame: the indexes that say which message of the file it is, and the message.

use std::sync::Arc;

use super::{Part, Rejection};
use crate::codec::avro::UnknownFields;
use crate::codec::protobuf::{Decoder, Encoder};
use crate::codec::{CodecError, Limits};
use crate::registry::Label;
use crate::schema::protobuf::Plan;
use crate::schema::protobuf::plan::Message;
use crate::wire::{self, Frame, IndexError};

/// From JSON to one of a file's messages.
#[derive(Debug)]
pub(super) struct Writer {
    encoder: Encoder,
    /// The full name; without one the first of the file is written.
    message: Option<Arc<str>>,
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
    #[error("{0} more byte(s) behind the message indexes in the record's header")]
    Tail(usize),
    #[error("message indexes {0:?} name no message of the schema")]
    Message(Vec<u32>),
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl Writer {
    pub(super) fn new(message: Option<Arc<str>>, unknown_fields: UnknownFields, limits: Limits) -> Self {
        Self { encoder: Encoder::new(unknown_fields, limits), message }
    }

    /// Appends the indexes of the message.
    pub(super) fn write_indexes(&self, plan: &Plan, out: &mut Vec<u8>) {
        wire::write_message_indexes(&self.chosen(plan).indexes, out);
    }

    /// Appends the message.
    pub(super) fn write(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let shape = self.chosen(plan).shape;
        self.encoder.encode(plan, shape, json, out)
    }

    /// The message that is written. The schema has it, or it is not given to a writer.
    fn chosen<'a>(&self, plan: &'a Plan) -> &'a Message {
        let Ok(message) = plan.message(self.message.as_deref()) else {
            unreachable!("a file without the message is not given to a writer")
        };
        message
    }
}

impl Reader {
    pub(super) fn new(limits: Limits) -> Self {
        Self { decoder: Decoder::new(limits), indexes: Vec::new() }
    }

    /// Appends the JSON text of the message in a frame, whose indexes stand behind the name of its schema.
    pub(super) fn read(&mut self, plan: &Plan, frame: Frame<'_>, out: &mut Vec<u8>) -> Result<(), ReadError> {
        let data = match frame.indexes {
            None => wire::read_message_indexes(frame.payload, &mut self.indexes)?,
            Some(indexes) => match wire::read_message_indexes(indexes, &mut self.indexes)? {
                [] => frame.payload,
                more => return Err(ReadError::Tail(more.len())),
            },
        };
        let message = plan.message_at(&self.indexes).ok_or_else(|| ReadError::Message(self.indexes.clone()))?;
        Ok(self.decoder.decode(plan, message.shape, data, out)?)
    }
}

impl ReadError {
    pub(super) fn rejection(&self, part: Part, schema: &Label) -> Rejection {
        match self {
            Self::Codec(error) => Rejection::violation(part, error, schema, None),
            Self::Indexes(_) | Self::Tail(_) | Self::Message(_) => Rejection::indexes(part, self, schema),
        }
    }
}
