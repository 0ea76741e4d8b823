use super::*;

fn printed(schema: &str, form: Form) -> String {
    java_text(&Document::parse(schema).unwrap(), form)
}

/// Answers of Java's Avro 1.12.1.
#[test]
fn schemas_print_as_java_prints_them() {
    for (schema, stored) in [
        ("\"int\"", "\"int\""),
        (r#"{"type":"int"}"#, "\"int\""),
        (
            r#"{"type":"int","doc":"d","name":"n","items":3,"x":null,"order":"o","default":3,"aliases":["a"]}"#,
            r#"{"type":"int","x":null,"order":"o","default":3}"#,
        ),
        (
            r#"{"type":"record","name":"R","fields":[],"default":5,"symbols":["A"],"size":3,"items":"int","order":"x"}"#,
            r#"{"type":"record","name":"R","fields":[],"default":5,"order":"x"}"#,
        ),
        (
            r#"{"type":"enum","name":"E","symbols":["A"],"default":"A","fields":[],"x":1,"aliases":["n.B","B"],"doc":""}"#,
            r#"{"type":"enum","name":"E","doc":"","symbols":["A"],"default":"A","x":1,"aliases":["n.B","B"]}"#,
        ),
        (
            r#"{"type":"record","name":"n.R","doc":5,"aliases":["n.A","B","o.C",".D","B"],"fields":[{"name":"f","type":"int","doc":"","order":"ascending","items":1,"namespace":"x","logicalType":"date"}]}"#,
            r#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"f","type":"int","doc":"","items":1,"namespace":"x","logicalType":"date"}],"aliases":["A","B","o.C","D"]}"#,
        ),
        (
            r#"{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":5,"scale":0,"doc":"x"}"#,
            r#"{"type":"fixed","name":"D","doc":"x","size":4,"logicalType":"decimal","precision":5,"scale":0}"#,
        ),
        (
            r#"{"type":"array","items":{"type":"int"},"items2":1,"default":[],"doc":"d","name":"n","java-class":"x"}"#,
            r#"{"type":"array","items":"int","items2":1,"default":[],"java-class":"x"}"#,
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"f","aliases":["z","a","z"],"x":1,"type":"int","x":2}],"aliases":[]}"#,
            r#"{"type":"record","name":"R","fields":[{"name":"f","type":"int","aliases":["z","a"],"x":2}]}"#,
        ),
    ] {
        assert_eq!(printed(schema, Form::Written), stored);
        assert_eq!(printed(stored, Form::Written), stored, "stored text stays as it is");
    }
}

