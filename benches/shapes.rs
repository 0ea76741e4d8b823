//! Generated records of four shapes.

pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) schema: String,
    /// A record for each seed.
    pub(crate) record: fn(u64) -> String,
}

pub(crate) fn all() -> [Shape; 4] {
    [
        Shape { name: "flat", schema: FLAT.into(), record: flat },
        Shape { name: "nested", schema: NESTED.into(), record: nested },
        Shape { name: "wide", schema: wide_schema(), record: wide },
        Shape { name: "strings", schema: STRINGS.into(), record: strings },
    ]
}

/// A number that looks random and is the same for every run (splitmix64).
fn mix(seed: u64, salt: u64) -> u64 {
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

fn wide(seed: u64) -> String {
    let member = |i: u64| {
        let number = mix(seed, i);
        let value = match (number % 10, i % 4) {
            (1.., _) => "null".into(),
            (_, 0) => (number % 1_000_000).to_string(),
            (_, 1) => format!("\"value {}\"", number % 1_000),
            (_, 2) => cents(number % 100_000),
            _ => (number % 20 < 10).to_string(),
        };
        format!("\"attribute_{i}\":{value}")
    };
    format!("{{{}}}", (0..60).map(member).collect::<Vec<_>>().join(","))
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
