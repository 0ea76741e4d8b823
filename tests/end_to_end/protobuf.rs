//! Protobuf: the official Python client writes and we read, we write and it reads, each file with imports, in two contexts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use serdecar::codec::Limits;
use serdecar::codec::avro::UnknownFields;
use serdecar::codec::protobuf::{Decoder, Encoder};
use serdecar::schema::Form;
use serdecar::schema::protobuf::{Plan, ProtobufSchema, stored_text};

use super::dead_letters::{error, reason_and_pointer};
use super::support::orders::NUMBER;
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, python};

pub(super) const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/protobuf");

/// An order as the JSON mapping prints it.
pub(super) fn order(number: u32) -> Value {
    json!({
        "orderId": format!("ö-{number}"),
        "customer": {"name": "Anna"},
        "lines": [
            {"sku": "a", "quantity": number + 1, "price": {"currency": "EUR", "units": "12", "nanos": -500}, "isGift": false},
            {"sku": "b"},
        ],
        "labels": {"": "-1", "big": "9007199254740993"},
        "placedAt": "2024-02-29T12:00:00.500Z",
        "note": "",
        "status": if number.is_multiple_of(2) { json!("STATUS_PAID") } else { json!(7) },
        "signature": "+/8=",
        "weights": [0.1, "NaN", -1e300],
        "cash": {"units": "9223372036854775807"},
    })
}

fn line(number: u32) -> Value {
    json!({"sku": format!("s{number}"), "quantity": number + 1})
}

/// A context, a message that is not the first of the file, where its records are, and what they hold.
fn topics() -> [(&'static str, &'static str, &'static str, Vec<Value>); 3] {
    [
        (".staging", "shop.Order", "protobuf.staging", (0..20).map(order).collect()),
        (".production", "shop.Order.Line", "protobuf.production", (0..20).map(line).collect()),
        (".production", "shop.Customer", "protobuf.first", vec![json!({"name": "Zoë"}), json!({})]),
    ]
}

/// Lets the official client do something with each of the topics.
fn peer(kafka: &Kafka, registry: &SchemaRegistry, what: &str, suffix: &str) {
    let job = |(context, message, topic, values): (&str, &str, &str, Vec<Value>)| {
        let (subject, topic) = (format!("{topic}-value"), format!("{topic}{suffix}"));
        json!({"do": what, "topic": topic, "subject": subject, "context": context, "message": message, "values": values})
    };
    let jobs = topics().map(job).map(|job| job.to_string());
    let start = [kafka.bootstrap(), registry.url(), FILES.to_owned(), "shop/order.proto".to_owned()];
    assert!(python("protobuf_peer.py", start.into_iter().chain(jobs)).status.success(), "{what}");
}

#[test]
fn what_either_of_us_writes_the_other_reads_in_two_contexts() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    // The same ids mean other files in the other context.
    registry.register(":.production:unrelated-value", NUMBER);
    let mut pipelines = Vec::new();
    for (context, message, topic, _) in topics() {
        for suffix in ["", ".json", ".raw", ".back", ".dlq"] {
            kafka.create_topic(&format!("{topic}{suffix}"), 1);
        }
        pipelines.push(format!(
            "name: {topic}.json, direction: deserialize, source: {{topics: ['{topic}']}}, sink: {{topic: '{topic}.json'}}, \
             context: {context}, value: {{format: protobuf}}, on_invalid: {{dead_letter: '{topic}.dlq'}}"
        ));
        pipelines.push(format!(
            "name: {topic}.back, direction: serialize, source: {{topics: ['{topic}.raw']}}, sink: {{topic: '{topic}.back'}}, \
             context: {context}, value: {{format: protobuf, subject: '{topic}-value', message: {message}}}, \
             on_invalid: {{dead_letter: '{topic}.dlq'}}"
        ));
        let (_, _, _, values) = topics().into_iter().find(|(_, _, name, _)| *name == topic).unwrap();
        kafka.produce(&format!("{topic}.raw"), values.iter().map(|value| Record::new(value.to_string())));
    }
    peer(kafka, &registry, "write", "");
    let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &pipelines));

    for (_, message, topic, values) in topics() {
        let read = kafka.read_until(&format!("{topic}.json"), values.len());
        let read: Vec<Value> = read.iter().map(|record| serde_json::from_str(record.text()).unwrap()).collect();
        assert_eq!(read, values, "{topic}");
        let theirs = kafka.read_to_end(topic);
        let ours = kafka.read_until(&format!("{topic}.back"), values.len());
        let indexes: &[u8] = match message {
            "shop.Customer" => &[0],
            "shop.Order" => &[2, 2],
            _ => &[4, 2, 0],
        };
        for (theirs, ours) in theirs.iter().zip(&ours) {
            let (theirs, ours) = (theirs.value.as_deref().unwrap(), ours.value.as_deref().unwrap());
            assert_eq!(theirs[..5 + indexes.len()], ours[..5 + indexes.len()], "{topic}");
            assert_eq!(ours[5..][..indexes.len()], *indexes, "{topic}");
        }
    }
    peer(kafka, &registry, "read", ".back");
    dead_letters(kafka);
    assert!(sidecar.terminate().success());
}

