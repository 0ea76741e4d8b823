//! Values of any schema, and the JSON that stands for them in both modes.

use serde_json::{Value as Json, json};
use serdecar::codec::avro::JsonMode;
use serdecar::schema::avro::{Decimal, Kind, Logical, Schema, TimeUnit, Type, TypeId, varint};

use super::dice::Dice;

/// A value of an Avro type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    /// Of fixed as well.
    Bytes(Vec<u8>),
    String(String),
    Enum(String),
    Array(Vec<Value>),
    Map(Vec<(String, Value)>),
    Record(Vec<Value>),
    Union(usize, Box<Value>),
}

impl Value {
    /// Whether no float or double in it is NaN or infinite.
    pub(crate) fn is_finite(&self) -> bool {
        match self {
            Self::Float(number) => number.is_finite(),
            Self::Double(number) => number.is_finite(),
            Self::Array(values) | Self::Record(values) => values.iter().all(Self::is_finite),
            Self::Map(entries) => entries.iter().all(|(_, value)| value.is_finite()),
            Self::Union(_, value) => value.is_finite(),
            _ => true,
        }
    }
}

/// From this depth on arrays and maps are empty, and unions null, if that is among their branches.
const DEPTH: usize = 8;

/// A value of the type at `id`.
pub(crate) fn value(schema: &Schema, id: TypeId, dice: &mut Dice<'_>) -> Value {
    nested(schema, id, dice, 0)
}

fn nested(schema: &Schema, id: TypeId, dice: &mut Dice<'_>, depth: usize) -> Value {
    let depth = depth + 1;
    if let Some(value) = Logical::of(schema.get(id)).and_then(|logical| of_logical(logical, dice)) {
        return value;
    }
    match &schema.get(id).kind {
        Kind::Null => Value::Null,
        Kind::Boolean => Value::Boolean(dice.one_in(2)),
        #[expect(clippy::cast_possible_truncation, reason = "dice may be cut to any size")]
        Kind::Int => Value::Int(match dice.below(3) {
            0 => dice.pick(&[0, -1, 1, 63, 64, -64, -65, i32::MAX, i32::MIN]),
            _ => long(dice) as i32,
        }),
        Kind::Long => Value::Long(long(dice)),
        Kind::Float => Value::Float(match dice.below(3) {
            0 => dice.pick(&[0.0, -0.0, 0.1, 1e10, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MIN, 1e-45]),
            _ => f32::from_le_bytes(dice.array()),
        }),
        Kind::Double => Value::Double(double(dice)),
        Kind::Bytes => {
            let len = dice.pick(&[0, 1, 2, 3, 7, 40, 200]);
            Value::Bytes((0..len).map(|_| dice.byte()).collect())
        }
        Kind::Fixed(fixed) => Value::Bytes((0..fixed.size).map(|_| dice.byte()).collect()),
        Kind::String => Value::String(text(dice)),
        Kind::Enum(symbols) => Value::Enum(dice.pick_name(&symbols.symbols)),
        Kind::Array(items) => {
            let len = if depth > DEPTH { 0 } else { dice.pick(&[0, 1, 2, 3, 1, 2, 70]) };
            let len = if len > 3 && depth > 2 { 4 } else { len };
            Value::Array((0..len).map(|_| nested(schema, *items, dice, depth)).collect())
        }
        Kind::Map(values) => {
            let len = if depth > DEPTH { 0 } else { dice.below(4) };
            let mut entries: Vec<(String, Value)> = Vec::new();
            for _ in 0..len {
                let key = text(dice);
                if entries.iter().all(|(other, _)| *other != key) {
                    entries.push((key, nested(schema, *values, dice, depth)));
                }
            }
            Value::Map(entries)
        }
        Kind::Record(record) => {
            Value::Record(record.fields.iter().map(|field| nested(schema, field.ty, dice, depth)).collect())
        }
        Kind::Union(branches) => {
            let shallow = branches.iter().position(|&branch| schema.get(branch).kind == Kind::Null).unwrap_or(0);
            let index = if depth > DEPTH { shallow } else { dice.below(branches.len()) };
            Value::Union(index, Box::new(nested(schema, branches[index], dice, depth)))
        }
    }
}

