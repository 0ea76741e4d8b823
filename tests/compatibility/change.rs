//! Changes to a schema, most of which leave it one.

use serde_json::{Value as Json, json};

use crate::dice::Dice;

/// Makes one change somewhere.
pub(crate) fn change(schema: &mut Json, dice: &mut Dice<'_>) {
    let count = count(schema);
    let mut left = dice.below(count) + 1;
    walk(schema, &mut left, dice);
}

/// How many places there are to change: types, and the fields of records.
fn count(schema: &Json) -> usize {
    let inside = match schema {
        Json::Array(branches) => branches.iter().map(count).sum(),
        Json::Object(object) => {
            let parts = [object.get("type").filter(|ty| !ty.is_string()), object.get("items"), object.get("values")];
            let fields = object.get("fields").and_then(Json::as_array);
            parts.into_iter().flatten().chain(fields.into_iter().flatten()).map(count).sum()
        }
        _ => 0,
    };
    inside + 1
}

/// Goes to the place where `left` becomes zero.
fn walk(schema: &mut Json, left: &mut usize, dice: &mut Dice<'_>) {
    *left = left.saturating_sub(1);
    if *left == 0 {
        *left = usize::MAX;
        return apply(schema, dice);
    }
    match schema {
        Json::Array(branches) => branches.iter_mut().for_each(|branch| walk(branch, left, dice)),
        Json::Object(object) => {
            for (key, part) in object.iter_mut() {
                match (key.as_str(), part) {
                    ("type" | "items" | "values", part) if !part.is_string() || key != "type" => walk(part, left, dice),
                    ("fields", Json::Array(fields)) => fields.iter_mut().for_each(|field| walk(field, left, dice)),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn apply(schema: &mut Json, dice: &mut Dice<'_>) {
    const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];
    match schema {
        Json::Array(branches) => match dice.below(4) {
            0 => branches.push(json!(dice.pick(&PRIMITIVES))),
            1 => drop(branches.pop()),
            2 => branches.reverse(),
            _ => {
                if let Some(branch) = branches.last_mut() {
                    *branch = json!({"type": "array", "items": "int"});
                }
            }
        },
        Json::Object(object) if object.contains_key("fields") => {
            let fields = object["fields"].as_array_mut().unwrap();
            match dice.below(6) {
                0 => drop(fields.pop()),
                1 => fields.push(json!({"name": "added", "type": "int"})),
                2 => fields.insert(0, json!({"name": "optional", "type": "int", "default": 1})),
                3 => fields.reverse(),
                _ => rename(object, dice),
            }
        }
        Json::Object(object) if object.contains_key("symbols") => {
            let symbols = object["symbols"].as_array_mut().unwrap();
            match dice.below(4) {
                0 => symbols.push(json!("MORE")),
                1 => drop(symbols.pop()),
                2 => {
                    symbols.insert(0, json!("FIRST"));
                    object.insert("default".to_owned(), json!("FIRST"));
                }
                _ => rename(object, dice),
            }
        }
        Json::Object(object) if object.contains_key("size") => match dice.below(2) {
            0 => drop(object.insert("size".to_owned(), json!(7))),
            _ => rename(object, dice),
        },
        // A field.
        Json::Object(object) if object.contains_key("name") => match dice.below(4) {
            0 => {
                let old = object.insert("name".to_owned(), json!("renamed")).unwrap();
                object.insert("aliases".to_owned(), json!([old]));
            }
            1 => drop(object.insert("name".to_owned(), json!("renamed"))),
            2 => drop(object.insert("type".to_owned(), json!(["null", object["type"]]))),
            _ => drop(object.insert("type".to_owned(), json!(dice.pick(&PRIMITIVES)))),
        },
        other => {
            *other = match dice.below(4) {
                0 => json!(["null", other]),
                1 => json!({"type": "map", "values": other}),
                _ => json!(dice.pick(&PRIMITIVES)),
            };
        }
    }
}

/// Gives a named type another name, with the old one as an alias or without.
fn rename(object: &mut serde_json::Map<String, Json>, dice: &mut Dice<'_>) {
    let old = object.insert("name".to_owned(), json!("other.Renamed")).unwrap();
    match dice.below(3) {
        0 => drop(object.insert("aliases".to_owned(), json!([old]))),
        1 => {
            let same = old.as_str().unwrap().replace("x.", "");
            object.insert("name".to_owned(), json!(format!("other.{same}")));
        }
        _ => {}
    }
}
