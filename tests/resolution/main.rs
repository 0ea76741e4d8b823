//! Random schemas and later versions of them: what we read of data of the one with the other is what others read.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]
#![expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "dice may be cut to any size")]

mod dice;
mod evolution;
mod others;
mod pairs;
mod values;

use std::path::Path;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::Value as Json;
use serdecar::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use serdecar::codec::{Limits, ViolationKind};
use serdecar::schema::avro::compatibility::incompatibilities;
use serdecar::schema::avro::{Pair, PairId, Plan, Projection, ResolutionError, Schema, Step};

use dice::Dice;
use evolution::Evolved;
use others::{repository, run};
use pairs::{Dialect, Maker, Type};
use values::Sampler;

/// A schema, a later version, and data of the first.
struct Case {
    writer: Type,
    reader: Type,
    compatible: bool,
    /// Whether a part of the reader's reads nothing of the writer's.
    broken: bool,
    dice: Dice,
}

impl Case {
    fn new(seed: u64, dialect: Dialect) -> Self {
        let mut dice = Dice(seed);
        let mut maker = Maker { dice: &mut dice, dialect, names: 0, open: Vec::new(), broken: false };
        let writer = if maker.dice.rarely(3) { maker.ty(3) } else { maker.record(4) };
        let Evolved { ty: reader, compatible } = maker.evolve(&writer);
        let broken = maker.broken;
        Self { writer, reader, compatible, broken, dice }
    }

    fn data(&mut self, count: usize) -> Vec<Vec<u8>> {
        let schema = apache_avro::Schema::parse_str(&self.writer.schema().to_string()).unwrap();
        let writer = GenericDatumWriter::builder(&schema).build().unwrap();
        let one = |_| {
            let value = Sampler { dice: &mut self.dice, open: Vec::new(), left: 10 }.value(&self.writer);
            writer.write_value_to_vec(value).unwrap()
        };
        (0..count).map(one).collect()
    }

    fn compile(&self) -> Result<Projection, ResolutionError> {
        let parse = |ty: &Type| Schema::parse::<&str>(&ty.schema().to_string(), &[]).unwrap();
        Projection::compile(&parse(&self.writer), &parse(&self.reader))
    }
}

/// Whether every value of the writer's can be read, texts that are no UTF-8 aside.
fn reads_everything(projection: &Projection) -> bool {
    let (mut open, mut seen) = (vec![projection.root()], Vec::<PairId>::new());
    while let Some(id) = open.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        match projection.pair(id) {
            Pair::Same(_) | Pair::Promoted(..) => {}
            Pair::Never(_) => return false,
            Pair::Symbols(symbols) if symbols.symbols.iter().any(Result::is_err) => return false,
            Pair::Symbols(_) => {}
            Pair::Array(part) | Pair::Map(part) => open.push(*part),
            Pair::FromUnion(branches) => open.extend(branches),
            Pair::IntoUnion(branch) => open.push(branch.value),
            Pair::Record(record) => open.extend(record.steps.iter().filter_map(|step| match step {
                Step::Read(_, part) => Some(*part),
                Step::Skip(..) | Step::Default(..) => None,
            })),
        }
    }
    true
}

fn plan(ty: &Type) -> Plan {
    Plan::compile(&Schema::parse::<&str>(&ty.schema().to_string(), &[]).unwrap()).unwrap()
}

fn decode(projection: &Projection, mode: JsonMode, datum: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let options = JsonOptions { mode, ..JsonOptions::default() };
    let result = Decoder::new(options, Limits::default()).decode_as(projection, datum, &mut out);
    result.map(|()| out).map_err(|error| error.to_string())
}

/// Java reads a record of another name where the fields fit, and puts U+FFFD where bytes are no UTF-8.
#[test]
fn java_reads_the_same() {
    let dialect = Dialect { aliases: true, best_branch: true };
    let java = |cases: &Path, read: &Path| {
        let classpath = Path::new(&run(repository("tests/jars.sh"), ["java"])).join("*");
        let program = repository("tests/java/Resolution.java");
        run("java", ["-cp".as_ref(), classpath.as_os_str(), program.as_ref(), cases.as_ref(), read.as_ref()]);
    };
    others::compare("java", dialect, java, |ours| ours.contains("found record") || ours.contains("not UTF-8"));
}

