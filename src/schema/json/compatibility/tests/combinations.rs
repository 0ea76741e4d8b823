//! Choices, references, limits of the comparison, messages.

use super::super::*;
use super::{check, found, schema};

#[test]
fn choices_may_grow() {
    let of = |keyword: &str, types: &[&str]| {
        let types: Vec<String> = types.iter().map(|ty| format!(r#"{{"type":"{ty}"}}"#)).collect();
        format!(r#"{{"{keyword}":[{}]}}"#, types.join(","))
    };
    for keyword in ["oneOf", "anyOf"] {
        let (two, three) = (of(keyword, &["string", "null"]), of(keyword, &["null", "integer", "string"]));
        assert_eq!(found(&two, &three), [""; 0]);
        assert_eq!(found(&three, &two), ["SUM_TYPE_NARROWED at #/"]);
        assert_eq!(found(&two, &of(keyword, &["string", "integer"])), ["COMBINED_TYPE_SUBSCHEMAS_CHANGED at #/"]);
        assert_eq!(found(&of(keyword, &["integer", "null"]), &of(keyword, &["number", "null"])), [""; 0]);
        assert_eq!(found(r#"{"type":"string"}"#, &two), [""; 0]);
        assert_eq!(found(r#"{"type":"boolean"}"#, &two), ["TYPE_CHANGED at #/"]);
        assert_eq!(found(&two, r#"{"type":["null","string"]}"#), [""; 0]);
        assert_eq!(found(&two, r#"{"type":"string"}"#), ["TYPE_NARROWED at #/"]);
        assert_eq!(found(&two, "{}"), [""; 0]);
        assert_eq!(found(&of(keyword, &["string"]), r#"{"type":"string"}"#), [""; 0]);
    }
    let both = r#"{"allOf":[{"type":"string","maxLength":5},{"type":"string","minLength":1}]}"#;
    check(&[
        (both, r#"{"type":"string","maxLength":5}"#, &[]),
        (r#"{"type":"string","maxLength":5}"#, both, &["MIN_LENGTH_ADDED at #/minLength"]),
        (both, both, &[]),
        (r#"{"not":{"type":"string"}}"#, r#"{"not":{"type":"string","maxLength":5}}"#, &[]),
        (r#"{"not":{"type":"string","maxLength":5}}"#, r#"{"not":{"type":"string"}}"#, &["NOT_TYPE_EXTENDED at #/"]),
        (r#"{"type":"string"}"#, r#"{"type":"string","not":{"enum":["a"]}}"#, &["TYPE_CHANGED at #/"]),
        (
            r#"{"if":{"type":"string"},"then":{"maxLength":5}}"#,
            r#"{"if":{"type":"string"},"then":{"maxLength":6}}"#,
            &[],
        ),
        (
            r#"{"if":{"type":"string"},"then":{"maxLength":5}}"#,
            r#"{"if":{"type":"string"},"then":{"maxLength":4}}"#,
            &["TYPE_CHANGED at #/"],
        ),
    ]);
}

#[test]
fn references_are_followed_circles_too() {
    let list = |ty: &str| {
        format!(
            r##"{{"$ref":"#/definitions/list","definitions":{{"list":{{"type":"object","properties":{{"value":{{"type":"{ty}"}},"next":{{"$ref":"#/definitions/list"}}}}}}}}}}"##
        )
    };
    assert_eq!(found(&list("integer"), &list("number")), [""; 0]);
    assert_eq!(found(&list("number"), &list("integer")), ["TYPE_NARROWED at #/properties/value"]);
    let direct =
        r##"{"type":"object","properties":{"a":{"$ref":"#a"}},"definitions":{"x":{"$id":"#a","type":"string"}}}"##;
    assert_eq!(found(direct, r#"{"type":"object","properties":{"a":{"type":"string"}}}"#), [""; 0]);
    check(&[
        (r#"{"$ref":"http://elsewhere/a.json"}"#, r#"{"$ref":"http://elsewhere/a.json"}"#, &[]),
        (r#"{"$ref":"http://elsewhere/a.json"}"#, r#"{"$ref":"http://elsewhere/b.json"}"#, &["TYPE_CHANGED at #/"]),
        // Up to draft 7 nothing beside a reference counts.
        (
            r##"{"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}}"##,
            r##"{"$ref":"#/definitions/a","maxLength":1,"definitions":{"a":{"type":"string"}}}"##,
            &[],
        ),
        (
            r#"{"type":"string"}"#,
            r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/a","maxLength":1,"$defs":{"a":{"type":"string"}}}"##,
            &["MAX_LENGTH_ADDED at #/maxLength"],
        ),
    ]);
}

#[test]
fn referenced_schemas_count() {
    let referring =
        r#"{"$id":"http://x/y/root.json","type":"object","properties":{"a":{"$ref":"leaf.json#/definitions/l"}}}"#;
    let with = |leaf: &str| {
        JsonSchema::parse(referring, &[("leaf.json", format!(r#"{{"definitions":{{"l":{leaf}}}}}"#))]).unwrap()
    };
    let (wide, narrow) = (with(r#"{"type":"number"}"#), with(r#"{"type":"integer"}"#));
    assert_eq!(incompatibilities(&wide, &narrow), []);
    let found = incompatibilities(&narrow, &wide);
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["TYPE_NARROWED at #/properties/a"]);
}

#[test]
fn a_choice_among_itself_is_not_followed_without_end() {
    let endless = r##"{"anyOf":[{"$ref":"#"},{"type":"string"}]}"##;
    assert_eq!(found(endless, endless), [""; 0]);
    assert_eq!(found(endless, r#"{"type":"string"}"#), ["TOO_COMPLEX at #/", "SUM_TYPE_NARROWED at #/"]);
    let all = r##"{"allOf":[{"$ref":"#"},{"type":"string"}]}"##;
    assert_eq!(found(all, r#"{"type":"string"}"#), [""; 0]);
}

#[test]
fn a_chain_of_ten_thousand_references_and_many_choices_come_to_an_end() {
    let chain = |last: &str| {
        let step = |n: usize| format!(r##""d{n}":{{"type":"array","items":{{"$ref":"#/definitions/d{}"}}}}"##, n + 1);
        let steps: Vec<String> = (0..10_000).map(step).collect();
        format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{},"d10000":{{"type":"{last}"}}}}}}"##, steps.join(","))
    };
    let deep = found(&chain("number"), &chain("integer"));
    assert!(deep[0].starts_with("TOO_COMPLEX at #/items/items/items"), "{deep:?}");
    let choices = |max: usize| {
        let branch = |n: usize| format!(r#"{{"type":"string","maxLength":{}}}"#, n + max);
        format!(r#"{{"anyOf":[{}]}}"#, (0..3_000).map(branch).collect::<Vec<_>>().join(","))
    };
    assert!(!found(&choices(4_000), &choices(1)).is_empty());
}

#[test]
fn what_is_demanded_over_and_over_is_looked_at_once() {
    let doubling = |last: &str| {
        let step = |n: usize| {
            let next = format!(r##"{{"$ref":"#/definitions/d{}"}}"##, n + 1);
            format!(r#""d{n}":{{"allOf":[{next},{next}]}}"#)
        };
        let steps: Vec<String> = (0..40).map(step).collect();
        format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{},"d40":{{"type":"{last}"}}}}}}"##, steps.join(","))
    };
    assert_eq!(found(&doubling("string"), &doubling("string")), [""; 0]);
    assert_eq!(found(&doubling("integer"), &doubling("number")), [""; 0]);
    assert!(!found(&doubling("number"), &doubling("string")).is_empty());
}

#[test]
fn messages_read_as_clients_know_them() {
    let old = schema(r#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
    let new = schema(r#"{"type":"object","properties":{"a":{"type":"string","maxLength":5},"b":{"type":"string"}}}"#);
    let messages = |reader, writer, direction| -> Vec<String> {
        incompatibilities(reader, writer).iter().map(|one| one.message(direction)).collect()
    };
    assert_eq!(
        messages(&new, &old, Direction::Backward),
        [
            r#"{errorType:"MAX_LENGTH_ADDED", description:"The keyword at path '#/properties/a/maxLength' in the new schema is not present in the old schema"}"#,
            r#"{errorType:"OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", description:"The new schema has an open content model and has a property or item at path '#/properties/b' which is missing in the old schema"}"#,
        ]
    );
    assert_eq!(messages(&old, &new, Direction::Forward), [""; 0]);
}
