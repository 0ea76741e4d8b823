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
        let error = Decoder::new(Limits::default()).decode(&plan, bytes, &mut Vec::new()).unwrap_err();
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
    let error = decoder.decode(&plan, &bytes, &mut out).unwrap_err();
    assert_eq!(error.violation().expected, "at most 100000 bytes of record");
    assert!(out.is_empty() && out.capacity() < 1_000_000);
    let error = encoder.encode(&plan, &vec![b' '; 100_001], &mut out).unwrap_err();
    assert_eq!(error.violation().kind, ViolationKind::Limit);
    let few = Limits { items: 3, string_bytes: 3, ..Limits::default() };
    let (mut encoder, mut decoder) = limited(few);
    assert!(encoder.encode(&plan, br#"{"l": [{}, {}, {}, {}]}"#, &mut out).is_err());
    assert!(decoder.decode(&plan, &[0x0a, 0].repeat(4), &mut out).is_err());
    assert!(decoder.decode(&plan, &[0x0a, 0].repeat(3), &mut out).is_ok());
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
