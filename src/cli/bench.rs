//! `serdecar bench`: what this machine does with the user's own records.

mod json;
mod protobuf;

use std::hint::black_box;
use std::io::{BufRead, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};

use super::files::{self, FileArg, Line, Lines, STANDARD};
use super::json::{JsonArgs, Unknown};
use super::language::{self, Language, ProtobufMessage};
use super::{Exit, Failure, Outcome, encode};
use crate::codec::Limits;
use crate::codec::avro::{Decoder, Encoder, JsonOptions, Miss};
use crate::schema::avro::Plan;

/// JSON that is kept in memory at most; what follows is not measured.
const MAX_BYTES: usize = 256 << 20;

/// How long each direction is measured at least.
const MEASURE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Encodes and decodes the records again and again on one core, from memory to memory; with a JSON \
    Schema, checks them.\n\n\
    Example:\n  serdecar bench --schema order.avsc --input orders.ndjson"
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
    #[arg(long, value_name = "NAME=FILE", value_parser = encode::reference)]
    reference: Vec<(String, PathBuf)>,
    /// Protobuf alone: the full name of the message to write. Default: the first of the file.
    #[arg(long, value_name = "NAME")]
    message: Option<String>,
    /// NDJSON: one record a line; blank lines are skipped, and of large inputs the first 256 MiB are taken.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    input: FileArg,
    #[command(flatten)]
    json: JsonArgs,
    /// Avro and Protobuf: what becomes of members that the schema does not know.
    #[arg(long, value_name = "WHAT", default_value = "ignore")]
    unknown_fields: Unknown,
}

/// The records that the schema takes, in both forms.
#[derive(Debug, Default)]
struct Records {
    json: Vec<Vec<u8>>,
    avro: Vec<Vec<u8>>,
    rejected: u64,
    /// How many took the general path, for each reason.
    missed: [u64; Miss::ALL.len()],
}

pub(super) fn run(args: &Args) -> Outcome {
    match Language::of(args.format, &args.schema)? {
        Language::Protobuf => {
            let message = ProtobufMessage::read(&args.schema, &args.reference, args.message.as_deref())?;
            let unknown_fields = args.json.options(args.unknown_fields).unknown_fields;
            let records = protobuf::Records::read(&message, unknown_fields, files::open(&args.input)?)?;
            let report = records.report().ok_or_else(|| no_record(records.rejected))?;
            files::print(report.as_bytes())
        }
        Language::Avro => run_avro(args),
        Language::Json => {
            let validator = language::validator(&args.schema, &args.reference)?;
            let records = json::Records::read(&validator, files::open(&args.input)?)?;
            let check = records.measure(&validator).ok_or_else(|| no_record(records.rejected()))?;
            files::print(records.report(check).as_bytes())
        }
    }
}

fn no_record(rejected: u64) -> Failure {
    Failure::new(Exit::Data, anyhow!("no record that the schema takes ({rejected} rejected)"))
}

fn run_avro(args: &Args) -> Outcome {
    let schema = encode::schema(&args.schema, &args.reference)?;
    let plan = Plan::compile(&schema)
        .with_context(|| args.schema.display().to_string())
        .map_err(|error| Failure::new(Exit::Data, error))?;
    let options = args.json.options(args.unknown_fields);
    let records = Records::read(&plan, options, files::open(&args.input)?)?;
    if records.json.is_empty() {
        return Err(no_record(records.rejected));
    }
    let limits = Limits::default();
    let (mut encoder, mut decoder) = (Encoder::new(options, limits), Decoder::new(options, limits));
    let mut out = Vec::new();
    // Each record was encoded before, and what was encoded decodes.
    let encode = measure(&records.json, |record| {
        out.clear();
        encoder.encode(&plan, record, &mut out).is_ok_and(|()| black_box(!out.is_empty()))
    });
    let decode = measure(&records.avro, |datum| {
        out.clear();
        decoder.decode(&plan, datum, &mut out).is_ok_and(|()| black_box(!out.is_empty()))
    });
    files::print(records.report(encode, decode).as_bytes())
}

