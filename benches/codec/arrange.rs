//! The same records written in other ways: members in another order, white space, escapes in keys.

use serde_json::{Map, Value};

use super::shapes::mix;

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it comes.
    AsIs,
    /// `", "` and `": "`, as Python writes it.
    Spaced,
    /// A member a line.
    Pretty,
    /// Every object backwards: another fixed order.
    Backwards,
    /// Members of the record in an order of chance, those inside it in order.
    TopShuffled,
    /// Members of every object in an order of chance.
    Shuffled,
    /// Two keys of the record with a character escaped.
    EscapedKeys,
    /// Three members that no schema knows, one of them an object.
    Unknown,
}

/// Writes `record` in another form. `seed` is what chance goes by.
pub(crate) fn arrange(record: &str, form: Form, seed: u64) -> String {
    if form == Form::AsIs {
        return record.to_owned();
    }
    let value: Value = serde_json::from_str(record).unwrap();
    match form {
        Form::AsIs => unreachable!("returned above"),
        Form::Spaced => spaced(&value),
        Form::Pretty => serde_json::to_string_pretty(&value).unwrap(),
        Form::Backwards => reorder(value, usize::MAX, &mut |members| members.reverse()).to_string(),
        Form::TopShuffled => reorder(value, 1, &mut |members| shuffle(members, seed)).to_string(),
        Form::Shuffled => {
            let mut salt = seed << 16;
            let mut by_chance = |members: &mut Vec<(String, Value)>| {
                salt += 1;
                shuffle(members, salt);
            };
            reorder(value, usize::MAX, &mut by_chance).to_string()
        }
        Form::EscapedKeys => {
            let keys: Vec<String> = value.as_object().unwrap().keys().skip(1).step_by(3).take(2).cloned().collect();
            keys.iter().fold(value.to_string(), |text, key| {
                let mut chars = key.chars();
                let escaped = format!("\"\\u{:04x}{}\":", u32::from(chars.next().unwrap()), chars.as_str());
                text.replacen(&format!("\"{key}\":"), &escaped, 1)
            })
        }
        Form::Unknown => {
            let Value::Object(members) = value else { panic!("not an object") };
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            let more = [
                ("trace", Value::from("4bf92f3577b34da6a3ce929d0e0e4736")),
                ("client", serde_json::json!({"name": "web", "version": [3, 1], "beta": true})),
                ("sampled", Value::from(true)),
            ];
            for (place, (key, value)) in more.into_iter().enumerate() {
                members.insert((place * 3).min(members.len()), (key.into(), value));
            }
            Value::Object(members.into_iter().collect()).to_string()
        }
    }
}

/// Puts the members of the objects of the outermost `levels` levels into another order.
fn reorder(value: Value, levels: usize, order: &mut impl FnMut(&mut Vec<(String, Value)>)) -> Value {
    match value {
        Value::Object(members) if levels > 0 => {
            let mut members: Vec<_> =
                members.into_iter().map(|(key, value)| (key, reorder(value, levels - 1, order))).collect();
            order(&mut members);
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) if levels > 0 => {
            items.into_iter().map(|item| reorder(item, levels - 1, order)).collect::<Vec<_>>().into()
        }
        other => other,
    }
}

fn shuffle(members: &mut [(String, Value)], seed: u64) {
    for end in (1..members.len()).rev() {
        members.swap(end, (mix(seed, end as u64) % (end as u64 + 1)) as usize);
    }
}

fn spaced(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, value)| format!("{}: {}", Value::from(&**key), spaced(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
