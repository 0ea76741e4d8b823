//! Random schemas and values: what apache-avro writes we read, as the JSON that is meant, and write back to the same bytes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "dice may be cut to any size")]

use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use serdecar::codec::Limits;
use serdecar::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use serdecar::schema::avro::{Plan, Schema};

/// A type whose values are told apart by their JSON.
#[derive(Debug, Clone)]
enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(usize),
    Array(Box<Type>),
    Map(Box<Type>),
    Record(Vec<Type>),
    Union(Vec<Type>),
}

impl Type {
    /// Branches of one class can't stand in one union.
    fn class(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Boolean => 1,
            Self::Int | Self::Long => 2,
            Self::Float | Self::Double => 3,
            Self::Bytes | Self::String | Self::Fixed(_) | Self::Enum(_) => 4,
            Self::Array(_) => 5,
            Self::Map(_) | Self::Record(_) => 6,
            Self::Union(_) => 7,
        }
    }
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Null),
        Just(Type::Boolean),
        Just(Type::Int),
        Just(Type::Long),
        Just(Type::Float),
        Just(Type::Double),
        Just(Type::Bytes),
        Just(Type::String),
        (0..20usize).prop_map(Type::Fixed),
        (1..5usize).prop_map(Type::Enum),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::Array(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Map(Box::new(ty))),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Type::Record),
            prop::collection::vec(inner, 1..6).prop_map(|branches| {
                let mut kept: Vec<Type> = Vec::new();
                for branch in branches {
                    if branch.class() < 7 && kept.iter().all(|other| other.class() != branch.class()) {
                        kept.push(branch);
                    }
                }
                if kept.is_empty() { Type::Null } else { Type::Union(kept) }
            }),
        ]
    })
}

/// Gives each named type a name of its own, in the order in which they are met.
#[derive(Default)]
struct Names(usize);

impl Names {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("ns.T{}", self.0)
    }
}

fn schema(ty: &Type, names: &mut Names) -> Json {
    match ty {
        Type::Null => json!("null"),
        Type::Boolean => json!("boolean"),
        Type::Int => json!("int"),
        Type::Long => json!("long"),
        Type::Float => json!("float"),
        Type::Double => json!("double"),
        Type::Bytes => json!("bytes"),
        Type::String => json!("string"),
        Type::Fixed(size) => json!({"type": "fixed", "name": names.next(), "size": size}),
        Type::Enum(symbols) => {
            json!({"type": "enum", "name": names.next(), "symbols": (0..*symbols).map(symbol).collect::<Vec<_>>()})
        }
        Type::Array(items) => json!({"type": "array", "items": schema(items, names)}),
        Type::Map(values) => json!({"type": "map", "values": schema(values, names)}),
        Type::Record(fields) => {
            let name = names.next();
            let field = |(i, ty)| json!({"name": format!("f{i}"), "type": schema(ty, names)});
            let fields: Vec<_> = fields.iter().enumerate().map(field).collect();
            json!({"type": "record", "name": name, "fields": fields})
        }
        Type::Union(branches) => branches.iter().map(|branch| schema(branch, names)).collect(),
    }
}

fn symbol(index: usize) -> String {
    format!("S{index}")
}

/// A source of numbers for values (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    /// Small, large and at the edges alike.
    fn long(&mut self) -> i64 {
        let number = self.roll().cast_signed() >> self.below(64);
        [number, 0, -1, i64::MAX, i64::MIN, 1 << 53][if self.below(4) > 0 { 0 } else { self.below(6) }]
    }

    fn double(&mut self) -> f64 {
        let choices =
            [f64::from_bits(self.roll()), self.long() as f64, (self.long() as f64) / 100.0, 0.1, -0.0, 1e300, 5e-324];
        let value = choices[self.below(choices.len())];
        if value.is_finite() { value } else { 0.5 }
    }

    fn text(&mut self) -> String {
        const CHARS: [char; 12] = ['a', 'Z', '0', ' ', '"', '\\', '\n', '\u{1}', 'é', '日', '😊', '/'];
        (0..self.below(40)).map(|_| CHARS[self.below(if self.0.is_multiple_of(2) { 3 } else { 12 })]).collect()
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.roll() as u8).collect()
    }
}

/// A value in apache-avro's terms, and as JSON in both modes.
struct Sample {
    avro: Avro,
    plain: Json,
    tagged: Json,
}

