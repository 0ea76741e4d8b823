//! `apache_avro` beside ours: the same bytes for the same value, the same value of the same bytes.

use std::sync::Once;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::{Value as Json, json};

use crate::codec::ViolationKind;
use crate::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use crate::dice::Dice;
use crate::input::{LIMITS, damage, part, shown, typed_plainly};
use crate::schema::avro::{Kind, Schema, TypeId};
use crate::value::{self, Value, same};

/// Bytes: a schema; what is damaged; a value.
pub fn run(mut data: &[u8]) {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| {
        apache_avro::util::max_allocation_bytes(1 << 20);
    });
    let typed = typed_plainly(&mut data);
    // It takes an empty namespace inside another one for that other one.
    if typed.text.contains(r#""namespace":"""#) {
        return;
    }
    let mut dice = Dice::new(part(&mut data));
    let value = typed.value(&mut data);
    let apache = apache_avro::Schema::parse_str(&typed.text).unwrap_or_else(|error| panic!("{error}: {}", typed.text));

    let writer = GenericDatumWriter::builder(&apache).build();
    let writer = writer.unwrap_or_else(|error| panic!("{error}: {}", typed.text));
    let theirs = writer.write_value_to_vec(avro(&typed.schema, typed.schema.root(), &value));
    let mut theirs = theirs.unwrap_or_else(|error| panic!("{error}: {} {value:?}", typed.text));
    let text = value::json(&typed.schema, typed.schema.root(), &value, JsonMode::Avro).to_string();
    let mut ours = Vec::new();
    let options = JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() };
    match Encoder::new(options, LIMITS).encode(&typed.plan, text.as_bytes(), &mut ours) {
        Err(error) if error.violation().kind == ViolationKind::Limit => return,
        Err(error) => panic!("{error}: {} {text}", typed.text),
        Ok(()) if one_entry(&value) && value.is_finite() => assert_eq!(ours, theirs, "{} {text}", typed.text),
        Ok(()) => {}
    }

    damage(&mut theirs, &mut dice);
    let mut printed = Vec::new();
    let ours = Decoder::new(JsonOptions::default(), LIMITS).decode(&typed.plan, &theirs, &mut printed);
    if ours.as_ref().is_err_and(|error| error.violation().kind == ViolationKind::Limit) {
        // The other one knows no limit of depth: it goes on until its stack ends.
        return;
    }
    let mut rest = &theirs[..];
    let read = GenericDatumReader::builder(&apache).build().unwrap().read_value(&mut rest);
    let context = || format!("{} {}", typed.text, shown(&theirs));
    match (ours, read) {
        (Ok(()), Ok(read)) => {
            assert!(rest.is_empty(), "{}", context());
            let printed: Json = serde_json::from_slice(&printed).unwrap();
            assert!(same(&printed, &plain(&read)), "{printed}\n{read:?}\n{}", context());
        }
        (Ok(()), Err(error)) => panic!("read by us alone: {error}: {}", context()),
        (Err(error), Ok(read)) => {
            let duplicate = error.violation().kind == ViolationKind::Duplicate;
            // It takes the end of the data for null, whatever the type, does not look at what follows the datum, and does
            // not compare the size of a block with its items, and drops the bits of an integer that are too many.
            let (expected, found) = (&error.violation().expected, &error.violation().found);
            let ended = found.contains("the end of the datum") || found.contains("bytes are left");
            let sized = expected.contains("size");
            let overlong = found.contains("more than 64 bits");
            assert!(
                duplicate || ended || sized || overlong || !rest.is_empty(),
                "refused by us alone: {error}: {read:?}: {}",
                context()
            );
        }
        (Err(_), Err(_)) => {}
    }
}

/// Whether every map has one entry at most: a hash map has no order.
fn one_entry(value: &Value) -> bool {
    match value {
        Value::Map(entries) => entries.len() < 2 && entries.iter().all(|(_, value)| one_entry(value)),
        Value::Array(values) | Value::Record(values) => values.iter().all(one_entry),
        Value::Union(_, value) => one_entry(value),
        _ => true,
    }
}

/// The value in the other library's terms.
fn avro(schema: &Schema, id: TypeId, value: &Value) -> Avro {
    match (&schema.get(id).kind, value) {
        (_, Value::Null) => Avro::Null,
        (_, Value::Boolean(flag)) => Avro::Boolean(*flag),
        (_, Value::Int(number)) => Avro::Int(*number),
        (_, Value::Long(number)) => Avro::Long(*number),
        (_, Value::Float(number)) => Avro::Float(*number),
        (_, Value::Double(number)) => Avro::Double(*number),
        (Kind::Fixed(_), Value::Bytes(bytes)) => Avro::Fixed(bytes.len(), bytes.clone()),
        (_, Value::Bytes(bytes)) => Avro::Bytes(bytes.clone()),
        (_, Value::String(text)) => Avro::String(text.clone()),
        (Kind::Enum(symbols), Value::Enum(text)) => {
            let index = symbols.symbols.iter().position(|symbol| symbol == text).unwrap();
            Avro::Enum(u32::try_from(index).unwrap(), text.clone())
        }
        (Kind::Array(items), Value::Array(values)) => {
            Avro::Array(values.iter().map(|value| avro(schema, *items, value)).collect())
        }
        (Kind::Map(values), Value::Map(entries)) => {
            Avro::Map(entries.iter().map(|(key, value)| (key.clone(), avro(schema, *values, value))).collect())
        }
        (Kind::Record(record), Value::Record(values)) => {
            let fields = record.fields.iter().zip(values);
            Avro::Record(fields.map(|(field, value)| (field.name.clone(), avro(schema, field.ty, value))).collect())
        }
        (Kind::Union(branches), Value::Union(index, value)) => {
            Avro::Union(u32::try_from(*index).unwrap(), Box::new(avro(schema, branches[*index], value)))
        }
        (kind, value) => unreachable!("{value:?} is no {kind:?}"),
    }
}

/// The plain JSON of a value in the other library's terms.
fn plain(value: &Avro) -> Json {
    use base64::Engine as _;
    let special = |number: f64| match number {
        _ if number.is_nan() => json!("NaN"),
        _ if number > 0.0 => json!("Infinity"),
        _ => json!("-Infinity"),
    };
    match value {
        Avro::Null => Json::Null,
        Avro::Boolean(flag) => json!(flag),
        Avro::Int(number) => json!(number),
        Avro::Long(number) => json!(number),
        Avro::Float(number) if !number.is_finite() => special((*number).into()),
        Avro::Float(number) => serde_json::to_string(number).unwrap().parse().unwrap(),
        Avro::Double(number) if !number.is_finite() => special(*number),
        Avro::Double(number) => json!(number),
        Avro::Bytes(bytes) | Avro::Fixed(_, bytes) => json!(base64::engine::general_purpose::STANDARD.encode(bytes)),
        Avro::String(text) | Avro::Enum(_, text) => json!(text),
        Avro::Array(values) => values.iter().map(plain).collect(),
        Avro::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        Avro::Record(fields) => fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Avro::Union(_, value) => plain(value),
        other => unreachable!("{other:?}"),
    }
}
