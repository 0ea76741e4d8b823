//! How one part of a record is transformed.

use super::projections::Projections;
use super::route::{self, Last, Way};
use super::{Bytes, Part, Rejection, Schemas, Step, Stop, Waiting};
use crate::codec::Limits;
use crate::codec::avro::{Decoder, Encoder, JsonOptions};
use crate::registry::Version;
use crate::schema::Context;
use crate::wire;

/// How key or value is transformed.
#[derive(Debug)]
pub(super) enum Codec {
    Pass,
    Encode {
        encoder: Encoder,
        version: Version,
    },
    Decode {
        decoder: Decoder,
        /// `None`: each record is read as it was written.
        projections: Option<Projections>,
    },
}

impl Codec {
    pub(super) fn new(step: Step, options: JsonOptions, limits: Limits) -> Self {
        match step {
            Step::Pass => Self::Pass,
            Step::Encode(version) => Self::Encode { encoder: Encoder::new(options, limits), version },
            Step::Decode(reader) => {
                Self::Decode { decoder: Decoder::new(options, limits), projections: reader.map(Projections::new) }
            }
        }
    }

    /// Whether it needs the schema that a record names.
    pub(super) fn decodes(&self) -> bool {
        matches!(self, Self::Decode { .. })
    }

    /// Whether the subject's schema is there, if one is needed whatever the record is; else what is waited for.
    pub(super) fn probe(&self, way: &Way, schemas: &mut impl Schemas) -> Option<Waiting> {
        match self {
            Self::Encode { version, .. } => route::to_write(schemas, &way.subject, *version).err(),
            Self::Decode { projections: Some(projections), .. } => {
                route::to_read_by(schemas, &way.subject, projections.version).err()
            }
            Self::Decode { projections: None, .. } | Self::Pass => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "borrows of four owners that a struct would only tie together")]
    pub(super) fn apply(
        &mut self,
        part: Part,
        input: Option<&[u8]>,
        context: &Context,
        way: &mut Way,
        batch: u64,
        schemas: &mut impl Schemas,
        buffer: &mut Vec<u8>,
    ) -> Result<Bytes, Stop> {
        let Some(input) = input else { return Ok(Bytes::Null) };
        let start = buffer.len();
        match self {
            Self::Pass => return Ok(Bytes::Same),
            Self::Encode { encoder, version } => {
                let schema = match &way.last {
                    Some(last) if last.batch == batch => &last.schema,
                    _ => {
                        let schema = route::to_write(schemas, &way.subject, *version).map_err(Stop::Pending)?;
                        &way.last.insert(Last { batch, schema, projected: None }).schema
                    }
                };
                wire::write_header(schema.label.id, buffer);
                encoder
                    .encode(&schema.plan, input, buffer)
                    .map_err(|error| Stop::reject(Rejection::violation(part, &error, &schema.label, None)))?;
            }
            Self::Decode { decoder, projections } => {
                let frame = wire::read(input).map_err(|error| Stop::reject(Rejection::frame(part, error, context)))?;
                let last = match &way.last {
                    Some(last) if last.batch == batch && last.schema.label.id == frame.id => last,
                    _ => {
                        let schema = route::of_id(schemas, part, context, frame.id)?;
                        let projected = match projections {
                            None => None,
                            Some(projections) => {
                                let reader = route::to_read_by(schemas, &way.subject, projections.version);
                                projections.of(&schema, &*reader.map_err(Stop::Pending)?)
                            }
                        };
                        way.last.insert(Last { batch, schema, projected })
                    }
                };
                decode(decoder, part, last, frame.payload, buffer)?;
            }
        }
        Ok(Bytes::Made(start..buffer.len()))
    }
}

/// Appends the JSON text of a datum.
fn decode(decoder: &mut Decoder, part: Part, last: &Last, datum: &[u8], buffer: &mut Vec<u8>) -> Result<(), Stop> {
    let writer = &last.schema.label;
    let (reader, result) = match last.projected.as_deref() {
        None => (None, decoder.decode(&last.schema.plan, datum, buffer)),
        Some(projected) => match &projected.projection {
            Ok(projection) => (Some(&projected.reader), decoder.decode_as(projection, datum, buffer)),
            Err(error) => {
                let rejection = Rejection::incompatible_schema(part, error, writer, &projected.reader);
                return Err(Stop::reject(rejection));
            }
        },
    };
    result.map_err(|error| Stop::reject(Rejection::violation(part, &error, writer, reader)))
}
