use super::*;

#[test]
fn what_the_reader_lacks_is_passed_over_and_checked() {
    let types = [
        ("\"null\"", &[][..]),
        ("\"boolean\"", &[1]),
        ("\"int\"", &[0xff, 0xff, 0xff, 0xff, 0x0f]),
        ("\"long\"", &[0x80, 1]),
        ("\"float\"", &[1, 2, 3, 4]),
        ("\"double\"", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("\"string\"", &[4, 0xc3, 0xa9]),
        ("\"bytes\"", &[2, 0xff]),
        (r#"{"type":"fixed","name":"F","size":2}"#, &[0xff, 0]),
        (r#"{"type":"enum","name":"E","symbols":["A","B"]}"#, &[2]),
        (r#"{"type":"array","items":"int"}"#, &[2, 2, 3, 4, 4, 6, 0]),
        (r#"{"type":"map","values":"int"}"#, &[4, 2, b'a', 2, 0, 4, 0]),
        (r#"["null","int"]"#, &[2, 8]),
        (r#"{"type":"record","name":"P","fields":[{"name":"x","type":["null","P"]}]}"#, &[2, 2, 0]),
    ];
    let reader = record(r#"{"name":"kept","type":"int"}"#);
    for (ty, bytes) in types {
        let writer = record(&format!(r#"{{"name":"gone","type":{ty}}},{{"name":"kept","type":"int"}}"#));
        let mut datum = bytes.to_vec();
        datum.push(14);
        assert_eq!(read(&writer, &reader, &datum).as_deref(), Ok(r#"{"kept":7}"#), "{ty}");
        for cut in 0..datum.len() {
            assert!(read(&writer, &reader, &datum[..cut]).is_err(), "{ty} cut to {cut}");
        }
    }
    for (ty, bytes, error) in [
        ("\"boolean\"", &[2][..], "/gone: expected boolean, found the byte 2 at byte 0"),
        ("\"string\"", &[2, 0xff], "/gone: expected string, found bytes that are not UTF-8 at byte 0"),
        (
            r#"["null","int"]"#,
            &[4],
            "/gone: expected the number of a branch of the writer's union, found 2 of 2 at byte 0",
        ),
        (
            r#"{"type":"array","items":"int"}"#,
            &[1, 4, 2, 0],
            "/gone: expected the end of a block where its size says, found more or fewer bytes at byte 3",
        ),
    ] {
        let writer = record(&format!(r#"{{"name":"gone","type":{ty}}}"#));
        assert_eq!(read(&writer, &record(""), bytes), Err(error.into()), "{ty}");
    }
}

#[test]
fn few_bytes_that_are_very_many_values_are_limited_where_they_are_passed_over_too() {
    let limits = Limits { record_bytes: 1_000, ..Limits::default() };
    let gone = |ty: &str| record(&format!(r#"{{"name":"gone","type":{ty}}}"#));
    let mut ty = r#"{"type":"record","name":"R0","fields":[]}"#.to_owned();
    for level in 1..40 {
        let below = level - 1;
        ty = format!(
            r#"{{"type":"record","name":"R{level}","fields":[{{"name":"a","type":{ty}}},{{"name":"b","type":"R{below}"}}]}}"#
        );
    }
    let error = read_with(JsonMode::Plain, limits, &gone(&ty), &record(""), &[]).unwrap_err();
    assert!(error.ends_with(": expected at most 1000 values that are passed over, found more"), "{error}");
    let nulls = [0xa0, 0x9c, 0x01, 0];
    let error = read_with(JsonMode::Plain, limits, &gone(r#"{"type":"array","items":"null"}"#), &record(""), &nulls);
    assert_eq!(error, Err("/gone/999: expected at most 1000 values that are passed over, found more".into()));
    let endless = r#"{"type":"record","name":"E","fields":[{"name":"e","type":"E"}]}"#;
    let error = read_with(JsonMode::Plain, Limits::default(), &gone(endless), &record(""), &[]).unwrap_err();
    assert!(error.ends_with("expected at most 128 levels of nesting, found one level more"), "{error}");
}

#[test]
fn the_deepest_nesting_that_may_be_allowed_fits_on_a_threads_stack() {
    let limits = Limits { depth: 1024, ..Limits::default() };
    let node = |ty: &str| {
        format!(
            r#"{{"type":"record","name":"N","fields":[{{"name":"v","type":"{ty}"}},{{"name":"n","type":["null","N"]}}]}}"#
        )
    };
    let gone =
        |fields: &str| format!(r#"{{"type":"record","name":"R","fields":[{fields}{{"name":"k","type":"int"}}]}}"#);
    let mut datum = [2, 2].repeat(1022);
    datum.extend([2, 0]);
    let json = read_with(JsonMode::Avro, limits, &node("int"), &node("long"), &datum).unwrap();
    assert_eq!(json.matches("\"N\"").count(), 1022);
    datum.push(2);
    let passed = gone(&format!(r#"{{"name":"gone","type":{}}},"#, node("int")));
    assert_eq!(read_with(JsonMode::Avro, limits, &passed, &gone(""), &datum).as_deref(), Ok(r#"{"k":1}"#));
}
