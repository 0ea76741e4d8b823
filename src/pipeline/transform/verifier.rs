//! Whether data are what their schema says.

use super::Framed;
use crate::codec::avro::Verifier as AvroVerifier;
use crate::codec::json_schema::Checker;
use crate::codec::{CodecError, Limits};
use crate::registry::Compiled;

/// Looks at data of one format and makes nothing of them.
#[derive(Debug)]
pub(super) enum Verifier {
    Avro(Box<AvroVerifier>),
    Json(Box<Checker>),
}

impl Verifier {
    pub(super) fn new(format: Framed, limits: Limits) -> Self {
        match format {
            Framed::Avro => Self::Avro(Box::new(AvroVerifier::new(limits))),
            Framed::Json => Self::Json(Box::new(Checker::new(limits))),
        }
    }

    pub(super) fn format(&self) -> Framed {
        match self {
            Self::Avro(_) => Framed::Avro,
            Self::Json(_) => Framed::Json,
        }
    }

    /// Fails unless the schema, one of the format's, allows `datum` and nothing follows.
    pub(super) fn verify(&mut self, schema: &Compiled, datum: &[u8]) -> Result<(), CodecError> {
        match (self, schema) {
            (Self::Avro(verifier), Compiled::Avro(plan)) => verifier.verify(plan, datum),
            (Self::Json(checker), Compiled::Json(validator)) => checker.check(validator, datum),
            (Self::Avro(_), Compiled::Json(_)) | (Self::Json(_), Compiled::Avro(_)) => {
                unreachable!("schemas of another language are not given to a verifier")
            }
        }
    }
}
