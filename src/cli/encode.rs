//! `serdecar encode`: NDJSON to an Avro Object Container File or to Protobuf, or checked against a JSON Schema.

mod json;
mod protobuf;

use std::io::{BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;

use super::files::{self, FileArg, Line, Lines, STANDARD};
use super::json::{JsonArgs, Unknown};
use super::language::{self, Language, ProtobufMessage};
use super::{Exit, Failure, Outcome};
use crate::codec::avro::container::{Compression, ContainerError, ContainerWriter};
use crate::codec::avro::{Encoder, JsonOptions, ambiguities};
use crate::codec::{CodecError, Limits};
use crate::schema::avro::{Plan, Schema};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Rejected lines go to stderr as LINE: POINTER: message; the exit code is 65 if there was any.\n\n\
    With a JSON Schema, lines that are valid go to the output as they came: there is no container of JSON. Of a line that is \
    not, every violation is a line on stderr.\n\n\
    With a Protobuf file, messages are written one behind the other, each behind its length as a varint, as Java's \
    writeDelimitedTo does.\n\n\
    Examples:\n  serdecar encode --schema order.avsc --input orders.ndjson --output orders.avro\n  \
    serdecar encode --schema order.avsc --reference shop.Money=money.avsc < orders.ndjson > orders.avro\n  \
    serdecar encode --schema order.schema.json --on-invalid skip < orders.ndjson > valid.ndjson\n  \
    serdecar encode --schema order.proto --message shop.Order --reference shop/money.proto=money.proto < orders.ndjson"
)]
pub(super) struct Args {
    /// The schema to write with, of Avro, JSON Schema or Protobuf.
    #[arg(long, value_name = "FILE")]
    schema: PathBuf,
    /// The schema's language. Default: Protobuf for *.proto; JSON Schema for *.schema.json, where there is a $schema, and for
    /// a *.json that can't be Avro; else Avro.
    #[arg(long, value_name = "LANGUAGE")]
    format: Option<Language>,
    /// A schema that it refers to, by the name that it uses: an Avro type's full name, what stands in $ref, or in import.
    #[arg(long, value_name = "NAME=FILE", value_parser = reference)]
    reference: Vec<(String, PathBuf)>,
    /// NDJSON: one record a line; blank lines are skipped.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    input: FileArg,
    /// Protobuf alone: the full name of the message to write. Default: the first of the file.
    #[arg(long, value_name = "NAME")]
    message: Option<String>,
    /// Where the container goes, the messages, or what is valid by a JSON Schema.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    output: FileArg,
    #[command(flatten)]
    json: JsonArgs,
    /// Avro and Protobuf: what becomes of members that the schema does not know.
    #[arg(long, value_name = "WHAT", default_value = "ignore")]
    unknown_fields: Unknown,
    /// What to do with a line that is rejected.
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    on_invalid: OnInvalid,
    /// Avro alone: how blocks are compressed: null, deflate, snappy, zstandard, bzip2 or xz.
    #[arg(long, value_name = "CODEC", default_value = "null", value_parser = codec)]
    codec: Compression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OnInvalid {
    /// Write what came before it, and stop.
    Stop,
    /// Leave it out and go on.
    Skip,
}

/// Ambiguous unions that are told of on a terminal.
const MAX_WARNINGS: usize = 3;

pub(super) fn reference(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.into(), file.into())),
        _ => Err("expected NAME=FILE, such as shop.Money=money.avsc".into()),
    }
}

fn codec(name: &str) -> Result<Compression, String> {
    let names = || Compression::ALL.map(Compression::as_str).join(", ");
    Compression::from_name(name).ok_or_else(|| format!("expected one of {}", names()))
}

pub(super) fn run(args: &Args) -> Outcome {
    let language = Language::of(args.format, &args.schema)?;
    if args.message.is_some() && language != Language::Protobuf {
        return Err(Failure::message(Exit::Usage, "--message is for Protobuf alone"));
    }
    match language {
        Language::Protobuf => {
            let message = ProtobufMessage::read(&args.schema, &args.reference, args.message.as_deref())?;
            let input = files::open(&args.input)?;
            let output = files::create(&args.output, &args.input)?;
            let options = args.json.options(args.unknown_fields);
            protobuf::encode(&message, options.unknown_fields, args.on_invalid, input, output)
        }
        Language::Avro => run_avro(args),
        Language::Json => {
            let validator = language::validator(&args.schema, &args.reference)?;
            let input = files::open(&args.input)?;
            json::encode(&validator, args.on_invalid, input, files::create(&args.output, &args.input)?)
        }
    }
}

