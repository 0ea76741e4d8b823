//! Defaults of fields, from the schema's JSON to encoded bytes.
//!
//! Written as the [specification](https://avro.apache.org/docs/1.12.0/specification/#schema-record) asks: bytes and fixed
//! as ISO-8859-1 text, a union as an untagged value of one of its branches.

use serde_json::{Map, Value};

use super::SchemaError;
use super::logical::Logical;
use super::types::{Kind, Record, Schema, TypeId};
use super::varint;

/// A default may nest as deep as this; one that holds a default of its own record has no end.
const MAX_DEPTH: u32 = 64;

/// A default may hold as many values as this: defaults of defaults grow exponentially.
const MAX_VALUES: u32 = 100_000;

/// Why a default does not fit.
#[derive(Debug)]
pub(super) enum DefaultFault {
    /// It is not a value of the type.
    Misfit { pointer: String, message: String },
    /// It is a value of the type, but not of its logical type. Other implementations take such schemas, and so do we, but
    /// no such value is written.
    Logical,
}

impl DefaultFault {
    /// The fault of the schema, if it is one.
    pub(super) fn of_field(self, record: &str, field: &str) -> Option<SchemaError> {
        let Self::Misfit { pointer, message } = self else { return None };
        let place = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
        Some(SchemaError::at("", format!("the default of field '{field}' of record {record}{place}: {message}")))
    }

    fn within(mut self, segment: &str) -> Self {
        if let Self::Misfit { pointer, .. } = &mut self {
            *pointer = format!("/{segment}{pointer}");
        }
        self
    }
}

type Encoded = Result<(), DefaultFault>;

/// Appends the encoded `value` to `out`.
pub(super) fn encode(schema: &Schema, ty: TypeId, value: &Value, out: &mut Vec<u8>) -> Encoded {
    Writer { schema, out, values: MAX_VALUES }.value(ty, value, MAX_DEPTH)
}

struct Writer<'a> {
    schema: &'a Schema,
    out: &'a mut Vec<u8>,
    /// How many more values there may be.
    values: u32,
}

impl Writer<'_> {
    fn value(&mut self, ty: TypeId, value: &Value, depth: u32) -> Encoded {
        let Some(depth) = depth.checked_sub(1) else {
            return fault("it nests without end");
        };
        self.values = match self.values.checked_sub(1) {
            Some(left) => left,
            None => return fault(format!("it holds more than {MAX_VALUES} values")),
        };
        let ty = self.schema.get(ty);
        let (kind, start) = (&ty.kind, self.out.len());
        match (kind, value) {
            (Kind::Null, Value::Null) => {}
            (Kind::Boolean, Value::Bool(flag)) => self.out.push(u8::from(*flag)),
            (Kind::Int, Value::Number(_)) => match value.as_i64().filter(|&n| i32::try_from(n).is_ok()) {
                Some(number) => varint::write(number, self.out),
                None => return fault("expected an int, found a number that is not a whole one of 32 bits"),
            },
            (Kind::Long, Value::Number(_)) => match value.as_i64() {
                Some(number) => varint::write(number, self.out),
                None => return fault("expected a long, found a number that is not a whole one of 64 bits"),
            },
            (Kind::Float, Value::Number(_)) => {
                let number = value.as_f64().unwrap_or(f64::INFINITY);
                #[expect(clippy::cast_possible_truncation, reason = "the nearest float is what is meant")]
                let number = number as f32;
                if !number.is_finite() {
                    return fault("expected a float, found a number beyond its range");
                }
                self.out.extend_from_slice(&number.to_le_bytes());
            }
            (Kind::Double, Value::Number(_)) => {
                self.out.extend_from_slice(&value.as_f64().unwrap_or_default().to_le_bytes());
            }
            (Kind::String, Value::String(text)) => self.bytes(text.as_bytes()),
            (Kind::Bytes, Value::String(text)) => self.bytes(&latin1(text)?),
            (Kind::Fixed(fixed), Value::String(text)) => {
                let bytes = latin1(text)?;
                if bytes.len() != fixed.size {
                    return fault(format!("expected {} bytes, found {}", fixed.size, bytes.len()));
                }
                self.out.extend_from_slice(&bytes);
            }
            (Kind::Enum(symbols), Value::String(text)) => match symbols.symbols.iter().position(|s| s == text) {
                Some(index) => varint::write_len(index, self.out),
                None => return fault(format!("no symbol of enum {}", symbols.name)),
            },
            (Kind::Array(items), Value::Array(values)) => {
                self.block(values.len(), values.iter().enumerate(), |writer, (index, value)| {
                    writer.value(*items, value, depth).map_err(|fault| fault.within(&index.to_string()))
                })?;
            }
            (Kind::Map(ty), Value::Object(members)) => {
                self.block(members.len(), members, |writer, (key, value)| {
                    writer.bytes(key.as_bytes());
                    writer.value(*ty, value, depth).map_err(|fault| fault.within(key))
                })?;
            }
            (Kind::Record(record), Value::Object(members)) => self.record(record, members, depth)?,
            (Kind::Union(branches), _) => return self.union(branches, value, depth),
            _ => return fault(format!("expected {}, found {}", kind.branch_name(), kind_of(value))),
        }
        match Logical::of(ty) {
            Some(logical) if !logical.admits(&self.out[start..]) => Err(DefaultFault::Logical),
            _ => Ok(()),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        varint::write_len(bytes.len(), self.out);
        self.out.extend_from_slice(bytes);
    }

    /// One block of items and the empty block that ends it.
    fn block<T>(
        &mut self,
        len: usize,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Self, T) -> Encoded,
    ) -> Encoded {
        if len > 0 {
            varint::write_len(len, self.out);
            items.into_iter().try_for_each(|item| write(self, item))?;
        }
        self.out.push(0);
        Ok(())
    }

    fn record(&mut self, record: &Record, members: &Map<String, Value>, depth: u32) -> Encoded {
        for field in &record.fields {
            match members.get(&field.name).or(field.default.as_ref()) {
                Some(value) => self.value(field.ty, value, depth).map_err(|fault| fault.within(&field.name))?,
                None => return fault(format!("field '{}' is missing and has no default", field.name)),
            }
        }
        Ok(())
    }

    /// The first branch that takes the value.
    fn union(&mut self, branches: &[TypeId], value: &Value, depth: u32) -> Encoded {
        let start = self.out.len();
        let mut last = None;
        for (index, &branch) in branches.iter().enumerate() {
            varint::write_len(index, self.out);
            match self.value(branch, value, depth) {
                Ok(()) => return Ok(()),
                // It says more than that another branch does not take the value either.
                Err(_) if matches!(last, Some(DefaultFault::Logical)) => {}
                Err(fault) => last = Some(fault),
            }
            self.out.truncate(start);
        }
        match last {
            Some(only) if branches.len() == 1 => Err(only),
            Some(DefaultFault::Logical) => Err(DefaultFault::Logical),
            _ => fault(format!("no branch of the union takes {}", kind_of(value))),
        }
    }
}

