use super::*;

fn plan(text: &str) -> Result<Plan, SchemaError> {
    Plan::compile(&Schema::parse::<&str>(text, &[])?)
}

#[test]
fn branches_are_sorted_by_the_kind_of_json_they_take() {
    let plan = plan(r#"["double","null","long",{"type":"enum","name":"E","symbols":["A"]},"string","int","bytes"]"#);
    let plan = plan.unwrap();
    let Node::Union(union) = plan.node(plan.root()) else { panic!("not a union") };
    assert_eq!(union.candidates(JsonKind::Null), [1]);
    assert_eq!(union.candidates(JsonKind::Boolean), [0u32; 0]);
    assert_eq!(union.candidates(JsonKind::Integer), [2, 5, 0]);
    assert_eq!(union.candidates(JsonKind::Fraction), [0, 2, 5]);
    assert_eq!(union.candidates(JsonKind::String), [4, 3, 6, 0]);
}

#[test]
fn defaults_lie_side_by_side() {
    let plan = plan(
        r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":1},{"name":"b","type":"string"},
            {"name":"c","type":["null","string"],"default":null},{"name":"d","type":"string","default":"xy"}]}"#,
    );
    let plan = plan.unwrap();
    let Node::Record(record) = plan.node(plan.root()) else { panic!("not a record") };
    assert_eq!(record.gap(0, 0).unwrap().0[..record.defaults_len()], [2, 0, 4, b'x', b'y']);
    assert_eq!((record.defaults(0, 1), record.defaults(0, 2)), (Some(&[2][..]), None));
    assert_eq!(record.gap(4, 2), None);
    assert_eq!(record.defaults(2, 4), Some(&[0, 4, b'x', b'y'][..]));
    assert_eq!(record.defaults(1, 1), Some(&[][..]));
    assert_eq!(record.find(b"d"), Some(3));
    assert_eq!(record.find(b"e"), None);
}

#[test]
fn a_default_that_does_not_fit_is_an_error_of_its_field() {
    let error = plan(r#"{"type":"record","name":"a.R","fields":[{"name":"n","type":"int","default":"1"}]}"#);
    assert_eq!(error.unwrap_err().to_string(), ": the default of field 'n' of record a.R: expected int, found string");
}

#[test]
fn a_plan_for_reading_has_no_default_that_does_not_fit() {
    let text = r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":"int","default":1},{"name":"b","type":"int","default":"x"},
        {"name":"c","type":"int","default":"y"},{"name":"d","type":"int","default":2}]}"#;
    let schema = Schema::parse::<&str>(text, &[]).unwrap();
    let plan = Plan::for_reading(&schema);
    assert_eq!(plan.unwritable(), Plan::compile(&schema).err().as_ref());
    assert!(plan.unwritable().unwrap().message.starts_with("the default of field 'b'"));
    let Node::Record(record) = plan.node(plan.root()) else { panic!("not a record") };
    assert_eq!((record.defaults(0, 1), record.defaults(1, 2)), (Some(&[2][..]), None));
    assert_eq!((record.defaults(2, 3), record.defaults(3, 4)), (None, Some(&[4][..])));
}

#[test]
fn a_default_that_only_its_logical_type_refuses_is_none() {
    let plan = plan(
        r#"{"type":"record","name":"R","fields":[
        {"name":"a","type":{"type":"string","logicalType":"uuid"},"default":""},
        {"name":"b","type":["null",{"type":"bytes","logicalType":"decimal","precision":2}],"default":"\u0064"},
        {"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":2},"default":"\u0063"}]}"#,
    )
    .unwrap();
    let Node::Record(record) = plan.node(plan.root()) else { panic!("not a record") };
    assert_eq!([0, 1, 2].map(|i| record.defaults(i, i + 1)), [None, None, Some(&[2, 99][..])]);
}

#[test]
fn types_are_described_for_messages() {
    let plan = plan(r#"["null",{"type":"fixed","name":"x.F","size":3},{"type":"array","items":"int"}]"#).unwrap();
    assert_eq!(plan.describe(plan.root()), "null or fixed x.F of 3 bytes or array");
    let empty = self::plan("[]").unwrap();
    assert_eq!(empty.describe(empty.root()), "a branch of an empty union");
}
