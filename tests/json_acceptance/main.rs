//! What is JSON and what is not: each text of the tables, wherever a record may hold it.
//!
//! The texts follow the public JSON parsing test suites in their categories, written anew. A text is accepted exactly
//! when RFC 8259 accepts it, which `serde_json` confirms, but for what [`Verdict`] lists: where the value is asked for, a
//! string must be text, a number must fit, and a key may stand only once. Inside members that the schema does not know,
//! none of that is asked.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod scalars;
mod structure;

use serde::de::IgnoredAny;
use serdecar::codec::avro::{Encoder, JsonMode, JsonOptions};
use serdecar::codec::{Limits, ViolationKind};
use serdecar::schema::avro::{Plan, Schema};

/// What RFC 8259 says of a text, and where we depart from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Valid,
    Invalid,
    /// Correct, but a string in it is no text: half of a surrogate pair is missing.
    Lone,
    /// Correct, but no long and no double has a number in it.
    Inexact,
    /// Correct, but an object in it has two members of one name.
    Repeated,
    /// Correct, but it nests deeper than the schema of these tests.
    Deep,
}

/// A text and its verdict.
type Case = (Verdict, &'static [u8]);

const fn case(verdict: Verdict, text: &'static [u8]) -> Case {
    (verdict, text)
}

fn cases() -> impl Iterator<Item = Case> {
    structure::CASES.iter().chain(scalars::CASES).copied()
}

fn is_json(text: &[u8]) -> bool {
    // serde_json does not look at the bytes of strings that it ignores, so UTF-8 is asked for first.
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// The schema of values of any kind, nested up to `levels`.
fn any(levels: u32) -> String {
    let scalars = r#""null","boolean","long","double","string""#;
    if levels == 0 {
        return format!("[{scalars}]");
    }
    let inner = any(levels - 1);
    format!(r#"[{scalars},{{"type":"array","items":{inner}}},{{"type":"map","values":{inner}}}]"#)
}

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap()
}

fn encode(plan: &Plan, mode: JsonMode, text: &[u8]) -> Result<(), ViolationKind> {
    let options = JsonOptions { mode, ..JsonOptions::default() };
    let mut out = Vec::new();
    let result = Encoder::new(options, Limits::default()).encode(plan, text, &mut out);
    result.map_err(|error| error.violation().kind)
}

/// The text between two others.
fn within(before: &str, text: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), text, after.as_bytes()].concat()
}

fn shown(text: &[u8]) -> String {
    text.escape_ascii().to_string()
}

/// Checks the verdict on a text whose values are asked for. What departs from RFC 8259 has its own kind of fault.
fn check_typed(plan: &Plan, verdict: Verdict, text: &[u8]) {
    let result = encode(plan, JsonMode::Plain, text);
    let as_meant = match verdict {
        Verdict::Valid => result.is_ok(),
        Verdict::Invalid => is_json(text) == result.is_ok(),
        Verdict::Lone => result == Err(ViolationKind::Syntax),
        Verdict::Inexact | Verdict::Deep => result == Err(ViolationKind::Type),
        Verdict::Repeated => result == Err(ViolationKind::Duplicate),
    };
    assert!(as_meant, "{verdict:?} {}: {result:?}", shown(text));
}

#[test]
fn the_tables_agree_with_serde_json() {
    for (verdict, text) in cases() {
        assert_eq!(is_json(text), verdict != Verdict::Invalid, "{}", shown(text));
    }
    assert!(cases().count() > 350, "{} cases", cases().count());
}

#[test]
fn as_the_whole_record() {
    let plan = plan(&any(6));
    for (verdict, text) in cases() {
        check_typed(&plan, verdict, text);
    }
}

#[test]
fn as_the_value_of_a_known_member() {
    let plan = plan(&format!(
        r#"{{"type":"record","name":"R","fields":[{{"name":"v","type":{}}},{{"name":"w","type":"int","default":0}}]}}"#,
        any(6)
    ));
    for (verdict, text) in cases() {
        check_typed(&plan, verdict, &within(r#"{"v":"#, text, "}"));
        check_typed(&plan, verdict, &within(r#"{"w":1,"v":"#, text, "}"));
        check_typed(&plan, verdict, &within(r#" { "v" : "#, text, r#" , "w" : 1 } "#));
    }
}

#[test]
fn as_an_item_and_as_the_value_of_a_map() {
    let array = plan(&format!(r#"{{"type":"array","items":{}}}"#, any(6)));
    let map = plan(&format!(r#"{{"type":"map","values":{}}}"#, any(6)));
    for (verdict, text) in cases() {
        check_typed(&array, verdict, &within("[0,", text, ",0]"));
        check_typed(&map, verdict, &within(r#"{"k":0,"l":"#, text, r#","m":0}"#));
    }
}

#[test]
fn inside_members_that_are_ignored() {
    let plan = plan(r#"{"type":"record","name":"R","fields":[{"name":"v","type":"int","default":0}]}"#);
    for (_, text) in cases() {
        for (before, after) in [
            (r#"{"x":"#, r#","v":1}"#),
            (r#"{"v":1,"x":"#, "}"),
            (r#"{"v":1,"x":[0,{"y":"#, "}]}"),
            (r#"{"v":1,"x":[ "#, " ]}"),
            (r#"{"v":1,"x":{"y":"z","":"#, " } } "),
        ] {
            let record = within(before, text, after);
            for mode in [JsonMode::Plain, JsonMode::Avro] {
                let expected = if is_json(&record) { Ok(()) } else { Err(ViolationKind::Syntax) };
                assert_eq!(encode(&plan, mode, &record), expected, "{mode:?} {}", shown(&record));
            }
        }
    }
}

#[test]
fn as_the_name_of_a_member() {
    let record = plan(r#"{"type":"record","name":"R","fields":[{"name":"v","type":"int","default":0}]}"#);
    let map = plan(r#"{"type":"map","values":"int"}"#);
    for (verdict, text) in cases().filter(|(_, text)| text.starts_with(b"\"")) {
        for (before, after) in [("{", r#":0,"v":1}"#), (r#"{"v":1,"#, ":0}"), (r#"{"v":1,"x":{"#, ":0}}")] {
            let ignored = within(before, text, after);
            let expected = if is_json(&ignored) { Ok(()) } else { Err(ViolationKind::Syntax) };
            assert_eq!(encode(&record, JsonMode::Plain, &ignored), expected, "{}", shown(&ignored));
        }
        let known = within("{", text, ":0}");
        let expected = if is_json(&known) && verdict != Verdict::Lone { Ok(()) } else { Err(ViolationKind::Syntax) };
        assert_eq!(encode(&map, JsonMode::Plain, &known), expected, "{}", shown(&known));
    }
}

#[test]
fn a_hundred_thousand_levels_meet_the_limit_and_not_the_end_of_the_stack() {
    let record = plan(r#"{"type":"record","name":"R","fields":[{"name":"v","type":["null","R"],"default":null}]}"#);
    for (open, close) in [("[", "]"), ("{\"v\":", "}"), ("{\"x\":", "}"), ("[{\"\":", "}]")] {
        let (open, close) = (open.repeat(100_000), close.repeat(100_000));
        for text in [open.as_bytes(), &within(&open, b"null", &close)] {
            let ignored = within(r#"{"x":"#, text, "}");
            assert_eq!(encode(&record, JsonMode::Plain, &ignored), Err(ViolationKind::Limit));
            let known = within(r#"{"v":"#, text, "}");
            assert_eq!(encode(&record, JsonMode::Plain, &known), Err(ViolationKind::Limit));
        }
    }
}
