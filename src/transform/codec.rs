//! How one part of a record is transformed.

use super::projections::Projections;
use super::route::{self, Last, Way};
use super::verifier::Verifier;
use super::{Bytes, Framed, IdIn, Input, Output, Part, Rejection, Schemas, Step, Stop, Waiting, Work, protobuf};
use crate::codec::CodecError;
use crate::codec::avro::{Decoder, Encoder};
use crate::codec::json_schema::Checker;
use crate::registry::{Compiled, Version};
use crate::schema::{Context, Identifier};
use crate::wire::{self, Frame, FrameError};

/// How key or value is transformed.
#[derive(Debug)]
pub(super) enum Codec {
    Pass,
    Encode {
        writer: Writer,
        version: Version,
        work: Work,
    },
    Decode {
        reader: Reader,
        /// `None`: each record is read as it was written.
        projections: Option<Projections>,
    },
    Verify(Verifier),
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

/// A record's part on its way, and whose it is.
pub(super) struct Place<'a> {
    pub(super) part: Part,
    pub(super) input: Input<'a>,
    pub(super) context: &'a Context,
    pub(super) way: &'a mut Way,
    pub(super) batch: u64,
}

impl Codec {
    pub(super) fn new(work: Work) -> Self {
        let Work { step, options, limits, .. } = work;
        match step {
            Step::Pass => Self::Pass,
            Step::Encode(format, version) => {
                let writer = match format {
                    Framed::Avro => Writer::Avro(Encoder::new(options, limits)),
                    Framed::Json => Writer::Json(Checker::new(limits)),
                    Framed::Protobuf => {
                        let message = work.message.clone();
                        Writer::Protobuf(protobuf::Writer::new(message, options.unknown_fields, limits))
                    }
                };
                Self::Encode { writer, version, work }
            }
            Step::Decode(format, version) => {
                let reader = match format {
                    Framed::Avro => Reader::Avro(Decoder::new(options, limits)),
                    Framed::Json => Reader::Json,
                    Framed::Protobuf => Reader::Protobuf(protobuf::Reader::new(limits)),
                };
                Self::Decode { reader, projections: version.map(Projections::new) }
            }
            Step::Verify(format) => Self::Verify(Verifier::new(format, limits)),
        }
    }

    /// Whether it needs the schema that a record names.
    pub(super) fn reads(&self) -> bool {
        matches!(self, Self::Decode { .. } | Self::Verify(_))
    }

    /// Asks for the schema that a record will need.
    pub(super) fn ask(&self, input: Input<'_>, context: &Context, way: &Way, schemas: &mut impl Schemas) {
        let Some(Ok(frame)) = input.bytes.filter(|_| self.reads()).map(|bytes| wire::read(input.header, bytes)) else {
            return;
        };
        match self {
            Self::Verify(_) => schemas.held_by(&way.subject, frame.schema),
            Self::Pass | Self::Encode { .. } | Self::Decode { .. } => schemas.by_id(context, frame.schema),
        };
    }

    /// Whether the subject's schema is there, if one is needed whatever the record is; else what is waited for.
    pub(super) fn probe(&self, way: &Way, schemas: &mut impl Schemas) -> Option<Waiting> {
        match self {
            Self::Encode { version, work, .. } => route::to_write(schemas, &way.subject, *version, work).err(),
            Self::Decode { projections: Some(projections), .. } => {
                route::to_read_by(schemas, &way.subject, projections.version).err()
            }
            Self::Decode { projections: None, .. } | Self::Verify(_) | Self::Pass => None,
        }
    }

    pub(super) fn apply(
        &mut self,
        mut place: Place<'_>,
        schemas: &mut impl Schemas,
        buffer: &mut Vec<u8>,
    ) -> Result<Output, Stop> {
        let Some(bytes) = place.input.bytes else { return Ok(self.null()) };
        match self {
            Self::Pass => Ok(Output { bytes: Bytes::Same, header: Bytes::Same }),
            Self::Encode { writer, version, work } => {
                encode(writer, *version, work, bytes, &mut place, schemas, buffer)
            }
            Self::Decode { reader, projections } => {
                let start = buffer.len();
                decode(reader, projections.as_mut(), place.frame(bytes)?, &mut place, schemas, buffer)?;
                Ok(Output { bytes: Bytes::Made(start..buffer.len()), header: Bytes::Null })
            }
            Self::Verify(verifier) => {
                verify(verifier, place.frame(bytes)?, &mut place, schemas)?;
                Ok(Output { bytes: Bytes::Verified, header: Bytes::Same })
            }
        }
    }

    /// Null has no schema.
    fn null(&self) -> Output {
        let header = match self {
            Self::Pass | Self::Verify(_) => Bytes::Same,
            Self::Encode { .. } | Self::Decode { .. } => Bytes::Null,
        };
        Output { bytes: Bytes::Null, header }
    }
}

