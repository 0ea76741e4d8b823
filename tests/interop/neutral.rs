//! Values in a form that every language can write and read without loss, for the exchange with other implementations.
//!
//! It is JSON that follows the schema: int and long are their digits in a string, float and double the hexadecimal digits
//! of their bits (any NaN is the quiet one), bytes and fixed hexadecimal digits, a record an array of its fields, a union
//! an array of the branch's number and the value; the rest is as plain JSON has it.
//!
//! For each set of data, numbered N, a folder holds for the other side to read:
//!
//! | file | holds |
//! |---|---|
//! | `N.avsc` | the schema |
//! | `N.values` | the values in neutral form, one a line |
//! | `N.avro` | the values in a container that we wrote |
//! | `N.json` | the values in the specification's JSON encoding as we write it, one a line; an empty line for those with NaN or an infinity, for which the specification has no form and which nobody else reads |
//!
//! The other side writes `N.read` and `N.read-json`, what it read from the last two in neutral form, then `N.written.avro`
//! and `N.written.json`, the values as it writes them itself. Where it has no JSON for a value, the lines are empty.

//! Java also writes `N.logical`: for each value a line with an array of the texts of all that has a logical type in it, in
//! the order of the data, the values of a map in the order of its keys. A duration has no text.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use serdecar::schema::avro::{Kind, Logical, Schema, TypeId};

use crate::value::Value;

/// The neutral form of a value.
pub(crate) fn neutral(schema: &Schema, id: TypeId, value: &Value) -> Json {
    match (&schema.get(id).kind, value) {
        (_, Value::Null) => Json::Null,
        (_, Value::Boolean(flag)) => json!(flag),
        (_, Value::Int(number)) => json!(number.to_string()),
        (_, Value::Long(number)) => json!(number.to_string()),
        (_, Value::Float(number)) => {
            json!(format!("{:08x}", if number.is_nan() { f32::NAN } else { *number }.to_bits()))
        }
        (_, Value::Double(number)) => {
            json!(format!("{:016x}", if number.is_nan() { f64::NAN } else { *number }.to_bits()))
        }
        (_, Value::Bytes(bytes)) => json!(hex(bytes)),
        (_, Value::String(text) | Value::Enum(text)) => json!(text),
        (Kind::Array(items), Value::Array(values)) => {
            values.iter().map(|value| neutral(schema, *items, value)).collect()
        }
        (Kind::Map(values), Value::Map(entries)) => {
            entries.iter().map(|(key, value)| (key.clone(), neutral(schema, *values, value))).collect()
        }
        (Kind::Record(record), Value::Record(values)) => {
            record.fields.iter().zip(values).map(|(field, value)| neutral(schema, field.ty, value)).collect()
        }
        (Kind::Union(branches), Value::Union(index, value)) => json!([index, neutral(schema, branches[*index], value)]),
        (kind, value) => unreachable!("{value:?} is no {}", kind.branch_name()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

/// The texts of all that has a logical type in a value. `json` is the value in plain mode with texts wherever it can.
pub(crate) fn logical_texts(schema: &Schema, id: TypeId, value: &Value, json: &Json, texts: &mut Vec<Json>) {
    match (&schema.get(id).kind, value) {
        _ if Logical::of(schema.get(id)).is_some_and(|logical| logical != Logical::Duration) => {
            texts.push(json.clone());
        }
        (Kind::Array(items), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                logical_texts(schema, *items, value, &json[index], texts);
            }
        }
        (Kind::Map(values), Value::Map(entries)) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            for (key, value) in entries {
                logical_texts(schema, *values, value, &json[key], texts);
            }
        }
        (Kind::Record(record), Value::Record(values)) => {
            for (field, value) in record.fields.iter().zip(values) {
                logical_texts(schema, field.ty, value, &json[&field.name], texts);
            }
        }
        (Kind::Union(branches), Value::Union(index, value)) => {
            logical_texts(schema, branches[*index], value, json, texts);
        }
        _ => {}
    }
}

/// Whether the other side read what was meant. A branch that it can't tell is `"?"`, with all that the value may be.
pub(crate) fn agrees(meant: &Json, read: &Json) -> bool {
    match (meant, read) {
        (Json::Array(meant), Json::Array(read)) => match (&meant[..], &read[..]) {
            ([Json::Number(_), meant], [Json::String(_), Json::Array(read)]) => {
                read.iter().any(|read| agrees(meant, read))
            }
            (meant, read) => {
                meant.len() == read.len() && meant.iter().zip(read).all(|(meant, read)| agrees(meant, read))
            }
        },
        (Json::Object(meant), Json::Object(read)) => {
            meant.len() == read.len()
                && meant.iter().all(|(key, meant)| read.get(key).is_some_and(|read| agrees(meant, read)))
        }
        _ => meant == read,
    }
}
