use proptest::prelude::*;

use crate::codec::avro::{Encoder, JsonMode, JsonOptions, UnknownFields};
use crate::codec::{Limits, MAX_VIOLATIONS};
use crate::schema::avro::{Plan, Schema};

fn told(options: JsonOptions, schema: &str, json: &str) -> Vec<String> {
    let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
    let limits = Limits { items: 50, depth: 4, ..Limits::default() };
    let mut out = vec![1];
    let error = Encoder::new(options, limits).encode(&plan, json.as_bytes(), &mut out).unwrap_err();
    assert_eq!(out, [1], "a refused record leaves nothing behind");
    error.violations().map(ToString::to_string).collect()
}

const ORDER: &str = r#"{"type": "record", "name": "Order", "fields": [
    {"name": "id", "type": "long"},
    {"name": "note", "type": ["null", "string"], "default": null},
    {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
        {"name": "sku", "type": "string"},
        {"name": "qty", "type": "int"}]}}},
    {"name": "tags", "type": {"type": "map", "values": "int"}},
    {"name": "price", "type": ["int", "double", {"type": "record", "name": "Price", "fields": [
        {"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}, {"type": "map", "values": "boolean"}]},
    {"name": "due", "type": "string"},
    {"name": "paid", "type": "boolean"}]}"#;

#[test]
fn everything_that_is_wrong_is_told_in_the_order_of_the_text() {
    let json = r#"{"tags": {"a": 1, "b/c": "2", "d": 3, "a": 4}, "id": 1.5, "other": [],
        "items": [{"sku": "x", "qty": 1}, {"qty": "2"}, 7, {"sku": null, "sku": "y", "qty": 3000000000}], "id": 2,
        "price": {"a": true, "b": 1}, "paid": null}"#;
    let reject = JsonOptions { unknown_fields: UnknownFields::Reject, ..JsonOptions::default() };
    let all = [
        r#"/tags/b~1c: expected int, found string "2""#,
        "/tags/a: expected each key of the map once, found a duplicate",
        "/id: expected long, found number 1.5, which is not whole",
        "/other: expected a field of record Order, found an unknown member",
        r#"/items/1/qty: expected int, found string "2""#,
        "/items/1/sku: expected string, found nothing: the field is missing and has no default",
        "/items/2: expected record Item, found number 7",
        "/items/3/sku: expected string, found null",
        "/items/3/sku: expected each member once, found a duplicate",
        "/items/3/qty: expected int, found number 3000000000, which it can't hold",
        "/id: expected each member once, found a duplicate",
        "/price: expected record Price or map, found a value that fits none (as record Price: /a: expected int, \
         found boolean true; as map: /b: expected boolean, found number 1)",
        "/paid: expected boolean, found null",
        "/due: expected string, found nothing: the field is missing and has no default",
    ];
    assert_eq!(told(reject, ORDER, json), all);
    let mut known = all.to_vec();
    known.remove(3);
    assert_eq!(told(JsonOptions::default(), ORDER, json), known);
}

#[test]
fn the_branch_of_a_tagged_union_is_read_to_its_end() {
    let tagged = JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() };
    let schema = r#"{"type": "array", "items": ["null", "int", {"type": "array", "items": "int"}]}"#;
    let json = r#"[{"int": "1"}, {"array": [1, true, null]}, {"long": 3}, {"int": 4}, 5]"#;
    assert_eq!(
        told(tagged, schema, json),
        [
            r#"/0/int: expected int, found string "1""#,
            "/1/array/1: expected int, found boolean true",
            "/1/array/2: expected int, found null",
            r#"/2: expected null or int or array, found a branch "long""#,
            "/4: expected null or int or array, found number 5",
        ]
    );
    assert_eq!(
        told(tagged, schema, r#"[{"int": "1", "int": 2}]"#),
        ["/0: expected '}' behind the only member of a union's value, found ',' at byte 12"]
    );
}

#[test]
fn of_text_that_is_not_json_nothing_else_is_said() {
    for (json, fault) in [
        (r#"{"id": "1", "items": [{"qty": ]"#, "/items/0/qty: expected a value, found ']' at byte 30"),
        (r#"{"id": "1", "due": [}"#, "/due: expected a value, found '}' at byte 20"),
        (r#"{"id": {"a": [1 2]}}"#, "/id: expected ',' or ']', found '2' at byte 16"),
        (r#"{"id": 1e}"#, "/id: expected a digit, found '}' at byte 9"),
        (r#"{"id": "1"} x"#, ": expected the end of the record, found trailing text at byte 12"),
        ("7 x", ": expected the end of the record, found trailing text at byte 2"),
    ] {
        assert_eq!(told(JsonOptions::default(), ORDER, json), [fault], "{json}");
    }
}

#[test]
fn a_limit_is_the_last_that_is_told() {
    let deep = r#"{"id": "1", "note": 2, "x": [[[[1]]]], "due": 3}"#;
    assert_eq!(
        told(JsonOptions::default(), ORDER, deep),
        [r#"/id: expected long, found string "1""#, "/note: expected null or string, found number 2"]
            .into_iter()
            .map(str::to_owned)
            .chain([": expected at most 4 levels of nesting, found one level more".to_owned()])
            .collect::<Vec<_>>()
    );
    let many = format!(r#"["x", {}1]"#, "1,".repeat(50));
    assert_eq!(
        told(JsonOptions::default(), r#"{"type": "array", "items": "int"}"#, &many),
        [r#"/0: expected int, found string "x""#, ": expected at most 50 items, found 51"]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whichever items are wrong, at whichever depth they stand, are told, up to the limit.
    #[test]
    fn no_fault_hides_another(wrong in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..8), 1..8)) {
        prop_assume!(wrong.iter().flatten().any(|wrong| *wrong));
        let schema = r#"{"type": "array", "items": {"type": "record", "name": "R", "fields": [
            {"name": "x", "type": "int"}, {"name": "l", "type": {"type": "array", "items": "int"}}]}}"#;
        let mut expected = Vec::new();
        let records: Vec<_> = wrong.iter().enumerate().map(|(i, items)| {
            let items: Vec<_> = items.iter().enumerate().map(|(k, wrong)| {
                if *wrong {
                    expected.push(format!("/{i}/l/{k}"));
                }
                if *wrong { r#"{"a": [1]}"# } else { "1" }
            }).collect();
            format!(r#"{{"l": [{}], "x": 1}}"#, items.join(", "))
        }).collect();
        expected.truncate(MAX_VIOLATIONS);
        let told = told(JsonOptions::default(), schema, &format!("[{}]", records.join(",")));
        let places: Vec<_> = told.iter().map(|told| told.split(':').next().unwrap().to_owned()).collect();
        prop_assert_eq!(places, expected);
    }
}
