//! `serdecar decode`: an Avro Object Container File to NDJSON.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use super::files::{self, FileArg, STANDARD};
use super::json::{JsonArgs, Unknown};
use super::{Exit, Failure, Outcome};
use crate::codec::Limits;
use crate::codec::avro::Decoder;
use crate::codec::avro::container::{ContainerError, ContainerReader};
use crate::schema::avro::{Plan, Schema};

#[derive(Debug, clap::Args)]
#[command(after_help = "Reads every codec of the specification: null, deflate, snappy, zstandard, bzip2 and xz.\n\n\
    Example:\n  serdecar decode --input orders.avro | head -n 3")]
pub(super) struct Args {
    /// A schema that the container's own must equal.
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// The container.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    input: FileArg,
    /// Where the NDJSON goes: one record a line.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    output: FileArg,
    #[command(flatten)]
    json: JsonArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    let reader = args.schema.as_ref().map(|path| Ok((path, files::read_text(path)?))).transpose()?;
    let input = files::open(&args.input)?;
    let mut container = ContainerReader::new(input).map_err(read_failed)?;
    let parse = |text: &str, whose: String| {
        Schema::parse::<&str>(text, &[]).context(whose).map_err(|error| Failure::new(Exit::Data, error))
    };
    let schema = parse(container.schema(), "the container's schema".into())?;
    if let Some((path, text)) = reader
        && parse(&text, path.display().to_string())? != schema
    {
        let error =
            "it is not the schema that the container was written with; reading with another one is not available yet";
        return Err(Failure::new(Exit::Data, anyhow!("{}: {error}", path.display())));
    }
    let plan = Plan::for_reading(&schema);
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
            let len = match decoder.decode_first(&plan, rest, &mut text) {
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

fn read_failed(error: ContainerError) -> Failure {
    match error {
        ContainerError::Io(error) => {
            Failure::new(Exit::NoInput, anyhow::Error::from(error).context("can't read the input"))
        }
        damaged => Failure::new(Exit::Data, damaged),
    }
}
