//! Records of many shapes: generated ones, and real ones where they are at hand.

use super::arrange::{Form, arrange};

/// Records that a run goes round, so that nothing is learned by heart.
const RECORDS: u64 = 256;
/// Large records are fewer.
const LARGE_RECORDS: u64 = 8;
/// Bytes of a large record, about.
const LARGE: usize = 100_000;

/// Where real records are looked for, seen from the repository.
const REAL: &str = "../shared/data";

/// Which goal a shape has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Keys in the order of the schema.
    Ordinary,
    /// The same, nearly all of it doubles of many digits.
    LongDoubles,
    /// Keys in another order, keys that are written with escapes, members that are missing or unknown.
    Otherwise,
}

pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) class: Class,
    pub(crate) schema: String,
    pub(crate) records: Vec<String>,
}

impl Shape {
    fn generated(name: &str, schema: &str, record: fn(u64) -> String) -> Self {
        let records = (0..RECORDS).map(record).collect();
        Self { name: name.into(), class: Class::Ordinary, schema: schema.into(), records }
    }

    fn large(name: &str, class: Class, record: fn(u64) -> String) -> Self {
        let records = (0..LARGE_RECORDS).map(record).collect();
        Self { name: name.into(), class, schema: SERIES.into(), records }
    }

    /// The same records, written in another way.
    fn arranged(&self, note: &str, class: Class, form: Form) -> Self {
        let records = (0..).zip(&self.records).map(|(seed, record)| arrange(record, form, seed)).collect();
        Self { name: format!("{}, {note}", self.name), class, schema: self.schema.clone(), records }
    }

    /// Records from a file, if it is there.
    fn real(name: &str) -> Option<Self> {
        let read = |kind: &str| std::fs::read_to_string(format!("{REAL}/{name}.{kind}")).ok();
        let records = read("ndjson")?.lines().take(RECORDS as usize).map(str::to_owned).collect();
        Some(Self { name: name.into(), class: Class::Ordinary, schema: read("avsc")?, records })
    }
}

pub(crate) fn all() -> Vec<Shape> {
    let order = Shape::generated("order", NESTED, nested);
    let wide = wide_schema();
    let strings = Shape::generated("strings", STRINGS, strings);
    let mut shapes = vec![
        Shape::generated("small", FLAT, flat),
        order.arranged("spaced", Class::Ordinary, Form::Spaced),
        order.arranged("a member a line", Class::Ordinary, Form::Pretty),
        Shape::generated("wide, nine in ten null", &wide, |seed| wide_record(seed, Wide::MostlyNull)),
        Shape::generated("wide, no null", &wide, |seed| wide_record(seed, Wide::Full)),
        Shape::generated("wide, always the same 8 of 60", &wide, |seed| wide_record(seed, Wide::Same8)),
        strings.arranged("spaced", Class::Ordinary, Form::Spaced),
        strings,
    ];
    shapes.extend(["tweets", "earthquakes", "movies"].into_iter().filter_map(Shape::real));
    shapes.extend([
        Shape::large("100 KB, doubles of 1 to 3 decimals", Class::Ordinary, |seed| series(seed, short_double)),
        Shape::large("100 KB, doubles of 16 to 18 digits", Class::LongDoubles, |seed| series(seed, long_double)),
        order.arranged("another fixed order", Class::Otherwise, Form::Backwards),
        order.arranged("random order at the top", Class::Otherwise, Form::TopShuffled),
        order.arranged("random order everywhere", Class::Otherwise, Form::Shuffled),
        order.arranged("two keys with escapes", Class::Otherwise, Form::EscapedKeys),
        order.arranged("three unknown members", Class::Otherwise, Form::Unknown),
        Shape {
            class: Class::Otherwise,
            ..Shape::generated("wide, random 8 of 60", &wide, |seed| wide_record(seed, Wide::Random8))
        },
    ]);
    shapes.insert(1, order);
    shapes
}

/// A number that looks random and is the same for every run (splitmix64).
pub(crate) fn mix(seed: u64, salt: u64) -> u64 {
    let mut z = (seed ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn cents(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

const FLAT: &str = r#"{"type":"record","name":"Reading","fields":[
    {"name":"sensor","type":"string"},{"name":"at","type":"long"},{"name":"value","type":"double"},{"name":"ok","type":"boolean"}]}"#;

fn flat(seed: u64) -> String {
    let (sensor, at) = (mix(seed, 1) % 10_000, 1_700_000_000_000 + mix(seed, 2) % 10_000_000_000);
    let (value, ok) = (cents(mix(seed, 3) % 100_000), !mix(seed, 4).is_multiple_of(8));
    format!(r#"{{"sensor":"s-{sensor}","at":{at},"value":{value},"ok":{ok}}}"#)
}

const NESTED: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"order_id","type":"string"},{"name":"customer_id","type":"long"},{"name":"created_at","type":"long"},
    {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SHIPPED","RETURNED"]}},
    {"name":"total","type":"double"},{"name":"note","type":["null","string"],"default":null},
    {"name":"address","type":{"type":"record","name":"Address","fields":[
        {"name":"street","type":"string"},{"name":"city","type":"string"},{"name":"zip","type":"string"}]}},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"sku","type":"string"},{"name":"qty","type":"int"},{"name":"price","type":"double"}]}}}]}"#;