/// Answers of Java's Avro 1.12.1.
#[test]
fn names_are_short_in_their_own_namespace() {
    for (schema, stored) in [
        (
            r#"{"type":"record","name":"R","namespace":"ns","fields":[{"name":"a","type":{"type":"fixed","name":"F","namespace":"","size":1}},{"name":"b","type":"F"},{"name":"c","type":{"type":"record","name":"Q","fields":[{"name":"z","type":"ns.R"}]}},{"name":"d","type":{"type":"ns.Q","x":3}},{"name":"e","type":{"type":"enum","name":"o.E","symbols":["A"]}},{"name":"g","type":["null","o.E","Q","F"]}]}"#,
            r#"{"type":"record","name":"R","namespace":"ns","fields":[{"name":"a","type":{"type":"fixed","name":"F","namespace":"","size":1}},{"name":"b","type":"F"},{"name":"c","type":{"type":"record","name":"Q","fields":[{"name":"z","type":"R"}]}},{"name":"d","type":"Q"},{"name":"e","type":{"type":"enum","name":"E","namespace":"o","symbols":["A"]}},{"name":"g","type":["null","o.E","Q","F"]}]}"#,
        ),
        (
            r#"{"type":"record","name":"R","namespace":"x","fields":[{"name":"g","type":{"type":"record","name":"x.int","fields":[]}},{"name":"h","type":"x.int"}]}"#,
            r#"{"type":"record","name":"R","namespace":"x","fields":[{"name":"g","type":{"type":"record","name":"int","fields":[]}},{"name":"h","type":"x.int"}]}"#,
        ),
        (
            r#"{"type":"record","name":"A","namespace":"n","fields":[{"name":"f","type":{"type":"array","items":{"type":"record","name":"m.B","fields":[{"name":"g","type":["null","n.A"]},{"name":"h","type":"B"}]}}},{"name":"k","type":"m.B"}]}"#,
            r#"{"type":"record","name":"A","namespace":"n","fields":[{"name":"f","type":{"type":"array","items":{"type":"record","name":"B","namespace":"m","fields":[{"name":"g","type":["null","n.A"]},{"name":"h","type":"B"}]}}},{"name":"k","type":"m.B"}]}"#,
        ),
        (
            r#"{"type":"record","name":"a.b.c.R","namespace":"ignored","fields":[]}"#,
            r#"{"type":"record","name":"R","namespace":"a.b.c","fields":[]}"#,
        ),
        (r#"{"type":"record","name":"R","namespace":null,"fields":[]}"#, r#"{"type":"record","name":"R","fields":[]}"#),
    ] {
        assert_eq!(printed(schema, Form::Written), stored);
        assert_eq!(printed(stored, Form::Written), stored, "stored text stays as it is");
    }
}

/// Answers of Java's Avro 1.12.1.
#[test]
fn defaults_print_as_java_reads_them() {
    let defaults = |fields: &[(&str, &str)], form| -> Vec<String> {
        let field = |(ty, default): &(&str, &str)| {
            let field = format!(r#"{{"name":"f","type":{ty},"default":{default}}}"#);
            let printed = printed(&format!(r#"{{"type":"record","name":"R","fields":[{field}]}}"#), form);
            let from = printed.split_once(r#""default":"#).unwrap().1;
            from.strip_suffix("}]}").unwrap().to_owned()
        };
        fields.iter().map(field).collect()
    };
    let double = "\"double\"";
    assert_eq!(
        defaults(
            &[
                (double, "1"),
                (double, "1.50"),
                (double, "1e400"),
                (double, "-0.0"),
                (double, "\"1e3\""),
                (double, "\" 1 \""),
                (double, "\"NaN\""),
                ("\"float\"", "\"0.1\""),
                ("\"string\"", "\"1e3\""),
                ("\"bytes\"", "\"\\u00ff\\u0000\""),
                (r#"{"type":"map","values":"double"}"#, r#"{"b":1,"a":2.50}"#),
                (r#"["null","int"]"#, "null"),
            ],
            Form::Written
        ),
        [
            "1",
            "1.5",
            "\"Infinity\"",
            "-0.0",
            "1000.0",
            "1.0",
            "\"NaN\"",
            "0.1",
            "\"1e3\"",
            "\"ÿ\\u0000\"",
            r#"{"b":1,"a":2.5}"#,
            "null"
        ]
    );
    assert_eq!(
        defaults(
            &[
                (double, "1"),
                ("\"float\"", "16777217"),
                ("\"long\"", "7"),
                (r#"["double","null"]"#, "1"),
                (r#"{"type":"map","values":{"type":"array","items":"double"}}"#, r#"{"b":[1],"a":[]}"#),
                (
                    r#"{"type":"record","name":"n.P","fields":[{"name":"y","type":"float"},{"name":"x","type":["null","P"]}]}"#,
                    r#"{"y":1,"x":null}"#
                ),
            ],
            Form::Normalized
        ),
        ["1.0", "1.6777216E7", "7", "1.0", r#"{"a":[],"b":[1.0]}"#, r#"{"x":null,"y":1.0}"#]
    );
}

#[test]
fn normalized_schemas_differ_in_what_matters_alone() {
    let schema = r#"{"type":"error","name":"n.R","doc":"","z":{"d":1,"c":2},"aliases":["z.B","C"],"a":1,"fields":[
        {"name":"f","type":{"type":"bytes","a":1,"scale":2,"precision":9,"logicalType":"decimal"},"doc":"","z":1,"b":2},
        {"name":"g","type":{"type":"bytes","scale":0,"precision":9,"logicalType":"decimal","a":1}},
        {"name":"h","type":{"type":"array","items":"int","z":1,"logicalType":"decimal"},"aliases":["y","x"]},
        {"name":"i","type":{"type":"enum","name":"E","symbols":["B","A"],"default":"A","x":2,"b":1}}]}"#;
    assert_eq!(
        printed(schema, Form::Normalized),
        r#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2,"a":1},"doc":"","b":2,"z":1},{"name":"g","type":{"type":"bytes","logicalType":"decimal","precision":9,"a":1,"scale":0}},{"name":"h","type":{"type":"array","items":"int","logicalType":"decimal","z":1},"aliases":["x","y"]},{"name":"i","type":{"type":"enum","name":"E","symbols":["B","A"],"default":"A","b":1,"x":2}}],"a":1,"z":{"c":2,"d":1},"aliases":["C","z.B"]}"#
    );
}

#[test]
fn what_is_no_schema_comes_out_as_it_is() {
    for text in ["1", "null", "{}", r#"{"type":5}"#, r#"{"type":"record"}"#, r#"[{"type":"record","name":7}]"#] {
        assert!(Document::parse(&printed(text, Form::Written)).is_ok(), "{text}");
    }
    assert_eq!(printed(r#"{"type":{"type":"int"},"x":1}"#, Form::Written), r#"{"type":"int","x":1}"#);
}
