//! Random data of a type, and what another implementation read as JSON.

use apache_avro::types::Value as Avro;
use serde_json::{Value as Json, json};
use serdecar::codec::avro::JsonMode;

use crate::dice::Dice;
use crate::pairs::Type;

/// Makes data of a writer's type.
pub(crate) struct Sampler<'a> {
    pub(crate) dice: &'a mut Dice,
    /// The records that are open.
    pub(crate) open: Vec<&'a Type>,
    /// How many values there may still be in collections.
    pub(crate) left: usize,
}

/// The record called `name` among those that are open.
pub(crate) fn again<'a>(open: &[&'a Type], name: &str) -> &'a Type {
    open.iter().rev().find(|ty| ty.tag() == name).expect("the record is open")
}

impl<'a> Sampler<'a> {
    pub(crate) fn value(&mut self, ty: &'a Type) -> Avro {
        match ty {
            Type::Plain(name) => self.plain(name),
            Type::Fixed { size, .. } => Avro::Fixed(*size, self.dice.bytes(*size)),
            Type::Enum { symbols, .. } => {
                let index = self.dice.below(symbols.len());
                Avro::Enum(index as u32, symbols[index].clone())
            }
            Type::Array(items) => Avro::Array((0..self.count(3)).map(|_| self.value(items)).collect()),
            // One entry at most: apache-avro's maps have no order.
            Type::Map(values) => {
                Avro::Map((0..self.count(2)).map(|_| (self.dice.text(), self.value(values))).collect())
            }
            Type::Record { fields, .. } => {
                self.open.push(ty);
                let members = fields.iter().map(|field| (field.name.clone(), self.value(&field.ty))).collect();
                self.open.pop();
                Avro::Record(members)
            }
            Type::Union(branches) => {
                // The first is a way out of records that hold themselves.
                let index = if self.left == 0 { 0 } else { self.dice.below(branches.len()) };
                self.left = self.left.saturating_sub(1);
                Avro::Union(index as u32, Box::new(self.value(&branches[index])))
            }
            Type::Again(name) => self.value(again(&self.open, name)),
        }
    }

    fn count(&mut self, end: usize) -> usize {
        let count = self.dice.below(end).min(self.left);
        self.left -= count;
        count
    }

    fn plain(&mut self, name: &str) -> Avro {
        match name {
            "null" => Avro::Null,
            "boolean" => Avro::Boolean(self.dice.rarely(2)),
            "int" => Avro::Int(self.dice.long() as i32),
            "long" => Avro::Long(self.dice.long()),
            "float" => Avro::Float((self.dice.double() as f32).clamp(f32::MIN, f32::MAX)),
            "double" => Avro::Double(self.dice.double()),
            "bytes" => {
                let len = self.dice.below(6);
                Avro::Bytes(self.dice.bytes(len))
            }
            _ => Avro::String(self.dice.text()),
        }
    }
}

/// A value of a type as JSON.
pub(crate) fn json<'a>(ty: &'a Type, value: &Avro, mode: JsonMode, open: &mut Vec<&'a Type>) -> Json {
    match (ty, value) {
        (_, Avro::Null) => Json::Null,
        (_, Avro::Boolean(flag)) => json!(flag),
        (_, Avro::Int(number)) => json!(number),
        (_, Avro::Long(number)) => json!(number),
        // Through text, since a float's shortest print is another double than the float.
        (_, Avro::Float(number)) => serde_json::from_str(&serde_json::to_string(number).unwrap()).unwrap(),
        (_, Avro::Double(number)) => json!(number),
        (_, Avro::String(text) | Avro::Enum(_, text)) => json!(text),
        (_, Avro::Bytes(bytes) | Avro::Fixed(_, bytes)) => match mode {
            JsonMode::Plain => json!(base64(bytes)),
            JsonMode::Avro => bytes.iter().map(|&byte| char::from(byte)).collect::<String>().into(),
        },
        (Type::Array(items), Avro::Array(values)) => {
            values.iter().map(|value| json(items, value, mode, open)).collect()
        }
        (Type::Map(ty), Avro::Map(entries)) => {
            entries.iter().map(|(key, value)| (key.clone(), json(ty, value, mode, open))).collect()
        }
        (Type::Record { fields, .. }, Avro::Record(values)) => {
            open.push(ty);
            let members = fields.iter().zip(values).map(|(field, (name, value))| {
                assert_eq!(field.name, *name);
                (name.clone(), json(&field.ty, value, mode, open))
            });
            let members = members.collect();
            open.pop();
            members
        }
        (Type::Union(branches), Avro::Union(index, value)) => {
            let branch = &branches[*index as usize];
            let value = json(branch, value, mode, open);
            if mode == JsonMode::Plain || branch.tag() == "null" { value } else { json!({branch.tag(): value}) }
        }
        (Type::Again(name), _) => json(again(open, name), value, mode, open),
        _ => panic!("{value:?} is no {ty:?}"),
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
