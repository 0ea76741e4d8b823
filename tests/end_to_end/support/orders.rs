//! Orders as applications write them, and what is read of them behind a schema.

use serde_json::{Value, json};

/// Orders that use every kind of type, some of their members left out.
pub(crate) const ORDER: &str = r#"{"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "id", "type": "long"},
    {"name": "paid", "type": "boolean", "default": false},
    {"name": "weight", "type": "float"},
    {"name": "total", "type": ["null", "double", "string"], "default": null},
    {"name": "stamp", "type": {"type": "fixed", "name": "Stamp", "size": 3}},
    {"name": "raw", "type": "bytes", "default": "\u00ff"},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["RETAIL", "BULK"]}, "default": "BULK"},
    {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
        {"name": "sku", "type": "string"},
        {"name": "qty", "type": "int"},
        {"name": "bundle", "type": {"type": "array", "items": "Line"}, "default": []}
    ]}}},
    {"name": "tags", "type": {"type": "map", "values": ["null", "string"]}, "default": {}}
]}"#;

/// A record that is a number, for tests in which only its order and number count.
pub(crate) const NUMBER: &str = r#"{"type": "record", "name": "Number", "fields": [{"name": "n", "type": "long"}]}"#;

/// A record that is a text: no JSON fits this schema and [`NUMBER`].
pub(crate) const LETTER: &str =
    r#"{"type": "record", "name": "Letter", "fields": [{"name": "text", "type": "string"}]}"#;

/// The order of a number as an application writes it, the same in every run.
pub(crate) fn order(n: i64) -> String {
    let total = match n % 3 {
        0 => format!(r#", "total": {n}.25"#),
        1 => format!(r#", "total": "{n} \u20ac", "tags": {{"größe": null, "a/b~c": "\ud83d\ude00"}}"#),
        _ => r#", "raw": "AAEC", "kind": "RETAIL""#.to_owned(),
    };
    let line = format!(r#"{{"sku": "s-{n}", "qty": {}, "bundle": [{{"sku": "", "qty": -1}}]}}"#, n % 7);
    format!(
        r#"{{"id": {}, "weight": 0.{n}, "stamp": "AQL/", "lines": [{line}], "ignored": {{"x": [1]}}{total}}}"#,
        n * 1_000_000_000_007
    )
}

/// The same order as it comes back: without what the schema does not know, with what it fills in.
pub(crate) fn order_behind_the_schema(n: i64) -> Value {
    let mut order = json!({
        "id": n * 1_000_000_000_007,
        "paid": false,
        "weight": format!("0.{n}").parse::<f64>().expect("a number"),
        "total": null,
        "stamp": "AQL/",
        "raw": "/w==",
        "kind": "BULK",
        "lines": [{"sku": format!("s-{n}"), "qty": n % 7, "bundle": [{"sku": "", "qty": -1, "bundle": []}]}],
        "tags": {},
    });
    match n % 3 {
        0 => order["total"] = json!(format!("{n}.25").parse::<f64>().expect("a number")),
        1 => {
            order["total"] = json!(format!("{n} €"));
            order["tags"] = json!({"größe": null, "a/b~c": "😀"});
        }
        _ => {
            order["raw"] = json!("AAEC");
            order["kind"] = json!("RETAIL");
        }
    }
    order
}

/// The JSON of a [`NUMBER`].
pub(crate) fn number(n: usize) -> String {
    format!(r#"{{"n": {n}}}"#)
}

/// A [`NUMBER`] as it stands in a topic: the frame's header and a zigzag varint.
pub(crate) fn framed_number(id: u8, n: usize) -> Vec<u8> {
    let mut frame = vec![0, 0, 0, 0, id];
    let mut rest = n * 2;
    while rest > 0x7f {
        frame.push(u8::try_from(rest & 0x7f).expect("seven bits") | 0x80);
        rest >>= 7;
    }
    frame.push(u8::try_from(rest).expect("seven bits"));
    frame
}

/// The number in a frame that holds a [`NUMBER`].
pub(crate) fn number_of(frame: &[u8]) -> usize {
    let digits = frame.get(5..).expect("a frame's header").iter().rev();
    digits.fold(0, |number, byte| number << 7 | usize::from(byte & 0x7f)) / 2
}