/// fastavro takes the first branch that fits, not the best one, and leaves defaults as the schema's JSON has them.
#[test]
fn fastavro_reads_the_same() {
    let dialect = Dialect { aliases: true, best_branch: false };
    let python = |cases: &Path, read: &Path| {
        let interpreter = run(repository("tests/python/install.sh"), [""; 0]);
        run(interpreter, [repository("tests/python/resolution.py").as_path(), cases, read]);
    };
    others::compare("fastavro", dialect, python, |_| false);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// Left out is what apache-avro 0.22 does otherwise, because it resolves values and not schemas: it knows no aliases of
    /// fields, does not compare names, narrows numbers, and reads arrays of small numbers as bytes, strings as fixeds and
    /// maps as records. A pair that we refuse as a whole it refuses only when the data hold a value that it can't read.
    #[test]
    fn apache_avro_reads_the_same(seed: u64) {
        let mut case = Case::new(seed, Dialect { aliases: false, best_branch: false });
        let (written, read) = (case.writer.schema().to_string(), case.reader.schema().to_string());
        let projection = case.compile();
        prop_assert_eq!(projection.as_ref().err().map(ToString::to_string).is_none(), case.compatible, "{} as {}: {:?}", written, read, projection.err());
        let Ok(projection) = projection else { return Ok(()) };
        let [writer, reader] = [&written, &read].map(|text| apache_avro::Schema::parse_str(text).unwrap());
        let apache = GenericDatumReader::builder(&writer).reader_schema(&reader).build().unwrap();
        for datum in case.data(4) {
            let expected = apache.read_value(&mut &datum[..]);
            for mode in [JsonMode::Plain, JsonMode::Avro] {
                let ours = decode(&projection, mode, &datum);
                match &expected {
                    // A branch that can't be read we refuse also where the data would not show it.
                    Ok(_) if case.broken && ours.is_err() => {}
                    Ok(value) => {
                        let ours = ours.map(|json| serde_json::from_slice::<Json>(&json).unwrap());
                        let theirs = values::json(&case.reader, value, mode, &mut Vec::new());
                        prop_assert_eq!(ours, Ok(theirs), "{} as {}: {:?}", written, read, datum);
                    }
                    Err(theirs) => prop_assert!(ours.is_err(), "{} as {}: {:?}: {}", written, read, datum, theirs),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is passed over is checked as if it were read: data that the writer's schema can't have written are refused. What
    /// is not refused is what the reader's schema writes and reads.
    #[test]
    fn damaged_data_are_refused_also_where_they_are_passed_over(seed: u64) {
        let mut case = Case::new(seed, Dialect { aliases: true, best_branch: true });
        let Ok(projection) = case.compile() else { return Ok(()) };
        let [plan, reader] = [&case.writer, &case.reader].map(plan);
        for mut datum in case.data(4) {
            for _ in 0..4 {
                let at = case.dice.below(datum.len() + 1);
                match datum.get_mut(at) {
                    Some(byte) => *byte ^= 1 << case.dice.below(8),
                    None => datum.push(case.dice.roll() as u8),
                }
                let (mut plain, options) = (Vec::new(), JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() });
                let written = Decoder::new(options, Limits::default()).decode(&plan, &datum, &mut plain);
                if let Ok(json) = decode(&projection, JsonMode::Avro, &datum) {
                    let (mut again, mut printed) = (Vec::new(), Vec::new());
                    Encoder::new(options, Limits::default()).encode(&reader, &json, &mut again).unwrap();
                    Decoder::new(options, Limits::default()).decode(&reader, &again, &mut printed).unwrap();
                    prop_assert_eq!(json, printed);
                    // A map that is passed over may hold a key twice, which only JSON can't.
                    let duplicate = written.as_ref().is_err_and(|error| error.violation().kind == ViolationKind::Duplicate);
                    prop_assert!(written.is_ok() || duplicate, "{} as {}: {:?}: {:?}", case.writer.schema(), case.reader.schema(), datum, written);
                }
            }
        }
    }

    /// The registry's judgement and the codec's are made apart, each as its own specification has it.
    #[test]
    fn what_a_registry_calls_compatible_is_what_reads_everything(seed: u64) {
        let case = Case::new(seed, Dialect { aliases: true, best_branch: true });
        let [writer, reader] = [&case.writer, &case.reader].map(|ty| Schema::parse::<&str>(&ty.schema().to_string(), &[]).unwrap());
        let faults = incompatibilities(&reader, &writer);
        let reads = Projection::compile(&writer, &reader).is_ok_and(|projection| reads_everything(&projection));
        prop_assert_eq!(faults.is_empty(), reads, "{} as {}: {:?}", case.writer.schema(), case.reader.schema(), faults);
    }

    #[test]
    fn a_schema_reads_what_it_wrote_without_a_projection(seed: u64) {
        let case = Case::new(seed, Dialect { aliases: true, best_branch: true });
        let schema = Schema::parse::<&str>(&case.writer.schema().to_string(), &[]).unwrap();
        prop_assert!(Projection::compile(&schema, &schema).unwrap().is_identity(), "{}", case.writer.schema());
    }
}
