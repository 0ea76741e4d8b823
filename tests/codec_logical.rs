//! Values of logical types, from JSON to bytes and back, as the specification and Java have them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serdecar::codec::Limits;
use serdecar::codec::avro::{BytesForm, Decimals, Decoder, Encoder, JsonMode, JsonOptions, Timestamps};
use serdecar::schema::avro::{Plan, Schema};

const PLAIN: JsonOptions = JsonOptions {
    mode: JsonMode::Plain,
    unknown_fields: serdecar::codec::avro::UnknownFields::Ignore,
    bytes: BytesForm::Base64,
    timestamps: Timestamps::Number,
    decimals: Decimals::Number,
};
const TEXTS: JsonOptions = JsonOptions { timestamps: Timestamps::Iso8601, decimals: Decimals::String, ..PLAIN };
const AVRO: JsonOptions = JsonOptions { mode: JsonMode::Avro, ..PLAIN };

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap()
}

fn encode(options: JsonOptions, schema: &str, json: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let result = Encoder::new(options, Limits::default()).encode(&plan(schema), json.as_bytes(), &mut out);
    result.map(|()| out).map_err(|error| error.to_string())
}

fn decode(options: JsonOptions, schema: &str, datum: &[u8]) -> Result<String, String> {
    let mut out = Vec::new();
    let result = Decoder::new(options, Limits::default()).decode(&plan(schema), datum, &mut out);
    result.map(|()| String::from_utf8(out).unwrap()).map_err(|error| error.to_string())
}

