//! The checker on texts and schemas of every kind, and beside the crate on values of its own.

mod hostile;
mod suite;

use jsonschema::json::{Json, Node};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::codec::ViolationKind;
use crate::codec::json::Kind;

const NONE: [(&str, &str); 0] = [];

fn validator(schema: &Value) -> Validator {
    Validator::compile(&schema.to_string(), &NONE).unwrap()
}

fn check(schema: &Value, json: &str) -> Result<(), String> {
    let result = Checker::new(Limits::default()).check(&validator(schema), json.as_bytes());
    result.map_err(|error| error.to_string())
}

fn error(schema: &Value, json: &str) -> String {
    check(schema, json).unwrap_err()
}

fn refusal(schema: &str, references: &[(&str, &str)]) -> String {
    Validator::compile(schema, references).unwrap_err().to_string()
}

#[test]
fn every_violation_says_where_what_was_expected_and_what_was_found() {
    for (schema, json, expected) in [
        (json!({"type": "integer"}), r#""two""#, r#": expected integer, found string "two""#),
        (json!({"type": ["integer", "null"]}), "true", ": expected null or integer, found boolean true"),
        (json!({"required": ["a/b"]}), "{}", "/a~1b: expected a member of this name, found nothing"),
        (
            json!({"properties": {"a": {}}, "additionalProperties": false}),
            r#"{"a": 1, "b": 2, "c": 3}"#,
            r#": expected no members that the schema does not know, found "b", "c""#,
        ),
        (json!({"minimum": 18}), "17", ": expected a number of at least 18, found number 17"),
        (json!({"exclusiveMaximum": 1.5}), "1.50", ": expected a number less than 1.5, found number 1.50"),
        (json!({"maxLength": 2}), r#""äöü""#, r#": expected a text of at most 2 characters, found 3 in string "äöü""#),
        (json!({"maxItems": 1}), "[1, 2]", ": expected at most 1 items, found 2"),
        (json!({"uniqueItems": true}), "[1, 1.0]", ": expected items that differ from each other, found [1,1.0]"),
        (json!({"pattern": "^a"}), r#""b""#, r#": expected a text that matches ^a, found string "b""#),
        (json!({"enum": ["A", 1]}), r#""B""#, r#": expected one of ["A",1], found string "B""#),
        (json!({"const": null}), "0", ": expected null, found number 0"),
        (json!({"items": {"type": "string"}}), r#"["a", {"b": 1}]"#, r#"/1: expected string, found {"b":1}"#),
        (json!(false), "1", ": expected nothing, found number 1"),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "null"}]}),
            "1",
            ": expected a value that fits one of the schemas in oneOf, found number 1",
        ),
    ] {
        assert_eq!(error(&schema, json), expected, "{schema}");
    }
}

