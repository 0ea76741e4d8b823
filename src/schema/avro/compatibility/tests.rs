use super::*;

fn between(reader: &str, writer: &str) -> Vec<Incompatibility> {
    let parse = |text: &str| Schema::parse::<&str>(text, &[]).unwrap();
    incompatibilities(&parse(reader), &parse(writer))
}

/// Kind, path in the reader's schema and detail of each.
fn found(reader: &str, writer: &str) -> Vec<(&'static str, String, String)> {
    between(reader, writer).into_iter().map(|one| (one.kind.as_str(), one.path, one.detail)).collect()
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#)
}

#[test]
fn what_can_be_read_has_no_incompatibilities() {
    let optional = record(r#"{"name":"a","type":"int"},{"name":"b","type":["null","string"],"default":null}"#);
    let renamed = record(r#"{"name":"c","type":"long","aliases":["x","a"]}"#);
    for (reader, writer) in [
        ("\"long\"", "\"int\""),
        ("\"double\"", "\"float\""),
        ("\"float\"", "\"long\""),
        ("\"string\"", "\"bytes\""),
        ("\"bytes\"", "\"string\""),
        (r#"["null","double"]"#, "\"int\""),
        ("\"double\"", r#"["int","float"]"#),
        ("[]", "[]"),
        ("\"int\"", "[]"),
        (&*optional, &*record(r#"{"name":"a","type":"int"}"#)),
        (&*record(r#"{"name":"a","type":"int"}"#), &*optional),
        (&*renamed, &*optional),
        (r#"{"type":"record","name":"x.R","fields":[]}"#, r#"{"type":"error","name":"y.R","fields":[]}"#),
        (r#"{"type":"fixed","name":"F","size":1,"aliases":["n.G"]}"#, r#"{"type":"fixed","name":"n.G","size":1}"#),
        (
            r#"{"type":"enum","name":"E","symbols":["A"],"default":"A"}"#,
            r#"{"type":"enum","name":"E","symbols":["A","B"]}"#,
        ),
        (
            r#"["null",{"type":"record","name":"R","aliases":["n.S"],"fields":[]}]"#,
            r#"["null",{"type":"record","name":"n.S","fields":[]}]"#,
        ),
        (
            r#"{"type":"fixed","name":"D","size":8,"logicalType":"decimal","precision":4,"scale":2}"#,
            r#"{"type":"fixed","name":"D","size":8,"logicalType":"decimal","precision":3,"scale":2}"#,
        ),
    ] {
        assert_eq!(found(reader, writer), [], "{reader} reads {writer}");
    }
}

/// What Java's Avro 1.12.1 says.
#[test]
fn every_incompatibility_has_its_kind_place_and_detail() {
    for (reader, writer, expected) in [
        (
            "\"int\"",
            "\"long\"",
            &[("TYPE_MISMATCH", "/", "reader type: INT not compatible with writer type: LONG")][..],
        ),
        (
            r#"["int","string"]"#,
            "\"boolean\"",
            &[("MISSING_UNION_BRANCH", "/", "reader union lacking writer type: BOOLEAN")],
        ),
        (
            r#"["int","string"]"#,
            r#"["int","string","boolean",{"type":"array","items":"int"}]"#,
            &[
                ("MISSING_UNION_BRANCH", "/2", "reader union lacking writer type: BOOLEAN"),
                ("MISSING_UNION_BRANCH", "/3", "reader union lacking writer type: ARRAY"),
            ],
        ),
        (
            r#"["null",{"type":"array","items":"string"}]"#,
            r#"["null",{"type":"array","items":"int"}]"#,
            &[("MISSING_UNION_BRANCH", "/1", "reader union lacking writer type: ARRAY")],
        ),
        (
            r#"{"type":"map","values":"int"}"#,
            r#"{"type":"map","values":["int","string"]}"#,
            &[("TYPE_MISMATCH", "/values/1", "reader type: INT not compatible with writer type: STRING")],
        ),
        (
            r#"{"type":"fixed","name":"F","size":3}"#,
            r#"{"type":"fixed","name":"n.G","size":4}"#,
            &[("NAME_MISMATCH", "/name", "expected: n.G"), ("FIXED_SIZE_MISMATCH", "/size", "expected: 4, found: 3")],
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A"]}"#,
            r#"{"type":"enum","name":"E","symbols":["D","B","A","C"]}"#,
            &[("MISSING_ENUM_SYMBOLS", "/symbols", "[B, C, D]")],
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["int","string"]},{"name":"n","type":"string"}]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"b","type":["int","boolean","null"]},{"name":"a","type":["string","int",{"type":"array","items":"int"}]}]}"#,
            &[
                ("TYPE_MISMATCH", "/fields/0/type/0", "reader type: INT not compatible with writer type: STRING"),
                ("TYPE_MISMATCH", "/fields/0/type/2", "reader type: INT not compatible with writer type: ARRAY"),
                ("MISSING_UNION_BRANCH", "/fields/1/type/1", "reader union lacking writer type: BOOLEAN"),
                ("MISSING_UNION_BRANCH", "/fields/1/type/2", "reader union lacking writer type: NULL"),
                ("READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/2", "n"),
            ],
        ),
    ] {
        let expected: Vec<_> =
            expected.iter().map(|&(kind, path, detail)| (kind, path.into(), detail.into())).collect();
        assert_eq!(found(reader, writer), expected, "{reader} reads {writer}");
    }
}

#[test]
fn decimals_of_another_scale_do_not_match() {
    let decimal = |scale: u32| format!(r#"{{"type":"bytes","logicalType":"decimal","precision":9,"scale":{scale}}}"#);
    let expected = "reader type: DECIMAL of scale 2 not compatible with writer type: DECIMAL of scale 3";
    assert_eq!(found(&decimal(2), &decimal(3)), [("TYPE_MISMATCH", "/".to_owned(), expected.to_owned())]);
    assert_eq!(found(&decimal(2), "\"bytes\""), []);
}

#[test]
fn types_that_hold_themselves_are_compared_once() {
    let list = |value: &str| {
        format!(
            r#"{{"type":"record","name":"L","fields":[{{"name":"v","type":"{value}"}},{{"name":"next","type":["null","L"],"default":null}}]}}"#
        )
    };
    assert_eq!(found(&list("long"), &list("int")), []);
    let expected = [
        (
            "TYPE_MISMATCH",
            "/fields/0/type".to_owned(),
            "reader type: INT not compatible with writer type: LONG".to_owned(),
        ),
        ("MISSING_UNION_BRANCH", "/fields/1/type/1".to_owned(), "reader union lacking writer type: RECORD".to_owned()),
    ];
    assert_eq!(found(&list("int"), &list("long")), expected);
}

/// Of a chain of types each is known by name when the next one uses it, so that nothing nests in the text.
fn chain(length: usize, last: &str) -> String {
    let record =
        |n: usize, ty: &str| format!(r#"{{"type":"record","name":"R{n}","fields":[{{"name":"f","type":{ty}}}]}}"#);
    let types: Vec<String> =
        (0..length).map(|n| if n == 0 { record(0, last) } else { record(n, &format!("\"R{}\"", n - 1)) }).collect();
    format!(
        r#"{{"type":"record","name":"All","fields":[{{"name":"types","type":[{}]}},{{"name":"last","type":"R{}"}}]}}"#,
        types.join(","),
        length - 1
    )
}

#[test]
fn a_chain_of_ten_thousand_types_needs_no_stack() {
    assert_eq!(found(&chain(10_000, "\"long\""), &chain(10_000, "\"int\"")), []);
    let found = between(&chain(10_000, "\"int\""), &chain(10_000, "\"long\""));
    assert_eq!(found.len(), 10_001, "every branch of the union, and the last one's field");
    assert_eq!(found[10_000].path.len(), "/fields/1/type".len() + 10_000 * "/fields/0/type".len());
}

#[test]
fn circles_of_different_length_are_not_followed_without_end() {
    let circle = |length: usize| {
        let types: Vec<String> = (0..length)
            .map(|n| {
                let before = if n == 0 { "\"null\"".to_owned() } else { format!("\"n{}.R\"", n - 1) };
                let root = if n == 0 { ",\"Root\"" } else { "" };
                format!(r#"{{"type":"record","name":"n{n}.R","fields":[{{"name":"f","type":[{before}{root}]}}]}}"#)
            })
            .collect();
        format!(
            r#"{{"type":"record","name":"Root","fields":[{{"name":"types","type":{{"type":"array","items":[{}]}}}},{{"name":"f","type":"n{}.R"}}]}}"#,
            types.join(","),
            length - 1
        )
    };
    let found = between(&circle(1_013), &circle(1_009));
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [Kind::TooMany]);
}

#[test]
fn messages_read_as_clients_know_them() {
    let reader = record(r#"{"name":"a","type":"int"},{"name":"b","type":"string"}"#);
    let writer = record(r#"{"name":"b","type":"int"}"#);
    let messages =
        |direction| -> Vec<String> { between(&reader, &writer).iter().map(|one| one.message(direction)).collect() };
    assert_eq!(
        messages(Direction::Backward),
        [
            "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the new schema has no default value and is missing in the old schema', additionalInfo:'a'}",
            "{errorType:'TYPE_MISMATCH', description:'The type (path '/fields/1/type') of a field in the new schema does not match with the old schema', additionalInfo:'reader type: STRING not compatible with writer type: INT', oldPath:'/fields/0/type'}",
        ]
    );
    assert_eq!(
        messages(Direction::Forward)[0],
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path '/fields/0' in the old schema has no default value and is missing in the new schema', additionalInfo:'a'}"
    );
}
