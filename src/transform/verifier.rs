//! Whether data are what their schema says.

use super::codec::Place;
use super::route::Last;
use super::{Framed, Rejection, Stop, protobuf};
use crate::codec::Limits;
use crate::codec::avro::Verifier as AvroVerifier;
use crate::codec::json_schema::Checker;
use crate::registry::Compiled;
use crate::wire::Frame;

/// Looks at data of one format and makes nothing of them.
#[derive(Debug)]
pub(super) enum Verifier {
    Avro(Box<AvroVerifier>),
    Json(Box<Checker>),
    /// What it reads goes to a buffer that nobody looks at.
    Protobuf(Box<protobuf::Reader>, Vec<u8>),
}

impl Verifier {
    pub(super) fn new(format: Framed, limits: Limits) -> Self {
        match format {
            Framed::Avro => Self::Avro(Box::new(AvroVerifier::new(limits))),
            Framed::Json => Self::Json(Box::new(Checker::new(limits))),
            Framed::Protobuf => Self::Protobuf(Box::new(protobuf::Reader::new(limits)), Vec::new()),
        }
    }

    pub(super) fn format(&self) -> Framed {
        match self {
            Self::Avro(_) => Framed::Avro,
            Self::Json(_) => Framed::Json,
            Self::Protobuf(..) => Framed::Protobuf,
        }
    }

    /// Fails unless the schema, one of the format's, allows what is framed and nothing follows.
    pub(super) fn verify(&mut self, place: &Place<'_>, last: &Last, frame: Frame<'_>) -> Result<(), Stop> {
        let schema = &last.schema;
        let datum = || frame.datum().map_err(|error| place.misframed(error));
        let verdict = match (self, &schema.compiled) {
            (Self::Avro(verifier), Compiled::Avro(plan)) => verifier.verify(plan, datum()?),
            (Self::Json(checker), Compiled::Json(validator)) => checker.check(validator, datum()?),
            (Self::Protobuf(reader, unread), Compiled::Protobuf(plan)) => {
                unread.clear();
                let read = reader.read(plan, frame, unread);
                return read.map_err(|fault| Stop::reject(fault.rejection(place.part, &schema.label)));
            }
            (Self::Avro(_) | Self::Json(_) | Self::Protobuf(..), _) => {
                unreachable!("schemas of another language are not given to a verifier")
            }
        };
        verdict.map_err(|error| Stop::reject(Rejection::violation(place.part, &error, &schema.label, None)))
    }
}
