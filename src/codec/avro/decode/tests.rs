use super::*;
use crate::schema::avro::Schema;

fn decode_with(options: JsonOptions, limits: Limits, schema: &str, datum: &[u8]) -> Result<String, String> {
    let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
    let mut out = b"before".to_vec();
    let result = Decoder::new(options, limits).decode(&plan, datum, &mut out);
    assert_eq!(&out[..6], b"before");
    match result {
        Ok(()) => Ok(String::from_utf8(out.split_off(6)).unwrap()),
        Err(error) => {
            assert_eq!(out.len(), 6, "a refused datum leaves nothing behind");
            Err(error.to_string())
        }
    }
}

fn decode(schema: &str, datum: &[u8]) -> Result<String, String> {
    decode_with(JsonOptions::default(), Limits::default(), schema, datum)
}

const POINT: &str =
    r#"{"type":"record","name":"Point","fields":[{"name":"x","type":"int"},{"name":"z","type":["null","long"]}]}"#;
const SYMBOLS: &str = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
const INTS: &str = r#"{"type":"array","items":"int"}"#;

#[test]
fn every_type_is_read() {
    for (schema, datum, json) in [
        ("\"null\"", &[][..], "null"),
        ("\"boolean\"", &[1], "true"),
        ("\"int\"", &[0xff, 0xff, 0xff, 0xff, 0x0f], "-2147483648"),
        ("\"long\"", &[0x80, 1], "64"),
        ("\"float\"", &[0xcd, 0xcc, 0xcc, 0x3d], "0.1"),
        ("\"float\"", &[0, 0, 0x80, 0x7f], "\"Infinity\""),
        ("\"double\"", &[0, 0, 0, 0, 0, 0, 0xf0, 0x3f], "1.0"),
        ("\"double\"", &[0, 0, 0, 0, 0, 0, 0, 0x80], "-0.0"),
        ("\"double\"", &[0, 0, 0, 0, 0, 0, 0xf8, 0xff], "\"NaN\""),
        ("\"string\"", &[6, b'"', 0xc3, 0xa9], r#""\"é""#),
        ("\"bytes\"", &[4, 0xff, 0], r#""/wA=""#),
        (r#"{"type":"fixed","name":"F","size":2}"#, &[0xff, 0], r#""/wA=""#),
        (SYMBOLS, &[2], r#""B""#),
        (INTS, &[0], "[]"),
        (INTS, &[6, 2, 4, 6, 0], "[1,2,3]"),
        (INTS, &[2, 2, 3, 4, 4, 6, 0], "[1,2,3]"),
        (r#"{"type":"map","values":"int"}"#, &[4, 2, b'a', 2, 0, 4, 0], r#"{"a":1,"":2}"#),
        (POINT, &[2, 0], r#"{"x":1,"z":null}"#),
        (POINT, &[2, 2, 1], r#"{"x":1,"z":-1}"#),
    ] {
        assert_eq!(decode(schema, datum).as_deref(), Ok(json), "{schema} {datum:?}");
    }
}

#[test]
fn the_specifications_json_has_tags_and_latin1() {
    let avro = JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() };
    let decode = |schema: &str, datum: &[u8]| decode_with(avro, Limits::default(), schema, datum);
    assert_eq!(decode(POINT, &[2, 2, 1]).as_deref(), Ok(r#"{"x":1,"z":{"long":-1}}"#));
    assert_eq!(decode(POINT, &[2, 0]).as_deref(), Ok(r#"{"x":1,"z":null}"#));
    assert_eq!(decode("\"bytes\"", &[6, 0xff, 0, b'"']).as_deref(), Ok("\"\u{ff}\\u0000\\\"\""));
}

#[test]
fn damaged_data_say_where() {
    let error = |schema: &str, datum: &[u8]| decode(schema, datum).unwrap_err();
    assert_eq!(error(POINT, &[]), "/x: expected int, found the end of the datum at byte 0");
    assert_eq!(error(POINT, &[2, 4]), "/z: expected the number of a branch of null or long, found 2 at byte 2");
    assert_eq!(error(POINT, &[2, 0, 0, 0]), ": expected the end of the datum, found 2 more bytes at byte 2");
    assert_eq!(error("\"boolean\"", &[2]), ": expected boolean, found the byte 2 at byte 0");
    assert_eq!(error("\"int\"", &[0x80]), ": expected int, found the end of the datum at byte 0");
    assert_eq!(
        error("\"int\"", &[0x80, 0x80, 0x80, 0x80, 0x10]),
        ": expected int, found 2147483648, which it can't hold, at byte 5"
    );
    assert_eq!(error("\"long\"", &[0xff; 11]), ": expected long, found an integer of more than 64 bits at byte 0");
    assert_eq!(error("\"double\"", &[0; 7]), ": expected double, found the end of the datum at byte 0");
    assert_eq!(error("\"string\"", &[1]), ": expected string, found the length -1 at byte 0");
    assert_eq!(
        error("\"string\"", &[8, b'a']),
        ": expected string, found a length of 4 where 1 bytes are left at byte 1"
    );
    assert_eq!(error("\"string\"", &[2, 0xff]), ": expected string, found bytes that are not UTF-8 at byte 0");
    assert_eq!(error(SYMBOLS, &[4]), ": expected the number of a symbol of enum E, found 2 at byte 1");
    assert_eq!(error(INTS, &[4, 2]), "/1: expected int, found the end of the datum at byte 2");
    assert_eq!(
        error(INTS, &[1, 4, 2, 0]),
        ": expected the end of a block where its size says, found more or fewer bytes at byte 3"
    );
    assert_eq!(error(INTS, &[1, 9, 2, 0]), ": expected the size of a block, found -5 where 2 bytes are left at byte 0");
    assert_eq!(
        error(r#"{"type":"map","values":"int"}"#, &[4, 2, b'a', 2, 2, b'a', 4, 0]),
        "/a: expected each key of the map once, found a duplicate"
    );
}

#[test]
fn claims_of_endless_items_cost_nothing() {
    let mut datum = Vec::new();
    varint::write(1 << 60, &mut datum);
    for schema in [INTS, r#"{"type":"array","items":"null"}"#, r#"{"type":"map","values":"null"}"#] {
        assert_eq!(decode(schema, &datum), Err(": expected at most 16777216 items, found 1152921504606846976".into()));
    }
    let mut negative = Vec::new();
    varint::write(i64::MIN, &mut negative);
    negative.extend([0, 0]);
    assert_eq!(decode(INTS, &negative), Err(": expected at most 16777216 items, found 9223372036854775808".into()));
    let mut string = Vec::new();
    varint::write(i64::MAX, &mut string);
    assert_eq!(
        decode("\"string\"", &string),
        Err(": expected at most 16777216 bytes of string, found 9223372036854775807".into())
    );
}

#[test]
fn few_bytes_that_make_much_text_are_limited() {
    let limits = Limits { record_bytes: 1_000, ..Limits::default() };
    let mut datum = Vec::new();
    varint::write(10_000, &mut datum);
    datum.push(0);
    let error = decode_with(JsonOptions::default(), limits, r#"{"type":"array","items":"null"}"#, &datum).unwrap_err();
    assert_eq!(error, ": expected at most 1000 bytes of record, found 1005");

    // Records of nothing but records: two to the power of the depth, out of no byte at all.
    let mut schema = r#"{"type":"record","name":"R0","fields":[]}"#.to_owned();
    for level in 1..40 {
        let below = level - 1;
        schema = format!(
            r#"{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":{schema}}},{{"name":"b","type":"R{below}"}}]}}"#
        );
    }
    let error = decode_with(JsonOptions::default(), limits, &schema, &[]).unwrap_err();
    assert!(error.contains("expected at most 1000 bytes of record"), "{error}");
}

#[test]
fn a_record_that_holds_itself_ends_at_the_depth_limit() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#;
    let error = decode(schema, &[]).unwrap_err();
    assert!(error.ends_with("expected at most 128 levels of nesting, found one level more"), "{error}");
}
