//! Which branch of an untagged union takes a value: the rules that `UnionPlan::candidates` states, one by one.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serdecar::codec::Limits;
use serdecar::codec::avro::{BytesForm, Encoder, JsonOptions, UnknownFields};
use serdecar::schema::avro::{Plan, Schema};

/// The branch, by its place in the schema, that takes each value; `None` if none does.
fn branches(options: JsonOptions, union: &[&str], values: &[(&str, Option<u8>)]) {
    let schema = format!("[{}]", union.join(","));
    let plan = Plan::compile(&Schema::parse::<&str>(&schema, &[]).unwrap()).unwrap();
    let mut encoder = Encoder::new(options, Limits::default());
    for (json, branch) in values {
        let mut out = Vec::new();
        let taken = encoder.encode(&plan, json.as_bytes(), &mut out).ok().map(|()| out[0] / 2);
        assert_eq!(taken, *branch, "{json} in {schema}");
    }
}

fn plain(union: &[&str], values: &[(&str, Option<u8>)]) {
    branches(JsonOptions::default(), union, values);
}

const INT: &str = "\"int\"";
const LONG: &str = "\"long\"";
const FLOAT: &str = "\"float\"";
const DOUBLE: &str = "\"double\"";
const STRING: &str = "\"string\"";
const BYTES: &str = "\"bytes\"";
const SYMBOLS: &str = r#"{"type":"enum","name":"E","symbols":["BLUE","NaN"]}"#;
const FIXED: &str = r#"{"type":"fixed","name":"F","size":3}"#;
const MILLIS: &str = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
const LOCAL: &str = r#"{"type":"long","logicalType":"local-timestamp-micros"}"#;
const DATE: &str = r#"{"type":"int","logicalType":"date"}"#;
const TIME: &str = r#"{"type":"int","logicalType":"time-millis"}"#;
const MONEY: &str = r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#;
const COUNT: &str = r#"{"type":"fixed","name":"C","size":2,"logicalType":"decimal","precision":4}"#;
const BIG: &str = r#"{"type":"bytes","logicalType":"big-decimal"}"#;
const UUID: &str = r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#;
const UUID_STRING: &str = r#"{"type":"string","logicalType":"uuid"}"#;
const DURATION: &str = r#"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#;
const UUID_VALUE: &str = r#""6ba7b810-9dad-11d1-80b4-00c04fd430c8""#;
const MAP: &str = r#"{"type":"map","values":"int"}"#;

#[test]
fn a_number_is_int_or_long_without_a_point_and_float_or_double_with_one() {
    plain(
        &[DOUBLE, LONG],
        &[("1", Some(1)), ("1.0", Some(0)), ("1e2", Some(0)), ("0.5", Some(0)), ("\"NaN\"", Some(0))],
    );
    plain(&[INT, LONG], &[("1", Some(0)), ("2147483648", Some(1)), ("1.0", Some(0)), ("0.5", None)]);
    plain(&[LONG, INT], &[("1", Some(0)), ("2147483648", Some(0))]);
    plain(&[FLOAT, DOUBLE], &[("0.5", Some(0)), ("1e300", Some(1)), ("16777217", Some(1)), ("\"NaN\"", Some(0))]);
    plain(&[DOUBLE, FLOAT], &[("0.5", Some(0)), ("1", Some(0))]);
    plain(
        &[FLOAT, INT, DOUBLE, LONG],
        &[("1", Some(1)), ("2147483648", Some(3)), ("9223372036854775808", Some(0)), ("0.5", Some(0))],
    );
}

#[test]
fn a_whole_number_is_a_date_or_time_by_the_order_of_the_schema() {
    plain(&[INT, MILLIS], &[("1", Some(0)), ("2147483648", Some(1)), ("\"1970-01-01T00:00:00Z\"", Some(1))]);
    plain(&[MILLIS, INT], &[("1", Some(0)), ("1.0", Some(0)), ("0.5", None)]);
    plain(&[DOUBLE, MILLIS], &[("1", Some(1)), ("1.0", Some(0))]);
    plain(&[TIME, LOCAL], &[("1", Some(0)), ("\"12:30\"", Some(0)), ("\"2024-01-01T12:30\"", Some(1))]);
    plain(
        &[DATE, MILLIS],
        &[("\"2024-01-01\"", Some(0)), ("\"2024-01-01T12:30Z\"", Some(1)), ("\"2024-01-01T12:30\"", None)],
    );
}

