use super::*;

fn compile(writer: &str, reader: &str) -> Result<Projection, ResolutionError> {
    let parse = |text: &str| Schema::parse::<&str>(text, &[]).unwrap_or_else(|error| panic!("{error} in {text}"));
    Projection::compile(&parse(writer), &parse(reader))
}

fn record(name: &str, fields: &str) -> String {
    format!(r#"{{"type":"record","name":"{name}","fields":[{fields}]}}"#)
}

fn field(name: &str, ty: &str) -> String {
    format!(r#"{{"name":"{name}","type":{ty}}}"#)
}

/// The types without parts, and as which of them each may be read.
#[test]
fn every_pair_of_types() {
    let types = [
        ("\"null\"", "null"),
        ("\"boolean\"", "boolean"),
        ("\"int\"", "int long float double"),
        ("\"long\"", "long float double"),
        ("\"float\"", "float double"),
        ("\"double\"", "double"),
        ("\"bytes\"", "bytes string"),
        ("\"string\"", "bytes string"),
        (r#"{"type":"array","items":"int"}"#, "array"),
        (r#"{"type":"map","values":"int"}"#, "map"),
        (r#"{"type":"record","name":"N","fields":[]}"#, "record"),
        (r#"{"type":"enum","name":"N","symbols":["A"]}"#, "enum"),
        (r#"{"type":"fixed","name":"N","size":4}"#, "fixed"),
    ];
    for (writer, readers) in types {
        for (reader, _) in types {
            let name = reader.trim_matches('"');
            let name = if name.starts_with('{') { name.split('"').nth(3).unwrap() } else { name };
            let expected = readers.split(' ').any(|known| known == name);
            assert_eq!(compile(writer, reader).is_ok(), expected, "{writer} as {reader}");
            let union = format!("[{},{reader}]", if name == "null" { "\"boolean\"" } else { "\"null\"" });
            if writer != "\"null\"" && writer != "\"boolean\"" {
                assert_eq!(compile(writer, &union).is_ok(), expected, "{writer} as {union}");
            }
            assert_eq!(compile(&format!("[{writer}]"), reader).is_ok(), expected, "[{writer}] as {reader}");
        }
    }
}

#[test]
fn names_match_in_full_by_alias_or_without_namespace() {
    let named = |kind: &str, name: &str, aliases: &str| match kind {
        "record" => format!(r#"{{"type":"record","name":"{name}","aliases":[{aliases}],"fields":[]}}"#),
        "enum" => format!(r#"{{"type":"enum","name":"{name}","aliases":[{aliases}],"symbols":["A"]}}"#),
        _ => format!(r#"{{"type":"fixed","name":"{name}","aliases":[{aliases}],"size":1}}"#),
    };
    for kind in ["record", "enum", "fixed"] {
        for (writer, reader, aliases, matches) in [
            ("a.N", "a.N", "", true),
            ("a.N", "b.N", "", true),
            ("N", "b.N", "", true),
            ("a.N", "a.M", "", false),
            ("a.N", "a.M", r#""N""#, true),
            ("a.N", "b.M", r#""a.N""#, true),
            ("a.N", "b.M", r#""N""#, false),
        ] {
            let result = compile(&named(kind, writer, ""), &named(kind, reader, aliases));
            assert_eq!(result.is_ok(), matches, "{kind} {writer} as {reader} with {aliases}");
        }
    }
    let fixed = |size| format!(r#"{{"type":"fixed","name":"F","size":{size}}}"#);
    assert_eq!(
        compile(&fixed(4), &fixed(8)).unwrap_err().to_string(),
        "reader's schema : expected fixed F of 8 bytes, found fixed F of 4 bytes (writer's schema )"
    );
}

#[test]
fn logical_types_of_both_sides_are_the_same() {
    let ty = |ty: &str, logical: &str| format!(r#"{{"type":"{ty}","logicalType":"{logical}"}}"#);
    let decimal = |precision: u32, scale: u32| {
        format!(r#"{{"type":"bytes","logicalType":"decimal","precision":{precision},"scale":{scale}}}"#)
    };
    for (writer, reader, matches) in [
        (ty("long", "timestamp-millis"), ty("long", "timestamp-millis"), true),
        (ty("long", "timestamp-millis"), ty("long", "timestamp-micros"), false),
        (ty("long", "timestamp-millis"), ty("long", "local-timestamp-millis"), false),
        (ty("int", "time-millis"), ty("long", "time-micros"), false),
        (ty("int", "date"), ty("long", "timestamp-millis"), false),
        (ty("long", "timestamp-millis"), ty("long", "unknown"), true),
        (decimal(4, 2), decimal(4, 2), true),
        (decimal(4, 2), decimal(5, 2), false),
        (decimal(4, 2), decimal(4, 1), false),
        // Not valid, so it is bytes.
        (decimal(4, 2), decimal(4, 5), true),
        (decimal(4, 2), ty("bytes", "big-decimal"), false),
        (decimal(4, 2), "\"string\"".to_owned(), false),
        ("\"string\"".to_owned(), decimal(4, 2), false),
        (ty("string", "uuid"), "\"bytes\"".to_owned(), true),
    ] {
        assert_eq!(compile(&writer, &reader).is_ok(), matches, "{writer} as {reader}");
    }
    assert_eq!(
        compile(&decimal(4, 2), &decimal(5, 2)).unwrap_err().to_string(),
        "reader's schema : expected bytes as decimal(5,2), found bytes as decimal(4,2) (writer's schema )"
    );
}

#[test]
fn an_error_points_into_both_schemas() {
    let items = |ty: &str| format!(r#"{{"type":"array","items":{{"type":"map","values":["null",{ty}]}}}}"#);
    let writer = record("R", &[field("gone", "\"int\""), field("a", &items("\"string\""))].join(","));
    let reader = record("R", &field("a", r#"{"type":"array","items":{"type":"map","values":"int"}}"#));
    assert_eq!(
        compile(&writer, &reader).unwrap_err().to_string(),
        "reader's schema /fields/0/type/items/values: expected int, found string \
         (writer's schema /fields/1/type/items/values/1)"
    );
    let reader = record("R", &[field("a", &items("\"string\"")), field("more", "\"int\"")].join(","));
    assert_eq!(
        compile(&writer, &reader).unwrap_err().to_string(),
        "reader's schema : expected a field 'more', which has no default, found record R without it (writer's schema )"
    );
    let reader = record("R", r#"{"name":"a","type":"int","default":"x"}"#);
    assert!(compile(&writer, &reader).unwrap_err().to_string().contains("expected int, found array"));
    assert_eq!(
        compile(&record("R", ""), &reader).unwrap_err().to_string(),
        "reader's schema : expected a field 'a', whose default does not fit, found record R without it (writer's schema )"
    );
}

#[test]
fn schemas_that_are_written_alike_need_no_projection() {
    let tree = |doc: &str| {
        record(
            "Tree",
            &format!(
                r#"{{"name":"v","type":["null","int",{{"type":"enum","name":"E","symbols":["A","B"]}}],"doc":"{doc}"}},
                   {{"name":"kids","type":{{"type":"array","items":"Tree"}}}},
                   {{"name":"m","type":{{"type":"map","values":{{"type":"fixed","name":"{doc}.F","size":2}}}}}}"#
            ),
        )
    };
    assert!(compile(&tree("a"), &tree("b")).unwrap().is_identity());
    for (writer, reader) in [
        ("\"int\"", "\"long\""),
        (r#"["null","int"]"#, r#"["int","null"]"#),
        (r#"["null","int"]"#, r#"["null","int","string"]"#),
        (r#"["null","int"]"#, r#"["null","long"]"#),
        (r#"{"type":"enum","name":"E","symbols":["A"]}"#, r#"{"type":"enum","name":"E","symbols":["A","B"]}"#),
        (&record("R", &field("a", "\"int\"")), &record("R", "")),
        (
            &record("R", &[field("a", "\"int\""), field("b", "\"int\"")].join(",")),
            &record("R", &[field("b", "\"int\""), field("a", "\"int\"")].join(",")),
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]},{"name":"x","type":"int"}]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]},{"name":"x","type":"long"}]}"#,
        ),
    ] {
        assert!(!compile(writer, reader).unwrap().is_identity(), "{writer} as {reader}");
    }
}

/// A record that is at fault may be met again as a part of something that is not.
#[test]
fn what_can_never_be_read_is_known_wherever_it_is_met() {
    let part = |ty: &str| {
        record(
            "P",
            &[
                field("bad", ty),
                field(
                    "q",
                    r#"{"type":"record","name":"Q","fields":[{"name":"p","type":{"type":"array","items":"P"}}]}"#,
                ),
            ]
            .join(","),
        )
    };
    let whole = |ty: &str, q: &str| {
        let lazy = format!(r#"["null",{}]"#, part(ty));
        record("R", &[field("lazy", &lazy), field("q", q)].join(","))
    };
    assert!(compile(&whole("\"int\"", "\"null\""), &whole("\"string\"", "\"null\"")).is_ok());
    assert_eq!(
        compile(&whole("\"int\"", "\"Q\""), &whole("\"string\"", "\"Q\"")).unwrap_err().to_string(),
        "reader's schema /fields/0/type/1/fields/0/type: expected string, found int \
         (writer's schema /fields/0/type/1/fields/0/type)"
    );
}

#[test]
fn schemas_nest_as_deep_as_they_have_types() {
    let chain = |last: &str| {
        let mut texts = vec![record("R0", &field("x", last))];
        texts.extend((1..5_000).map(|n| record(&format!("R{n}"), &field("x", &format!("\"R{}\"", n - 1)))));
        Schema::parse("\"R4999\"", &texts).unwrap()
    };
    assert!(Projection::compile(&chain("\"int\""), &chain("\"int\"")).unwrap().is_identity());
    let error = Projection::compile(&chain("\"string\""), &chain("\"int\"")).unwrap_err().to_string();
    let (reader, writer) = error.split_once(": expected int, found string (writer's schema …").unwrap();
    assert!(reader.starts_with("reader's schema …/fields/") && reader.len() < 2_000 && writer.len() < 2_000, "{error}");
}

#[test]
fn pairs_without_end_are_an_error() {
    // Each field of one meets each record of the other: they are told apart by namespace alone.
    let many = |ns: char| {
        let all: Vec<String> = (0..1_500).map(|n| record(&format!("{ns}{n}.R"), "")).collect();
        format!("[{}]", all.join(","))
    };
    assert_eq!(compile(&many('a'), &many('b')).unwrap_err(), ResolutionError::TooLarge);
}
