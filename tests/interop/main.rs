//! Other implementations beside ours: generated data of every type, each written by one and read by the other.
//!
//! Java's Avro, fastavro and avsc (which the Confluent JavaScript serializer runs on) read our containers and our JSON in
//! the specification's encoding, and we read theirs. Everything is compared value by value, doubles by their bits. Where
//! the other side departs from the specification or can't do a thing at all, its script says so.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../generated/dice.rs"]
mod dice;
mod neutral;
#[path = "../generated/schema.rs"]
mod schema;
mod set;
#[path = "../generated/value.rs"]
mod value;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dice::Dice;
use serde_json::Value as Json;
use serdecar::schema::avro::Kind;
use set::{Set, path};

/// What chooses the schemas and the values; `SERDECAR_TEST_SEED` sets another.
const SEED: u64 = 20_260_101;

/// Generated schemas, and values of each.
const SCHEMAS: usize = 120;
const VALUES: usize = 30;

/// Schemas that chance seldom makes.
const SCHEMAS_BY_HAND: [&str; 16] = [
    "\"null\"",
    "\"boolean\"",
    "\"int\"",
    "\"long\"",
    "\"float\"",
    "\"double\"",
    "\"bytes\"",
    "\"string\"",
    r#"{"type":"array","items":"double"}"#,
    r#"{"type":"map","values":["null","long"]}"#,
    r#"["null","boolean","int","long","float","double","bytes","string",{"type":"array","items":"int"},{"type":"map","values":"int"}]"#,
    r#"{"type":"enum","name":"a.E","symbols":["A","B"],"default":"B","aliases":["F"]}"#,
    r#"{"type":"fixed","name":"a.F","size":1}"#,
    r#"{"type":"record","name":"Tree","namespace":"x.y","fields":[{"name":"children","type":{"type":"array","items":"Tree"}},{"name":"left","type":["null","x.y.Tree"],"default":null}]}"#,
    r#"{"type":"record","name":"Pair","fields":[{"name":"a","type":["Pair","null"]},{"name":"b","type":{"type":"map","values":["string","Pair"]}}]}"#,
    r#"{"type":"record","name":"Empty","fields":[]}"#,
];

fn seed() -> u64 {
    let seed = std::env::var("SERDECAR_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("SERDECAR_TEST_SEED={seed}");
    seed
}

/// Schemas of every type; those that are generated are records, whose only field is what was generated.
fn schemas(seed: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let generated = (0..SCHEMAS).map(|_| {
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4096).collect();
        let inner = schema::schema(&mut Dice::new(&bytes));
        serde_json::json!({"type": "record", "name": "Root", "fields": [{"name": "v", "type": inner}]}).to_string()
    });
    SCHEMAS_BY_HAND.iter().map(|&schema| schema.to_owned()).chain(generated).collect()
}

/// Data of every type, written into a folder of their own.
fn sets(name: &str) -> (PathBuf, Vec<Set>) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    let seed = seed();
    let sets = (0u64..).zip(schemas(seed)).map(|(number, schema)| Set::new(schema, VALUES, seed ^ number));
    let sets: Vec<Set> = sets.collect();
    for (number, set) in sets.iter().enumerate() {
        set.write(&folder, number);
    }
    (folder, sets)
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a command to its end and gives what it printed.
fn run(program: impl AsRef<OsStr>, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let program = program.as_ref();
    let output = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(output.status.success(), "{}: {}", program.display(), output.status);
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// Java's JSON has 0.0 for the float -0.0.
fn without_negative_zeros(json: Json) -> Json {
    match json {
        Json::Number(number) if number.as_f64() == Some(0.0) => {
            Json::Number(number.to_string().replace('-', "").parse().unwrap())
        }
        Json::Array(items) => items.into_iter().map(without_negative_zeros).collect(),
        Json::Object(members) => members.into_iter().map(|(key, value)| (key, without_negative_zeros(value))).collect(),
        other => other,
    }
}

/// Compares everything that the other side read and wrote. Of JSON each does what it can, which must be most of it.
fn check(folder: &Path, sets: &[Set], simplify: impl Fn(Json) -> Json) {
    let (mut read, mut written) = (0, 0);
    for (number, set) in sets.iter().enumerate() {
        let path = |end: &str| path(folder, number, end);
        assert_eq!(set.check_read(&path("read")), VALUES);
        set.check_container(&path("written.avro"));
        read += set.check_read(&path("read-json"));
        written += set.check_json(&path("written.json"), &simplify);
    }
    println!("of {} records, {read} read from JSON and {written} written as JSON", sets.len() * VALUES);
    assert!(read.min(written) > sets.len() * VALUES / 2, "{read} read, {written} written");
}

#[test]
fn java_reads_what_we_write_and_we_read_what_it_writes() {
    let (folder, sets) = sets("java");
    let classpath = Path::new(&run(repository("tests/jars.sh"), ["java"])).join("*");
    let program = repository("tests/java/Peer.java");
    run("java", ["-cp".as_ref(), classpath.as_os_str(), program.as_ref(), folder.as_ref()]);
    check(&folder, &sets, without_negative_zeros);
    let mut logical = 0;
    for (number, set) in sets.iter().enumerate() {
        let ours = format!("{}\n{}\n", set.schema.canonical_form(), set.schema.fingerprint().cast_signed());
        assert_eq!(ours, fs::read_to_string(path(&folder, number, "canonical")).unwrap());
        logical += set.check_logical(&path(&folder, number, "logical"));
    }
    assert!(logical > sets.len() * VALUES / 2, "only {logical} values of logical types");
}

#[test]
fn fastavro_reads_what_we_write_and_we_read_what_it_writes() {
    let (folder, sets) = sets("fastavro");
    let python = run(repository("tests/python/install.sh"), [""; 0]);
    run(python, [repository("tests/python/interop.py"), folder.clone()]);
    check(&folder, &sets, |json| json);
}

#[test]
fn avsc_reads_what_we_write_and_we_read_what_it_writes() {
    let (folder, sets) = sets("avsc");
    let modules = run(repository("tests/js/install.sh"), [""; 0]);
    let script = repository("tests/js/peer.js");
    run("env", [format!("NODE_PATH={modules}").as_ref(), "node".as_ref(), script.as_os_str(), folder.as_ref()]);
    let records = |set: &Set| matches!(set.schema.get(set.schema.root()).kind, Kind::Record(_));
    for (number, set) in sets.iter().enumerate().filter(|(_, set)| records(set)) {
        assert_eq!(set.check_read(&path(&folder, number, "read")), VALUES);
        set.check_container(&path(&folder, number, "written.avro"));
    }
}