/// A value of a logical type that not every value of its type has.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of a day fit an int")]
fn of_logical(logical: Logical, dice: &mut Dice<'_>) -> Option<Value> {
    Some(match logical {
        Logical::Time(unit) => {
            let of_day = long(dice).rem_euclid(86_400 * unit.per_second());
            if unit == TimeUnit::Millis { Value::Int(of_day as i32) } else { Value::Long(of_day) }
        }
        Logical::Decimal(Decimal { precision, size, .. }) => {
            let mut bytes = unscaled(dice, precision);
            if let Some(size) = size {
                let sign = if bytes[0] < 0x80 { 0 } else { 0xff };
                let missing = size - bytes.len();
                bytes.splice(0..0, std::iter::repeat_n(sign, missing));
            }
            Value::Bytes(bytes)
        }
        Logical::BigDecimal => {
            let (unscaled, mut bytes) = (unscaled(dice, 38), Vec::new());
            varint::write_len(unscaled.len(), &mut bytes);
            bytes.extend(unscaled);
            varint::write(i64::from(dice.byte() % 40), &mut bytes);
            Value::Bytes(bytes)
        }
        Logical::Uuid => {
            let [first, last] = [dice.array(), dice.array()].map(u64::from_le_bytes);
            let [second, third, fourth] = [dice.array(), dice.array(), dice.array()].map(u16::from_le_bytes);
            Value::String(format!("{:08x}-{second:04x}-{third:04x}-{fourth:04x}-{:012x}", first >> 32, last >> 16))
        }
        _ => return None,
    })
}

/// A number of so many digits at most, in as few bytes of two's complement as hold it.
fn unscaled(dice: &mut Dice<'_>, precision: u32) -> Vec<u8> {
    let digits = dice.below(precision as usize + 1);
    let number = match dice.below(8) {
        0 => 10i128.pow(precision) - 1,
        _ => i128::from_le_bytes(dice.array()) % 10i128.pow(u32::try_from(digits).unwrap()),
    };
    let number = if dice.one_in(3) { -number } else { number };
    let mut bytes = number.to_be_bytes().to_vec();
    while bytes.len() > 1 && matches!(bytes[..2], [0, 0..0x80] | [0xff, 0x80..=0xff]) {
        bytes.remove(0);
    }
    bytes
}

fn long(dice: &mut Dice<'_>) -> i64 {
    let edges = [0, -1, i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 1 << 31, -(1 << 31) - 1];
    match dice.below(4) {
        0 => dice.pick(&edges),
        1 => i64::from(dice.byte()),
        _ => i64::from_le_bytes(dice.array()) >> dice.below(64),
    }
}

