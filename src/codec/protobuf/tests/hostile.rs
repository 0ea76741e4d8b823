//! Texts and bytes that are written to cost much.

use super::*;

fn limited(limits: Limits) -> (Encoder, Decoder) {
    (Encoder::new(UnknownFields::Ignore, limits), Decoder::new(limits))
}

#[test]
fn nesting_is_limited_both_ways() {
    let plan = plan("syntax = \"proto3\"; message M { M m = 1; repeated M l = 2; map<string, M> t = 3; int32 i = 4; }");
    let deep = |levels: usize| format!("{}{}", r#"{"m":"#.repeat(levels), "{}".to_owned() + &"}".repeat(levels));
    assert_eq!(round_trip(&plan, &deep(127)), deep(127));
    assert!(
        encode(&plan, &deep(128))
            .unwrap_err()
            .ends_with("expected at most 128 levels of nesting, found one level more")
    );
    assert!(encode(&plan, &deep(100_000)).is_err());
    assert!(encode(&plan, &format!("{{\"x\":{}", "[".repeat(1_000_000))).is_err());
    let mut bytes = Vec::new();
    for _ in 0..200 {
        let mut outer = vec![0x0a];
        prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
        outer.append(&mut bytes);
        bytes = outer;
    }
    assert!(
        decode(&plan, &bytes).unwrap_err().ends_with("expected at most 128 levels of nesting, found one level more")
    );
    // Groups of an unknown field.
    assert!(decode(&plan, &[0x2b].repeat(100_000)).unwrap_err().contains("at most 128 levels"));
    assert_eq!(decode(&plan, &[0x2b, 0x33, 0x34, 0x2c, 0x20, 1]).unwrap(), r#"{"i":1}"#);
}

#[test]
fn lengths_that_lie_are_refused_before_anything_is_taken() {
    let plan = plan(ALL);
    for bytes in [
        &[0x72, 0xff, 0xff, 0xff, 0xff, 0x0f][..],
        &[0x72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x72, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
        &[0x72, 2, b'a'],
        &[0x10],
        &[0x10, 0x80],
        &[0x41, 1, 2, 3],
        &[0x00, 1],
        &[0x16],
        &[0x14],
        &[0x0c],
        &[0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
        &[0x72, 1, 0xff],
        &[0xa2, 1, 1, 0x80],
        &[0xc2, 1, 7, 0, 0, 0, 0, 0, 0, 0],
        &[0x12, 1, 1],
        &[0xf2, 1, 2, 0x08, 1],
        &[0xe2, 3, 1, 0x80],
    ] {
        let error = Decoder::new(Limits::default()).decode(&plan, 0, bytes, &mut Vec::new()).unwrap_err();
        assert_eq!(error.violation().kind, ViolationKind::Malformed, "{bytes:02x?}: {error}");
    }
}

#[test]
fn what_is_written_has_a_limit() {
    let name = "n".repeat(1_000);
    let plan = plan(&format!("syntax = \"proto3\"; message M {{ repeated M l = 1; optional int32 {name} = 2; }}"));
    let limits = Limits { record_bytes: 100_000, ..Limits::default() };
    let (mut encoder, mut decoder) = limited(limits);
    let bytes = [0x0a, 2, 0x10, 1].repeat(10_000);
    let mut out = Vec::new();
    let error = decoder.decode(&plan, 0, &bytes, &mut out).unwrap_err();
    assert_eq!(error.violation().expected, "at most 100000 bytes of record");
    assert!(out.is_empty() && out.capacity() < 1_000_000);
    let error = encoder.encode(&plan, 0, &vec![b' '; 100_001], &mut out).unwrap_err();
    assert_eq!(error.violation().kind, ViolationKind::Limit);
    let few = Limits { items: 3, string_bytes: 3, ..Limits::default() };
    let (mut encoder, mut decoder) = limited(few);
    assert!(encoder.encode(&plan, 0, br#"{"l": [{}, {}, {}, {}]}"#, &mut out).is_err());
    assert!(decoder.decode(&plan, 0, &[0x0a, 0].repeat(4), &mut out).is_err());
    assert!(decoder.decode(&plan, 0, &[0x0a, 0].repeat(3), &mut out).is_ok());
}

#[test]
fn large_records_take_time_in_proportion() {
    let plan = plan(ALL);
    let start = std::time::Instant::now();
    let ints: Vec<String> = (0..200_000).map(|n| n.to_string()).collect();
    let text = format!(r#"{{"ints":[{}]}}"#, ints.join(","));
    assert_eq!(round_trip(&plan, &text), text);
    let entries: Vec<String> = (0..50_000).map(|n| format!(r#""{n}":{n}"#)).collect();
    let text = format!(r#"{{"byText":{{{}}}}}"#, entries.join(","));
    assert_eq!(round_trip(&plan, &text), text);
    // Members of a choice in turns.
    let bytes = [0xc8, 2, 1, 0xc2, 2, 1, b'a'].repeat(100_000);
    assert_eq!(decode(&plan, &bytes).unwrap(), r#"{"left":"a"}"#);
    assert!(start.elapsed() < std::time::Duration::from_mins(2), "{:?}", start.elapsed());
}

/// A field that holds these bytes.
fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    prost::encoding::encode_varint(bytes.len() as u64, &mut out);
    out.extend_from_slice(bytes);
    out
}

#[test]
fn an_any_in_an_any_counts_as_a_level() {
    let plan =
        plan("syntax = \"proto3\"; import \"google/protobuf/any.proto\"; message M { google.protobuf.Any any = 1; }");
    let nested = |levels: usize| {
        (0..levels).fold(Vec::new(), |inner, _| {
            let url: &[u8] = b"x/google.protobuf.Any";
            let value = if inner.is_empty() { Vec::new() } else { field(0x12, &inner) };
            [field(0x0a, url), value].concat()
        })
    };
    let text = decode(&plan, &field(0x0a, &nested(120))).unwrap();
    assert_eq!(encode(&plan, &text).unwrap(), field(0x0a, &nested(120)));
    for levels in [200, 20_000] {
        let error = decode(&plan, &field(0x0a, &nested(levels))).unwrap_err();
        assert!(error.ends_with("expected at most 128 levels of nesting, found one level more"), "{error}");
    }
    let open = r#"{"@type":"x/google.protobuf.Any","value":"#;
    let text = format!(r#"{{"any":{}{{}}{}}}"#, open.repeat(100_000), "}".repeat(100_000));
    assert!(encode(&plan, &text).unwrap_err().ends_with("found one level more"));
}

#[test]
fn json_in_a_value_is_limited_in_depth() {
    let plan = plan(ALL);
    let lists = |levels: usize| format!(r#"{{"anyValue":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert_eq!(round_trip(&plan, &lists(127)), lists(127));
    assert!(encode(&plan, &lists(128)).is_err());
    let nested = (0..1_000).fold(Vec::new(), |inner, _| field(0x32, &field(0x0a, &inner)));
    let mut record = vec![0xf2, 3];
    record.extend_from_slice(&field(0, &nested)[1..]);
    assert!(decode(&plan, &record).unwrap_err().ends_with("found one level more"));
    // Neither a number of JSON nor none.
    assert!(decode(&plan, &[0xf2, 3, 9, 0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f]).unwrap_err().contains("can't hold"));
    assert_eq!(decode(&plan, &[0xf2, 3, 0]).unwrap(), r#"{"anyValue":null}"#);
}

#[test]
fn messages_that_are_put_together_take_no_copies() {
    // At each level a second part, so that all that is inside would have to be copied at every one.
    let plan = plan("syntax = \"proto3\"; message M { M m = 1; string s = 2; }");
    let text = "x".repeat(1 << 20);
    let record = (0..100).fold(field(0x12, text.as_bytes()), |inner, _| [field(0x0a, &inner), vec![0x0a, 0]].concat());
    let start = std::time::Instant::now();
    let json = decode(&plan, &record).unwrap();
    assert!(json.starts_with(r#"{"m":{"m":"#) && json.len() > text.len());
    assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn packed_lists_that_lie_are_refused() {
    let plan = plan(ALL);
    // A length of 2^60, and one of the rest of the record with an item cut off.
    let huge = [0xa2, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    assert!(decode(&plan, &huge).unwrap_err().contains("a length of 1152921504606846976"));
    assert!(decode(&plan, &[0xa2, 1, 2, 1, 0x80]).is_err());
    // One byte an item, more of them than are allowed.
    let limits = Limits { items: 1_000, ..Limits::default() };
    let mut out = Vec::new();
    let mut record = vec![0xa2, 1];
    record.extend_from_slice(&field(0, &[0; 10_000])[1..]);
    let error = Decoder::new(limits).decode(&plan, 0, &record, &mut out).unwrap_err();
    assert_eq!(error.violation().expected, "at most 1000 items");
    assert!(out.is_empty() && out.capacity() < 100_000);
}
