//! `serdecar decode`: an Avro Object Container File or Protobuf to NDJSON.

mod protobuf;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::files::{self, FileArg, STANDARD};
use super::json::{JsonArgs, Unknown};
use super::language::{Language, ProtobufMessage};
use super::{Exit, Failure, Outcome, encode};
use crate::codec::avro::Decoder;
use crate::codec::avro::container::{ContainerError, ContainerReader};
use crate::codec::{CodecError, Limits};
use crate::schema::avro::{Plan, Projection, Schema};

#[derive(Debug, clap::Args)]
#[command(after_help = "Reads every codec of the specification: null, deflate, snappy, zstandard, bzip2 and xz.\n\n\
    With --schema, records are read by that schema by Avro's rules of schema resolution: fields by name or alias, missing\n\
    ones take their defaults, others are left out, numbers are promoted.\n\n\
    With a Protobuf file (*.proto), the input is messages one behind the other, each behind its length as a varint, as \
    encode and Java's writeDelimitedTo write them.\n\n\
    Examples:\n  serdecar decode --input orders.avro | head -n 3\n  \
    serdecar decode --schema order-v2.avsc --input orders.avro\n  \
    serdecar decode --schema order.proto --message shop.Order --input orders.bin")]
pub(super) struct Args {
    /// The schema to read by; default is the one that the container was written with.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Protobuf alone: a file that the schema imports, by the path in import.
    #[arg(long, value_name = "NAME=FILE", value_parser = encode::reference)]
    reference: Vec<(String, PathBuf)>,
    /// Protobuf alone: the full name of the message to read. Default: the first of the file.
    #[arg(long, value_name = "NAME")]
    message: Option<String>,
    /// The container, or the messages.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    input: FileArg,
    /// Where the NDJSON goes: one record a line.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    output: FileArg,
    #[command(flatten)]
    json: JsonArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    if let Some(path) = &args.schema
        && Language::of(None, path)? == Language::Protobuf
    {
        let message = ProtobufMessage::read(path, &args.reference, args.message.as_deref())?;
        let input = files::open(&args.input)?;
        return protobuf::decode(&message, input, files::create(&args.output, &args.input)?);
    }
    if args.message.is_some() || !args.reference.is_empty() {
        return Err(Failure::message(Exit::Usage, "--message and --reference are for Protobuf alone"));
    }
    run_avro(args)
}

fn run_avro(args: &Args) -> Outcome {
    let reader = args.schema.as_ref().map(|path| Ok((path.as_path(), files::read_text(path)?))).transpose()?;
    let input = files::open(&args.input)?;
    let mut container = ContainerReader::new(input).map_err(read_failed)?;
    let reading = Reading::new(container.schema(), reader)?;
    let limits = Limits::default();
    let mut decoder = Decoder::new(args.json.options(Unknown::Ignore), limits);
    let mut output = files::create(&args.output, &args.input)?;
    let (mut data, mut text, mut record) = (Vec::new(), Vec::new(), 0u64);
    while let Some(count) = container.next_block(&mut data).map_err(read_failed)? {
        let mut rest = &data[..];
        // Records of no bytes cost nothing to claim.
        if count > limits.items && count > data.len() as u64 {
            output.flush().map_err(files::write_failed)?;
            return Err(read_failed(container.damaged(format!("it claims {count} records in {} bytes", data.len()))));
        }
        for _ in 0..count {
            record += 1;
            text.clear();
            let len = match reading.first(&mut decoder, rest, &mut text) {
                Ok(len) => len,
                Err(error) => {
                    // What came before is good.
                    output.flush().map_err(files::write_failed)?;
                    return Err(read_failed(container.damaged(format!("record {record}: {error}"))));
                }
            };
            rest = &rest[len..];
            text.push(b'\n');
            output.write_all(&text).map_err(files::write_failed)?;
        }
        if !rest.is_empty() {
            output.flush().map_err(files::write_failed)?;
            return Err(read_failed(container.damaged(format!("{} bytes behind its last record", rest.len()))));
        }
    }
    output.flush().map_err(files::write_failed)
}

/// How records are read: as they were written, or by another schema.
enum Reading {
    Written(Plan),
    Projected(Projection),
}

impl Reading {
    /// For data of the schema `written`, read by a schema from a file if there is one.
    fn new(written: &str, reader: Option<(&Path, String)>) -> Result<Self, Failure> {
        let refused = |error: anyhow::Error| Failure::new(Exit::Data, error);
        let whose = "the container's schema";
        let written = Schema::parse::<&str>(written, &[]).context(whose).map_err(refused)?;
        let Some((path, text)) = reader else {
            return Ok(Self::Written(Plan::for_reading(&written)));
        };
        let whose = || path.display().to_string();
        let reader = Schema::parse::<&str>(&text, &[]).with_context(whose).map_err(refused)?;
        Projection::compile(&written, &reader).with_context(whose).map(Self::Projected).map_err(refused)
    }

    /// Appends the JSON text of the first record in `data` and gives its length in `data`.
    fn first(&self, decoder: &mut Decoder, data: &[u8], text: &mut Vec<u8>) -> Result<usize, CodecError> {
        match self {
            Self::Written(plan) => decoder.decode_first(plan, data, text),
            Self::Projected(projection) => decoder.decode_first_as(projection, data, text),
        }
    }
}

fn read_failed(error: ContainerError) -> Failure {
    match error {
        ContainerError::Io(error) => {
            Failure::new(Exit::NoInput, anyhow::Error::from(error).context("can't read the input"))
        }
        damaged => Failure::new(Exit::Data, damaged),
    }
}