fn double(dice: &mut Dice<'_>) -> f64 {
    let edges = [0.0, -0.0, 0.1, 1.0, 1e15, 1e16, 1e21, 1e22, 1e23, 5e-324, f64::MAX, f64::MIN_POSITIVE];
    match dice.below(6) {
        0 => dice.pick(&edges),
        1 => dice.pick(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
        2 => f64::from(i32::from_le_bytes(dice.array())) / 100.0,
        #[expect(clippy::cast_precision_loss, reason = "any whole double will do")]
        3 => long(dice) as f64,
        _ => f64::from_le_bytes(dice.array()),
    }
}

fn text(dice: &mut Dice<'_>) -> String {
    const PIECES: [&str; 16] = [
        "a",
        "Z9",
        " ",
        "\"",
        "\\",
        "/",
        "\n",
        "\u{1}",
        "é",
        "日本",
        "😊",
        "\u{0}",
        "\u{fffd}",
        "\u{10ffff}",
        "\u{2028}",
        "somewhat longer than a chunk of sixteen bytes",
    ];
    let (len, pieces) = (dice.pick(&[0, 1, 2, 3, 8, 30]), if dice.one_in(2) { &PIECES[..3] } else { &PIECES[..] });
    (0..len).map(|_| dice.pick(pieces)).collect()
}

/// The JSON that stands for a value; logical types are not looked at.
pub(crate) fn json(schema: &Schema, id: TypeId, value: &Value, mode: JsonMode) -> Json {
    match (&schema.get(id).kind, value) {
        (_, Value::Null) => Json::Null,
        (_, Value::Boolean(flag)) => json!(flag),
        (_, Value::Int(number)) => json!(number),
        (_, Value::Long(number)) => json!(number),
        (_, Value::Float(number)) if number.is_nan() => json!("NaN"),
        (_, Value::Float(number)) if number.is_infinite() => json!(infinity(*number > 0.0)),
        // Through text, since a float's shortest print is another double than the float.
        (_, Value::Float(number)) => serde_json::to_string(number).unwrap().parse().unwrap(),
        (_, Value::Double(number)) if number.is_nan() => json!("NaN"),
        (_, Value::Double(number)) if number.is_infinite() => json!(infinity(*number > 0.0)),
        (_, Value::Double(number)) => json!(number),
        (_, Value::Bytes(bytes)) => json!(binary(bytes, mode)),
        (_, Value::String(text) | Value::Enum(text)) => json!(text),
        (Kind::Array(items), Value::Array(values)) => {
            values.iter().map(|value| json(schema, *items, value, mode)).collect()
        }
        (Kind::Map(values), Value::Map(entries)) => {
            entries.iter().map(|(key, value)| (key.clone(), json(schema, *values, value, mode))).collect()
        }
        (Kind::Record(record), Value::Record(values)) => {
            let members = record.fields.iter().zip(values);
            members.map(|(field, value)| (field.name.clone(), json(schema, field.ty, value, mode))).collect()
        }
        (Kind::Union(branches), Value::Union(index, value)) => {
            let branch = branches[*index];
            let untagged = json(schema, branch, value, mode);
            match mode {
                JsonMode::Plain => untagged,
                JsonMode::Avro if untagged.is_null() => untagged,
                JsonMode::Avro => json!({schema.get(branch).kind.branch_name(): untagged}),
            }
        }
        (kind, value) => unreachable!("{value:?} is no {}", kind.branch_name()),
    }
}

fn infinity(positive: bool) -> &'static str {
    if positive { "Infinity" } else { "-Infinity" }
}

fn binary(bytes: &[u8], mode: JsonMode) -> String {
    use base64::Engine as _;
    match mode {
        JsonMode::Plain => base64::engine::general_purpose::STANDARD.encode(bytes),
        JsonMode::Avro => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Whether the untagged values of every union tell their branch, so that plain JSON goes there and back.
pub(crate) fn tells_branches(schema: &Schema) -> bool {
    schema.types().all(|ty| match &ty.kind {
        Kind::Union(branches) => {
            let kinds: Vec<u32> = branches.iter().map(|&branch| kinds_of_json(schema.get(branch))).collect();
            (0..kinds.len()).all(|i| kinds[..i].iter().all(|earlier| earlier & kinds[i] == 0))
        }
        _ => true,
    })
}

/// One bit for each kind of JSON that the type may be written as.
fn kinds_of_json(ty: &Type) -> u32 {
    match &ty.kind {
        // Numbers, or texts of them.
        _ if Logical::of(ty).is_some() => 4 | 8 | 16,
        Kind::Null => 1,
        Kind::Boolean => 2,
        Kind::Int | Kind::Long => 4,
        // Or a string: `"NaN"`.
        Kind::Float | Kind::Double => 8 | 16,
        Kind::Bytes | Kind::Fixed(_) | Kind::String | Kind::Enum(_) => 16,
        Kind::Array(_) => 32,
        Kind::Map(_) | Kind::Record(_) => 64,
        Kind::Union(_) => 128,
    }
}

/// Whether two JSON values are the same, in whatever order the members stand; numbers as they print.
pub(crate) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Number(a), Json::Number(b)) => a.to_string() == b.to_string(),
        _ => a == b,
    }
}
