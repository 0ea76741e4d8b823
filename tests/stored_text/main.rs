//! The text of schemas as Java prints it: a registry's clients tell schemas apart by it.
//!
//! Generated Avro schemas beside Avro's `Schema.toString()`, and generated JSON beside Jackson.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../generated/dice.rs"]
mod dice;
#[path = "../generated/schema.rs"]
mod schema;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use dice::Dice;
use serdecar::schema::Form;
use serdecar::schema::avro::java_text::java_text;
use serdecar::schema::document::{Document, Numbers};

/// What chooses the texts; `SERDECAR_TEST_SEED` sets another.
const SEED: u64 = 20_260_101;

/// How many texts of each kind.
const TEXTS: usize = 2_000;

/// Runs `make` on random bytes.
fn generated<T>(make: impl Fn(&mut Dice<'_>) -> T) -> Vec<T> {
    let seed = std::env::var("SERDECAR_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("SERDECAR_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = || {
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(2048).collect();
        make(&mut Dice::new(&bytes))
    };
    (0..TEXTS).map(|_| text()).collect()
}

/// What Java prints for each text.
fn java(kind: &str, texts: &[String]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stored-{kind}.txt"));
    fs::write(&file, texts.join("\n")).unwrap();
    let jars = run(Command::new(root.join("tests/jars.sh")).arg("java"));
    let classpath = Path::new(jars.trim_end()).join("*");
    let program = root.join("tests/java/StoredText.java");
    let printed = run(Command::new("java").arg("-cp").arg(classpath).arg(program).arg(kind).arg(file));
    printed.lines().map(str::to_owned).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn check(texts: &[String], theirs: &[String], ours: impl Fn(&Document) -> String) {
    assert_eq!(texts.len(), theirs.len());
    for (text, theirs) in texts.iter().zip(theirs) {
        assert_eq!(ours(&Document::parse(text).unwrap()), *theirs, "{text}");
    }
}

/// A schema with its members in disorder.
fn avro(dice: &mut Dice<'_>) -> String {
    shuffled(&Document::parse(&schema::schema(dice).to_string()).unwrap(), dice).to_text(Numbers::Double)
}

fn shuffled(document: &Document, dice: &mut Dice<'_>) -> Document {
    match document {
        Document::Array(items) => Document::Array(items.iter().map(|item| shuffled(item, dice)).collect()),
        Document::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), shuffled(value, dice))).collect();
            let turn = dice.below(members.len());
            members.rotate_left(turn);
            Document::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[test]
fn avro_schemas_are_stored_as_java_prints_them() {
    let texts = generated(avro);
    check(&texts, &java("avro", &texts), |document| java_text(document, Form::Written));
}

/// A JSON value with up to `depth` levels.
fn json(dice: &mut Dice<'_>, depth: usize) -> String {
    let items = |dice: &mut Dice<'_>| dice.below(4);
    let space = |dice: &mut Dice<'_>| dice.pick(&["", "", " ", "\t "]);
    match dice.below(if depth == 0 { 5 } else { 8 }) {
        0 | 1 => number(dice),
        2 => string(dice),
        3 => dice.pick(&["true", "false", "null"]).to_owned(),
        4 => "{}".to_owned(),
        5 => {
            let items: Vec<_> = (0..items(dice)).map(|_| json(dice, depth - 1) + space(dice)).collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            let member = |dice: &mut Dice<'_>| string(dice) + space(dice) + ":" + space(dice) + &json(dice, depth - 1);
            let members: Vec<_> = (0..items(dice)).map(|_| member(dice)).collect();
            format!("{{{}{}}}", space(dice), members.join(","))
        }
    }
}

fn string(dice: &mut Dice<'_>) -> String {
    let parts = [
        "a",
        "é",
        "東",
        "\\u00e9",
        "\\u001f",
        "\\n",
        "\\\"",
        "\\\\",
        "/",
        "\\/",
        "\u{2028}",
        "\u{7f}",
        "\\ud83d\\ude00",
    ];
    let text: String = (0..dice.below(4)).map(|_| dice.pick(&parts)).collect();
    format!("\"{text}\"")
}

fn number(dice: &mut Dice<'_>) -> String {
    let mut digits = |len: usize| (0..dice.below(len)).map(|_| char::from(b'0' + dice.byte() % 10)).collect::<String>();
    let (whole, fraction) = (digits(22), digits(12));
    let whole = whole.trim_start_matches('0');
    let mut text = format!("{}{}", dice.pick(&["", "-"]), if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        text = format!("{text}.{fraction}");
    }
    if dice.one_in(3) {
        text = format!("{text}{}{}{}", dice.pick(&["e", "E"]), dice.pick(&["", "+", "-"]), dice.below(40));
    }
    text
}

#[test]
fn json_is_stored_as_java_prints_it() {
    let texts = generated(|dice| json(dice, 4));
    check(&texts, &java("json", &texts), |document| document.to_text(Numbers::Decimal));
}
