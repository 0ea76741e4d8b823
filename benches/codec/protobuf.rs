//! Protobuf: the same records, and some with Google's own types, beside the descriptors' library.
//!
//! That reads JSON into a message that holds whatever its descriptor allows, and writes it from there; the mapping is the same.

use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde::de::DeserializeSeed as _;
use serdecar::codec::Limits;
use serdecar::codec::avro::UnknownFields;
use serdecar::codec::protobuf::{Decoder, Encoder};
use serdecar::schema::protobuf::{Plan, ProtobufSchema};

use super::contest::{self, Contestant, Outcome};
use super::contestants::{OURS, PARSE_ONLY, parser};
use super::shapes::{Shape, mix};

pub(crate) const REFLECT: &str = "prost-reflect";

const READING: &str =
    "syntax = \"proto3\"; message Reading { string sensor = 1; int64 at = 2; double value = 3; bool ok = 4; }";

const ORDER: &str = r#"syntax = "proto3"; message Order {
    string order_id = 1; int64 customer_id = 2; int64 created_at = 3; Status status = 4; double total = 5; optional string note = 6;
    Address address = 7; repeated Item items = 8;
    message Address { string street = 1; string city = 2; string zip = 3; }
    message Item { string sku = 1; int32 qty = 2; double price = 3; }
    enum Status { NEW = 0; PAID = 1; SHIPPED = 2; RETURNED = 3; } }"#;

const POST: &str = r#"syntax = "proto3"; message Post {
    int64 id = 1; string author = 2; string title = 3; string text = 4; repeated string tags = 5; string source = 6; }"#;

const SERIES: &str = "syntax = \"proto3\"; message Series { string sensor = 1; repeated double values = 2; }";

const EVENT: &str = r#"syntax = "proto3";
    import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto"; import "google/protobuf/struct.proto";
    message Event { google.protobuf.Timestamp at = 1; google.protobuf.StringValue note = 2; map<string, int64> counts = 3;
    google.protobuf.Struct details = 4; oneof who { string user = 5; int64 device = 6; } bytes payload = 7; }"#;

