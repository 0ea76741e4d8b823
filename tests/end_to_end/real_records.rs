//! Whole files of records, offline and through the broker, in two contexts at once.
//!
//! `SERDECAR_TEST_RECORDS` may name a folder with `NAME.ndjson`, one record a line, beside `NAME.avsc`, its schema
//! (`tests/real_data.sh` sets it); else the records are generated.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::support::orders::{ORDER, order};
use super::support::{Files, Kafka, Record, SchemaRegistry, Sidecar, config, peer, python, serdecar};

/// Records of one schema.
struct Set {
    name: String,
    schema: String,
    lines: Vec<String>,
    /// Members that are not in the schema.
    unknown: &'static [&'static str],
}

/// A record that holds records of its own kind.
const TREE: &str = r#"{"type": "record", "name": "Tree", "fields": [
    {"name": "label", "type": "string"},
    {"name": "weights", "type": {"type": "map", "values": "double"}, "default": {}},
    {"name": "left", "type": ["null", "Tree"], "default": null},
    {"name": "right", "type": ["null", "Tree"]}
]}"#;

fn tree(n: i64) -> String {
    let left = if n > 1 { format!(r#", "left": {}"#, tree(n / 2)) } else { String::new() };
    let right = if n > 2 { tree(n / 3) } else { "null".to_owned() };
    format!(
        r#"{{"right": {right}, "label": "\"{n}\"\n\u2028\ud83c\udf33", "weights": {{"w": -{n}.5e-7, "": 1e300}}{left}}}"#
    )
}

fn sets() -> Vec<Set> {
    let Some(folder) = std::env::var_os("SERDECAR_TEST_RECORDS").map(PathBuf::from) else {
        let set = |name: &str, schema: &str, lines: fn(i64) -> String, unknown| {
            let lines = (0..150).map(lines).collect();
            Set { name: name.to_owned(), schema: schema.to_owned(), lines, unknown }
        };
        return vec![set("orders", ORDER, order, &["/ignored"]), set("trees", TREE, tree, &[])];
    };
    let files = fs::read_dir(&folder).expect("the folder").map(|entry| entry.expect("a file").path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "ndjson")).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no .ndjson", folder.display());
    let set = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let schema = fs::read_to_string(path.with_extension("avsc")).expect("a schema beside the records");
        let lines = fs::read_to_string(&path).expect("the records").lines().map(str::to_owned).collect();
        Set { name, schema, lines, unknown: &[] }
    };
    files.into_iter().map(set).collect()
}

/// What of `written` did not come back in `read`; more members in `read` are the schema's defaults.
fn difference(written: &Value, read: &Value, at: &str, unknown: &[&str]) -> Option<String> {
    let same = match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            return written.iter().find_map(|(name, value)| {
                let at = format!("{at}/{name}");
                match read.get(name) {
                    Some(read) => difference(value, read, &at, unknown),
                    None => (!unknown.contains(&at.as_str())).then(|| format!("{at} is gone")),
                }
            });
        }
        (Value::Array(written), Value::Array(read)) if written.len() == read.len() => {
            let mut pairs = written.iter().zip(read).enumerate();
            return pairs
                .find_map(|(index, (written, read))| difference(written, read, &format!("{at}/{index}"), unknown));
        }
        // 1 in a field of floating-point numbers comes back as 1.0.
        (Value::Number(written), Value::Number(read)) if written.is_f64() || read.is_f64() => {
            written.as_f64() == read.as_f64()
        }
        _ => written == read,
    };
    (!same).then(|| format!("{at}: {written} came back as {read}"))
}

/// Encodes a set and decodes it again; returns the JSON that came back, checked.
fn there_and_back(set: &Set, files: &Files) -> Vec<String> {
    let container = files.path("records.avro");
    let run = |args: &[&str]| {
        let output = serdecar(args);
        assert!(output.status.success(), "{}: {}", set.name, String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let (schema, records, avro) = (files.schema(), files.records(), container.display().to_string());
    let (schema, records) = (schema.display().to_string(), records.display().to_string());
    run(&["encode", "--schema", &schema, "--input", &records, "--output", &avro]);
    let decoded = String::from_utf8(run(&["decode", "--input", &avro])).expect("text");
    let decoded: Vec<String> = decoded.lines().map(str::to_owned).collect();

    assert_eq!(decoded.len(), set.lines.len(), "{}", set.name);
    for (number, (written, read)) in (1..).zip(set.lines.iter().zip(&decoded)) {
        let [written, read] = [written, read].map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        assert_eq!(difference(&written, &read, "", set.unknown), None, "{} line {number}", set.name);
    }
    let agreement = python("fastavro_equal.py", [container, files.records(), files.schema()]);
    assert!(agreement.status.success(), "{}", set.name);
    assert!(agreement.stdout.starts_with(format!("{} records equal", set.lines.len()).as_bytes()), "{}", set.name);
    decoded
}

/// The two contexts, in which the same ids mean different schemas.
const CONTEXTS: [&str; 2] = ["staging", "production"];

#[test]
fn every_record_comes_back_equal_and_other_readers_agree_offline_and_in_two_contexts_of_the_broker() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let sets: Vec<(Set, Files)> = sets()
        .into_iter()
        .map(|set| {
            let files = Files::new(&set.schema, set.lines.iter().cloned());
            (set, files)
        })
        .collect();
    let topic = |context: &str, set: &Set| format!("real.{context}.{}", set.name);
    for context in CONTEXTS {
        let mut order: Vec<&Set> = sets.iter().map(|(set, _)| set).collect();
        if context == "production" {
            order.reverse();
        }
        for (set, id) in order.into_iter().zip(1..) {
            let topic = topic(context, set);
            assert_eq!(registry.register(&format!(":.{context}:{topic}.avro-value"), &set.schema), id);
            for end in ["", ".avro", ".avro.json"] {
                kafka.create_topic(&format!("{topic}{end}"), 1);
            }
            kafka.produce(&topic, set.lines.iter().map(|line| Record::new(line.as_str())));
        }
    }
    let pipeline = |direction: &str, source: &str, sink: &str| {
        format!(
            "name: real-{direction}, direction: {direction}, source: {{topics: ['{source}']}}, workers: 2, \
             sink: {{topic: '{{source}}.{sink}'}}, context: {{topic: '^real\\.(?<context>[a-z]+)\\.'}}"
        )
    };
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &pipeline("serialize", r"^real\.[a-z]+\.[^.]+$", "avro"),
            &pipeline("deserialize", r"^real\.[a-z]+\.[^.]+\.avro$", "json"),
        ],
    ));
    for (set, files) in &sets {
        let decoded = there_and_back(set, files);
        for context in CONTEXTS {
            let topic = topic(context, set);
            let read = kafka.read_until(&format!("{topic}.avro.json"), set.lines.len());
            assert!(read.iter().map(Record::text).eq(&decoded), "{topic} differs from what decode prints");
            let option = format!(".{context}");
            let said =
                peer("consume_avro.py", kafka, &registry, &format!("{topic}.avro"), &["--context", &option], files);
            assert!(said.starts_with(&format!("{} records equal", set.lines.len())), "{topic}: {said}");
        }
    }
    assert!(sidecar.terminate().success());
}