/// Frames that are damaged, and JSON that is no order.
fn dead_letters(kafka: &Kafka) {
    let [(.., topic, _), ..] = topics();
    let frame = kafka.read_to_end(topic)[0].value.clone().unwrap();
    let (good, id) = (frame.clone(), &frame[..5]);
    let cut = frame[..frame.len() - 1].to_vec();
    let frames = [[id, &[2, 8][..]].concat(), id.to_vec(), cut, [id, &[0, 0x0a, 1, 0xff][..]].concat(), good];
    kafka.produce(topic, frames.map(Record::new));
    let letters = kafka.read_until(&format!("{topic}.dlq"), 4);
    let reasons: Vec<_> = letters.iter().map(|letter| reason_and_pointer(letter).0).collect();
    assert_eq!(reasons, ["frame", "frame", "malformed", "malformed"]);
    assert!(error(&letters[0]).starts_with(": message indexes [4] name no message of the schema (schema "));
    assert!(error(&letters[1]).starts_with(": truncated message indexes (schema "));
    assert_eq!(reason_and_pointer(&letters[3]).1, "/name");
    kafka.produce(&format!("{topic}.raw"), [Record::new(r#"{"lines": [{"quantity": -1}]}"#)]);
    let letters = kafka.read_until(&format!("{topic}.dlq"), 5);
    assert_eq!(reason_and_pointer(&letters[4]), ("range", "/lines/0/quantity"));
    // What follows damaged records is read.
    let read = kafka.read_until(&format!("{topic}.json"), 21);
    assert_eq!(serde_json::from_str::<Value>(read[20].text()).unwrap(), order(0));
}

/// JSON whose numbers are all doubles: `1` and `1.0` are the same.
fn as_doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64().unwrap()),
        Value::Array(items) => items.iter().map(as_doubles).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), as_doubles(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn random_messages_of_random_files_are_read_and_written_as_googles_library_does() {
    let seed = std::env::var("SERDECAR_TEST_SEED").unwrap_or_else(|_| "20260101".to_owned());
    println!("SERDECAR_TEST_SEED={seed}");
    let output = python("protobuf_random.py", [seed.as_str(), "60"]);
    assert!(output.status.success());
    let mut records = 0;
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let file: Value = serde_json::from_str(line).unwrap();
        let serialized = file["file"].as_str().unwrap();
        let text = stored_text::<&str, &str>(serialized, &[], Form::Written).unwrap();
        let plan = Plan::compile(&ProtobufSchema::parse::<&str, &str>(&text, &[]).unwrap());
        let shape = plan.message(file["message"].as_str()).unwrap().shape;
        let mut encoder = Encoder::new(UnknownFields::Reject, Limits::default());
        let mut decoder = Decoder::new(Limits::default());
        for record in file["records"].as_array().unwrap() {
            let theirs = STANDARD.decode(record["bytes"].as_str().unwrap()).unwrap();
            let mut decode = |bytes: &[u8]| -> Value {
                let mut json = Vec::new();
                decoder
                    .decode(&plan, shape, bytes, &mut json)
                    .unwrap_or_else(|error| panic!("{error}: {record}\n{text}"));
                as_doubles(&serde_json::from_slice(&json).unwrap())
            };
            let expected = as_doubles(&record["json"]);
            assert_eq!(decode(&theirs), expected, "{text}");
            let mut ours = Vec::new();
            encoder
                .encode(&plan, shape, record["json"].to_string().as_bytes(), &mut ours)
                .unwrap_or_else(|error| panic!("{error}: {record}\n{text}"));
            assert_eq!(decode(&ours), expected, "{text}");
            records += 1;
        }
    }
    assert_eq!(records, 1_200);
}
