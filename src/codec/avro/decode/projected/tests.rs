use super::*;
use crate::codec::Limits;
use crate::codec::avro::{JsonOptions, Timestamps};
use crate::schema::avro::Schema;

mod skipped;

fn projection(writer: &str, reader: &str) -> Result<Projection, String> {
    let parse = |text: &str| Schema::parse::<&str>(text, &[]).unwrap_or_else(|error| panic!("{error} in {text}"));
    Projection::compile(&parse(writer), &parse(reader)).map_err(|error| error.to_string())
}

fn read_with(mode: JsonMode, limits: Limits, writer: &str, reader: &str, datum: &[u8]) -> Result<String, String> {
    let projection = projection(writer, reader).unwrap_or_else(|error| panic!("{writer} as {reader}: {error}"));
    let mut out = b"before".to_vec();
    let options = JsonOptions { mode, ..JsonOptions::default() };
    let result = Decoder::new(options, limits).decode_as(&projection, datum, &mut out);
    assert_eq!(&out[..6], b"before");
    match result {
        Ok(()) => Ok(String::from_utf8(out.split_off(6)).unwrap()),
        Err(error) => {
            assert_eq!(out.len(), 6, "a refused datum leaves nothing behind");
            Err(error.to_string())
        }
    }
}

fn read(writer: &str, reader: &str, datum: &[u8]) -> Result<String, String> {
    read_with(JsonMode::Plain, Limits::default(), writer, reader, datum)
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

#[test]
fn the_specifications_promotions() {
    for (writer, reader, datum, json) in [
        ("\"int\"", "\"long\"", &[3][..], "-2"),
        ("\"int\"", "\"float\"", &[2], "1.0"),
        ("\"int\"", "\"float\"", &[0x82, 0x80, 0x80, 0x10], "16777216.0"),
        ("\"int\"", "\"double\"", &[0x82, 0x80, 0x80, 0x10], "16777217.0"),
        ("\"long\"", "\"float\"", &[2], "1.0"),
        ("\"long\"", "\"double\"", &[0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], "9007199254740992.0"),
        ("\"float\"", "\"double\"", &[0xcd, 0xcc, 0xcc, 0x3d], "0.10000000149011612"),
        ("\"float\"", "\"double\"", &[0, 0, 0x80, 0xff], "\"-Infinity\""),
        ("\"string\"", "\"bytes\"", &[4, 0xc3, 0xa9], "\"w6k=\""),
        ("\"bytes\"", "\"string\"", &[4, 0xc3, 0xa9], "\"é\""),
    ] {
        assert_eq!(read(writer, reader, datum).as_deref(), Ok(json), "{writer} {reader} {datum:?}");
    }
    assert_eq!(
        read("\"bytes\"", "\"string\"", &[2, 0xff]),
        Err(": expected string, found bytes that are not UTF-8".into())
    );
    let too_large = [0x80, 0x80, 0x80, 0x80, 0x10];
    for reader in ["\"long\"", "\"float\"", "\"double\""] {
        let error = ": expected int, found 2147483648, which it can't hold, at byte 5";
        assert_eq!(read("\"int\"", reader, &too_large), Err(error.into()));
    }
    let error = ": expected string, found bytes that are not UTF-8 at byte 0";
    assert_eq!(read("\"string\"", "\"bytes\"", &[2, 0xff]), Err(error.into()));
}

#[test]
fn fields_are_found_by_name_and_alias_and_come_in_the_readers_order() {
    let writer = record(r#"{"name":"a","type":"int"},{"name":"b","type":"string"},{"name":"c","type":"boolean"}"#);
    let datum = [2, 2, b'x', 1];
    for (fields, json) in [
        (r#"{"name":"a","type":"int"},{"name":"c","type":"boolean"}"#, r#"{"a":1,"c":true}"#),
        (r#"{"name":"c","type":"boolean"},{"name":"a","type":"double"}"#, r#"{"c":true,"a":1.0}"#),
        (r#"{"name":"z","type":"string","aliases":["y","b"]}"#, r#"{"z":"x"}"#),
        // Its own name comes before another's alias.
        (r#"{"name":"z","type":"int","aliases":["a","c"],"default":7},{"name":"a","type":"int"}"#, ""),
        (r#"{"name":"z","type":"int","aliases":["a"],"default":7},{"name":"a","type":"int"}"#, r#"{"z":7,"a":1}"#),
        ("", "{}"),
    ] {
        let reader = record(fields);
        if json.is_empty() {
            let error = projection(&writer, &reader).unwrap_err();
            assert_eq!(
                error,
                "reader's schema /fields/0/type: expected int, found boolean (writer's schema /fields/2/type)"
            );
        } else {
            assert_eq!(read(&writer, &reader, &datum).as_deref(), Ok(json), "{fields}");
        }
    }
}

#[test]
fn fields_that_the_data_lack_take_their_defaults_in_their_places() {
    let writer = record(r#"{"name":"a","type":"int"},{"name":"b","type":"int"}"#);
    let more = r#"{"name":"bytes","type":"bytes","default":"\u00ff"},
        {"name":"sum","type":["null","int",{"type":"enum","name":"E","symbols":["X"]}],"default":"X"}"#;
    let point = r#"{"name":"p","type":{"type":"record","name":"P","fields":[{"name":"x","type":"float","default":1}]},"default":{}}"#;
    let map = r#"{"name":"m","type":{"type":"map","values":"int"},"default":{"k":1,"l":2}}"#;
    let reader = record(&format!(r#"{point},{{"name":"b","type":"int"}},{more},{map},{{"name":"a","type":"int"}}"#));
    assert_eq!(
        read(&writer, &reader, &[2, 4]).as_deref(),
        Ok(r#"{"p":{"x":1.0},"b":2,"bytes":"/w==","sum":"X","m":{"k":1,"l":2},"a":1}"#)
    );
    let straight = record(&format!(r#"{point},{{"name":"a","type":"int"}},{more},{map}"#));
    assert_eq!(
        read_with(JsonMode::Avro, Limits::default(), &writer, &straight, &[2, 4]).as_deref(),
        Ok("{\"p\":{\"x\":1.0},\"a\":1,\"bytes\":\"\u{ff}\",\"sum\":{\"E\":\"X\"},\"m\":{\"k\":1,\"l\":2}}")
    );
}

#[test]
fn symbols_go_by_name_and_unknown_ones_take_the_readers_default() {
    let writer = r#"{"type":"enum","name":"E","symbols":["A","B","C"]}"#;
    let plain = r#"{"type":"enum","name":"x.E","symbols":["C","A"]}"#;
    let default = r#"{"type":"enum","name":"E","symbols":["C","OTHER"],"default":"OTHER"}"#;
    for (reader, datum, json) in
        [(plain, 0, "\"A\""), (plain, 4, "\"C\""), (default, 0, "\"OTHER\""), (default, 4, "\"C\"")]
    {
        assert_eq!(read(writer, reader, &[datum]).as_deref(), Ok(json), "{reader} {datum}");
    }
    let error = ": expected a symbol of enum x.E, which has no default, found symbol B";
    assert_eq!(read(writer, plain, &[2]), Err(error.into()));
    let error = ": expected the number of a symbol of the writer's enum, found 3 of 3 at byte 0";
    assert_eq!(read(writer, plain, &[6]), Err(error.into()));
}

#[test]
fn unions_on_either_side_take_the_best_branch_of_the_readers() {
    let tagged =
        |writer: &str, reader: &str, datum: &[u8]| read_with(JsonMode::Avro, Limits::default(), writer, reader, datum);
    for (writer, reader, datum, json) in [
        ("\"int\"", r#"["null","int"]"#, &[2][..], r#"{"int":1}"#),
        ("\"int\"", r#"["double","int"]"#, &[2], r#"{"int":1}"#),
        ("\"int\"", r#"["string","double","long"]"#, &[2], r#"{"double":1.0}"#),
        ("\"null\"", r#"["string","null"]"#, &[], "null"),
        (r#"["null","int"]"#, r#"["int","null"]"#, &[0], "null"),
        (r#"["null","int"]"#, r#"["int","null"]"#, &[2, 2], r#"{"int":1}"#),
        (r#"["null","int"]"#, r#"["null","long","string"]"#, &[2, 2], r#"{"long":1}"#),
        (r#"["null","int"]"#, "\"long\"", &[2, 2], "1"),
        (r#"["int","string"]"#, "\"bytes\"", &[2, 2, b'a'], "\"a\""),
        (r#"["string","bytes"]"#, r#"["bytes","string"]"#, &[0, 2, b'a'], r#"{"string":"a"}"#),
        (r#"["null","int"]"#, r#"["null","int"]"#, &[2, 2], r#"{"int":1}"#),
    ] {
        assert_eq!(tagged(writer, reader, datum).as_deref(), Ok(json), "{writer} {reader} {datum:?}");
    }
    let error = ": expected long, found null";
    let (ints, maybe) = (r#"{"type":"array","items":"int"}"#, r#"{"type":"array","items":["null","int"]}"#);
    assert_eq!(tagged(ints, maybe, &[4, 2, 4, 0]).as_deref(), Ok(r#"[{"int":1},{"int":2}]"#));
    assert_eq!(read(r#"["null","int"]"#, "\"long\"", &[0]), Err(error.into()));
    let error = ": expected null or int, found string";
    assert_eq!(read(r#"["null","string"]"#, r#"["null","int"]"#, &[2, 0]), Err(error.into()));
    let error = ": expected the number of a branch of the writer's union, found 2 of 2 at byte 0";
    assert_eq!(read(r#"["null","string"]"#, r#"["null","int"]"#, &[4]), Err(error.into()));
}

#[test]
fn the_readers_logical_type_says_how_a_value_is_printed() {
    let iso = JsonOptions { timestamps: Timestamps::Iso8601, ..JsonOptions::default() };
    let millis = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
    let date = r#"{"type":"int","logicalType":"date"}"#;
    let decimal = r#"{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}"#;
    let money = format!(r#"{{"name":"sum","type":{decimal},"default":"\u0001\u0000"}}"#);
    for (writer, reader, datum, json) in [
        ("\"long\"", millis, &[0][..], "\"1970-01-01T00:00:00.000Z\""),
        ("\"int\"", millis, &[2], "\"1970-01-01T00:00:00.001Z\""),
        (millis, millis, &[0], "\"1970-01-01T00:00:00.000Z\""),
        (millis, "\"long\"", &[2], "1"),
        (millis, "\"double\"", &[2], "1.0"),
        (date, "\"long\"", &[2], "1"),
        ("\"bytes\"", decimal, &[4, 1, 0], "2.56"),
        (decimal, "\"bytes\"", &[4, 1, 0], "\"AQA=\""),
        (&record(""), &record(&money), &[], r#"{"sum":2.56}"#),
    ] {
        let projection = projection(writer, reader).unwrap();
        let mut out = Vec::new();
        Decoder::new(iso, Limits::default()).decode_as(&projection, datum, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), json, "{writer} as {reader}");
    }
}

#[test]
fn named_branches_go_by_full_name_then_alias_then_short_name() {
    let one = |name: &str, field: &str, more: &str| {
        format!(r#"{{"type":"record","name":"{name}"{more},"fields":[{{"name":"{field}","type":"int","default":0}}]}}"#)
    };
    let writer = one("a.R", "w", "");
    for (branches, tag) in [
        (format!("[{},{}]", one("b.R", "w", ""), one("a.R", "w", "")), "a.R"),
        (format!("[{},{}]", one("b.R", "w", ""), one("c.Z", "w", r#","aliases":["a.R"]"#)), "c.Z"),
        (format!("[{},{}]", one("c.Z", "w", r#","aliases":["a.R"]"#), one("a.R", "w", "")), "a.R"),
        (format!("[{},{}]", one("a.S", "w", ""), one("b.R", "w", "")), "b.R"),
    ] {
        let json = read_with(JsonMode::Avro, Limits::default(), &writer, &branches, &[2]);
        assert_eq!(json, Ok(format!(r#"{{"{tag}":{{"w":1}}}}"#)), "{branches}");
    }
}

#[test]
fn defaults_count_towards_the_limit() {
    let limits = Limits { record_bytes: 100, ..Limits::default() };
    let long = "x".repeat(90);
    let reader = record(&format!(
        r#"{{"name":"a","type":"string","default":"{long}"}},{{"name":"b","type":"string","default":"{long}"}}"#
    ));
    assert_eq!(
        read_with(JsonMode::Plain, limits, &record(""), &reader, &[]),
        Err("/b: expected at most 100 bytes of record, found 194".into())
    );
}

#[test]
fn records_that_hold_themselves() {
    let node = |fields: &str| format!(r#"{{"type":"record","name":"Node","fields":[{fields}]}}"#);
    let writer = node(r#"{"name":"v","type":"int"},{"name":"next","type":["null","Node"]}"#);
    let reader = node(
        r#"{"name":"tag","type":"string","default":"t"},{"name":"next","type":["Node","null"]},{"name":"v","type":"long"}"#,
    );
    let datum = [2, 2, 4, 2, 6, 0];
    assert_eq!(
        read(&writer, &reader, &datum).as_deref(),
        Ok(r#"{"tag":"t","next":{"tag":"t","next":{"tag":"t","next":null,"v":3},"v":2},"v":1}"#)
    );
    let tagged = read_with(JsonMode::Avro, Limits::default(), &writer, &reader, &datum[2..]);
    assert_eq!(tagged.as_deref(), Ok(r#"{"tag":"t","next":{"Node":{"tag":"t","next":null,"v":3}},"v":2}"#));
    let narrow = node(r#"{"name":"v","type":"boolean"},{"name":"next","type":["null","Node"]}"#);
    assert!(projection(&writer, &narrow).unwrap_err().contains("expected boolean, found int"));
}

#[test]
fn members_are_put_in_order_at_every_level() {
    let inner =
        |fields: &str| format!(r#"{{"type":"map","values":{{"type":"record","name":"I","fields":[{fields}]}}}}"#);
    let two = |ty: &str| [format!(r#"{{"name":"x","type":"{ty}"}}"#), format!(r#"{{"name":"y","type":"{ty}"}}"#)];
    let ([x, y], [xl, yl]) = (two("int"), two("long"));
    let map = |fields: &str| format!(r#"{{"name":"m","type":{}}}"#, inner(fields));
    let writer = record(&format!(r#"{{"name":"k","type":"string"}},{}"#, map(&format!("{x},{y}"))));
    let reader = record(&format!(r#"{},{{"name":"k","type":"string"}}"#, map(&format!("{yl},{xl}"))));
    let datum = [2, b'k', 4, 2, b'a', 2, 4, 2, b'b', 6, 8, 0];
    assert_eq!(read(&writer, &reader, &datum).as_deref(), Ok(r#"{"m":{"a":{"y":2,"x":1},"b":{"y":4,"x":3}},"k":"k"}"#));
    let error = read(&writer, &reader, &[2, b'k', 4, 2, b'a', 2, 4, 2, b'a', 6, 8, 0]).unwrap_err();
    assert_eq!(error, "/m/a: expected each key of the map once, found a duplicate");
}
