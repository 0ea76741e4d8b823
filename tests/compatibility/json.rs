//! JSON Schemas: what is called compatible accepts every value that the older schema accepts, says the validator that
//! pipelines run on.

use serde_json::{Map, Value as Json, json};
use serdecar::schema::json::JsonSchema;
use serdecar::schema::json::compatibility::incompatibilities;

use crate::dice::Dice;
use crate::seed;

/// How many schemas, each with a later version, and how many values of each.
const SCHEMAS: usize = 4_000;
const VALUES: usize = 200;

const NAMES: [&str; 4] = ["a", "b", "xa", "xb"];

/// A schema whose objects and arrays nest up to `depth` levels. All say their type: without one, objects are meant where
/// properties are spoken of.
fn schema(dice: &mut Dice<'_>, depth: usize) -> Json {
    match dice.below(if depth == 0 { 6 } else { 11 }) {
        0 => json!({"type": dice.pick(&["string", "integer", "number", "boolean", "null"])}),
        1 => with(dice, "string", &["minLength", "maxLength"]),
        2 => with(dice, "number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
        3 => json!({"type": [dice.pick(&["string", "integer"]), dice.pick(&["null", "boolean"])]}),
        4 => json!({"enum": (0..=dice.below(3)).map(|_| scalar(dice)).collect::<Vec<_>>()}),
        5 => dice.pick(&[true, true, true, false]).into(),
        6 => {
            let mut array = with(dice, "array", &["minItems", "maxItems"]);
            match dice.below(3) {
                0 => array["items"] = schema(dice, depth - 1),
                1 => {
                    array["items"] = (0..=dice.below(2)).map(|_| schema(dice, depth - 1)).collect();
                    if dice.one_in(2) {
                        array["additionalItems"] = schema(dice, depth - 1);
                    }
                }
                _ => array["contains"] = schema(dice, depth - 1),
            }
            array
        }
        7 => {
            let branches: Vec<Json> = (0..=dice.below(3)).map(|_| schema(dice, depth - 1)).collect();
            json!({dice.pick(&["anyOf", "anyOf", "allOf"]): branches})
        }
        _ => object(dice, depth),
    }
}

fn object(dice: &mut Dice<'_>, depth: usize) -> Json {
    let mut object = with(dice, "object", &["minProperties", "maxProperties"]);
    let mut properties = Map::new();
    for name in NAMES {
        if dice.one_in(2) {
            properties.insert(name.to_owned(), schema(dice, depth - 1));
        }
    }
    object["properties"] = properties.into();
    match dice.below(4) {
        0 => object["additionalProperties"] = false.into(),
        1 => object["additionalProperties"] = schema(dice, depth - 1),
        _ => {}
    }
    match dice.below(6) {
        0 => object["patternProperties"] = json!({"^x": schema(dice, depth - 1)}),
        1 => object["required"] = json!([dice.pick(&NAMES)]),
        2 => object["dependencies"] = json!({dice.pick(&NAMES): [dice.pick(&NAMES)]}),
        3 => object["propertyNames"] = json!({"maxLength": dice.below(3)}),
        _ => {}
    }
    object
}

/// A schema of a type with some of its limits.
fn with(dice: &mut Dice<'_>, ty: &str, limits: &[&str]) -> Json {
    let mut schema = json!({"type": ty});
    for limit in limits {
        if dice.below(4) == 1 {
            schema[*limit] = dice.pick(&[1, 2, 3, 4]).into();
        }
    }
    schema
}

fn scalar(dice: &mut Dice<'_>) -> Json {
    dice.pick(&[r#""""#, r#""a""#, r#""abc""#, "0", "1", "2.0", "2.5", "3", "4", "null", "true"]).parse().unwrap()
}

fn value(dice: &mut Dice<'_>, depth: usize) -> Json {
    match dice.below(if depth == 0 { 4 } else { 8 }) {
        4 | 5 => (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect(),
        6 | 7 => {
            let members = (0..dice.below(4)).map(|_| (dice.pick(&NAMES).to_owned(), value(dice, depth - 1)));
            Json::Object(members.collect())
        }
        _ => scalar(dice),
    }
}

/// Another version: a place somewhere in the schema is another one.
fn change(schema_: &mut Json, dice: &mut Dice<'_>, depth: usize) {
    let nested = match schema_ {
        Json::Object(members) if depth > 0 && !dice.one_in(3) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let key = if keys.is_empty() { String::new() } else { dice.pick_name(&keys) };
            match (key.as_str(), members.get_mut(&key)) {
                ("properties", Some(Json::Object(properties))) => {
                    let name = dice.pick(&NAMES);
                    match properties.get_mut(name) {
                        Some(property) if dice.one_in(2) => change(property, dice, depth - 1),
                        Some(_) => drop(properties.shift_remove(name)),
                        None => drop(properties.insert(name.to_owned(), schema(dice, depth - 1))),
                    }
                    true
                }
                ("anyOf" | "allOf", Some(Json::Array(branches))) => {
                    branches.push(schema(dice, depth - 1));
                    true
                }
                ("items" | "additionalProperties" | "additionalItems" | "contains", Some(part)) if !part.is_array() => {
                    change(part, dice, depth - 1);
                    true
                }
                ("type" | "properties" | "", _) | (_, None) => false,
                (key, Some(Json::Number(limit))) => {
                    let limit = limit.as_u64().unwrap() + 1;
                    members.insert(key.to_owned(), limit.into());
                    true
                }
                (key, Some(_)) => {
                    let key = key.to_owned();
                    members.shift_remove(&key);
                    true
                }
            }
        }
        _ => false,
    };
    if !nested {
        *schema_ = schema(dice, depth);
    }
}

#[test]
fn what_is_compatible_accepts_every_earlier_value() {
    let mut random = fastrand::Rng::with_seed(seed());
    let (mut compatible, mut values) = (0, 0);
    for _ in 0..SCHEMAS {
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(4096).collect();
        let mut dice = Dice::new(&bytes);
        let old = schema(&mut dice, 3);
        let mut new = old.clone();
        change(&mut new, &mut dice, 3);
        let parse = |schema: &Json| JsonSchema::parse::<&str, &str>(&schema.to_string(), &[]).unwrap();
        if !incompatibilities(&parse(&new), &parse(&old)).is_empty() {
            continue;
        }
        compatible += usize::from(new != old);
        let (old_accepts, new_accepts) =
            (jsonschema::draft7::new(&old).unwrap(), jsonschema::draft7::new(&new).unwrap());
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(16_384).collect();
        let mut dice = Dice::new(&bytes);
        for _ in 0..VALUES {
            let value = value(&mut dice, 3);
            if old_accepts.is_valid(&value) {
                assert!(new_accepts.is_valid(&value), "{old} becomes {new}, which refuses {value}");
                values += 1;
            }
        }
    }
    println!("{compatible} of {SCHEMAS} changes are compatible, as {values} values show");
    assert!(compatible > SCHEMAS / 20 && values > SCHEMAS);
}
