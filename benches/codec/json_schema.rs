//! Checking against a JSON Schema and framing, beside the parts that it can't do without.
//!
//! `jsonschema` checks values that were parsed before; `simd_json` parses into a tape that is used again. Both also copy the
//! frame, as we do.

use std::hint::black_box;

use serde_json::{Value, json};
use serdecar::codec::Limits;
use serdecar::codec::json_schema::{Checker, Validator};

use super::contest::{self, Contestant, Outcome};

const OURS: &str = "serdecar";
const CRATE: &str = "jsonschema, parsed before";
const PARSE: &str = "simd_json, parse only";

/// A frame's header.
const HEADER: [u8; 5] = [0, 0, 0, 0, 7];

/// Records that a run goes round.
const RECORDS: usize = 256;

struct Shape {
    name: &'static str,
    schema: Value,
    records: Vec<String>,
}

/// Measures all shapes and prints their table.
pub(crate) fn measure(pick: &str) {
    println!(
        "\n| JSON by a JSON Schema to frames | bytes | ns | MB/s | ÷ the crate alone | ÷ simd_json and the crate |"
    );
    println!("|---|---|---|---|---|---|");
    for shape in shapes().into_iter().filter(|shape| shape.name.contains(pick)) {
        let outcome = run(&shape);
        let bytes = shape.records.iter().map(String::len).sum::<usize>() as f64 / shape.records.len() as f64;
        let nanos = |name| outcome.nanos(name).unwrap_or_default();
        println!(
            "| {} | {bytes:.0} | {:.0} | {:.0} | {:.2} | {:.2} |",
            shape.name,
            nanos(OURS),
            bytes / nanos(OURS) * 1e3,
            outcome.ratio(OURS, CRATE).unwrap_or_default(),
            nanos(OURS) / (nanos(CRATE) + nanos(PARSE)),
        );
    }
}

fn run(shape: &Shape) -> Outcome {
    let records: Vec<_> = shape.records.iter().map(String::as_bytes).collect();
    let values: Vec<Value> = shape.records.iter().map(|record| serde_json::from_str(record).unwrap()).collect();
    let validator = Validator::compile::<&str, &str>(&shape.schema.to_string(), &[]).unwrap();
    let theirs = jsonschema::options().with_draft(jsonschema::Draft::Draft7).build(&shape.schema).unwrap();
    let (mut checker, mut frame) = (Checker::new(Limits::default()), Vec::new());
    let ours = || {
        for record in &records {
            frame.clear();
            frame.extend_from_slice(&HEADER);
            checker.check(&validator, black_box(record)).unwrap();
            frame.extend_from_slice(record);
            black_box(&frame);
        }
    };
    let mut copy = Vec::new();
    let alone = || {
        for (value, record) in values.iter().zip(&records) {
            copy.clear();
            copy.extend_from_slice(&HEADER);
            assert!(theirs.is_valid(black_box(value)));
            copy.extend_from_slice(record);
            black_box(&copy);
        }
    };
    let (mut buffers, mut text) = (simd_json::Buffers::default(), Vec::new());
    let mut kept = Some(simd_json::Tape::null());
    let parse = || {
        for record in &records {
            text.clear();
            text.extend_from_slice(black_box(record));
            let mut tape = kept.take().unwrap().reset();
            simd_json::fill_tape(&mut text, &mut buffers, &mut tape).unwrap();
            black_box(&tape);
            kept = Some(tape.reset());
        }
    };
    let contestants = vec![
        Contestant { name: OURS, pass: Box::new(ours) },
        Contestant { name: CRATE, pass: Box::new(alone) },
        Contestant { name: PARSE, pass: Box::new(parse) },
    ];
    contest::run(records.len(), contestants)
}

fn shapes() -> Vec<Shape> {
    let generated = |name, schema, record: fn(usize) -> Value| Shape {
        name,
        schema,
        records: (0..RECORDS).map(|n| record(n).to_string()).collect(),
    };
    vec![
        generated(
            "small",
            small_schema(),
            |n| json!({"id": n, "name": format!("item {n}"), "active": n.is_multiple_of(2)}),
        ),
        generated("order", order_schema(), order),
        generated("wide", wide_schema(), |n| {
            Value::Object((0..60).map(|m| (format!("member_{m}"), json!(n * m))).collect())
        }),
        generated("union", union_schema(), |n| match n % 3 {
            0 => json!({"kind": "card", "number": format!("{n:016}")}),
            1 => json!({"kind": "transfer", "iban": format!("DE{n:020}")}),
            _ => json!({"kind": "cash", "amount": n}),
        }),
        generated("100 numbers", json!({"items": {"type": "number", "minimum": 0}}), |n| {
            (0..100).map(|m| json!(f64::from(u32::try_from(n * m).unwrap()) / 8.0)).collect()
        }),
    ]
}

fn small_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "active": {"type": "boolean"}},
        "required": ["id", "name"],
        "additionalProperties": false,
    })
}

fn order_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "minLength": 1},
            "customer": {
                "type": "object",
                "properties": {"id": {"type": "integer", "minimum": 1}, "email": {"type": "string", "pattern": "@"}},
                "required": ["id"],
            },
            "currency": {"enum": ["EUR", "USD", "GBP"]},
            "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/item"}},
            "note": {"type": ["string", "null"]},
        },
        "required": ["order_id", "customer", "items"],
        "definitions": {"item": {
            "type": "object",
            "properties": {
                "sku": {"type": "string", "maxLength": 20},
                "qty": {"type": "integer", "minimum": 1},
                "price": {"type": "number", "exclusiveMinimum": 0},
            },
            "required": ["sku", "qty", "price"],
            "additionalProperties": false,
        }},
    })
}

fn order(n: usize) -> Value {
    let item = |m: usize| json!({"sku": format!("SKU-{n}-{m}"), "qty": m + 1, "price": 9.75 + f64::from(u16::try_from(m).unwrap())});
    json!({
        "order_id": format!("order-{n}"),
        "customer": {"id": n + 1, "email": format!("customer{n}@example.com")},
        "currency": (["EUR", "USD", "GBP"][n % 3]),
        "items": (0..4).map(item).collect::<Vec<_>>(),
        "note": if n.is_multiple_of(2) { Value::Null } else { json!("leave at the door") },
    })
}

fn wide_schema() -> Value {
    let properties: serde_json::Map<_, _> =
        (0..60).map(|m| (format!("member_{m}"), json!({"type": "integer"}))).collect();
    let required: Vec<_> = (0..8).map(|m| format!("member_{m}")).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn union_schema() -> Value {
    let branch = |kind: &str, member: &str, ty: &str| {
        json!({
            "type": "object",
            "properties": {"kind": {"const": kind}, member: {"type": ty}},
            "required": ["kind", member],
        })
    };
    json!({"oneOf": [branch("card", "number", "string"), branch("transfer", "iban", "string"), branch("cash", "amount", "integer")]})
}
