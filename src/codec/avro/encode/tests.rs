use super::*;
use crate::codec::avro::UnknownFields;
use crate::schema::avro::Schema;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap()
}

fn encode_with(options: JsonOptions, limits: Limits, schema: &str, json: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = b"before".to_vec();
    let result = Encoder::new(options, limits).encode(&plan(schema), json, &mut out);
    assert_eq!(&out[..6], b"before");
    match result {
        Ok(()) => Ok(out.split_off(6)),
        Err(error) => {
            assert_eq!(out.len(), 6, "a refused record leaves nothing behind");
            Err(error.to_string())
        }
    }
}

fn encode(schema: &str, json: &str) -> Result<Vec<u8>, String> {
    encode_with(JsonOptions::default(), Limits::default(), schema, json.as_bytes())
}

fn encode_tagged(schema: &str, json: &str) -> Result<Vec<u8>, String> {
    let options = JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() };
    encode_with(options, Limits::default(), schema, json.as_bytes())
}

fn error(schema: &str, json: &str) -> String {
    encode(schema, json).unwrap_err()
}

const POINT: &str = r#"{"type":"record","name":"Point","fields":[
    {"name":"x","type":"int"},{"name":"y","type":"int","default":-1},{"name":"z","type":["null","int"],"default":null}]}"#;
const SYMBOLS: &str = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
const FIXED: &str = r#"{"type":"fixed","name":"F","size":2}"#;

