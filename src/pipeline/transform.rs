//! One record in, one verdict out: no IO, no clock.
//!
//! Key and value are handled by a format each. Null stays null (a tombstone has no schema), and a part without a format
//! stays as it is, byte for byte. What is written goes to the end of a buffer that a whole batch shares.

mod codec;
mod projections;
mod protobuf;
mod route;

pub use route::Route;

use std::ops::Range;
use std::sync::Arc;

use super::rejection::{Part, Rejection};
use super::schemas::Schemas;
use crate::codec::Limits;
use crate::codec::avro::JsonOptions;
use crate::registry::{RegistryError, Version};
use crate::schema::{Context, QualifiedSubject, SchemaId, SchemaType};
use crate::wire;
use codec::Codec;

/// What happens to key or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It stays as it is.
    Pass,
    /// JSON to framed data, with this version of the subject.
    Encode(Framed, Version),
    /// Framed data to JSON, read by this version of the subject if there is one.
    Decode(Framed, Option<Version>),
}

/// What stands behind a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framed {
    /// Avro binary.
    Avro,
    /// JSON text that a JSON Schema allows, byte for byte as it came.
    Json,
    /// The indexes of a Protobuf message, and the message.
    Protobuf,
}

/// What is done with key or value: the step, the name of the message that Protobuf is written as (without one, the file's
/// first), how JSON looks, and what a record may cost.
pub type Work = (Step, Option<Arc<str>>, JsonOptions, Limits);

impl Framed {
    /// The language of its schemas.
    pub(super) fn schema_type(self) -> SchemaType {
        match self {
            Self::Avro => SchemaType::Avro,
            Self::Json => SchemaType::Json,
            Self::Protobuf => SchemaType::Protobuf,
        }
    }
}

/// A part of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// Null.
    Null,
    /// The input's bytes.
    Same,
    /// These bytes of the buffer.
    Made(Range<usize>),
}

impl Bytes {
    /// The bytes themselves; `None` is null.
    pub fn resolve<'a>(&self, input: Option<&'a [u8]>, buffer: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Null => None,
            Self::Same => input,
            Self::Made(range) => buffer.get(range.clone()),
        }
    }
}

/// What becomes of a record.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is written.
    Write {
        /// The output's key.
        key: Bytes,
        /// The output's value.
        value: Bytes,
    },
    /// It can't be written, now or ever.
    Reject(Box<Rejection>),
    /// A schema is not there yet: this one.
    Pending(Waiting),
}

/// What a record waits for.
#[derive(Debug, Clone)]
pub enum Waiting {
    /// A version of a subject, and why it can't be used if it is there.
    Subject(QualifiedSubject, Version, Option<Arc<RegistryError>>),
    /// The schema with this id.
    Id(Context, SchemaId),
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Subject(subject, version, None) => {
                write!(f, "version {version} of subject {subject} is not available")
            }
            Self::Subject(subject, version, Some(why)) => {
                write!(f, "version {version} of subject {subject} can't be used: {why}")
            }
            Self::Id(context, id) => write!(f, "schema {id} in context {context} is not available"),
        }
    }
}

/// Transforms records one by one.
#[derive(Debug)]
pub struct Transform {
    key: Codec,
    value: Codec,
    /// The schema of a route is asked for once a batch.
    batch: u64,
}

/// Why a part has no output.
enum Stop {
    Reject(Box<Rejection>),
    Pending(Waiting),
}

impl Stop {
    fn reject(rejection: Rejection) -> Self {
        Self::Reject(Box::new(rejection))
    }
}

impl Transform {
    /// A transform that does these steps.
    pub fn new(key: Work, value: Work) -> Self {
        Self { key: Codec::new(key), value: Codec::new(value), batch: 0 }
    }

    /// From here on schemas are looked up anew.
    pub fn next_batch(&mut self) {
        self.batch += 1;
    }

    /// Transforms a record. What it writes is appended to `buffer`; unless the outcome is `Write` the buffer ends as it
    /// was.
    pub fn apply(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        route: &mut Route,
        schemas: &mut impl Schemas,
        buffer: &mut Vec<u8>,
    ) -> Outcome {
        let (start, batch) = (buffer.len(), self.batch);
        let Route { context, key: key_way, value: value_way } = route;
        let mut parts = || {
            let value = self.value.apply(Part::Value, value, context, value_way, batch, schemas, buffer)?;
            let key = self.key.apply(Part::Key, key, context, key_way, batch, schemas, buffer)?;
            Ok((key, value))
        };
        match parts() {
            Ok((key, value)) => Outcome::Write { key, value },
            Err(stop) => {
                buffer.truncate(start);
                match stop {
                    Stop::Reject(rejection) => Outcome::Reject(rejection),
                    Stop::Pending(waiting) => Outcome::Pending(waiting),
                }
            }
        }
    }

    /// Asks for the schemas that a record will need, without waiting for an answer.
    pub fn ask(&self, key: Option<&[u8]>, value: Option<&[u8]>, route: &Route, schemas: &mut impl Schemas) {
        for (codec, bytes) in [(&self.key, key), (&self.value, value)] {
            if let (true, Some(Ok(frame))) = (codec.decodes(), bytes.map(wire::read)) {
                schemas.by_id(&route.context, frame.id);
            }
        }
    }

    /// Whether a route's schemas are there, as far as they can be known without a record; else what is waited for.
    pub fn probe(&self, route: &Route, schemas: &mut impl Schemas) -> Option<Waiting> {
        self.key.probe(&route.key, schemas).or_else(|| self.value.probe(&route.value, schemas))
    }
}

#[cfg(test)]
mod tests;
