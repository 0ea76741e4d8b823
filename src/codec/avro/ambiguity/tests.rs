use super::*;
use crate::codec::avro::{BytesForm, Decimals, Timestamps};
use crate::schema::avro::Schema;

fn found(schema: &str, options: JsonOptions) -> Vec<(String, String, String)> {
    let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
    let short = |text: &str| text.rsplit(' ').next().unwrap_or_default().to_owned();
    let ambiguities = ambiguities(&plan, options);
    ambiguities.iter().map(|a| (a.schema_path.clone(), short(&a.branch), short(&a.taken_by))).collect()
}

/// `A>B` for each branch that another takes values from.
fn pairs(schema: &str, options: JsonOptions) -> String {
    let pairs: Vec<_> = found(schema, options).into_iter().map(|(_, from, to)| format!("{from}>{to}")).collect();
    pairs.join(" ")
}

fn plain(schema: &str) -> String {
    pairs(schema, JsonOptions::default())
}

fn record(name: &str, fields: &str) -> String {
    format!(r#"{{"type":"record","name":"{name}","fields":[{fields}]}}"#)
}

fn two(a: &str, b: &str) -> String {
    format!("[{},{}]", record("A", a), record("B", b))
}

const X: &str = r#"{"name":"x","type":"int"}"#;
const X_OPTIONAL: &str = r#"{"name":"x","type":"int","default":0}"#;
const X_TEXT: &str = r#"{"name":"x","type":"string"}"#;
const Y: &str = r#"{"name":"y","type":"int"}"#;

#[test]
fn records_are_told_apart_by_what_they_must_have() {
    assert_eq!(plain(&two(X, Y)), "");
    assert_eq!(plain(&two(X, X)), "B>A");
    assert_eq!(plain(&two(X, X_TEXT)), "");
    assert_eq!(plain(&two("", X)), "B>A");
    assert_eq!(plain(&two(X, "")), "");
    assert_eq!(plain(&two(X_OPTIONAL, Y)), "B>A");
    assert_eq!(plain(&two(X, &format!("{X},{Y}"))), "B>A");
    assert_eq!(plain(&two(&format!("{X},{Y}"), X)), "");
    let reject = JsonOptions { unknown_fields: UnknownFields::Reject, ..JsonOptions::default() };
    assert_eq!(pairs(&two(X, &format!("{X},{Y}")), reject), "");
    assert_eq!(pairs(&two(&format!("{X},{}", Y.replace('}', r#","default":1}"#)), X), reject), "B>A");
    let map = r#"{"type":"map","values":"int"}"#;
    assert_eq!(plain(&format!("[{},{map}]", record("A", X))), "map>A");
    assert_eq!(plain(&format!("[{map},{}]", record("A", X))), "A>map");
    assert_eq!(plain(&format!("[{map},{}]", record("A", X_TEXT))), "");
    assert_eq!(plain(&format!("[{},{map}]", record("A", X_TEXT))), "");
}

#[test]
fn records_that_hold_themselves() {
    let list = |name: &str, next: &str, value: &str| {
        record(name, &format!(r#"{{"name":"next","type":{next}}},{{"name":"v","type":"{value}"}}"#))
    };
    let union = |a: &str, b: &str, value: &str| format!("[{},{}]", list("A", a, "int"), list("B", b, value));
    assert_eq!(plain(&union(r#"["null","A"]"#, r#"["null","B"]"#, "int")), "B>A");
    assert_eq!(plain(&union(r#"["null","A"]"#, r#"["null","B"]"#, "string")), "");
    // No finite value of either exists.
    assert_eq!(plain(&union("\"A\"", "\"B\"", "int")), "");
}

#[test]
fn numbers_are_told_apart_by_their_point() {
    let decimal = |scale: u32| format!(r#"{{"type":"bytes","logicalType":"decimal","precision":9,"scale":{scale}}}"#);
    let millis = r#"{"type":"long","logicalType":"timestamp-millis"}"#;
    assert_eq!(plain(r#"["null","int","double","string","boolean"]"#), "double>string");
    assert_eq!(plain(r#"["int","long"]"#), "long>int");
    assert_eq!(plain(r#"["double","long"]"#), "");
    assert_eq!(plain(r#"["double","float"]"#), "float>double");
    assert_eq!(plain(&format!(r#"["long",{}]"#, decimal(2))), "");
    assert_eq!(plain(&format!(r#"[{},"long"]"#, decimal(0))), "decimal(9,0)>long");
    assert_eq!(plain(&format!(r#"["double",{}]"#, decimal(2))), "decimal(9,2)>double");
    assert_eq!(plain(&format!(r#"["double",{}]"#, decimal(0))), "");
    assert_eq!(plain(&format!(r#"["int",{millis}]"#)), "timestamp-millis>int");
    let texts = JsonOptions { timestamps: Timestamps::Iso8601, decimals: Decimals::String, ..JsonOptions::default() };
    assert_eq!(pairs(&format!(r#"["int",{millis},{}]"#, decimal(2)), texts), "");
    assert_eq!(pairs(&format!(r#"["string",{millis}]"#), texts), "timestamp-millis>string");
    assert_eq!(plain(&format!(r#"["string",{millis}]"#)), "");
    assert_eq!(
        pairs(&format!(r#"[{},{{"type":"fixed","name":"F","size":6}}]"#, decimal(0)), texts),
        "decimal(9,0)>bytes"
    );
    assert_eq!(pairs(&format!(r#"[{},{{"type":"fixed","name":"F","size":5}}]"#, decimal(0)), texts), "");
}

#[test]
fn texts_are_told_apart_by_their_look() {
    let uuid = r#"{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}"#;
    let duration = r#"{"type":"fixed","name":"D","size":12,"logicalType":"duration"}"#;
    let fixed = r#"{"type":"fixed","name":"F","size":2}"#;
    let symbols = |symbol: &str| format!(r#"{{"type":"enum","name":"E","symbols":["{symbol}"]}}"#);
    let latin1 = JsonOptions { bytes: BytesForm::Latin1, ..JsonOptions::default() };
    assert_eq!(plain(r#"["bytes","string"]"#), "bytes>string");
    assert_eq!(plain(&format!(r#"["bytes",{uuid}]"#)), "");
    assert_eq!(pairs(&format!(r#"["bytes",{uuid}]"#), latin1), "uuid>bytes");
    assert_eq!(plain(&format!(r#"["bytes",{duration}]"#)), "duration>bytes");
    assert_eq!(plain(&format!(r"[{fixed},{duration},{uuid}]")), "");
    assert_eq!(plain(&format!(r#"[{},"bytes"]"#, symbols("RED"))), "");
    assert_eq!(plain(&format!(r#"[{},"bytes"]"#, symbols("BLUE"))), "bytes>E");
    assert_eq!(plain(&format!(r#"["bytes",{}]"#, symbols("BLUE"))), "E>bytes");
    assert_eq!(plain(&format!(r"[{fixed},{}]", symbols("BLUE"))), "");
    assert_eq!(plain(&format!(r"[{duration},{}]", symbols("P1D"))), "E>duration");
}

#[test]
fn the_place_is_the_union_and_each_type_is_looked_at_once() {
    let schema = record(
        "R",
        r#"{"name":"a","type":{"type":"array","items":["null",{"type":"map","values":["int","long"]}]}},
           {"name":"again","type":["null","R"]}"#,
    );
    let path = "/a/[]/{}".to_owned();
    assert_eq!(found(&schema, JsonOptions::default()), [(path, "long".into(), "int".into())]);
    assert_eq!(found(&schema, JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() }), []);
    let plan = Plan::compile(&Schema::parse::<&str>(&two(X, X), &[]).unwrap()).unwrap();
    let ambiguities = ambiguities(&plan, JsonOptions::default());
    assert_eq!(
        ambiguities.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [": JSON can't tell record B from record A, as which it may be encoded"]
    );
}

#[test]
fn schemas_of_many_types_take_no_longer_than_the_limit() {
    // Each record holds the one before it twice, under other names in the second half, and each is a branch.
    let mut types = Vec::new();
    for half in ["A", "B"] {
        for level in 0..500 {
            let fields = if level == 0 {
                X.to_owned()
            } else {
                let below = format!("{half}{}", level - 1);
                format!(r#"{{"name":"a","type":"{below}"}},{{"name":"b","type":"{below}"}}"#)
            };
            types.push(record(&format!("{half}{level}"), &fields));
        }
    }
    let found = found(&format!("[{}]", types.join(",")), JsonOptions::default());
    assert!(found.contains(&(String::new(), "B0".into(), "A0".into())), "{}", found.len());
}
