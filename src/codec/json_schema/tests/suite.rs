//! What each keyword means in each draft: the verdicts of the specification, of the crate on parsed values, and ours on text.
//!
//! The subjects are those of the JSON Schema Test Suite; schemas and records are our own.

use serde_json::{Value, json};

use super::{NONE, Validator};
use crate::codec::Limits;
use crate::codec::json_schema::Checker;

/// Drafts by the year or number that cases name them by.
const DRAFTS: [(u32, &str); 5] = [
    (4, "http://json-schema.org/draft-04/schema#"),
    (6, "http://json-schema.org/draft-06/schema#"),
    (7, "http://json-schema.org/draft-07/schema#"),
    (2019, "https://json-schema.org/draft/2019-09/schema"),
    (2020, "https://json-schema.org/draft/2020-12/schema"),
];

/// From which draft to which a schema is looked at, the schema, records that fit and records that don't.
type Case = (u32, u32, &'static str, &'static [&'static str], &'static [&'static str]);

const VALUES: &[Case] = &[
    (4, 2020, r#"{"type": "null"}"#, &["null"], &["0", "false", "\"\"", "[]", "{}"]),
    (4, 2020, r#"{"type": "boolean"}"#, &["true", "false"], &["0", "null", "\"true\""]),
    (4, 2020, r#"{"type": "number"}"#, &["1", "-0.5", "2e30"], &["\"1\"", "null", "[1]"]),
    (4, 4, r#"{"type": "integer"}"#, &["7", "-7"], &["7.0", "7.5", "\"7\""]),
    (6, 2020, r#"{"type": "integer"}"#, &["7", "7.0", "7e2", "70e-1"], &["7.5", "7e-1", "\"7\"", "true"]),
    (4, 2020, r#"{"type": "string"}"#, &["\"\"", "\"7\""], &["7", "null", "[\"a\"]"]),
    (4, 2020, r#"{"type": "array"}"#, &["[]", "[null]"], &["{}", "\"[]\""]),
    (4, 2020, r#"{"type": "object"}"#, &["{}", "{\"a\": 1}"], &["[]", "null"]),
    (4, 2020, r#"{"type": ["string", "null"]}"#, &["null", "\"x\""], &["0", "[]"]),
    (
        4,
        2020,
        r#"{"enum": [3, "drei", null, {"t": [3]}]}"#,
        &["3", "3.0", "{\"t\": [3]}", "null"],
        &["4", "{\"t\": [4]}", "false"],
    ),
    (4, 2020, r#"{"enum": [[false]]}"#, &["[false]"], &["[0]", "[0.0]", "false"]),
    (4, 2020, r#"{"enum": [1, 0]}"#, &["1.0", "0", "-0"], &["true", "false"]),
    (
        6,
        2020,
        r#"{"const": {"k": 1, "l": [2]}}"#,
        &["{\"l\": [2], \"k\": 1.0}"],
        &["{\"k\": 1}", "{\"k\": 1, \"l\": [2, 3]}", "[]"],
    ),
    (6, 2020, r#"{"const": "a\u0000b"}"#, &["\"a\\u0000b\""], &["\"ab\"", "\"a\""]),
    (6, 2020, r#"{"const": 0}"#, &["0", "0.0", "-0"], &["false", "\"\"", "null", "[]"]),
    (4, 2020, r#"{"minimum": -1.5}"#, &["-1.5", "0", "\"-9\""], &["-1.6", "-1e3"]),
    (4, 2020, r#"{"maximum": 200}"#, &["200", "200.0", "null"], &["200.01", "2e3"]),
    (4, 4, r#"{"maximum": 3, "exclusiveMaximum": true}"#, &["2.9"], &["3", "3.1"]),
    (4, 4, r#"{"minimum": 3, "exclusiveMinimum": false}"#, &["3", "4"], &["2.9"]),
    (6, 2020, r#"{"exclusiveMaximum": 3}"#, &["2.99", "-3", "\"4\""], &["3", "3.0", "4"]),
    (6, 2020, r#"{"exclusiveMinimum": 3}"#, &["3.01", "4"], &["3", "2"]),
    (4, 2020, r#"{"multipleOf": 4}"#, &["0", "8", "-12", "4.0"], &["7", "2", "4.5"]),
    (4, 2020, r#"{"multipleOf": 0.25}"#, &["1", "1.75", "0"], &["0.3", "1.8"]),
    (4, 2020, r#"{"maxLength": 3}"#, &["\"abc\"", "\"\u{1f40e}\u{1f40e}\u{1f40e}\"", "1234"], &["\"abcd\""]),
    (4, 2020, r#"{"minLength": 2}"#, &["\"ab\"", "1"], &["\"a\"", "\"\u{1f40e}\"", "\"\\ud83d\\udc0e\""]),
    (4, 2020, r#"{"pattern": "^[a-f]+[0-9]?$"}"#, &["\"abc7\"", "\"\\u0061\"", "7"], &["\"\"", "\"abc77\"", "\"xa\""]),
    (4, 2020, r#"{"pattern": "corn"}"#, &["\"unicorns\""], &["\"horn\""]),
    (6, 2020, "true", &["1", "{}", "null"], &[]),
    (6, 2020, "false", &[], &["1", "{}", "null"]),
    (4, 2020, "{}", &["1", "[{}]", "\"x\""], &[]),
];

const ARRAYS: &[Case] = &[
    (4, 2020, r#"{"items": {"type": "integer"}}"#, &["[]", "[1, 2]", "{\"0\": \"a\"}"], &["[1, \"b\"]", "[null]"]),
    (6, 2020, r#"{"items": false}"#, &["[]", "7"], &["[1]"]),
    (
        4,
        2019,
        r#"{"items": [{"type": "string"}, {"minimum": 5}]}"#,
        &["[\"a\", 5, null]", "[\"a\"]", "[]"],
        &["[1]", "[\"a\", 4]"],
    ),
    (4, 2019, r#"{"items": [{}], "additionalItems": {"type": "null"}}"#, &["[1]", "[1, null, null]"], &["[1, 2]"]),
    (4, 2019, r#"{"items": [{}, {}], "additionalItems": false}"#, &["[1, 2]", "[]"], &["[1, 2, 3]"]),
    (4, 2019, r#"{"items": {}, "additionalItems": false}"#, &["[1, 2, 3]"], &[]),
    (
        2020,
        2020,
        r#"{"prefixItems": [{"type": "string"}, {"minimum": 5}]}"#,
        &["[\"a\", 5, null]", "[]"],
        &["[1]", "[\"a\", 4]"],
    ),
    (2020, 2020, r#"{"prefixItems": [{}], "items": {"type": "null"}}"#, &["[1]", "[1, null]"], &["[1, 2]"]),
    (4, 2020, r#"{"minItems": 1, "maxItems": 2}"#, &["[1]", "[1, 1]", "\"long enough\"", "{}"], &["[]", "[1, 2, 3]"]),
    (
        4,
        2020,
        r#"{"uniqueItems": true}"#,
        &["[]", "[1, \"1\", true, [1], {\"a\": 1}]", "[1, true]", "[0, false]", "[[1], [true]]"],
        &[
            "[1, 1.0]",
            "[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1}]",
            "[\"x\", \"\\u0078\"]",
            "[[[0]], [[0.0]]]",
            "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,1]",
        ],
    ),
    (4, 2020, r#"{"uniqueItems": false}"#, &["[1, 1]"], &[]),
    (6, 2020, r#"{"contains": {"minimum": 5}}"#, &["[3, 5]", "{}"], &["[]", "[3, 4]"]),
    (6, 2020, r#"{"contains": false}"#, &["\"no array\""], &["[]", "[1]"]),
    (2019, 2020, r#"{"contains": {"const": 1}, "minContains": 2}"#, &["[1, 0, 1]"], &["[1]", "[]"]),
    (2019, 2020, r#"{"contains": {"const": 1}, "maxContains": 1}"#, &["[1]", "[0, 1]"], &["[1, 1]", "[]"]),
    (2019, 2020, r#"{"contains": {"const": 1}, "minContains": 0}"#, &["[]", "[0]"], &[]),
    (6, 7, r#"{"contains": {"const": 1}, "minContains": 2}"#, &["[1]"], &["[0]"]),
];

const OBJECTS: &[Case] = &[
    (
        4,
        2020,
        r#"{"properties": {"n": {"type": "integer"}, "s\n\"t": {}}}"#,
        &["{}", "{\"n\": 1}", "{\"m\": \"x\"}", "[]"],
        &["{\"n\": \"1\"}", "{\"\\u006e\": null}"],
    ),
    (4, 2020, r#"{"required": ["a", "b\"c"]}"#, &["{\"a\": null, \"b\\\"c\": 0}", "[]", "null"], &["{}", "{\"a\": 1}"]),
    (
        4,
        2020,
        r#"{"properties": {"a": {}}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false}"#,
        &["{\"a\": 1, \"x-y\": \"z\"}", "{}"],
        &["{\"b\": 1}", "{\"x-y\": 1}"],
    ),
    (4, 2020, r#"{"additionalProperties": {"type": "boolean"}}"#, &["{\"a\": true}", "{}"], &["{\"a\": 1}"]),
    (
        4,
        2020,
        r#"{"patternProperties": {"a+": {"maximum": 9}, "b": {"minimum": 5}}}"#,
        &["{\"a\": 1}", "{\"ab\": 7}", "{\"c\": 99}"],
        &["{\"ab\": 3}", "{\"aab\": 12}"],
    ),
    (
        4,
        2020,
        r#"{"minProperties": 1, "maxProperties": 2}"#,
        &["{\"a\": 1}", "[]"],
        &["{}", "{\"a\": 1, \"b\": 2, \"c\": 3}"],
    ),
    (
        6,
        2020,
        r#"{"propertyNames": {"maxLength": 2, "pattern": "^[a-z]*$"}}"#,
        &["{}", "{\"ab\": 1, \"\": 2}", "[\"abc\"]"],
        &["{\"abc\": 1}", "{\"A\": 1}"],
    ),
    (6, 2020, r#"{"propertyNames": false}"#, &["{}"], &["{\"a\": 1}"]),
    (6, 2020, r#"{"propertyNames": {"enum": ["a", "b"]}}"#, &["{\"a\": 1}"], &["{\"c\": 1}"]),
    (
        4,
        2019,
        r#"{"dependencies": {"card": ["number"], "iban": {"required": ["bic"]}}}"#,
        &["{}", "{\"card\": 1, \"number\": 2}", "{\"iban\": 1, \"bic\": 2}", "[\"card\"]"],
        &["{\"card\": 1}", "{\"iban\": 1}"],
    ),
    (
        2019,
        2020,
        r#"{"dependentRequired": {"card": ["number"]}}"#,
        &["{\"number\": 1}", "{\"card\": 1, \"number\": 2}"],
        &["{\"card\": 1}"],
    ),
    (
        2019,
        2020,
        r#"{"dependentSchemas": {"card": {"minProperties": 2}, "x": false}}"#,
        &["{\"card\": 1, \"y\": 2}"],
        &["{\"card\": 1}", "{\"x\": 1}"],
    ),
    (
        2019,
        2020,
        r#"{"properties": {"a": {}}, "anyOf": [{"properties": {"b": {"const": 1}}}, {"properties": {"c": {}}, "required": ["c"]}], "unevaluatedProperties": false}"#,
        &["{\"a\": 0, \"b\": 1}", "{\"c\": 0}", "{\"b\": 1, \"c\": 2}"],
        &["{\"d\": 0}", "{\"b\": 2, \"c\": 2}"],
    ),
    (
        2019,
        2020,
        r#"{"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": {"type": "null"}}"#,
        &["{\"a\": 1, \"z\": null}"],
        &["{\"z\": 1}"],
    ),
    (
        2020,
        2020,
        r#"{"prefixItems": [{}], "contains": {"type": "string"}, "unevaluatedItems": false}"#,
        &["[1, \"a\"]", "[\"a\"]"],
        &["[1, 2, \"a\"]"],
    ),
    (
        2019,
        2019,
        r#"{"items": [{}], "anyOf": [{"items": [{}, {"const": 2}]}, {}], "unevaluatedItems": false}"#,
        &["[1, 2]", "[1]"],
        &["[1, 3]", "[1, 2, 3]"],
    ),
];

const LOGIC: &[Case] = &[
    (4, 2020, r#"{"allOf": [{"minimum": 2}, {"maximum": 4}]}"#, &["3", "\"x\""], &["1", "5"]),
    (4, 2020, r#"{"anyOf": [{"type": "string"}, {"minimum": 2}]}"#, &["\"x\"", "2", "null"], &["1"]),
    (4, 2020, r#"{"oneOf": [{"type": "integer"}, {"minimum": 2}]}"#, &["1", "2.5"], &["3", "1.5"]),
    (
        4,
        2020,
        r#"{"oneOf": [{"required": ["a", "b"]}, {"required": ["a", "c"]}], "type": "object"}"#,
        &["{\"a\": 1, \"b\": 2}"],
        &["{\"a\": 1}", "{\"a\": 1, \"b\": 2, \"c\": 3}"],
    ),
    (4, 2020, r#"{"not": {"type": ["integer", "boolean"]}}"#, &["\"1\"", "1.5"], &["1", "true"]),
    (4, 2020, r#"{"not": {"not": {"type": "null"}}}"#, &["null"], &["0"]),
    (
        7,
        2020,
        r#"{"if": {"minimum": 10}, "then": {"multipleOf": 5}, "else": {"multipleOf": 2}}"#,
        &["15", "4", "\"x\""],
        &["11", "5"],
    ),
    (7, 2020, r#"{"then": false, "else": false}"#, &["1"], &[]),
    (4, 6, r#"{"if": false, "else": false}"#, &["1"], &[]),
    (
        4,
        2020,
        r##"{"properties": {"next": {"$ref": "#"}, "v": {"type": "integer"}}, "additionalProperties": false}"##,
        &["{\"v\": 1, \"next\": {\"v\": 2, \"next\": {}}}"],
        &["{\"next\": {\"next\": {\"w\": 1}}}", "{\"next\": {\"v\": \"a\"}}"],
    ),
    (
        4,
        2020,
        r##"{"definitions": {"a~b/c%d": {"type": "integer"}}, "properties": {"x": {"$ref": "#/definitions/a~0b~1c%25d"}}}"##,
        &["{\"x\": 1}"],
        &["{\"x\": \"a\"}"],
    ),
    (
        4,
        7,
        r##"{"definitions": {"i": {"type": "integer"}}, "properties": {"x": {"$ref": "#/definitions/i", "maximum": 3}}}"##,
        &["{\"x\": 4}"],
        &["{\"x\": null}"],
    ),
    (
        2019,
        2020,
        r##"{"$defs": {"i": {"type": "integer"}}, "properties": {"x": {"$ref": "#/$defs/i", "maximum": 3}}}"##,
        &["{\"x\": 3}"],
        &["{\"x\": 4}", "{\"x\": null}"],
    ),
    (
        6,
        7,
        r##"{"definitions": {"i": {"$id": "#int", "type": "integer"}}, "properties": {"x": {"$ref": "#int"}}}"##,
        &["{\"x\": 3}"],
        &["{\"x\": \"3\"}"],
    ),
    (
        2019,
        2020,
        r##"{"$defs": {"i": {"$anchor": "int", "type": "integer"}}, "properties": {"x": {"$ref": "#int"}}}"##,
        &["{\"x\": 3}"],
        &["{\"x\": \"3\"}"],
    ),
    (
        2019,
        2020,
        r##"{"$id": "http://shop.example/root", "$defs": {"i": {"$id": "inner", "$defs": {"n": {"type": "null"}}, "properties": {"y": {"$ref": "#/$defs/n"}}}}, "properties": {"x": {"$ref": "inner"}}}"##,
        &["{\"x\": {\"y\": null}}"],
        &["{\"x\": {\"y\": 1}}"],
    ),
    (
        2019,
        2019,
        r##"{"$recursiveAnchor": true, "properties": {"child": {"$recursiveRef": "#"}, "n": {"type": "integer"}}}"##,
        &["{\"child\": {\"n\": 1}}"],
        &["{\"child\": {\"n\": \"1\"}}"],
    ),
    (
        2020,
        2020,
        r##"{"$dynamicAnchor": "node", "properties": {"child": {"$dynamicRef": "#node"}, "n": {"type": "integer"}}}"##,
        &["{\"child\": {\"n\": 1}}"],
        &["{\"child\": {\"n\": \"1\"}}"],
    ),
    (4, 2020, r#"{"properties": {"$ref": {"type": "string"}}}"#, &["{\"$ref\": \"a\"}"], &["{\"$ref\": 2}"]),
    (4, 2020, r#"{"default": "not an integer", "type": "integer"}"#, &["1"], &["\"not an integer\""]),
    (2019, 2020, r#"{"format": "date"}"#, &["\"no date\"", "1"], &[]),
];

#[test]
fn keywords_mean_what_each_draft_says() {
    let (mut count, mut wrong) = (0, Vec::new());
    for (first, last, schema, fit, unfit) in [VALUES, ARRAYS, OBJECTS, LOGIC].concat() {
        for (draft, uri) in DRAFTS.into_iter().filter(|(draft, _)| (first..=last).contains(draft)) {
            let schema: Value = serde_json::from_str(schema).unwrap();
            // A boolean can't say its draft; it means the same in all that have it.
            let schema = match schema {
                Value::Object(mut members) => {
                    members.insert("$schema".to_owned(), json!(uri));
                    Value::Object(members)
                }
                other => other,
            };
            let records = fit.iter().map(|record| (record, true)).chain(unfit.iter().map(|record| (record, false)));
            for (record, expected) in records {
                let ours = Validator::compile(&schema.to_string(), &NONE).unwrap();
                let value: Value = serde_json::from_str(record).unwrap();
                let theirs = jsonschema::validator_for(&schema).unwrap().is_valid(&value);
                let found = Checker::new(Limits::default()).check(&ours, record.as_bytes()).is_ok();
                if (found, theirs) != (expected, expected) {
                    wrong.push(format!(
                        "{record} by {schema}: {found}, the crate says {theirs}, draft {draft} {expected}"
                    ));
                }
                count += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 1_000, "{count}");
}
