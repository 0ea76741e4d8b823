//! What is compatible, beside other implementations: generated schemas and later versions of them.
//!
//! Avro schemas are compared with Java's `SchemaCompatibility`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod change;
#[path = "../generated/dice.rs"]
mod dice;
mod json;
#[path = "../generated/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dice::Dice;
use serde_json::Value as Json;
use serdecar::schema::avro::Schema;
use serdecar::schema::avro::compatibility::incompatibilities;

/// What chooses the schemas; `SERDECAR_TEST_SEED` sets another.
const SEED: u64 = 20_260_101;

/// How many schemas, each with a later version.
const SCHEMAS: usize = 3_000;

fn seed() -> u64 {
    let seed = std::env::var("SERDECAR_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("SERDECAR_TEST_SEED={seed}");
    seed
}

/// Kind, path and detail of an incompatibility.
type Found = (String, String, String);

/// A schema and a later version of it.
fn pair(random: &mut fastrand::Rng) -> (String, String) {
    let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4096).collect();
    let mut dice = Dice::new(&bytes);
    let inner = schema::schema(&mut dice);
    let old = serde_json::json!({"type": "record", "name": "Root", "fields": [{"name": "v", "type": inner}]});
    let mut new = old.clone();
    for _ in 0..=dice.below(3) {
        change::change(&mut new, &mut dice);
    }
    (old.to_string(), new.to_string())
}

/// What Java says of each pair of lines, if it takes both for schemas.
fn java(lines: &[String]) -> Vec<Option<Vec<Found>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compatibility.txt");
    fs::write(&file, lines.join("\n")).unwrap();
    let jars = run(Command::new(root.join("tests/jars.sh")).arg("java"));
    let classpath = Path::new(jars.trim_end()).join("*");
    let program = root.join("tests/java/Compatibility.java");
    let printed = run(Command::new("java").arg("-cp").arg(classpath).arg(program).arg(file));
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn schemas_are_compatible_where_java_says_so() {
    let mut random = fastrand::Rng::with_seed(seed());
    let pairs = (0..SCHEMAS).map(|_| pair(&mut random));
    let lines: Vec<String> = pairs.flat_map(|(old, new)| [new.clone(), old.clone(), old, new]).collect();
    let theirs = java(&lines);
    assert_eq!(theirs.len(), lines.len() / 2);
    let (mut compared, mut incompatible, mut exact) = (0, 0, 0);
    for (texts, theirs) in lines.chunks(2).zip(&theirs) {
        let ([reader, writer], Some(theirs)) = (texts, theirs) else { continue };
        // Java knows names that are defined only later in the text; the specification and we do not.
        let parse = |text: &String| Schema::parse::<&str>(text, &[]);
        let (Ok(read), Ok(written)) = (parse(reader), parse(writer)) else { continue };
        // Of a missing field whose type is an enum with a default, Java says that it should be the whole record.
        if theirs.iter().any(|(_, _, detail)| detail == "reader type: ENUM not compatible with writer type: RECORD") {
            continue;
        }
        let found = incompatibilities(&read, &written);
        let found: Vec<Found> = found.into_iter().map(|one| (one.kind.to_string(), one.path, one.detail)).collect();
        assert_eq!(found.is_empty(), theirs.is_empty(), "{reader} reads {writer}: {found:?}, Java: {theirs:?}");
        if repeats(reader) || repeats(writer) {
            let kinds = |found: &[Found]| -> BTreeSet<(String, String)> {
                let kinds = found.iter().map(|(kind, _, detail)| (kind.clone(), detail.clone()));
                kinds.filter(|(kind, _)| kind != "MISSING_UNION_BRANCH").collect()
            };
            assert_eq!(kinds(&found), kinds(theirs), "{reader} reads {writer}");
        } else {
            assert_eq!(found, *theirs, "{reader} reads {writer}");
            exact += usize::from(!found.is_empty());
        }
        compared += 1;
        incompatible += usize::from(!found.is_empty());
    }
    println!("{incompatible} of {compared} are incompatible, {exact} of them without names that are used again");
    assert!(compared > SCHEMAS && incompatible > compared / 5 && incompatible < compared / 5 * 4);
    assert!(exact > incompatible / 5);
}

/// Whether a type is used by name. Java tells what is wrong with such a one at the place where it has looked at it first,
/// even if it tells nothing else of that place, or tells it twice; and as long as it looks at a type, it is compatible.
fn repeats(schema: &str) -> bool {
    fn names(schema: &Json) -> bool {
        const KINDS: [&str; 13] = [
            "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "enum", "fixed", "array",
            "map",
        ];
        match schema {
            Json::String(name) => !KINDS.contains(&name.as_str()),
            Json::Array(branches) => branches.iter().any(names),
            Json::Object(object) => {
                let parts = ["type", "items", "values"].into_iter().filter_map(|key| object.get(key));
                let fields = object.get("fields").and_then(Json::as_array).into_iter().flatten();
                parts.chain(fields).any(names)
            }
            _ => false,
        }
    }
    names(&serde_json::from_str(schema).unwrap())
}
