//! Schemas and texts that want all the time, memory or stack that there is.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{NONE, check, error, refusal, validator};
use crate::codec::Limits;
use crate::codec::json_schema::{Checker, Validator};

/// What anything here may take, with much to spare on a busy machine; what grows exponentially takes years.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it, and fails if it takes too long.
fn in_time<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed() < PATIENCE, "{what} took {:?}", start.elapsed());
    result
}

/// `{"a": {"a": … 1}}`
fn nested(levels: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels))
}

/// Definitions that each refer to the next one, and the last one is `end`.
fn chain(count: usize, end: &Value, link: impl Fn(Value) -> Value) -> Value {
    let reference = |n: usize| json!({"$ref": format!("#/definitions/d{n}")});
    let mut definitions: Map<_, _> = (0..count).map(|n| (format!("d{n}"), link(reference(n + 1)))).collect();
    definitions.insert(format!("d{count}"), end.clone());
    json!({"definitions": definitions, "allOf": [reference(0)]})
}

#[test]
fn a_level_that_is_checked_twice_by_the_schema_itself() {
    for keyword in ["allOf", "anyOf", "oneOf"] {
        let inner = json!({"properties": {"a": {"$ref": "#"}}});
        let valid = json!({keyword: [inner, inner]});
        in_time(keyword, || check(&valid, &nested(100)).is_ok());
        let invalid = json!({keyword: [inner, inner], "type": "object"});
        let error = in_time(keyword, || error(&invalid, &nested(100)));
        assert!(error.contains("expected"), "{keyword}: {error}");
    }
}

#[test]
fn the_first_violations_are_told_of_a_schema_that_doubles() {
    let inner = json!({"properties": {"a": {"$ref": "#"}}});
    let schema = json!({"allOf": [inner, inner], "type": "object"});
    let error = error(&schema, &nested(100));
    let pointer = "/a".repeat(100);
    assert!(error.starts_with(&format!("{pointer}: expected object, found number 1; ")), "{error}");
}

#[test]
fn a_level_that_is_checked_twice_by_another_definition() {
    let doubled = |next: Value| {
        let inner = json!({"properties": {"a": next}});
        json!({"allOf": [inner, inner]})
    };
    for end in [json!({}), json!({"type": "string"})] {
        let schema = chain(100, &end, doubled);
        let result = in_time("doubling definitions", || check(&schema, &nested(100)));
        if end == json!({}) {
            let expected = ": expected a record that can be checked in reasonable time, found one that takes its schema \
                            too many steps";
            assert_eq!(result, Err(expected.to_owned()));
        } else {
            assert!(result.is_err());
        }
    }
}

#[test]
fn one_value_that_is_checked_again_and_again() {
    let doubled = |next: Value| json!({"anyOf": [next, next]});
    let schema = chain(40, &json!({"type": "string"}), doubled);
    let refused = in_time("doubling", || refusal(&schema.to_string(), &NONE));
    assert_eq!(refused, "it unfolds to more than 10000 schemas of one value");
    let schema = chain(10, &json!({"type": "string"}), doubled);
    assert_eq!(in_time("1024 schemas", || check(&schema, "\"a\"")), Ok(()));
    let error = in_time("1024 schemas", || error(&schema, "1"));
    assert_eq!(error, ": expected a value that fits one of the schemas in anyOf, found number 1");
    assert_eq!(refusal(r##"{"$ref": "#"}"##, &NONE), "a $ref leads back to itself without going into the value");
}

#[test]
fn what_others_evaluated_is_marked_in_time() {
    let inner = json!({"properties": {"a": {"$ref": "#"}}});
    for keyword in ["unevaluatedProperties", "unevaluatedItems"] {
        let schema =
            json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "anyOf": [inner, inner], keyword: false});
        assert_eq!(in_time(keyword, || check(&schema, &nested(100))), Ok(()));
    }
}