fn event(seed: u64) -> String {
    let who =
        if mix(seed, 1).is_multiple_of(2) { r#""user":"anna""#.to_owned() } else { r#""device":"77""#.to_owned() };
    format!(
        r#"{{"at":"2024-02-{:02}T12:30:{:02}.{:03}Z","note":"n {}","counts":{{"reads":"{}","writes":"{}"}},"details":{{"a":{},"b":["x",true]}},{who},"payload":"{}"}}"#,
        1 + mix(seed, 2) % 29,
        mix(seed, 3) % 60,
        mix(seed, 4) % 1000,
        mix(seed, 5) % 100,
        mix(seed, 6) % 100_000,
        mix(seed, 7) >> 1,
        mix(seed, 8) % 1000,
        STANDARD.encode(mix(seed, 9).to_le_bytes()),
    )
}

/// Records as Avro's are, and such as only Protobuf has, each with its file.
pub(crate) fn shapes(all: &[Shape]) -> Vec<(&'static str, &'static str, Vec<Vec<u8>>)> {
    let same = [
        ("small", READING),
        ("order", ORDER),
        ("order, spaced", ORDER),
        ("order, random order everywhere", ORDER),
        ("strings", POST),
        ("100 KB, doubles of 1 to 3 decimals", SERIES),
    ];
    let records = |name: &str| all.iter().find(|shape| shape.name == name).map(|shape| &shape.records);
    let bytes = |records: &Vec<String>| records.iter().map(|record| record.clone().into_bytes()).collect();
    let mut shapes: Vec<_> =
        same.into_iter().filter_map(|(name, file)| Some((name, file, bytes(records(name)?)))).collect();
    shapes.push(("Google's types, a map, bytes", EVENT, (0..256).map(|seed| event(seed).into_bytes()).collect()));
    shapes
}

pub(crate) struct Prepared {
    json: Vec<Vec<u8>>,
    binary: Vec<Vec<u8>>,
    plan: Plan,
    descriptor: MessageDescriptor,
}

impl Prepared {
    pub(crate) fn new(file: &str, json: Vec<Vec<u8>>) -> Self {
        let schema = ProtobufSchema::parse::<&str, &str>(file, &[]).unwrap();
        let plan = Plan::compile(&schema);
        let mut pool = DescriptorPool::global();
        let bytes = STANDARD.decode(schema.serialized().unwrap()).unwrap();
        pool.decode_file_descriptor_proto(bytes.as_slice()).unwrap();
        let name = plan.names().next().unwrap();
        let descriptor = pool.get_message_by_name(name).unwrap();
        let mut prepared = Self { json, binary: Vec::new(), plan, descriptor };
        prepared.binary = prepared.json.iter().map(|record| prepared.their_bytes(record)).collect();
        let mut decoder = Decoder::new(Limits::default());
        let mut encoder = Encoder::new(UnknownFields::Ignore, Limits::default());
        for (record, theirs) in prepared.json.iter().zip(&prepared.binary) {
            let (mut bytes, mut ours, mut text) = (Vec::new(), Vec::new(), Vec::new());
            encoder.encode(&prepared.plan, 0, record, &mut bytes).unwrap();
            decoder.decode(&prepared.plan, 0, &bytes, &mut ours).unwrap();
            decoder.decode(&prepared.plan, 0, theirs, &mut text).unwrap();
            let read = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
            assert_eq!(read(&ours), read(&text));
        }
        prepared
    }

    fn their_bytes(&self, record: &[u8]) -> Vec<u8> {
        let mut reader = serde_json::Deserializer::from_slice(record);
        self.descriptor.clone().deserialize(&mut reader).unwrap().encode_to_vec()
    }

    /// JSON text to Protobuf.
    pub(crate) fn encode(&self) -> Outcome {
        let (mut encoder, mut out) = (Encoder::new(UnknownFields::Ignore, Limits::default()), Vec::new());
        let ours = move || {
            for record in &self.json {
                out.clear();
                encoder.encode(&self.plan, 0, black_box(record), &mut out).unwrap();
                black_box(&out);
            }
        };
        let theirs = move || {
            for record in &self.json {
                black_box(self.their_bytes(black_box(record)));
            }
        };
        let contestants = vec![
            Contestant { name: OURS, pass: Box::new(ours) },
            parser(&self.json),
            Contestant { name: REFLECT, pass: Box::new(theirs) },
        ];
        contest::run(self.json.len(), contestants)
    }

    /// Protobuf to JSON text.
    pub(crate) fn decode(&self) -> Outcome {
        let (mut decoder, mut out) = (Decoder::new(Limits::default()), Vec::new());
        let ours = move || {
            for record in &self.binary {
                out.clear();
                decoder.decode(&self.plan, 0, black_box(record), &mut out).unwrap();
                black_box(&out);
            }
        };
        let mut text = Vec::new();
        let theirs = move || {
            for record in &self.binary {
                text.clear();
                let message = DynamicMessage::decode(self.descriptor.clone(), black_box(record.as_slice())).unwrap();
                serde_json::to_writer(&mut text, &message).unwrap();
                black_box(&text);
            }
        };
        let contestants =
            vec![Contestant { name: OURS, pass: Box::new(ours) }, Contestant { name: REFLECT, pass: Box::new(theirs) }];
        contest::run(self.json.len(), contestants)
    }
}

/// Prints both tables.
pub(crate) fn measure(all: &[Shape], pick: &str) {
    let shapes: Vec<_> = shapes(all).into_iter().filter(|(name, ..)| name.contains(pick)).collect();
    let prepared: Vec<_> =
        shapes.into_iter().map(|(name, file, records)| (name, Prepared::new(file, records))).collect();
    println!(
        "\n| JSON to Protobuf | bytes | ns | MB/s | ÷ simd_json's parse | prost-reflect ÷ |\n|---|---|---|---|---|---|"
    );
    for (name, prepared) in &prepared {
        let outcome = prepared.encode();
        let parse = outcome.ratio(OURS, PARSE_ONLY).unwrap_or_default();
        row(name, &prepared.json, &outcome, &format!("{parse:.2} | "));
    }
    println!("\n| Protobuf to JSON | bytes | ns | MB/s | prost-reflect ÷ |\n|---|---|---|---|---|");
    for (name, prepared) in &prepared {
        row(name, &prepared.json, &prepared.decode(), "");
    }
}

fn row(name: &str, json: &[Vec<u8>], outcome: &Outcome, more: &str) {
    let bytes = json.iter().map(Vec::len).sum::<usize>() as f64 / json.len() as f64;
    let (ours, ratio) = (outcome.nanos(OURS).unwrap_or_default(), outcome.ratio(REFLECT, OURS).unwrap_or_default());
    println!("| {name} | {bytes:.0} | {ours:.0} | {:.0} | {more}{ratio:.1} |", bytes / ours * 1e3);
}
