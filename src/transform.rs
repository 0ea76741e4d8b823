//! One record in, one verdict out: no IO, no clock.
//!
//! Key and value are handled by a format each. Null stays null (a tombstone has no schema), and a part without a format
//! stays as it is, byte for byte. What is written goes to the end of a buffer that a whole batch shares.
//!
//! The header that names the schema of a part belongs to that part: whoever writes with a schema sets it or takes it away,
//! whoever reads takes it away, and whatever is passed on keeps it. So no output carries the name of a schema that did not
//! write it.

mod codec;
pub mod context;
pub mod dead_letter;
pub mod part;
mod projections;
mod protobuf;
pub mod rejection;
mod route;
pub mod schemas;
pub mod template;
mod verifier;

pub use route::Route;
pub use schemas::Schemas;

use std::ops::Range;
use std::sync::Arc;

use crate::codec::Limits;
use crate::codec::avro::JsonOptions;
use crate::kafka::Message;
use crate::registry::{CachedSchema, RegistryError, Version};
use crate::schema::{Context, Identifier, QualifiedSubject, SchemaType};
use crate::wire::{KEY_HEADER, VALUE_HEADER};
use codec::{Codec, Place};
use rejection::{Part, Rejection};

/// What happens to key or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It stays as it is.
    Pass,
    /// JSON to framed data, with this version of the subject.
    Encode(Framed, Version),
    /// Framed data to JSON, read by this version of the subject if there is one.
    Decode(Framed, Option<Version>),
    /// Framed data stay as they are if their schema is a version of the subject and allows them.
    Verify(Framed),
}

/// Where the name of the schema is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IdIn {
    /// In front of the data: the schema's id.
    #[default]
    Prefix,
    /// In a header of the record: the schema's GUID.
    Header,
}

/// What is done with key or value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The step.
    pub step: Step,
    /// Where the name of the schema is written.
    pub id_in: IdIn,
    /// The full name of the Protobuf message that is written; without one it is the file's first.
    pub message: Option<Arc<str>>,
    /// How JSON looks.
    pub options: JsonOptions,
    /// What a record may cost.
    pub limits: Limits,
}

impl Work {
    /// Fails where this can't be done with a schema, whatever the records are.
    pub fn check(&self, schema: &CachedSchema) -> Result<(), RegistryError> {
        match self.step {
            Step::Pass => Ok(()),
            Step::Decode(format, _) | Step::Verify(format) => schema.check_type(format.schema_type()),
            Step::Encode(format, _) => {
                schema.check_type(format.schema_type())?;
                schema.check_writable(self.message.as_deref())?;
                match self.id_in {
                    IdIn::Prefix => Ok(()),
                    IdIn::Header => schema.global_identifier().map(drop),
                }
            }
        }
    }
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

impl Framed {
    /// The language of its schemas.
    pub fn schema_type(self) -> SchemaType {
        match self {
            Self::Avro => SchemaType::Avro,
            Self::Json => SchemaType::Json,
            Self::Protobuf => SchemaType::Protobuf,
        }
    }
}

/// A part of the input.
#[derive(Debug, Clone, Copy, Default)]
pub struct Input<'a> {
    /// The key or the value; `None` is null.
    pub bytes: Option<&'a [u8]>,
    /// The header that names its schema, if the record has one; only looked at where data are read.
    pub header: Option<&'a [u8]>,
}

/// A part of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The key or the value.
    pub bytes: Bytes,
    /// The header that names its schema; null is none.
    pub header: Bytes,
}

/// Bytes of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// Null.
    Null,
    /// The input's bytes.
    Same,
    /// The input's bytes, which the schema allows.
    Verified,
    /// These bytes of the buffer.
    Made(Range<usize>),
}

impl Bytes {
    /// The bytes themselves; `None` is null.
    pub fn resolve<'a>(&self, input: Option<&'a [u8]>, buffer: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Null => None,
            Self::Same | Self::Verified => input,
            Self::Made(range) => buffer.get(range.clone()),
        }
    }

    /// Whether a schema was found that they fit.
    pub fn has_schema(&self) -> bool {
        matches!(self, Self::Verified | Self::Made(_))
    }
}

/// What becomes of a record.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is written.
    Write {
        /// The output's key.
        key: Output,
        /// The output's value.
        value: Output,
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
    /// The schema with this id or GUID.
    Id(Context, Identifier),
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

    /// Whether a part is read by the schema that the record names, so that a header may name it.
    fn reads(&self, part: Part) -> bool {
        match part {
            Part::Key => self.key.reads(),
            Part::Value => self.value.reads(),
        }
    }

    /// Key and value of a record, with the headers that name their schemas where those are looked at.
    pub fn inputs<'a>(&self, message: &'a Message) -> (Input<'a>, Input<'a>) {
        let input = |part, bytes, name| {
            let header = if self.reads(part) { message.header(name) } else { None };
            Input { bytes, header }
        };
        (input(Part::Key, message.key(), KEY_HEADER), input(Part::Value, message.payload(), VALUE_HEADER))
    }

    /// From here on schemas are looked up anew.
    pub fn next_batch(&mut self) {
        self.batch += 1;
    }

    /// Transforms a record. What it writes is appended to `buffer`; unless the outcome is `Write` the buffer ends as it
    /// was.
    pub fn apply(
        &mut self,
        key: Input<'_>,
        value: Input<'_>,
        route: &mut Route,
        schemas: &mut impl Schemas,
        buffer: &mut Vec<u8>,
    ) -> Outcome {
        let (start, batch) = (buffer.len(), self.batch);
        let Route { context, key: key_way, value: value_way } = route;
        let mut parts = || {
            let place = Place { part: Part::Value, input: value, context, way: value_way, batch };
            let value = self.value.apply(place, schemas, buffer)?;
            let place = Place { part: Part::Key, input: key, context, way: key_way, batch };
            let key = self.key.apply(place, schemas, buffer)?;
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
    pub fn ask(&self, key: Input<'_>, value: Input<'_>, route: &Route, schemas: &mut impl Schemas) {
        for (codec, input, way) in [(&self.key, key, &route.key), (&self.value, value, &route.value)] {
            codec.ask(input, &route.context, way, schemas);
        }
    }

    /// Whether a route's schemas are there, as far as they can be known without a record; else what is waited for.
    pub fn probe(&self, route: &Route, schemas: &mut impl Schemas) -> Option<Waiting> {
        self.key.probe(&route.key, schemas).or_else(|| self.value.probe(&route.value, schemas))
    }
}

#[cfg(test)]
mod tests;