fn run_avro(args: &Args) -> Outcome {
    let schema = schema(&args.schema, &args.reference)?;
    let plan = Plan::compile(&schema)
        .with_context(|| args.schema.display().to_string())
        .map_err(|error| Failure::new(Exit::Data, error))?;
    let text =
        schema.to_text().ok_or_else(|| Failure::message(Exit::Data, "the schema nests too deep for a container"))?;
    let input = files::open(&args.input)?;
    let output = files::create(&args.output, &args.input)?;
    let writer = ContainerWriter::new(output, &text, args.codec).map_err(write_failed)?;
    let options = args.json.options(args.unknown_fields);
    // Somebody looks at the first try; a pipe wants nothing but the lines that were rejected.
    if std::io::stderr().is_terminal() {
        ambiguities(&plan, options).iter().take(MAX_WARNINGS).for_each(|ambiguity| eprintln!("warning: {ambiguity}"));
    }
    encode(&plan, options, args.on_invalid, input, writer)
}

fn encode(
    plan: &Plan,
    options: JsonOptions,
    on_invalid: OnInvalid,
    input: impl BufRead,
    mut writer: ContainerWriter<impl Write>,
) -> Outcome {
    let limits = Limits::default();
    let mut encoder = Encoder::new(options, limits);
    let rejected = each_line(input, limits, on_invalid, |text| {
        writer.append(|out| encoder.encode(plan, text, out)).map_err(write_failed)
    })?;
    writer.finish().map_err(write_failed)?;
    told(rejected)
}

/// Hands over each line that isn't blank and prints why lines are rejected; returns whether any was.
pub(super) fn each_line(
    input: impl BufRead,
    limits: Limits,
    on_invalid: OnInvalid,
    mut write: impl FnMut(&[u8]) -> Result<Result<(), CodecError>, Failure>,
) -> Result<bool, Failure> {
    let mut lines = Lines::new(input, limits.record_bytes);
    let mut rejected = false;
    for number in 1u64.. {
        let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
        match line {
            None => break,
            Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => continue,
            Some(Line::Text(text)) => match write(text)? {
                Ok(()) => continue,
                Err(error) => error.violations().for_each(|violation| eprintln!("{number}: {violation}")),
            },
            Some(Line::TooLong(len)) => {
                eprintln!("{number}: : expected at most {} bytes of record, found {len}", limits.record_bytes);
            }
        }
        rejected = true;
        if on_invalid == OnInvalid::Stop {
            break;
        }
    }
    Ok(rejected)
}

fn told(rejected: bool) -> Outcome {
    if rejected { Err(Failure::told(Exit::Data)) } else { Ok(()) }
}

fn write_failed(error: ContainerError) -> Failure {
    Failure::new(Exit::Io, anyhow::Error::from(error).context("can't write the output"))
}

/// Reads a schema and what it refers to.
pub(super) fn schema(path: &Path, references: &[(String, PathBuf)]) -> Result<Schema, Failure> {
    let text = files::read_text(path)?;
    let mut waiting = Vec::with_capacity(references.len());
    for (name, path) in references {
        waiting.push((name, path, files::read_text(path)?));
    }
    let refused =
        |path: &Path, error: anyhow::Error| Failure::new(Exit::Data, error.context(path.display().to_string()));
    let mut known: Vec<String> = Vec::with_capacity(references.len());
    // They may refer to each other and come in any order: take those first that need nothing else.
    while let Some((name, path, first)) = waiting.first() {
        let usable = waiting.iter().position(|(_, _, text)| Schema::parse(text, &known).is_ok());
        let Some(index) = usable else {
            let error =
                Schema::parse(first, &known).err().map_or_else(|| anyhow!("{name}: refused"), anyhow::Error::from);
            return Err(refused(path, error));
        };
        let (name, path, text) = waiting.remove(index);
        let schema = Schema::parse(&text, &known).map_err(|error| refused(path, error.into()))?;
        let defined = schema.get(schema.root()).kind.branch_name();
        if defined != name {
            return Err(refused(path, anyhow!("it defines {defined}, not {name}")));
        }
        known.push(text);
    }
    Schema::parse(&text, &known).map_err(|error| refused(path, error.into()))
}