fn nested(seed: u64) -> String {
    let status = ["NEW", "PAID", "SHIPPED", "RETURNED"][(mix(seed, 1) % 4) as usize];
    let note = if mix(seed, 2).is_multiple_of(2) {
        "null".into()
    } else {
        format!("\"leave at door {}\"", mix(seed, 3) % 100)
    };
    let items: Vec<_> = (0..=mix(seed, 4) % 4)
        .map(|i| {
            let (sku, qty, price) =
                (mix(seed, 10 + i) % 1_000_000, 1 + mix(seed, 20 + i) % 9, cents(mix(seed, 30 + i) % 50_000));
            format!(r#"{{"sku":"SKU-{sku:06}","qty":{qty},"price":{price}}}"#)
        })
        .collect();
    format!(
        r#"{{"order_id":"o-{:08x}","customer_id":{},"created_at":{},"status":"{status}","total":{},"note":{note},"address":{{"street":"{} Main Street","city":"Springfield","zip":"{:05}"}},"items":[{}]}}"#,
        mix(seed, 5) % (1 << 32),
        mix(seed, 6) % 10_000_000,
        1_700_000_000_000 + mix(seed, 7) % 10_000_000_000,
        cents(mix(seed, 8) % 1_000_000),
        1 + mix(seed, 9) % 9_999,
        mix(seed, 50) % 100_000,
        items.join(",")
    )
}

/// Sixty optional members, of which nine in ten are null.
fn wide_schema() -> String {
    let fields: Vec<_> = (0..60)
        .map(|i| {
            let ty = ["long", "string", "double", "boolean"][i % 4];
            format!(r#"{{"name":"attribute_{i}","type":["null","{ty}"],"default":null}}"#)
        })
        .collect();
    format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","))
}

/// Which of the members are there, and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wide {
    MostlyNull,
    Full,
    Same8,
    Random8,
}

fn wide_record(seed: u64, which: Wide) -> String {
    let member = |i: u64| {
        let number = mix(seed, i);
        let value = match (which, number % 10, i % 4) {
            (Wide::MostlyNull, 1.., _) => "null".into(),
            (_, _, 0) => (number % 1_000_000).to_string(),
            (_, _, 1) => format!("\"value {}\"", number % 1_000),
            (_, _, 2) => cents(number % 100_000),
            _ => (number % 20 < 10).to_string(),
        };
        format!("\"attribute_{i}\":{value}")
    };
    let is_there = |i: &u64| match which {
        Wide::MostlyNull | Wide::Full => true,
        Wide::Same8 => i % 7 == 2 && *i < 58,
        // The eight that chance puts in front.
        Wide::Random8 => (0..60).filter(|other| mix(seed, 1_000 + other) < mix(seed, 1_000 + i)).count() < 8,
    };
    format!("{{{}}}", (0..60).filter(is_there).map(member).collect::<Vec<_>>().join(","))
}

const SERIES: &str = r#"{"type":"record","name":"Series","fields":[
    {"name":"sensor","type":"string"},{"name":"values","type":{"type":"array","items":"double"}}]}"#;

fn series(seed: u64, double: fn(u64) -> String) -> String {
    let mut text = format!(r#"{{"sensor":"s-{seed}","values":[0.5"#);
    let mut number = seed;
    while text.len() < LARGE {
        number = mix(seed, number);
        text.push(',');
        text.push_str(&double(number));
    }
    text + "]}"
}

fn short_double(number: u64) -> String {
    let decimals = 1 + number % 3;
    let scale = 10u64.pow(decimals as u32);
    let digits = number / 3 % (10u64.pow(1 + (number >> 32) as u32 % 5) * scale);
    format!("{}.{:0width$}", digits / scale, digits % scale, width = decimals as usize)
}

fn long_double(number: u64) -> String {
    // Between 0 and 1000, as a computation leaves it.
    format!("{}", (number >> 11) as f64 / (1u64 << 53) as f64 * 1000.0)
}

const STRINGS: &str = r#"{"type":"record","name":"Post","fields":[
    {"name":"id","type":"long"},{"name":"author","type":"string"},{"name":"title","type":"string"},{"name":"text","type":"string"},
    {"name":"tags","type":{"type":"array","items":"string"}},{"name":"source","type":"string"}]}"#;

const WORDS: [&str; 12] = [
    "schema",
    "registry",
    "größer",
    "日本語",
    "context",
    "\\\"quoted\\\"",
    "stream",
    "naïve",
    "line\\nbreak",
    "emoji 😊",
    "topic",
    "partition",
];

fn words(seed: u64, count: u64) -> String {
    (0..count).map(|i| WORDS[(mix(seed, 100 + i) % 12) as usize]).collect::<Vec<_>>().join(" ")
}

fn strings(seed: u64) -> String {
    format!(
        r#"{{"id":{},"author":"user_{}","title":"{}","text":"{}","tags":["{}","{}"],"source":"<a href=\"https://example.com/clients/{}\">client</a>"}}"#,
        mix(seed, 1) % (1 << 50),
        mix(seed, 2) % 1_000_000,
        words(seed, 6),
        words(seed + 1_000, 40 + mix(seed, 3) % 80),
        WORDS[(mix(seed, 4) % 5) as usize],
        WORDS[(mix(seed, 5) % 3) as usize],
        mix(seed, 6) % 1_000
    )
}