#[test]
fn nesting_of_texts_and_schemas_fits_the_stack() {
    // As deep as both may be: 30 schemas in each other at each of 128 levels.
    let mut schema = json!({"properties": {"a": {"$ref": "#"}}});
    for _ in 0..30 {
        schema = json!({"allOf": [schema]});
    }
    let deep = nested(128);
    assert_eq!(in_time("deep", || check(&schema, &deep)), Ok(()));
    schema["type"] = json!("object");
    assert!(in_time("deep", || error(&schema, &deep)).contains("expected object"));
    let tower = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(error(&json!({}), &tower).ends_with(": expected at most 128 levels of nesting, found one level more"));
    let tower = format!("{}1{}", r#"{"not":"#.repeat(100_000), "}".repeat(100_000));
    assert!(refusal(&tower, &NONE).starts_with("the schema is not JSON: "));
    let long = chain(1_500, &json!({"type": "string"}), |next| json!({"properties": {"a": next}}));
    assert_eq!(in_time("a long chain", || check(&long, &nested(100))), Ok(()));
    let longer = chain(50_000, &json!({}), |next| json!({"properties": {"a": next}}));
    assert_eq!(refusal(&longer.to_string(), &NONE), "it unfolds to more than 5000 schemas in each other");
}

#[test]
fn patterns_do_not_backtrack_for_ever() {
    let many = format!("\"{}\"", "a".repeat(100_000));
    for pattern in ["^(a+)+$", "^(a+)+b$", "(x+x+)+y", "^(a|aa)+$", r"^(a+)+(?=b)$", r"^(a*)*\1b$", "^(?=(a+))\\1*b"] {
        in_time(pattern, || check(&json!({"pattern": pattern}), &many).is_ok());
        in_time(pattern, || check(&json!({"patternProperties": {pattern: false}}), &format!("{{{many}: 1}}")).is_ok());
    }
    assert_eq!(check(&json!({"pattern": "^(a+)+$"}), &many), Ok(()));
    let large = refusal(r#"{"pattern": "((((a{100}){100}){100}){100}){100}"}"#, &NONE);
    assert!(large.contains("pattern"), "{large}");
}

#[test]
fn large_objects_and_arrays_take_time_by_their_size() {
    let members = |count: usize| (0..count).map(|n| format!("\"m{n}\":{n}")).collect::<Vec<_>>().join(",");
    let object = format!("{{{}}}", members(100_000));
    let properties: Map<_, _> = (0..100).map(|n| (format!("m{}", n * 1_000), json!({"type": "integer"}))).collect();
    let names: Vec<_> = properties.keys().cloned().collect();
    let schema = json!({"properties": properties, "required": names, "additionalProperties": {"minimum": 0},
        "propertyNames": {"maxLength": 6}, "patternProperties": {"^x": false}});
    assert_eq!(in_time("100,000 members", || check(&schema, &object)), Ok(()));
    let error = in_time("100,000 members", || {
        error(&json!({"properties": {"m0": {}}, "additionalProperties": false}), &object)
    });
    assert!(
        error.starts_with(": expected no members that the schema does not know, found \"m1\", \"m2\", ")
            && error.ends_with(" and 99991 more"),
        "{error}"
    );

    let unique = json!({"uniqueItems": true});
    let array = |item: &dyn Fn(usize) -> String, last: &str| {
        format!("[{},{last}]", (0..100_000).map(item).collect::<Vec<_>>().join(","))
    };
    for item in
        [&|n: usize| n.to_string() as String as _, &|n| format!("\"{n}\""), &|n| format!("{{\"a\":{n},\"b\":[{n}]}}")]
            as [&dyn Fn(usize) -> String; 3]
    {
        assert_eq!(in_time("100,000 items", || check(&unique, &array(item, "null"))), Ok(()));
        assert!(in_time("100,000 items", || check(&unique, &array(item, &item(77)))).is_err());
    }
    let result = in_time("100,000 violations", || {
        let text = array(&|_| "1".to_owned(), "1");
        Checker::new(Limits::default()).check(&validator(&json!({"items": {"type": "null"}})), text.as_bytes())
    });
    assert_eq!(result.unwrap_err().violations().count(), 20);
}

#[test]
fn large_numbers_take_time_by_their_length() {
    let digits = "7".repeat(1_000_000);
    let fraction = format!("0.{digits}e-1000000");
    for number in
        [&digits, &fraction, "1e1000000", "-1e1000000", "1e-1000000", "1e99999999999999999999", "0e99999999999"]
    {
        for schema in [
            json!({"type": "integer"}),
            json!({"multipleOf": 0.01}),
            json!({"multipleOf": 3}),
            json!({"maximum": 10, "minimum": -10}),
            json!({"enum": [1, 0.5, 1e300]}),
            json!({"const": 1e300}),
            json!({"uniqueItems": true}),
        ] {
            in_time("a large number", || check(&schema, number).is_ok());
            in_time("a large number", || {
                check(&schema, &format!("[{}{number}]", format!("{number},").repeat(9))).is_ok()
            });
        }
    }
    assert_eq!(check(&json!({"type": "integer"}), "1e1000000"), Ok(()));
    assert!(check(&json!({"type": "integer"}), "1e-1000000").is_err());
    assert!(check(&json!({"maximum": 10}), "1e1000000").is_err());
    let schema = format!(r#"{{"maximum": 1e1000000, "const": {digits}}}"#);
    in_time("a schema of large numbers", || Validator::compile(&schema, &NONE).is_ok());
}