impl<'a> Place<'a> {
    /// The name of the schema, and the data.
    fn frame(&self, bytes: &'a [u8]) -> Result<Frame<'a>, Stop> {
        wire::read(self.input.header, bytes).map_err(|error| self.misframed(error))
    }

    pub(super) fn misframed(&self, error: FrameError) -> Stop {
        Stop::reject(Rejection::frame(self.part, error, self.context))
    }

    /// The schema that was used last, if it is this one and was looked up in this batch.
    fn last(&self, id: Identifier) -> bool {
        matches!(&self.way.last, Some(last) if last.batch == self.batch && last.schema.label.id == id)
    }
}

fn encode(
    writer: &mut Writer,
    version: Version,
    work: &Work,
    json: &[u8],
    place: &mut Place<'_>,
    schemas: &mut impl Schemas,
    buffer: &mut Vec<u8>,
) -> Result<Output, Stop> {
    let way = &mut *place.way;
    let schema = match &way.last {
        Some(last) if last.batch == place.batch => &last.schema,
        _ => {
            let schema = match way.given {
                None => route::to_write(schemas, &way.subject, version, work).map_err(Stop::Pending)?,
                Some(id) => route::given_to_write(schemas, place.part, &way.subject, id, work)?,
            };
            &way.last.insert(Last { batch: place.batch, schema, projected: None }).schema
        }
    };
    let start = buffer.len();
    let name = match (work.id_in, schema.guid) {
        (IdIn::Header, Some(guid)) => Identifier::Guid(guid),
        (IdIn::Header | IdIn::Prefix, _) => schema.label.id,
    };
    wire::write_header(name, buffer);
    writer.write_indexes(&schema.compiled, buffer);
    let data = buffer.len();
    writer
        .write(&schema.compiled, json, buffer)
        .map_err(|error| Stop::reject(Rejection::violation(place.part, &error, &schema.label, None)))?;
    Ok(match work.id_in {
        IdIn::Prefix => Output { bytes: Bytes::Made(start..buffer.len()), header: Bytes::Null },
        IdIn::Header => Output { bytes: Bytes::Made(data..buffer.len()), header: Bytes::Made(start..data) },
    })
}

fn decode(
    reader: &mut Reader,
    projections: Option<&mut Projections>,
    frame: Frame<'_>,
    place: &mut Place<'_>,
    schemas: &mut impl Schemas,
    buffer: &mut Vec<u8>,
) -> Result<(), Stop> {
    if !place.last(frame.schema) {
        let schema = route::of_id(schemas, place.part, place.context, frame.schema)?;
        schema
            .check_type(reader.format().schema_type())
            .map_err(|why| Stop::reject(Rejection::unusable_schema(place.part, frame.schema, place.context, &why)))?;
        let projected = match projections {
            None => None,
            Some(projections) => {
                let reader = route::to_read_by(schemas, &place.way.subject, projections.version);
                projections.of(&schema, &*reader.map_err(Stop::Pending)?)
            }
        };
        place.way.last = Some(Last { batch: place.batch, schema, projected });
    }
    match &place.way.last {
        Some(last) => reader.read(place, last, frame, buffer),
        None => Ok(()),
    }
}

fn verify(
    verifier: &mut Verifier,
    frame: Frame<'_>,
    place: &mut Place<'_>,
    schemas: &mut impl Schemas,
) -> Result<(), Stop> {
    if !place.last(frame.schema) {
        let schema = route::held_by(schemas, place.part, &place.way.subject, frame.schema)?;
        schema
            .check_type(verifier.format().schema_type())
            .map_err(|why| Stop::reject(Rejection::unusable_schema(place.part, frame.schema, place.context, &why)))?;
        place.way.last = Some(Last { batch: place.batch, schema, projected: None });
    }
    match &place.way.last {
        Some(last) => verifier.verify(place, last, frame),
        None => Ok(()),
    }
}

impl Writer {
    /// Appends what belongs to the schema's name: which of a Protobuf file's messages it is.
    fn write_indexes(&self, schema: &Compiled, out: &mut Vec<u8>) {
        if let (Self::Protobuf(writer), Compiled::Protobuf(plan)) = (self, schema) {
            writer.write_indexes(plan, out);
        }
    }

    /// Appends what stands behind the name. The schema is one of the format's.
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

    /// Appends the JSON text of what is framed.
    fn read(&mut self, place: &Place<'_>, last: &Last, frame: Frame<'_>, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let (part, writer) = (place.part, &last.schema.label);
        let datum = || frame.datum().map_err(|error| place.misframed(error));
        let (decoder, plan, datum) = match (self, &last.schema.compiled) {
            (Self::Avro(decoder), Compiled::Avro(plan)) => (decoder, plan, datum()?),
            (Self::Protobuf(reader), Compiled::Protobuf(plan)) => {
                return reader.read(plan, frame, buffer).map_err(|fault| Stop::reject(fault.rejection(part, writer)));
            }
            _ => {
                buffer.extend_from_slice(datum()?);
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
