//! JSON Schema on a broker: the official client's serializer and deserializer beside ours, in a context.

use serde_json::json;

use super::support::orders::NUMBER;
use super::support::{Files, Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, peer, serialize};

/// More digits than any machine number has.
const LARGE: &str = "123456789012345678901234567890";

fn files(records: usize) -> Files {
    let schema = json!({
        "schema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Person",
            "type": "object",
            "properties": {"home": {"$ref": "address.json"}, "age": {"type": "integer", "minimum": 0}},
            "required": ["home"],
        },
        "references": {"address.json": {
            "title": "Address", "type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"],
        }},
    });
    Files::new(&schema.to_string(), (0..records).map(person))
}

fn person(n: usize) -> String {
    format!(r#"{{"age": {LARGE}, "home": {{"street": "Bahnhofstraße {n}"}}}}"#)
}

#[test]
fn the_official_serializer_and_deserializer_meet_with_a_reference_in_a_context() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [theirs, back, raw, ours, dead] = ["json.theirs", "json.back", "json.raw", "json.ours", "json.dlq"];
    for topic in [theirs, back, raw, ours, dead] {
        kafka.create_topic(topic, 1);
    }
    // The same ids mean other schemas in the default context.
    assert_eq!((registry.register("a", NUMBER), registry.register("b", r#""string""#)), (1, 2));
    let (context, files) = (["--context", ".staging"], files(50));
    let sent = peer("produce_json.py", kafka, &registry, theirs, &context, &files);
    assert!(sent.starts_with("50 records sent, 0 failed"), "{sent}");

    let more = format!(
        "context: .staging, value: {{format: json, subject: {theirs}-value}}, on_invalid: {{dead_letter: {dead}}}"
    );
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&deserialize(theirs, back, &more), &serialize(raw, ours, &more)]));
    let read: Vec<_> = kafka.read_until(back, 50).iter().map(|record| record.text().to_owned()).collect();
    let written = kafka.read_to_end(theirs);
    for (n, (record, text)) in written.iter().zip(&read).enumerate() {
        let value = record.value.as_deref().unwrap();
        assert_eq!(value, [&[0, 0, 0, 0, 2], text.as_bytes()].concat());
        assert!(text.contains(LARGE) && text.contains(&format!(" {n}\"")), "{text}");
    }

    kafka.produce(raw, [Record::new(r#"{"age": -1, "home": {"street": 7}}"#), Record::new("{")]);
    kafka.produce(raw, (0..50).map(|n| Record::new(person(n))));
    let framed = kafka.read_until(ours, 50);
    for (n, record) in framed.iter().enumerate() {
        assert_eq!(record.value.as_deref().unwrap(), [&[0, 0, 0, 0, 2], person(n).as_bytes()].concat());
    }
    let equal = peer("consume_json.py", kafka, &registry, ours, &context, &files);
    assert!(equal.starts_with("50 records equal"), "{equal}");

    let letters = kafka.read_until(dead, 2);
    assert_eq!(letters[0].text(), r#"{"age": -1, "home": {"street": 7}}"#);
    let error = letters[0].header_text("serdecar.error").unwrap();
    for part in [
        "/age: expected a number of at least 0, found number -1",
        "/home/street: expected string, found number 7",
        "(schema 2 of :.staging:json.theirs-value)",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let pointer = letters[0].header_text("serdecar.pointer").unwrap();
    assert!(error.starts_with(&format!("{pointer}: ")), "{pointer} is not the first of {error}");
    assert_eq!(letters[1].header_text("serdecar.reason"), Some("syntax"));
    assert!(sidecar.terminate().success());
}