#[test]
fn all_violations_are_told_up_to_a_limit() {
    let schema = json!({"properties": {"a": {"type": "string"}, "b": {"minimum": 2}}, "required": ["c"]});
    let result = Checker::new(Limits::default()).check(&validator(&schema), br#"{"a": 1, "b": 1}"#);
    let error = result.unwrap_err();
    let mut told: Vec<_> = error.violations().map(|one| (one.pointer.as_str(), one.kind)).collect();
    told.sort_by_key(|(pointer, _)| *pointer);
    assert_eq!(told, [("/a", ViolationKind::Type), ("/b", ViolationKind::Range), ("/c", ViolationKind::Missing)]);
    let many = format!("[{}1]", "1,".repeat(1000));
    let result =
        Checker::new(Limits::default()).check(&validator(&json!({"items": {"type": "null"}})), many.as_bytes());
    assert_eq!(result.unwrap_err().violations().count(), MAX_VIOLATIONS);
}

#[test]
fn numbers_are_what_is_written() {
    let integer = json!({"type": "integer"});
    for (schema, json, valid) in [
        (&integer, "123456789012345678901234567890", true),
        (&integer, "1e400", true),
        (&integer, "1.0", true),
        (&integer, "12345678901234567890.5", false),
        (&json!({"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}), "1.0", false),
        (&json!({"maximum": 1e300}), "1e400", false),
        (&json!({"minimum": -1e300}), "-1e400", false),
        (&json!({"const": 0.1}), "0.10", true),
        (&json!({"const": 0.1}), "0.1000000000000000055", true),
        (&json!({"enum": [0.1, 2]}), "0.1000000000000000055", false),
        (&json!({"const": 9_007_199_254_740_993_i64}), "9007199254740992", false),
        (&json!({"enum": [1]}), "1.0", true),
        (&json!({"maximum": 9_007_199_254_740_992_i64}), "9007199254740993", false),
        (&json!({"multipleOf": 0.01}), "19.99", true),
    ] {
        assert_eq!(check(schema, json).is_ok(), valid, "{json} by {schema}");
    }
}

#[test]
fn a_text_is_json_without_members_of_one_name() {
    let any = json!({});
    for (json, expected) in [
        ("", ": expected a value, found the end of the text at byte 0"),
        ("{", ": expected a member's name in quotes, found the end of the text at byte 1"),
        ("[1 2]", ": expected ',' or ']', found '2' at byte 3"),
        ("1 1", ": expected the end of the record, found trailing text at byte 2"),
        (r#"{"a": {"x": 1, "\u0078": 2}}"#, "/a/x: expected each member once, found a duplicate"),
        ("\"\u{1}\"", ": expected no control character in a string (escape it), found '\\u{1}' at byte 1"),
    ] {
        assert_eq!(error(&any, json), expected, "{json}");
    }
    let result = Checker::new(Limits::default()).check(&validator(&any), b"\"\xff\"");
    assert_eq!(result.unwrap_err().to_string(), ": expected UTF-8 text, found another byte at byte 1");
    let names = (0..40).map(|n| format!("\"{n}\": 0, ")).collect::<Vec<_>>().concat();
    assert_eq!(check(&any, &format!("{{{names}\"x\": 0}}")), Ok(()));
    assert_eq!(error(&any, &format!("{{{names}\"7\": 0}}")), "/7: expected each member once, found a duplicate");
    assert_eq!(check(&any, r#""\ud800""#), Ok(()), "a lone surrogate is correct JSON");
    assert_eq!(check(&json!({"maxLength": 1, "minLength": 1}), r#""\ud800""#), Ok(()));
}

#[test]
fn what_a_record_may_cost_is_limited() {
    let any = validator(&json!({}));
    let limits = Limits { record_bytes: 20, depth: 3, items: 4, string_bytes: 5 };
    for (json, expected) in [
        ("[[[1]]]", None),
        ("[[[[1]]]]", Some("/0/0/0: expected at most 3 levels of nesting, found one level more")),
        ("[1,2,3,4,5]", Some(": expected at most 4 items, found 5")),
        (r#"{"a":"123456"}"#, Some("/a: expected at most 5 bytes of string, found 6")),
        ("                      1", Some(": expected at most 20 bytes of record, found 23")),
    ] {
        let result = Checker::new(limits).check(&any, json.as_bytes());
        assert_eq!(result.err().map(|error| error.to_string()).as_deref(), expected, "{json}");
    }
}

#[test]
fn references_are_found_by_their_names_and_ids() {
    let address = r#"{"$id": "http://shop.example/address", "type": "object", "required": ["street"]}"#;
    let plain = r#"{"definitions": {"n": {"type": "integer"}}, "properties": {"home": {"$ref": "address.json"}}}"#;
    let named = [("address.json", address), ("common/plain.json", plain)];
    for (reference, json, valid) in [
        ("address.json", r#"{"street": 1}"#, true),
        ("address.json", "{}", false),
        ("./address.json", "{}", false),
        ("http://shop.example/address", "{}", false),
        ("common/plain.json#/definitions/n", "1", true),
        ("common/plain.json#/definitions/n", r#""1""#, false),
    ] {
        for id in [json!({}), json!({"$id": "http://shop.example/order.json"})] {
            let mut schema = json!({"properties": {"a": {"$ref": reference}}});
            schema.as_object_mut().unwrap().extend(id.as_object().unwrap().clone());
            let validator = Validator::compile(&schema.to_string(), &named).unwrap();
            let record = format!(r#"{{"a": {json}}}"#);
            let result = Checker::new(Limits::default()).check(&validator, record.as_bytes());
            assert_eq!(result.is_ok(), valid, "{json} by {schema}");
        }
    }
}

#[test]
fn a_schema_that_can_not_be_used_says_why() {
    assert!(refusal("{", &NONE).starts_with("the schema is not JSON: "), "{}", refusal("{", &NONE));
    assert_eq!(refusal("3", &NONE), "a JSON Schema is an object or a boolean");
    assert_eq!(
        refusal(r#"{"$schema": "http://example.com/mine"}"#, &NONE),
        "$schema 'http://example.com/mine' is none of the drafts 4, 6, 7, 2019-09 and 2020-12"
    );
    let missing = refusal(r#"{"$ref": "http://example.com/other.json"}"#, &[("mine.json", "{}")]);
    assert!(missing.contains("http://example.com/other.json is none of the schema's references"), "{missing}");
    assert!(refusal(r#"{"type": "nothing"}"#, &NONE).starts_with("/type: "));
    assert!(refusal(r#"{"pattern": "("}"#, &NONE).contains("pattern"));
}

#[test]
fn the_tape_keeps_the_contract_of_the_crate() {
    let document = jsonschema::json::conformance::document().to_string();
    let mut tape = Tape::default();
    let record = tape.read(document.as_bytes(), &Limits::default()).unwrap();
    let patience = Patience::for_values(record.len());
    jsonschema::json::conformance::assert_conformance::<TapeJson>(&Instance::Value(record.root(), &patience));
    assert_eq!(record.root().kind(), Kind::Object);
    let () = TapeJson::with_string_node(&mut (), "name", |node| assert_eq!(node.as_string().unwrap(), "name"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        (-4_i32..4).prop_map(|n| Value::from(f64::from(n) / 2.0)),
        "[ab\"\\\\\u{e9}]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abc]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["null", "boolean", "integer", "number", "string", "array", "object"])
            .prop_map(|ty| json!({"type": ty})),
        (0..3).prop_map(|n| json!({"minimum": n})),
        (0..3).prop_map(|n| json!({"maxLength": n, "maxItems": n})),
        any_json().prop_map(|value| json!({"enum": [value, 1, "a"]})),
        any_json().prop_map(|value| json!({"const": value})),
        Just(json!({"uniqueItems": true})),
        Just(json!({"pattern": "^a", "required": ["a"]})),
        Just(json!({"propertyNames": {"maxLength": 1, "pattern": "[ab]"}})),
        Just(json!({"$ref": "#"})),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| json!({"properties": {"a": a}, "additionalProperties": b})),
            inner.clone().prop_map(|items| json!({"items": items, "contains": {}, "minContains": 0})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"anyOf": [a, b]})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| json!({"oneOf": [a, b], "unevaluatedProperties": false})),
            inner.clone().prop_map(|schema| json!({"not": schema})),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    /// On a tape the crate finds what it finds in values of serde_json.
    #[test]
    fn a_tape_is_judged_as_a_value(schema in any_schema(), value in any_json()) {
        for draft in ["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"] {
            let mut schema = schema.clone();
            schema.as_object_mut().unwrap().insert("$schema".to_owned(), json!(draft));
            let compiled = Validator::compile(&schema.to_string(), &NONE);
            if matches!(compiled, Err(SchemaError::Endless)) {
                continue;
            }
            let expected = jsonschema::validator_for(&schema).unwrap().is_valid(&value);
            prop_assert_eq!(check(&schema, &value.to_string()).is_ok(), expected, "{} by {}", &value, schema);
        }
    }
}