fn on(ty: &str, logical: &str) -> String {
    format!(r#"{{"type":"{ty}","logicalType":"{logical}"}}"#)
}

fn fixed(size: usize, logical: &str) -> String {
    format!(r#"{{"type":"fixed","name":"F","size":{size},"logicalType":"{logical}"}}"#)
}

const MONEY: &str = r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#;
const MONEY_FIXED: &str = r#"{"type":"fixed","name":"M","size":3,"logicalType":"decimal","precision":4,"scale":2}"#;
const UUID: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
const UUID_BYTES: [u8; 16] =
    [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];

#[test]
fn each_value_has_its_bytes_and_its_texts() {
    for (schema, datum, number, text, tagged) in [
        (on("int", "date"), &[0x8c, 0xb5, 2][..], "19782", "\"2024-02-29\"", "19782"),
        (on("int", "time-millis"), &[2], "1", "\"00:00:00.001\"", "1"),
        (on("int", "time-millis"), &[1], "-1", "-1", "-1"),
        (on("long", "time-micros"), &[2], "1", "\"00:00:00.000001\"", "1"),
        (on("long", "timestamp-millis"), &[1], "-1", "\"1969-12-31T23:59:59.999Z\"", "-1"),
        (on("long", "timestamp-micros"), &[0], "0", "\"1970-01-01T00:00:00.000000Z\"", "0"),
        (on("long", "timestamp-nanos"), &[2], "1", "\"1970-01-01T00:00:00.000000001Z\"", "1"),
        (on("long", "local-timestamp-millis"), &[0], "0", "\"1970-01-01T00:00:00.000\"", "0"),
        (on("long", "local-timestamp-micros"), &[2], "1", "\"1970-01-01T00:00:00.000001\"", "1"),
        (on("long", "local-timestamp-nanos"), &[1], "-1", "\"1969-12-31T23:59:59.999999999\"", "-1"),
        (
            on("long", "timestamp-millis"),
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            "-9223372036854775808",
            "\"-292275055-05-16T16:47:04.192Z\"",
            "-9223372036854775808",
        ),
        (MONEY.into(), &[4, 4, 0xd2], "12.34", "\"12.34\"", "\"\\u0004Ò\""),
        (MONEY.into(), &[2, 0xff], "-0.01", "\"-0.01\"", "\"ÿ\""),
        (MONEY.into(), &[2, 0], "0.00", "\"0.00\"", "\"\\u0000\""),
        (MONEY_FIXED.into(), &[0, 4, 0xd2], "12.34", "\"12.34\"", "\"\\u0000\\u0004Ò\""),
        (MONEY_FIXED.into(), &[0xff, 0xff, 0xff], "-0.01", "\"-0.01\"", "\"ÿÿÿ\""),
        (on("bytes", "big-decimal"), &[8, 4, 4, 0xd2, 4], "12.34", "\"12.34\"", "\"\\u0004\\u0004Ò\\u0004\""),
        (on("bytes", "big-decimal"), &[6, 2, 5, 5], "5e3", "\"5e3\"", "\"\\u0002\\u0005\\u0005\""),
        (
            on("string", "uuid"),
            &[&[72][..], UUID.as_bytes()].concat(),
            &format!("\"{UUID}\""),
            &format!("\"{UUID}\""),
            &format!("\"{UUID}\""),
        ),
        (
            fixed(16, "uuid"),
            &UUID_BYTES,
            &format!("\"{UUID}\""),
            &format!("\"{UUID}\""),
            "\"k§¸\\u0010\u{9d}\u{ad}\\u0011Ñ\u{80}´\\u0000ÀOÔ0È\"",
        ),
        (
            fixed(12, "duration"),
            &[1, 0, 0, 0, 2, 0, 0, 0, 0xbc, 0x0b, 0, 0],
            "\"P1M2DT3.004S\"",
            "\"P1M2DT3.004S\"",
            "\"\\u0001\\u0000\\u0000\\u0000\\u0002\\u0000\\u0000\\u0000¼\\u000b\\u0000\\u0000\"",
        ),
    ] {
        for (options, json) in [(PLAIN, number), (TEXTS, text), (AVRO, tagged)] {
            assert_eq!(decode(options, &schema, datum).as_deref(), Ok(json), "{schema}");
            assert_eq!(encode(options, &schema, json).as_deref(), Ok(datum), "{schema} {json}");
        }
        // Plain mode reads both ways to write it, whichever it prints.
        assert_eq!(encode(TEXTS, &schema, number).as_deref(), Ok(datum), "{schema}");
        assert_eq!(encode(PLAIN, &schema, text).as_deref(), Ok(datum), "{schema}");
    }
}

#[test]
fn what_a_logical_type_does_not_allow_is_refused_with_a_reason() {
    let error = |schema: &str, json: &str| encode(PLAIN, schema, json).unwrap_err();
    let millis = on("long", "timestamp-millis");
    assert_eq!(
        error(&millis, r#""2024-02-29T12:30:00.0001Z""#),
        ": expected long as timestamp-millis (a number or text such as 2024-02-29T12:30:00Z), found string \
         \"2024-02-29T12:30:00.0001Z\", which has more digits behind the point than it holds"
    );
    assert!(error(&millis, r#""2016-12-31T23:59:60Z""#).ends_with("60Z\", a leap second, which it does not count"));
    assert!(error(&millis, r#""2024-02-29T12:30:00""#).ends_with("found string \"2024-02-29T12:30:00\""));
    assert_eq!(error(&millis, "1.5"), ": expected long as timestamp-millis, found number 1.5, which is not whole");
    assert_eq!(error(&millis, "true"), ": expected long as timestamp-millis, found boolean true");
    assert!(error(&on("int", "date"), r#""+5881580-07-12""#).ends_with("12\", which it can't hold"));
    assert_eq!(
        error(MONEY, "12.345"),
        ": expected bytes as decimal(4,2), found number 12.345, which has more digits behind the point"
    );
    assert_eq!(error(MONEY, "123"), ": expected bytes as decimal(4,2), found number 123, which has more digits");
    assert_eq!(error(MONEY, "\"1,5\""), ": expected bytes as decimal(4,2), found string \"1,5\", which is no number");
    assert_eq!(error(MONEY, "[]"), ": expected bytes as decimal(4,2), found array");
    assert_eq!(error(MONEY, "01"), ": expected no digit behind a leading zero, found '1' at byte 1");
    assert_eq!(
        error(MONEY_FIXED, "1e9"),
        ": expected fixed M of 3 bytes as decimal(4,2), found number 1e9, which has more digits"
    );
    let long = r#"{"type":"bytes","logicalType":"decimal","precision":1000000000}"#;
    assert_eq!(error(long, "1e99999"), ": expected at most 10000 digits of bytes as decimal(1000000000,0), found more");
    let big = on("bytes", "big-decimal");
    assert!(error(&big, "1e-2147483648").ends_with("found number 1e-2147483648, whose exponent it can't hold"));
    let uuid = on("string", "uuid");
    assert_eq!(error(&uuid, "\"x\""), ": expected string as uuid (its text of 36 characters), found string \"x\"");
    assert_eq!(
        error(&fixed(12, "duration"), "\"P1H\""),
        ": expected fixed F of 12 bytes as duration (text such as P1M2DT3.004S), found string \"P1H\""
    );

    let error = |schema: &str, datum: &[u8]| decode(PLAIN, schema, datum).unwrap_err();
    assert_eq!(error(MONEY, &[6, 1, 0, 0]), ": expected bytes as decimal(4,2), found 5 digits at byte 0");
    assert_eq!(error(&uuid, &[2, b'x']), ": expected string as uuid, found another text at byte 0");
    let broken = ": expected bytes as big-decimal, found something else than an unscaled value and a scale at byte 0";
    for datum in [&[0][..], &[2, 0], &[4, 2, 1], &[8, 2, 1, 0, 0], &[14, 2, 1, 0x80, 0x80, 0x80, 0x80, 0x10]] {
        assert_eq!(error(&big, datum), broken, "{datum:?}");
    }
    // In the specification's JSON they are bytes and text.
    assert_eq!(decode(AVRO, MONEY, &[6, 1, 0, 0]).as_deref(), Ok("\"\\u0001\\u0000\\u0000\""));
    assert_eq!(encode(AVRO, &uuid, "\"x\"").as_deref(), Ok(&[2, b'x'][..]));
    assert!(encode(AVRO, &millis, r#""1970-01-01T00:00:00Z""#).is_err());
}

#[test]
fn invalid_logical_types_are_as_good_as_none() {
    for (schema, json, datum) in [
        (on("int", "uuid"), "5", &[10][..]),
        (on("string", "timestamp-millis"), "\"x\"", &[2, b'x']),
        (on("bytes", "decimal"), "\"/w==\"", &[2, 0xff]),
        (fixed(1, "uuid"), "\"/w==\"", &[0xff]),
        (on("long", "no-such-type"), "5", &[10]),
        (r#"{"type":"int","logicalType":7}"#.into(), "5", &[10]),
    ] {
        assert_eq!(encode(PLAIN, &schema, json).as_deref(), Ok(datum), "{schema}");
        assert_eq!(decode(TEXTS, &schema, datum).as_deref(), Ok(json), "{schema}");
    }
}

#[test]
fn a_uuid_keeps_its_case_in_a_string() {
    let upper = format!("\"{}\"", UUID.to_uppercase());
    let datum = encode(PLAIN, &on("string", "uuid"), &upper).unwrap();
    assert_eq!(decode(PLAIN, &on("string", "uuid"), &datum).as_deref(), Ok(&*upper));
    assert_eq!(encode(PLAIN, &fixed(16, "uuid"), &upper).as_deref(), Ok(&UUID_BYTES[..]));
}

#[test]
fn bytes_are_latin1_on_demand() {
    let latin1 = JsonOptions { bytes: BytesForm::Latin1, ..PLAIN };
    assert_eq!(encode(latin1, "\"bytes\"", "\"\u{ff}\\u0000\"").as_deref(), Ok(&[4, 0xff, 0][..]));
    assert_eq!(decode(latin1, "\"bytes\"", &[4, 0xff, 0]).as_deref(), Ok("\"\u{ff}\\u0000\""));
    assert_eq!(
        encode(latin1, "\"bytes\"", "\"\u{100}\""),
        Err(": expected bytes as characters U+0000 to U+00FF, found string \"\u{100}\"".into())
    );
}

#[test]
fn a_decimal_of_a_thousand_digits_is_exact() {
    let schema = r#"{"type":"bytes","logicalType":"decimal","precision":1000,"scale":500}"#;
    let number = format!("-{}.{}", "123456789".repeat(50), "987654321".repeat(55));
    let digits = format!("{number}00000");
    let datum = encode(PLAIN, schema, &number).unwrap();
    assert_eq!(decode(PLAIN, schema, &datum).as_deref(), Ok(&*digits));
    assert_eq!(encode(PLAIN, schema, &format!("\"{digits}\"")).as_ref(), Ok(&datum));
}

#[test]
fn few_bytes_make_no_endless_decimal() {
    let schema = r#"{"type":"bytes","logicalType":"decimal","precision":2147483647,"scale":2147483647}"#;
    assert_eq!(decode(PLAIN, schema, &[2, 5]).as_deref(), Ok("5e-2147483647"));
    assert_eq!(encode(PLAIN, schema, "5e-2147483647").as_deref(), Ok(&[2, 5][..]));
    let wide = r#"{"type":"fixed","name":"F","size":2147483647,"logicalType":"decimal","precision":2}"#;
    assert_eq!(encode(PLAIN, wide, "1"), Err(": expected at most 16777216 bytes of string, found 2147483647".into()));
}

/// Schema, text and bytes of each line are Java's; `tests/java/Logical.java` says how they were made.
#[test]
fn javas_values_have_javas_bytes() {
    let mut count = 0;
    for line in include_str!("data/logical/java.tsv").lines() {
        let [schema, text, hexadecimal] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let digits: Vec<u8> =
            hexadecimal.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap()).collect();
        let datum: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
        assert_eq!(encode(PLAIN, schema, &format!("\"{text}\"")).as_ref(), Ok(&datum), "{line}");
        for options in [PLAIN, TEXTS, AVRO] {
            let json = decode(options, schema, &datum).unwrap();
            assert_eq!(encode(options, schema, &json).as_ref(), Ok(&datum), "{line} {json}");
        }
        count += 1;
    }
    assert_eq!(count, 300);
}