fn fault(message: impl Into<String>) -> Encoded {
    Err(DefaultFault::Misfit { pointer: String::new(), message: message.into() })
}

fn latin1(text: &str) -> Result<Vec<u8>, DefaultFault> {
    text.chars().map(u8::try_from).collect::<Result<_, _>>().map_err(|_| DefaultFault::Misfit {
        pointer: String::new(),
        message: "bytes are written as characters U+0000 to U+00FF".into(),
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default_of(ty: &str, default: &str) -> Result<Vec<u8>, String> {
        let schema = Schema::parse::<&str>(ty, &[]).unwrap();
        let mut out = Vec::new();
        encode(&schema, schema.root(), &serde_json::from_str(default).unwrap(), &mut out)
            .map(|()| out)
            .map_err(|fault| fault.of_field("R", "f").unwrap().message)
    }

    #[test]
    fn every_type_has_defaults() {
        let fixed = r#"{"type":"fixed","name":"F","size":2}"#;
        let symbols = r#"{"type":"enum","name":"E","symbols":["A","B"]}"#;
        let point = r#"{"type":"record","name":"P","fields":[{"name":"x","type":"int"},{"name":"y","type":"int","default":-1}]}"#;
        for (ty, default, bytes) in [
            ("\"null\"", "null", &[][..]),
            ("\"boolean\"", "true", &[1]),
            ("\"int\"", "-1", &[1]),
            ("\"long\"", "64", &[0x80, 1]),
            ("\"float\"", "1", &[0, 0, 0x80, 0x3f]),
            ("\"double\"", "-2.5", &[0, 0, 0, 0, 0, 0, 4, 0xc0]),
            ("\"string\"", "\"é\"", &[4, 0xc3, 0xa9]),
            ("\"bytes\"", "\"\\u00ff\"", &[2, 0xff]),
            (fixed, "\"\\u0000\\u0080\"", &[0, 0x80]),
            (symbols, "\"B\"", &[2]),
            (r#"{"type":"array","items":"int"}"#, "[]", &[0]),
            (r#"{"type":"array","items":"int"}"#, "[1,2]", &[4, 2, 4, 0]),
            (r#"{"type":"map","values":"int"}"#, r#"{"k":1}"#, &[2, 2, b'k', 2, 0]),
            (point, r#"{"x":3}"#, &[6, 1]),
            (r#"["null","int"]"#, "null", &[0]),
            (r#"["null","int"]"#, "7", &[2, 14]),
        ] {
            assert_eq!(default_of(ty, default).as_deref(), Ok(bytes), "{ty} {default}");
        }
    }

    #[test]
    fn a_default_that_does_not_fit_says_where() {
        let list = r#"{"type":"record","name":"L","fields":[{"name":"items","type":{"type":"array","items":"int"}}]}"#;
        assert_eq!(
            default_of(list, r#"{"items":[1,"x"]}"#),
            Err("the default of field 'f' of record R at /items/1: expected int, found string".into())
        );
        assert_eq!(
            default_of(r#"["null","int"]"#, "\"x\""),
            Err("the default of field 'f' of record R: no branch of the union takes string".into())
        );
        assert_eq!(
            default_of("\"int\"", "2147483648"),
            Err("the default of field 'f' of record R: expected an int, found a number that is not a whole one of 32 bits".into())
        );
    }

    #[test]
    fn a_default_that_holds_itself_is_an_error() {
        let text = r#"{"type":"record","name":"R","fields":[{"name":"self","type":"R","default":{}}]}"#;
        assert!(default_of(text, "{}").unwrap_err().ends_with("it nests without end"));
    }

    #[test]
    fn defaults_that_double_at_each_level_are_an_error() {
        let mut ty = r#"{"type":"record","name":"R0","fields":[]}"#.to_owned();
        for level in 1..40 {
            let below = level - 1;
            ty = format!(
                r#"{{"type":"record","name":"R{level}","fields":[
                    {{"name":"a","type":{ty},"default":{{}}}},{{"name":"b","type":"R{below}","default":{{}}}}]}}"#
            );
        }
        assert!(default_of(&ty, "{}").unwrap_err().ends_with("it holds more than 100000 values"));
    }
}