impl Sample {
    fn same(avro: Avro, json: Json) -> Self {
        Self { avro, plain: json.clone(), tagged: json }
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// A value of the type that `schema` describes.
fn sample(ty: &Type, schema: &Json, dice: &mut Dice) -> Sample {
    match ty {
        Type::Null => Sample::same(Avro::Null, Json::Null),
        Type::Boolean => {
            let flag = dice.below(2) == 1;
            Sample::same(Avro::Boolean(flag), json!(flag))
        }
        Type::Int => {
            let number = dice.long() as i32;
            Sample::same(Avro::Int(number), json!(number))
        }
        Type::Long => {
            let number = dice.long();
            Sample::same(Avro::Long(number), json!(number))
        }
        Type::Float => {
            let number = (dice.double() as f32).clamp(f32::MIN, f32::MAX);
            // Through text, since a float's shortest print is another double than the float.
            Sample::same(Avro::Float(number), serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap())
        }
        Type::Double => {
            let number = dice.double();
            Sample::same(Avro::Double(number), json!(number))
        }
        Type::String => {
            let text = dice.text();
            Sample::same(Avro::String(text.clone()), json!(text))
        }
        Type::Bytes => {
            let len = dice.below(40);
            let bytes = dice.bytes(len);
            Sample { plain: json!(base64(&bytes)), tagged: json!(latin1(&bytes)), avro: Avro::Bytes(bytes) }
        }
        Type::Fixed(size) => {
            let bytes = dice.bytes(*size);
            Sample { plain: json!(base64(&bytes)), tagged: json!(latin1(&bytes)), avro: Avro::Fixed(*size, bytes) }
        }
        Type::Enum(symbols) => {
            let index = dice.below(*symbols);
            Sample::same(Avro::Enum(index as u32, symbol(index)), json!(symbol(index)))
        }
        Type::Array(items) => {
            let len = [0, 1, 2, 5, 70][dice.below(if items.class() < 5 { 5 } else { 4 })];
            let samples: Vec<_> = (0..len).map(|_| sample(items, &schema["items"], dice)).collect();
            Sample {
                plain: samples.iter().map(|item| item.plain.clone()).collect(),
                tagged: samples.iter().map(|item| item.tagged.clone()).collect(),
                avro: Avro::Array(samples.into_iter().map(|item| item.avro).collect()),
            }
        }
        Type::Map(values) => {
            // One entry at most: apache-avro's maps have no order.
            let entry = (dice.below(3) > 0).then(|| (dice.text(), sample(values, &schema["values"], dice)));
            Sample {
                plain: entry.iter().map(|(key, value)| (key.clone(), value.plain.clone())).collect(),
                tagged: entry.iter().map(|(key, value)| (key.clone(), value.tagged.clone())).collect(),
                avro: Avro::Map(entry.into_iter().map(|(key, value)| (key, value.avro)).collect()),
            }
        }
        Type::Record(fields) => {
            let samples: Vec<_> = fields
                .iter()
                .enumerate()
                .map(|(i, ty)| (format!("f{i}"), sample(ty, &schema["fields"][i]["type"], dice)))
                .collect();
            Sample {
                plain: samples.iter().map(|(name, value)| (name.clone(), value.plain.clone())).collect(),
                tagged: samples.iter().map(|(name, value)| (name.clone(), value.tagged.clone())).collect(),
                avro: Avro::Record(samples.into_iter().map(|(name, value)| (name, value.avro)).collect()),
            }
        }
        Type::Union(branches) => {
            let index = dice.below(branches.len());
            let branch = &schema[index];
            let value = sample(&branches[index], branch, dice);
            let tag = branch.as_str().or_else(|| branch["name"].as_str()).or_else(|| branch["type"].as_str()).unwrap();
            Sample {
                tagged: if tag == "null" { Json::Null } else { json!({tag: value.tagged}) },
                plain: value.plain,
                avro: Avro::Union(index as u32, Box::new(value.avro)),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn apache_avros_bytes_are_read_and_written_back(ty in types(), seed: u64) {
        let schema = schema(&ty, &mut Names::default());
        let text = schema.to_string();
        let apache = apache_avro::Schema::parse_str(&text).unwrap();
        let plan = Plan::compile(&Schema::parse::<&str>(&text, &[]).unwrap()).unwrap();
        let writer = GenericDatumWriter::builder(&apache).build().unwrap();
        let mut dice = Dice(seed);
        for _ in 0..4 {
            let Sample { avro, plain, tagged } = sample(&ty, &schema, &mut dice);
            let datum = writer.write_value_to_vec(avro).unwrap();
            for (mode, expected) in [(JsonMode::Plain, &plain), (JsonMode::Avro, &tagged)] {
                let options = JsonOptions { mode, ..JsonOptions::default() };
                let mut json = Vec::new();
                Decoder::new(options, Limits::default()).decode(&plan, &datum, &mut json).unwrap();
                let read: Json = serde_json::from_slice(&json).unwrap();
                prop_assert_eq!(&read, expected, "{} {:?}", text, mode);
                let mut written = Vec::new();
                Encoder::new(options, Limits::default()).encode(&plan, &json, &mut written).unwrap();
                prop_assert_eq!(&written, &datum, "{} {:?} {}", text, mode, read);
                // However a producer prints it: with white space, and members in another order.
                let pretty = serde_json::to_string_pretty(&reversed(read)).unwrap();
                written.clear();
                Encoder::new(options, Limits::default()).encode(&plan, pretty.as_bytes(), &mut written).unwrap();
                prop_assert_eq!(&written, &datum, "{} {:?} {}", text, mode, pretty);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused_but_never_worse(ty in types(), bytes: Vec<u8>) {
        let text = schema(&ty, &mut Names::default()).to_string();
        let plan = Plan::compile(&Schema::parse::<&str>(&text, &[]).unwrap()).unwrap();
        let limits = Limits { record_bytes: 1 << 16, ..Limits::default() };
        let (mut encoder, mut decoder) = (Encoder::new(JsonOptions::default(), limits), Decoder::new(JsonOptions::default(), limits));
        let (mut json, mut datum) = (Vec::new(), Vec::new());
        if decoder.decode(&plan, &bytes, &mut json).is_ok() {
            serde_json::from_slice::<Json>(&json).unwrap();
            encoder.encode(&plan, &json, &mut datum).unwrap();
            let mut again = Vec::new();
            decoder.decode(&plan, &datum, &mut again).unwrap();
            prop_assert_eq!(again, json);
        }
        datum.clear();
        if encoder.encode(&plan, &bytes, &mut datum).is_ok() {
            serde_json::from_slice::<Json>(&bytes).unwrap();
        }
    }
}

fn reversed(json: Json) -> Json {
    match json {
        Json::Object(members) => members.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect(),
        Json::Array(items) => items.into_iter().map(reversed).collect(),
        other => other,
    }
}