#[test]
fn a_decimal_comes_behind_whole_types_and_before_floats_for_whole_numbers() {
    plain(
        &[MONEY, LONG],
        &[("1", Some(1)), ("1.00", Some(0)), ("1.5", Some(0)), ("100", Some(1)), ("\"1.5\"", Some(0))],
    );
    plain(&[DOUBLE, MONEY], &[("1", Some(1)), ("100", Some(0)), ("1.5", Some(0)), ("1.555", Some(0))]);
    plain(&[MONEY, DOUBLE], &[("1", Some(0)), ("1.5", Some(0)), ("1.555", Some(1)), ("123.4", Some(1))]);
    plain(&[DOUBLE, COUNT], &[("1", Some(1)), ("1.0", Some(0)), ("12345", Some(0))]);
    plain(&[COUNT, DOUBLE], &[("1", Some(0)), ("1.0", Some(1))]);
    plain(&[COUNT, INT], &[("1", Some(1)), ("1.0", Some(0))]);
    plain(&[BIG, INT, DOUBLE], &[("1", Some(1)), ("1.5", Some(0)), ("9999999999", Some(0))]);
    plain(&[COUNT, MONEY], &[("1", Some(0)), ("1.0", Some(1)), ("1.5", Some(1)), ("12345", None)]);
}

#[test]
fn a_string_is_a_string_then_what_looks_like_it() {
    for other in [SYMBOLS, BYTES, FIXED, MILLIS, DATE, TIME, MONEY, BIG, UUID, DURATION, DOUBLE, FLOAT] {
        for text in [r#""BLUE""#, r#""2024-01-01""#, r#""1.5""#, UUID_VALUE, r#""P1D""#, r#""NaN""#] {
            plain(&[other, STRING], &[(text, Some(1))]);
            plain(&[STRING, other], &[(text, Some(0))]);
        }
    }
    plain(&[UUID, UUID_STRING], &[(UUID_VALUE, Some(1)), ("\"x\"", None)]);
    plain(&[UUID_STRING, BYTES], &[(UUID_VALUE, Some(0)), (r#""BLUE""#, Some(1))]);
}

#[test]
fn enum_bytes_and_fixed_come_in_the_order_of_the_schema() {
    plain(&[SYMBOLS, BYTES], &[(r#""BLUE""#, Some(0)), (r#""GRAY""#, Some(1)), (r#""NaN""#, Some(0))]);
    plain(&[BYTES, SYMBOLS], &[(r#""BLUE""#, Some(0)), (r#""NaN""#, Some(1))]);
    plain(&[FIXED, SYMBOLS], &[(r#""BLUE""#, Some(0)), (r#""NaN""#, Some(1))]);
    plain(&[FIXED, BYTES], &[(r#""BLUE""#, Some(0)), (r#""BLUEBLUE""#, Some(1))]);
    plain(&[BYTES, FIXED], &[(r#""BLUE""#, Some(0))]);
    plain(&[DOUBLE, SYMBOLS], &[(r#""NaN""#, Some(1)), (r#""Infinity""#, Some(0))]);
    plain(&[BYTES, DURATION], &[(r#""P1D""#, Some(1)), (r#""P1M2DT3S""#, Some(0))]);
    plain(&[DURATION, BYTES], &[(r#""P1M2DT3S""#, Some(0))]);
    plain(&[COUNT, BYTES], &[(r#""1234""#, Some(1)), (r#""123""#, Some(0))]);
    let latin1 = JsonOptions { bytes: BytesForm::Latin1, ..JsonOptions::default() };
    branches(latin1, &[BYTES, UUID], &[(UUID_VALUE, Some(0))]);
    branches(latin1, &[UUID, BYTES], &[(UUID_VALUE, Some(0)), (r#""x""#, Some(1))]);
}

#[test]
fn an_object_is_the_first_record_or_map_that_takes_it() {
    let record = |name: &str, field: &str, ty: &str| {
        format!(r#"{{"type":"record","name":"{name}","fields":[{{"name":"{field}","type":{ty}}}]}}"#)
    };
    let (ax, bx, by) = (record("A", "x", INT), record("B", "x", STRING), record("C", "y", INT));
    plain(&[&ax, &bx], &[(r#"{"x":1}"#, Some(0)), (r#"{"x":"1"}"#, Some(1)), (r#"{"x":null}"#, None)]);
    plain(
        &[&ax, &by],
        &[(r#"{"x":1}"#, Some(0)), (r#"{"y":1}"#, Some(1)), (r#"{"y":1,"x":1}"#, Some(0)), ("{}", None)],
    );
    let reject = JsonOptions { unknown_fields: UnknownFields::Reject, ..JsonOptions::default() };
    branches(reject, &[&ax, &by], &[(r#"{"y":1}"#, Some(1)), (r#"{"y":1,"x":1}"#, None)]);
    plain(&[&ax, MAP], &[(r#"{"x":1}"#, Some(0)), (r#"{"y":1}"#, Some(1)), ("{}", Some(1))]);
    plain(&[MAP, &ax], &[(r#"{"x":1}"#, Some(0)), (r#"{"x":1,"y":""}"#, Some(1))]);
}