impl Records {
    fn read(plan: &Plan, options: JsonOptions, input: impl BufRead) -> Result<Self, Failure> {
        let limits = Limits::default();
        let mut encoder = Encoder::new(options, limits);
        let mut lines = Lines::new(input, limits.record_bytes);
        let (mut records, mut bytes) = (Self::default(), 0);
        while bytes < MAX_BYTES {
            let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
            let text = match line {
                None => break,
                Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => continue,
                Some(Line::Text(text)) => text,
                Some(Line::TooLong(_)) => {
                    records.rejected += 1;
                    continue;
                }
            };
            let mut datum = Vec::new();
            if encoder.encode(plan, text, &mut datum).is_err() {
                records.rejected += 1;
                continue;
            }
            if let Some(count) = encoder.missed().and_then(|miss| records.missed.get_mut(miss as usize)) {
                *count += 1;
            }
            bytes += text.len();
            records.json.push(text.to_vec());
            records.avro.push(datum);
        }
        Ok(records)
    }

    #[expect(clippy::cast_precision_loss, reason = "figures that people read have few digits")]
    fn report(&self, encode: f64, decode: f64) -> String {
        let size = |records: &[Vec<u8>]| records.iter().map(Vec::len).sum::<usize>() as f64;
        let (count, json, avro) = (self.json.len() as f64, size(&self.json), size(&self.avro));
        let speed = |seconds: f64| {
            format!("{:>12.0} records/s {:>9.1} MB/s of JSON, on one core", count / seconds, json / seconds / 1e6)
        };
        let general: u64 = self.missed.iter().sum();
        let mut report = Vec::new();
        // Writing to memory does not fail.
        drop(writeln!(report, "records {:>12}  ({} rejected)", self.json.len(), self.rejected));
        drop(writeln!(report, "encode  {}", speed(encode)));
        drop(writeln!(report, "decode  {}", speed(decode)));
        let saved = 100.0 - avro / json * 100.0;
        drop(writeln!(report, "size    {json:>12.0} bytes of JSON, {avro:.0} of Avro: {saved:.1} % saved"));
        let share = general as f64 / count * 100.0;
        drop(writeln!(report, "general {general:>12} records took the general path ({share:.1} %)"));
        for (miss, &records) in Miss::ALL.iter().zip(&self.missed).filter(|(_, records)| **records > 0) {
            drop(writeln!(report, "        {records:>12} for {}", miss.as_str()));
        }
        String::from_utf8_lossy(&report).into_owned()
    }
}

/// How long `work` takes for all inputs, in seconds.
fn measure(inputs: &[Vec<u8>], mut work: impl FnMut(&[u8]) -> bool) -> f64 {
    let (start, mut passes) = (Instant::now(), 0u32);
    while start.elapsed() < MEASURE {
        for input in inputs {
            black_box(work(black_box(input)));
        }
        passes += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(passes.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::avro::Schema;

    #[test]
    fn records_are_counted_by_the_path_they_take() {
        let schema = r#"{"type":"record","name":"R","fields":[{"name":"u","type":["int","long"]}]}"#;
        let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
        let input = "{\"u\":1}\n\n{\"u\":4294967296}\n{\"u\":\"\"}\n{\"u\":2}";
        let records = Records::read(&plan, JsonOptions::default(), input.as_bytes()).unwrap();
        let report = records.report(0.5, 0.25);
        let lines: Vec<_> = report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "records 3 (1 rejected)",
                "encode 6 records/s 0.0 MB/s of JSON, on one core",
                "decode 12 records/s 0.0 MB/s of JSON, on one core",
                "size 30 bytes of JSON, 10 of Avro: 66.7 % saved",
                "general 1 records took the general path (33.3 %)",
                "1 for a union whose branches must be tried",
            ]
        );
    }
}
