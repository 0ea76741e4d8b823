//! How one part of a record is transformed.

use std::sync::Arc;

use super::projections::Projections;
use super::route::{self, Last, Way};
use super::{Bytes, Framed, Part, Rejection, Schemas, Step, Stop, Waiting, Work, protobuf};
use crate::codec::CodecError;
use crate::codec::avro::{Decoder, Encoder};
use crate::codec::json_schema::Checker;
use crate::registry::{CachedSchema, Compiled, Version};
use crate::schema::Context;
use crate::wire;

/// How key or value is transformed.
#[derive(Debug)]
pub(super) enum Codec {
    Pass,
    Encode {
        writer: Writer,
        version: Version,
    },
    Decode {
        reader: Reader,
        /// `None`: each record is read as it was written.
        projections: Option<Projections>,
    },
}

/// From JSON to the format that is framed.
#[derive(Debug)]
pub(super) enum Writer {
    Avro(Encoder),
    /// What is valid stays as it is.
    Json(Checker),
    Protobuf(protobuf::Writer),
}

/// From the format that was framed to JSON.
#[derive(Debug)]
pub(super) enum Reader {
    Avro(Decoder),
    /// It is JSON already.
    Json,
    Protobuf(protobuf::Reader),
}

impl Codec {
    pub(super) fn new((step, message, options, limits): Work) -> Self {
        match step {
            Step::Pass => Self::Pass,
            Step::Encode(format, version) => {
                let writer = match format {
                    Framed::Avro => Writer::Avro(Encoder::new(options, limits)),
                    Framed::Json => Writer::Json(Checker::new(limits)),
                    Framed::Protobuf => {
                        Writer::Protobuf(protobuf::Writer::new(message, options.unknown_fields, limits))
                    }
                };
                Self::Encode { writer, version }
            }
            Step::Decode(format, version) => {
                let reader = match format {
                    Framed::Avro => Reader::Avro(Decoder::new(options, limits)),
                    Framed::Json => Reader::Json,
                    Framed::Protobuf => Reader::Protobuf(protobuf::Reader::new(limits)),
                };
                Self::Decode { reader, projections: version.map(Projections::new) }
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
            Self::Encode { writer, version } => writer.schema(schemas, way, *version).err(),
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
            Self::Encode { writer, version } => {
                let schema = match &way.last {
                    Some(last) if last.batch == batch => &last.schema,
                    _ => {
                        let schema = writer.schema(schemas, way, *version).map_err(Stop::Pending)?;
                        &way.last.insert(Last { batch, schema, projected: None }).schema
                    }
                };
                wire::write_header(schema.label.id, buffer);
                writer
                    .write(&schema.compiled, input, buffer)
                    .map_err(|error| Stop::reject(Rejection::violation(part, &error, &schema.label, None)))?;
            }
            Self::Decode { reader, projections } => {
                let frame = wire::read(input).map_err(|error| Stop::reject(Rejection::frame(part, error, context)))?;
                let last = match &way.last {
                    Some(last) if last.batch == batch && last.schema.label.id == frame.id => last,
                    _ => {
                        let schema = route::of_id(schemas, part, context, frame.id)?;
                        schema
                            .check_type(reader.format().schema_type())
                            .map_err(|why| Stop::reject(Rejection::unusable_schema(part, frame.id, context, &why)))?;
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
                reader.read(part, last, frame.payload, buffer)?;
            }
        }
        Ok(Bytes::Made(start..buffer.len()))
    }
}

impl Writer {
    fn format(&self) -> Framed {
        match self {
            Self::Avro(_) => Framed::Avro,
            Self::Json(_) => Framed::Json,
            Self::Protobuf(_) => Framed::Protobuf,
        }
    }

    /// The schema to write with, or what is waited for.
    fn schema(&self, schemas: &mut impl Schemas, way: &Way, version: Version) -> Result<Arc<CachedSchema>, Waiting> {
        let message = match self {
            Self::Protobuf(writer) => writer.message.as_deref(),
            Self::Avro(_) | Self::Json(_) => None,
        };
        route::to_write(schemas, &way.subject, version, self.format().schema_type(), message)
    }

    /// Appends what stands behind the header. The schema is one of the format's.
    fn write(&mut self, schema: &Compiled, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        match (self, schema) {
            (Self::Avro(encoder), Compiled::Avro(plan)) => encoder.encode(plan, json, out),
            (Self::Json(checker), Compiled::Json(validator)) => {
                checker.check(validator, json)?;
                out.extend_from_slice(json);
                Ok(())
            }
            (Self::Protobuf(writer), Compiled::Protobuf(plan)) => writer.write(plan, json, out),
            (Self::Avro(_) | Self::Json(_) | Self::Protobuf(_), _) => {
                unreachable!("schemas of another language are not given to a writer")
            }
        }
    }
}

impl Reader {
    fn format(&self) -> Framed {
        match self {
            Self::Avro(_) => Framed::Avro,
            Self::Json => Framed::Json,
            Self::Protobuf(_) => Framed::Protobuf,
        }
    }

    /// Appends the JSON text of a datum.
    fn read(&mut self, part: Part, last: &Last, datum: &[u8], buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let writer = &last.schema.label;
        let (decoder, plan) = match (self, &last.schema.compiled) {
            (Self::Avro(decoder), Compiled::Avro(plan)) => (decoder, plan),
            (Self::Protobuf(reader), Compiled::Protobuf(plan)) => {
                return reader.read(plan, datum, buffer).map_err(|fault| Stop::reject(fault.rejection(part, writer)));
            }
            _ => {
                buffer.extend_from_slice(datum);
                return Ok(());
            }
        };
        let (reader, result) = match last.projected.as_deref() {
            None => (None, decoder.decode(plan, datum, buffer)),
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
}