#[test]
fn every_type_is_written() {
    for (schema, json, bytes) in [
        ("\"null\"", "null", &[][..]),
        ("\"boolean\"", " true ", &[1]),
        ("\"boolean\"", "false", &[0]),
        ("\"int\"", "-2147483648", &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("\"int\"", "1e2", &[0xc8, 1]),
        ("\"long\"", "64.0", &[0x80, 1]),
        ("\"float\"", "0.1", &[0xcd, 0xcc, 0xcc, 0x3d]),
        ("\"float\"", "\"-Infinity\"", &[0, 0, 0x80, 0xff]),
        ("\"double\"", "1", &[0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
        ("\"double\"", "\"NaN\"", &[0, 0, 0, 0, 0, 0, 0xf8, 0x7f]),
        ("\"string\"", r#""a\u00e9""#, &[6, b'a', 0xc3, 0xa9]),
        ("\"bytes\"", r#""/wA=""#, &[4, 0xff, 0]),
        ("\"bytes\"", r#""""#, &[0]),
        (FIXED, r#""\/wA=""#, &[0xff, 0]),
        (SYMBOLS, r#""B""#, &[2]),
        (SYMBOLS, r#""\u0042""#, &[2]),
        (r#"{"type":"array","items":"int"}"#, "[ ]", &[0]),
        (r#"{"type":"array","items":"int"}"#, "[1, 2 ,3]", &[6, 2, 4, 6, 0]),
        (r#"{"type":"map","values":"int"}"#, "{}", &[0]),
        (r#"{"type":"map","values":"int"}"#, r#"{"a":1,"":2}"#, &[4, 2, b'a', 2, 0, 4, 0]),
        (r#"["null","int"]"#, "null", &[0]),
        (r#"["null","int"]"#, "3", &[2, 6]),
    ] {
        assert_eq!(encode(schema, json).as_deref(), Ok(bytes), "{schema} {json}");
    }
}

#[test]
fn long_blocks_have_long_counts() {
    for count in [63u16, 64, 8191, 8192] {
        let json = format!("[{}]", vec!["1"; usize::from(count)].join(","));
        let mut expected = Vec::new();
        varint::write(i64::from(count), &mut expected);
        expected.extend(vec![2; usize::from(count)]);
        expected.push(0);
        assert_eq!(encode(r#"{"type":"array","items":"int"}"#, &json), Ok(expected));
    }
}

#[test]
fn members_come_in_any_order_and_defaults_fill_the_gaps() {
    for (json, bytes) in [
        (r#"{"x":1,"y":2,"z":3}"#, &[2, 4, 2, 6][..]),
        (r#"{ "z" : 3 , "y" : 2 , "x" : 1 }"#, &[2, 4, 2, 6]),
        (r#"{"y":2,"x":1,"z":3}"#, &[2, 4, 2, 6]),
        (r#"{"x":1,"z":3}"#, &[2, 1, 2, 6]),
        (r#"{"x":1,"z":3,"y":2}"#, &[2, 4, 2, 6]),
        (r#"{"x":1}"#, &[2, 1, 0]),
        (r#"{"z":3,"x":1}"#, &[2, 1, 2, 6]),
        (r#"{"\u0078":1,"other":{"x":[]},"y":2}"#, &[2, 4, 0]),
        (r#"{"\ud800":1,"x":1}"#, &[2, 1, 0]),
    ] {
        assert_eq!(encode(POINT, json).as_deref(), Ok(bytes), "{json}");
    }
}

#[test]
fn nested_records_out_of_order_keep_their_places() {
    let schema = format!(
        r#"{{"type":"record","name":"Line","fields":[{{"name":"a","type":{POINT}}},{{"name":"b","type":"Point"}},
            {{"name":"tags","type":{{"type":"map","values":"Point"}}}}]}}"#
    );
    let json = r#"{"tags":{"k":{"y":9,"x":8}},"b":{"z":1,"x":2},"a":{"y":3,"x":4}}"#;
    assert_eq!(encode(&schema, json), Ok(vec![8, 6, 0, 4, 1, 2, 2, 2, 2, b'k', 16, 18, 0, 0]));
}

#[test]
fn faults_name_the_place_and_what_was_there() {
    let items = format!(
        r#"{{"type":"record","name":"O","fields":[{{"name":"items","type":{{"type":"array","items":{POINT}}}}}]}}"#
    );
    assert_eq!(error(&items, r#"{"items":[{"x":1},{"x":"two"}]}"#), r#"/items/1/x: expected int, found string "two""#);
    assert_eq!(
        error(r#"{"type":"map","values":"int"}"#, r#"{"a/b~":true}"#),
        "/a~1b~0: expected int, found boolean true"
    );
    assert_eq!(error(POINT, "{}"), "/x: expected int, found nothing: the field is missing and has no default");
    assert_eq!(error(POINT, r#"{"x":null}"#), "/x: expected int, found null");
    assert_eq!(error(POINT, r#"{"x":1,"z":[]}"#), "/z: expected null or int, found array");
    assert_eq!(error(POINT, r#"{"x":1.5}"#), "/x: expected int, found number 1.5, which is not whole");
    assert_eq!(error(POINT, r#"{"x":2147483648}"#), "/x: expected int, found number 2147483648, which it can't hold");
    assert_eq!(error(POINT, "[]"), ": expected record Point, found array");
    assert_eq!(error(POINT, r#"{"x":1,"x":1}"#), "/x: expected each member once, found a duplicate");
    assert_eq!(error(POINT, r#"{"y":1,"x":1,"y":1}"#), "/y: expected each member once, found a duplicate");
    assert_eq!(
        error(r#"{"type":"map","values":"int"}"#, r#"{"a":1,"\u0061":2}"#),
        "/a: expected each key of the map once, found a duplicate"
    );
    assert_eq!(error(SYMBOLS, r#""C""#), r#": expected a symbol of enum E, found string "C""#);
    assert_eq!(error("\"bytes\"", r#""%""#), r#": expected bytes as base64 with padding, found string "%""#);
    assert_eq!(error(FIXED, r#""/w==""#), ": expected fixed F of 2 bytes, found 1 bytes");
    assert_eq!(error("\"double\"", "1e400"), ": expected double, found number 1e400, which it can't hold");
    assert_eq!(error("\"double\"", "\"nan\""), r#": expected double, found string "nan""#);
    assert_eq!(
        error("\"int\"", &format!("\"{}\"", "x".repeat(100))),
        format!(": expected int, found string \"{}…", "x".repeat(63))
    );
}

#[test]
fn broken_text_is_a_fault_of_the_text() {
    assert_eq!(error(POINT, ""), ": expected a value, found the end of the text at byte 0");
    assert_eq!(error(POINT, "{"), ": expected a member's name in quotes, found the end of the text at byte 1");
    assert_eq!(error(POINT, r#"{"x":1"#), ": expected ',' or '}', found the end of the text at byte 6");
    assert_eq!(error(POINT, r#"{"x":tru}"#), "/x: expected true, found 't' at byte 5");
    assert_eq!(error(POINT, r#"{"x":1} {}"#), ": expected the end of the record, found trailing text at byte 8");
    assert_eq!(error(POINT, r#"{"x":1,"other":[1,]}"#), ": expected a value, found ']' at byte 18");
    assert_eq!(error("\"int\"", "01"), ": expected no digit behind a leading zero, found '1' at byte 1");
    let text = encode_with(JsonOptions::default(), Limits::default(), "\"string\"", b"\"a\xff\"");
    assert_eq!(text, Err(": expected UTF-8 text, found another byte at byte 2".into()));
}

#[test]
fn unknown_members_are_ignored_or_rejected() {
    let reject = JsonOptions { unknown_fields: UnknownFields::Reject, ..JsonOptions::default() };
    let encode = |json: &str| encode_with(reject, Limits::default(), POINT, json.as_bytes());
    assert_eq!(encode(r#"{"x":1}"#), Ok(vec![2, 1, 0]));
    assert_eq!(encode(r#"{"x":1,"w":0}"#), Err("/w: expected a field of record Point, found an unknown member".into()));
}

#[test]
fn limits_are_kept() {
    let limits = Limits { record_bytes: 40, depth: 3, items: 2, string_bytes: 4 };
    let encode = |schema: &str, json: &str| encode_with(JsonOptions::default(), limits, schema, json.as_bytes());
    let list = r#"{"type":"record","name":"L","fields":[{"name":"n","type":["null","L"],"default":null}]}"#;
    assert_eq!(encode(list, r#"{"n":{"n":{}}}"#), Ok(vec![2, 2, 0]));
    assert_eq!(
        encode(list, r#"{"n":{"n":{"n":{}}}}"#),
        Err("/n/n/n: expected at most 3 levels of nesting, found one level more".into())
    );
    assert_eq!(encode(list, r#"{"u":[[1]]}"#), Ok(vec![0]));
    assert_eq!(
        encode(list, r#"{"u":[[[1]]]}"#),
        Err(": expected at most 3 levels of nesting, found one level more".into())
    );
    let array = r#"{"type":"array","items":"string"}"#;
    assert_eq!(encode(array, r#"["a","b","c"]"#), Err(": expected at most 2 items, found 3".into()));
    assert_eq!(encode(array, r#"["12345"]"#), Err("/0: expected at most 4 bytes of string, found 5".into()));
    assert_eq!(encode("\"null\"", &" ".repeat(41)), Err(": expected at most 40 bytes of record, found 41".into()));
}

#[test]
fn small_text_with_large_defaults_is_limited() {
    let long = "x".repeat(30);
    let item =
        format!(r#"{{"type":"record","name":"I","fields":[{{"name":"s","type":"string","default":"{long}"}}]}}"#);
    let limits = Limits { record_bytes: 100, ..Limits::default() };
    let schema = format!(r#"{{"type":"array","items":{item}}}"#);
    let encode = |json: &str| encode_with(JsonOptions::default(), limits, &schema, json.as_bytes());
    assert_eq!(encode("[{},{},{}]").map(|bytes| bytes.len()), Ok(2 + 3 * 31));
    assert_eq!(encode("[{},{},{},{}]"), Err("/3: expected at most 100 bytes of record, found 125".into()));
}

#[test]
fn untagged_unions_take_the_branch_that_fits_best() {
    let numbers = r#"["null","double","int","long"]"#;
    assert_eq!(encode(numbers, "1"), Ok(vec![4, 2]));
    assert_eq!(encode(numbers, "1.0"), Ok([&[2][..], &1f64.to_le_bytes()].concat()));
    assert_eq!(encode(numbers, "4294967296"), Ok(vec![6, 0x80, 0x80, 0x80, 0x80, 0x20]));
    assert_eq!(
        encode(numbers, "18446744073709551616"),
        Ok([&[2][..], &18_446_744_073_709_551_616f64.to_le_bytes()].concat())
    );
    let texts = format!(r#"[{SYMBOLS},"bytes","string"]"#);
    assert_eq!(encode(&texts, r#""A""#), Ok(vec![4, 2, b'A']));
    let texts = format!(r#"[{SYMBOLS},"bytes"]"#);
    assert_eq!(encode(&texts, r#""A""#), Ok(vec![0, 0]));
    assert_eq!(encode(&texts, r#""/w==""#), Ok(vec![2, 2, 0xff]));
    let objects = format!(r#"[{POINT},{{"type":"map","values":"int"}}]"#);
    assert_eq!(encode(&objects, r#"{"x":1}"#), Ok(vec![0, 2, 1, 0]));
    assert_eq!(encode(&objects, r#"{"w":1}"#), Ok(vec![2, 2, 2, b'w', 2, 0]));
    assert_eq!(
        error(&objects, r#"{"w":""}"#),
        ": expected record Point or map, found a value that fits none (as record Point: /x: expected int, found nothing: \
         the field is missing and has no default; as map: /w: expected int, found string \"\")"
    );
}

#[test]
fn unions_that_look_alike_at_every_level_come_to_an_end() {
    let schema = r#"[{"type":"record","name":"A","fields":[{"name":"n","type":["A",
        {"type":"record","name":"B","fields":[{"name":"n","type":["A","B"]}]}]}]},"B"]"#;
    let json = r#"{"n":"#.repeat(60) + "1" + &"}".repeat(60);
    let message = error(schema, &json);
    assert!(
        message.ends_with("expected unions whose branches can be told apart, found too many branches to try"),
        "{message}"
    );
}

#[test]
fn tagged_unions_name_their_branch() {
    let schema = format!(r#"["null","int",{POINT},{SYMBOLS},{{"type":"array","items":"bytes"}}]"#);
    let encode = |json: &str| encode_tagged(&schema, json);
    assert_eq!(encode("null"), Ok(vec![0]));
    assert_eq!(encode(r#"{ "int" : 5 }"#), Ok(vec![2, 10]));
    assert_eq!(encode(r#"{"Point":{"x":1,"z":{"int":2}}}"#), Ok(vec![4, 2, 1, 2, 4]));
    assert_eq!(encode(r#"{"E":"B"}"#), Ok(vec![6, 2]));
    assert_eq!(encode(r#"{"array":["\u00ff"]}"#), Ok(vec![8, 2, 2, 0xff, 0]));
    assert_eq!(encode("5"), Err(": expected null or int or record Point or enum E or array, found number 5".into()));
    assert_eq!(encode(r#"{"int":"5"}"#), Err("/int: expected int, found string \"5\"".into()));
    assert_eq!(
        encode(r#"{"long":5}"#),
        Err(": expected null or int or record Point or enum E or array, found a branch \"long\"".into())
    );
    assert_eq!(
        encode(r#"{"int":5,"int":5}"#),
        Err(": expected '}' behind the only member of a union's value, found ',' at byte 8".into())
    );
    assert_eq!(
        encode(r#"{"array":["\u0100"]}"#),
        Err("/array/0: expected bytes as characters U+0000 to U+00FF, found string \"\\u0100\"".into())
    );
}

#[test]
fn a_violation_keeps_keys_out_of_the_schema_path() {
    let schema = r#"{"type":"map","values":{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}}}"#;
    let json = br#"{"secret":[{"n":"x"}]}"#;
    let error = Encoder::new(JsonOptions::default(), Limits::default())
        .encode(&plan(schema), json, &mut Vec::new())
        .unwrap_err();
    assert_eq!(
        (error.violation().pointer.as_str(), error.violation().schema_path.as_str()),
        ("/secret/0/n", "/{}/[]/n")
    );
    assert_eq!(error.violation().kind, ViolationKind::Type);
}

#[test]
fn a_record_of_five_thousand_fields_is_written_in_any_order() {
    let fields: Vec<_> = (0..5_000).map(|i| format!(r#"{{"name":"f{i}","type":"int"}}"#)).collect();
    let schema = format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","));
    let member = |i: i64| format!("\"f{i}\":{i}");
    let forward: Vec<_> = (0..5_000).map(member).collect();
    let backward: Vec<_> = (0..5_000).rev().map(member).collect();
    let mut expected = Vec::new();
    (0..5_000).for_each(|i| varint::write(i, &mut expected));
    assert_eq!(encode(&schema, &format!("{{{}}}", forward.join(","))).as_ref(), Ok(&expected));
    assert_eq!(encode(&schema, &format!("{{{}}}", backward.join(","))).as_ref(), Ok(&expected));
}
