use super::*;

const NONE: &[&str] = &[];

fn parse_one(text: &str) -> Result<Schema, SchemaError> {
    parse(text, NONE)
}

fn fault(text: &str) -> String {
    parse_one(text).unwrap_err().to_string()
}

fn record(schema: &Schema, id: TypeId) -> &Record {
    match &schema.get(id).kind {
        Kind::Record(record) => record,
        other => panic!("expected a record, got {other:?}"),
    }
}

#[test]
fn primitives_stand_alone_or_in_an_object() {
    for name in ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] {
        for text in
            [format!("\"{name}\""), format!("{{\"type\":\"{name}\"}}"), format!("{{\"type\":{{\"type\":\"{name}\"}}}}")]
        {
            let schema = parse_one(&text).unwrap();
            assert_eq!(schema.get(schema.root()).kind.branch_name(), name, "{text}");
        }
    }
}

#[test]
fn a_record_may_contain_itself() {
    let schema = parse_one(
        r#"{"type":"record","name":"List","namespace":"a","fields":[{"name":"next","type":["null","List"],"default":null}]}"#,
    )
    .unwrap();
    let list = record(&schema, schema.root());
    let Kind::Union(branches) = &schema.get(list.fields[0].ty).kind else { panic!("not a union") };
    assert_eq!(branches[1], schema.root());
    assert_eq!(list.fields[0].default, Some(Value::Null));
}

#[test]
fn namespaces_are_inherited_and_overridden() {
    let schema = parse_one(
        r#"{"type":"record","name":"a.b.Outer","fields":[
            {"name":"x","type":{"type":"enum","name":"E","symbols":["A"]}},
            {"name":"y","type":{"type":"fixed","name":"F","namespace":"c","size":2}},
            {"name":"z","type":["E","c.F","a.b.Outer"]}]}"#,
    )
    .unwrap();
    let outer = record(&schema, schema.root());
    let Kind::Union(branches) = &schema.get(outer.fields[2].ty).kind else { panic!("not a union") };
    let names: Vec<_> = branches.iter().map(|&id| schema.get(id).kind.branch_name()).collect();
    assert_eq!(names, ["a.b.E", "c.F", "a.b.Outer"]);
}

#[test]
fn a_name_used_again_keeps_its_logical_type() {
    let schema = parse_one(
        r#"{"type":"record","name":"R","fields":[
            {"name":"x","type":{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":5}},
            {"name":"y","type":"D"}]}"#,
    )
    .unwrap();
    let fields = &record(&schema, schema.root()).fields;
    assert_eq!(fields[0].ty, fields[1].ty);
    assert_eq!(schema.get(fields[1].ty).logical(), Some("decimal"));
}

#[test]
fn using_a_name_adds_nothing_to_its_definition() {
    let schema = parse_one(
        r#"{"type":"record","name":"R","fields":[
            {"name":"x","type":{"type":{"type":"enum","name":"E","symbols":["A"]},"doc":"of the use"}},
            {"name":"y","type":{"type":"E","doc":"of another use","logicalType":"uuid"}},
            {"name":"z","type":["null",{"type":"R","name":"S","doc":"of a third"}]},
            {"name":"n","type":{"type":{"type":"int"},"logicalType":"date"}}]}"#,
    )
    .unwrap();
    let fields = &record(&schema, schema.root()).fields;
    assert_eq!(fields[0].ty, fields[1].ty);
    assert!(schema.get(fields[0].ty).attributes.is_empty());
    assert!(schema.get(schema.root()).attributes.is_empty());
    assert_eq!(schema.get(fields[3].ty).logical(), Some("date"));
}

#[test]
fn a_union_may_be_empty() {
    let schema = parse_one("[]").unwrap();
    assert_eq!(schema.get(schema.root()).kind, Kind::Union(Vec::new()));
}

#[test]
fn references_define_names_nested_ones_too() {
    let outer = r#"{"type":"record","name":"n.Outer","fields":[{"name":"i","type":{"type":"enum","name":"Inner","symbols":["A"]}}]}"#;
    let middle =
        r#"{"type":"record","name":"n.Middle","fields":[{"name":"o","type":"Outer"},{"name":"i","type":"Inner"}]}"#;
    let schema = parse(r#"["null","n.Middle","n.Inner"]"#, &[outer, middle]).unwrap();
    let Kind::Union(branches) = &schema.get(schema.root()).kind else { panic!("not a union") };
    assert_eq!(schema.get(branches[2]).kind.branch_name(), "n.Inner");

    let error = parse("\"n.Middle\"", &[middle, outer]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "in referenced schema 1 /fields/0/type: unknown type 'n.Outer': neither primitive nor defined before this place"
    );
}

#[test]
fn every_fault_names_its_place() {
    assert!(
        fault("{").starts_with(": the schema is not JSON: EOF while parsing an object at line 1"),
        "{}",
        fault("{")
    );
    assert_eq!(fault("1"), ": expected a type: a name, an object or an array (union)");
    assert_eq!(fault(r#"["int",["null"]]"#), "/1: a union may not stand directly inside a union");
    assert_eq!(fault(r#"["int","null","int"]"#), "/2: a union may hold 'int' only once");
    assert_eq!(fault(r#"{"type":"array"}"#), ": type array needs \"items\"");
    assert_eq!(
        fault(r#"{"type":"array","items":{"type":"map","values":"strin"}}"#),
        "/items/values: unknown type 'strin': neither primitive nor defined before this place"
    );
    assert_eq!(fault(r#"{"type":"record","name":"R"}"#), ": record R needs \"fields\", an array");
    assert_eq!(
        fault(r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}"#),
        ": record R has two fields 'a'"
    );
    assert_eq!(
        fault(r#"{"type":"record","name":"R","fields":[{"name":"a-b","type":"int"}]}"#),
        "/fields/0: 'a-b' is not a name: it must match [A-Za-z_][A-Za-z0-9_]*"
    );
    assert_eq!(fault(r#"{"type":"enum","name":"E","symbols":["A","A"]}"#), ": enum E has the symbol 'A' twice");
    assert_eq!(
        fault(r#"{"type":"enum","name":"E","symbols":["A"],"default":"B"}"#),
        ": the default \"B\" is no symbol of enum E"
    );
    assert_eq!(fault(r#"{"type":"fixed","name":"F","size":-1}"#), ": fixed F needs a \"size\" from 0 to 2147483647");
    assert_eq!(
        fault(r#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}]"#),
        "/1: 'F' is defined twice"
    );
    assert_eq!(
        fault(r#"{"type":"fixed","name":"int","size":1}"#),
        ": 'int' is a primitive type and can't be defined anew"
    );
}

#[test]
fn nesting_of_100_000_levels_is_an_error() {
    let text = "[".repeat(100_000);
    assert!(fault(&text).contains("recursion limit exceeded"), "{}", fault(&text));
}

#[test]
fn five_thousand_fields_are_parsed() {
    let fields: Vec<_> =
        (0..5_000).map(|i| format!(r#"{{"name":"f{i}","type":["null","long"],"default":null}}"#)).collect();
    let schema = parse_one(&format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","))).unwrap();
    assert_eq!(record(&schema, schema.root()).fields.len(), 5_000);
}
