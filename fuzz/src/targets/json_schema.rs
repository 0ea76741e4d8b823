//! A text is judged by a JSON Schema as its value is, and whatever a schema and a text are, the verdict comes soon.

use serde_json::{Map, Value, json};

use crate::codec::ViolationKind;
use crate::codec::json_schema::{Checker, Validator};
use crate::dice::Dice;
use crate::input::{LIMITS, part, shown};

const DRAFTS: [&str; 5] = [
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
];

const NAMES: [&str; 4] = ["a", "b", "", "x/~y"];

/// Bytes: a schema, as text or as choices, and a text.
pub fn run(mut data: &[u8]) {
    let schema = part(&mut data);
    let schema = match std::str::from_utf8(schema) {
        Ok(text) if text.starts_with('{') => text.to_owned(),
        _ => {
            let mut dice = Dice::new(schema);
            let mut members = object(&mut dice, 3);
            members.insert("$schema".to_owned(), json!(dice.pick(&DRAFTS)));
            Value::Object(members).to_string()
        }
    };
    let Ok(validator) = Validator::compile::<&str, &str>(&schema, &[]) else { return };
    let result = Checker::new(LIMITS).check(&validator, data);
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let kinds: Vec<_> = result.as_ref().err().into_iter().flat_map(|error| error.violations().map(|v| v.kind)).collect();
    // A limit or two members of one name are ours to refuse; and what a double can't hold, its value has not.
    let ours = kinds.iter().any(|kind| matches!(kind, ViolationKind::Limit | ViolationKind::Syntax | ViolationKind::Duplicate));
    if ours || !keeps_its_numbers(data) {
        return;
    }
    let document: Value = serde_json::from_str(&schema).expect("a schema that was compiled");
    // Without a $schema it is draft 7.
    let mut theirs = jsonschema::options();
    if document.get("$schema").is_none() {
        theirs = theirs.with_draft(jsonschema::Draft::Draft7);
    }
    let Ok(theirs) = theirs.build(&document) else { return };
    assert_eq!(result.is_ok(), theirs.is_valid(&value), "{} by {schema}", shown(data));
}

/// Whether all its numbers have few digits and small exponents.
fn keeps_its_numbers(text: &[u8]) -> bool {
    text.split(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
        .all(|number| number.len() < 12 && !number.iter().any(u8::is_ascii_alphabetic))
}

fn schema(dice: &mut Dice<'_>, levels: usize) -> Value {
    Value::Object(object(dice, levels))
}

fn object(dice: &mut Dice<'_>, levels: usize) -> Map<String, Value> {
    let mut members = Map::new();
    for _ in 0..dice.below(4) {
        let (keyword, value) = keyword(dice, levels);
        members.insert(keyword.to_owned(), value);
    }
    members
}

fn keyword(dice: &mut Dice<'_>, levels: usize) -> (&'static str, Value) {
    let inner = levels.saturating_sub(1);
    let scalars = [
        ("type", json!(dice.pick(&["null", "boolean", "integer", "number", "string", "array", "object"]))),
        ("minimum", json!(dice.below(4))),
        ("multipleOf", json!(dice.below(3) + 1)),
        ("maxLength", json!(dice.below(4))),
        ("maxItems", json!(dice.below(4))),
        ("minProperties", json!(dice.below(3))),
        ("uniqueItems", json!(true)),
        ("pattern", json!(dice.pick(&["^a", "b+$", "(a|b)*c", "^(?=a)"]))),
        ("required", json!([dice.pick(&NAMES)])),
        ("enum", json!([null, dice.below(3), dice.pick(&NAMES), [1], {"a": 1}])),
    ];
    if levels == 0 || dice.one_in(2) {
        let at = dice.below(scalars.len());
        return scalars.into_iter().nth(at).unwrap_or(("type", json!("null")));
    }
    match dice.below(14) {
        0 => ("properties", json!({dice.pick(&NAMES): schema(dice, inner), dice.pick(&NAMES): schema(dice, inner)})),
        1 => ("additionalProperties", schema(dice, inner)),
        2 => ("patternProperties", json!({"a": schema(dice, inner)})),
        3 => ("items", schema(dice, inner)),
        4 => ("contains", schema(dice, inner)),
        5 => ("propertyNames", schema(dice, inner)),
        6 => ("allOf", json!([schema(dice, inner), schema(dice, inner)])),
        7 => ("anyOf", json!([schema(dice, inner), schema(dice, inner)])),
        8 => ("oneOf", json!([schema(dice, inner), schema(dice, inner)])),
        9 => ("not", schema(dice, inner)),
        10 => ("if", schema(dice, inner)),
        11 => ("else", schema(dice, inner)),
        12 => ("unevaluatedProperties", schema(dice, inner)),
        _ => ("$ref", json!("#")),
    }
}
