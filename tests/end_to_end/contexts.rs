//! Contexts from end to end: the same id in another context is another schema.

use serde_json::{Value, json};

use super::support::orders::{LETTER, NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, eventually, serialize};

/// A frame that holds a [`LETTER`] of at most 63 bytes.
fn framed_letter(id: u8, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len() * 2).unwrap();
    [&[0, 0, 0, 0, id, length], text.as_bytes()].concat()
}

fn letter(text: &str) -> String {
    json!({"text": text}).to_string()
}

fn values(records: &[Record]) -> Vec<Vec<u8>> {
    records.iter().map(|record| record.value.clone().unwrap()).collect()
}

fn parsed(records: &[Record]) -> Vec<Value> {
    records.iter().map(|record| serde_json::from_str(record.text()).unwrap()).collect()
}

#[test]
fn a_topics_name_says_the_context_and_equal_ids_mean_different_schemas_in_both_directions() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    for name in ["contexts.topic.staging.raw", "contexts.topic.production.raw"] {
        for topic in [name.to_owned(), format!("{name}.avro"), format!("{name}.avro.json")] {
            kafka.create_topic(&topic, 1);
        }
    }
    for (subject, schema) in [
        (":.staging:contexts.topic.staging.raw.avro-value", NUMBER),
        (":.production:contexts.topic.production.raw.avro-value", LETTER),
    ] {
        assert_eq!(registry.register(subject, schema), 1, "{subject}");
    }
    let pipeline = |name: &str, direction: &str, source: &str, sink: &str| {
        format!(
            "name: contexts.topic.{name}, direction: {direction}, source: {{topics: ['{source}']}}, \
             sink: {{topic: '{sink}'}}, context: {{topic: '^contexts\\.topic\\.(?<context>[a-z]+)\\.'}}"
        )
    };
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &pipeline("to-avro", "serialize", "^contexts\\.topic\\.[a-z]+\\.raw$", "{source}.avro"),
            &pipeline("to-json", "deserialize", "^contexts\\.topic\\..*\\.avro$", "{source}.json"),
        ],
    ));
    kafka.produce("contexts.topic.staging.raw", (0..100).map(|n| Record::new(number(n))));
    kafka.produce("contexts.topic.production.raw", (0..100).map(|n| Record::new(letter(&n.to_string()))));

    let numbers = kafka.read_until("contexts.topic.staging.raw.avro.json", 100);
    let letters = kafka.read_until("contexts.topic.production.raw.avro.json", 100);
    assert_eq!(parsed(&numbers), (0..100).map(|n| json!({"n": n})).collect::<Vec<_>>());
    assert_eq!(parsed(&letters), (0..100).map(|n| json!({"text": n.to_string()})).collect::<Vec<_>>());
    let frames = values(&kafka.read_to_end("contexts.topic.staging.raw.avro"));
    assert_eq!(frames, (0..100).map(|n| framed_number(1, n)).collect::<Vec<_>>());
    let frames = values(&kafka.read_to_end("contexts.topic.production.raw.avro"));
    assert_eq!(frames, (0..100).map(|n| framed_letter(1, &n.to_string())).collect::<Vec<_>>());
    assert!(sidecar.terminate().success());
}

#[test]
fn a_header_says_the_context_record_by_record_and_the_order_stays() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, json, dead] =
        ["contexts.header.raw", "contexts.header.avro", "contexts.header.json", "contexts.header.dlq"];
    for topic in [raw, avro, json, dead] {
        kafka.create_topic(topic, 1);
    }
    for (context, schema) in [(".staging", NUMBER), (".production", LETTER)] {
        assert_eq!(registry.register(&format!(":{context}:contexts.header.avro-value"), schema), 1);
    }
    let spellings = ["staging", ".production", ":.staging:", "production", ".staging"];
    let record = |n: usize| {
        let context = spellings[n % spellings.len()];
        let value = if context.contains("staging") { number(n) } else { letter(&n.to_string()) };
        Record::new(value).header("x-context", context)
    };
    let more = format!("context: {{header: x-context}}, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more), &deserialize(avro, json, &more)]));
    kafka.produce(raw, (0..300).map(record));
    kafka.produce(
        raw,
        [
            Record::new(number(1)),
            Record::new(number(2)).header("x-context", "a:b"),
            Record::new(number(3)).header("x-context", [0xff]),
            // The last header of a name counts, as it does for Kafka's own clients.
            Record::new(number(4)).header("x-context", "production").header("x-context", "staging"),
        ],
    );
    let expected = |n: usize| match spellings[n % spellings.len()] {
        context if context.contains("staging") => json!({"n": n}),
        _ => json!({"text": n.to_string()}),
    };
    let back = kafka.read_until(json, 301);
    assert_eq!(parsed(&back), (0..300).map(expected).chain([json!({"n": 4})]).collect::<Vec<_>>());
    assert!(values(&kafka.read_to_end(avro)).iter().all(|frame| frame.starts_with(&[0, 0, 0, 0, 1])));

    let letters = kafka.read_until(dead, 3);
    assert_eq!(parsed(&letters), [json!({"n": 1}), json!({"n": 2}), json!({"n": 3})]);
    for letter in &letters {
        assert_eq!(letter.header_text("serdecar.reason"), Some("context"));
        assert_eq!(letter.header_text("serdecar.context"), None);
    }
    assert!(letters[0].header_text("serdecar.error").unwrap().contains("x-context"));
    assert!(sidecar.terminate().success());
}

#[test]
fn an_id_of_another_context_is_a_dead_letter_after_the_grace_and_the_other_partition_goes_on() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json, dead] = ["contexts.unknown.avro", "contexts.unknown.json", "contexts.unknown.dlq"];
    kafka.create_topic(avro, 2);
    // The broker says when it got a record: no need to look at the right moment.
    for topic in [json, dead] {
        kafka.create_topic_with(topic, 2, &[("message.timestamp.type", "LogAppendTime")]);
    }
    assert_eq!(registry.register(":.staging:contexts.unknown.avro-value", NUMBER), 1);
    registry.register(":.production:other", LETTER);
    assert_eq!(registry.register(":.production:contexts.unknown.avro-value", NUMBER), 2);
    kafka.produce(avro, [Record::new(framed_number(2, 7)).partition(0), Record::new(framed_number(1, 8)).partition(0)]);
    kafka.produce(avro, (0..100).map(|n| Record::new(framed_number(1, n)).partition(1)));

    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let text = config(kafka, &registry, &[&deserialize(avro, json, &more)]);
    let mut sidecar = Sidecar::run(&text.replace("unknown_grace: 1s", "unknown_grace: 3s"));
    let written = kafka.read_until(json, 101);
    let letters = kafka.read_until(dead, 1);
    assert_eq!(letters[0].value, Some(framed_number(2, 7)));
    assert_eq!(letters[0].header_text("serdecar.reason"), Some("unknown_schema"));
    assert_eq!(letters[0].header_text("serdecar.context"), Some(".staging"));
    assert_eq!(letters[0].header_text("serdecar.schema_id"), Some("2"));

    let when = |record: &Record| record.timestamp.unwrap();
    let (behind, beside): (Vec<_>, Vec<_>) = written.iter().partition(|record| record.partition == Some(0));
    assert_eq!(behind.len(), 1, "the record behind the unknown id");
    let last = beside.into_iter().map(when).max().unwrap();
    for late in [behind[0], &letters[0]] {
        assert!(last + 2_000 < when(late), "beside it everything was written only {} ms earlier", when(late) - last);
    }
    assert!(sidecar.terminate().success());
}

#[test]
fn an_id_that_is_registered_within_the_grace_is_written() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json, dead] = ["contexts.late.avro", "contexts.late.json", "contexts.late.dlq"];
    for topic in [avro, json, dead] {
        kafka.create_topic(topic, 1);
    }
    let more = format!("context: .late, on_invalid: {{dead_letter: {dead}}}");
    let text = config(kafka, &registry, &[&deserialize(avro, json, &more)]);
    let mut sidecar = Sidecar::run(&text.replace("unknown_grace: 1s", "unknown_grace: 60s"));
    kafka.produce(avro, (0..10).map(|n| Record::new(framed_number(1, n))));
    // The registry was asked and said no.
    sidecar.await_ready();
    eventually("asked for the id", || {
        sidecar.metric("serdecar_registry_requests_total", &[("outcome", "not_found")]).filter(|asked| *asked > 0.0)
    });
    assert_eq!(registry.register(":.late:contexts.late.avro-value", NUMBER), 1);
    let written = kafka.read_until(json, 10);
    assert_eq!(parsed(&written), (0..10).map(|n| json!({"n": n})).collect::<Vec<_>>());
    assert_eq!(kafka.read_to_end(dead), []);
    assert!(sidecar.terminate().success());
}

#[test]
fn references_resolve_in_the_referrers_context_and_across_contexts() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, json] = ["contexts.reference.raw", "contexts.reference.avro", "contexts.reference.json"];
    for topic in [raw, avro, json] {
        kafka.create_topic(topic, 1);
    }
    let record = |name: &str, fields: &str| format!(r#"{{"type": "record", "name": "{name}", "fields": [{fields}]}}"#);
    let money = json!({"name": "Money", "subject": ":.shared:money", "version": 1});
    registry.register(":.shared:money", &record("Money", r#"{"name": "cents", "type": "long"}"#));
    // The same name in the context that is not meant.
    registry.register("line", &record("Line", r#"{"name": "wrong", "type": "int"}"#));
    let line = record("Line", r#"{"name": "sku", "type": "string"}, {"name": "price", "type": "Money"}"#);
    registry.register_with(":.staging:line", &line, &json!([money]));
    let fields = r#"{"name": "lines", "type": {"type": "array", "items": "Line"}}, {"name": "total", "type": "Money"}"#;
    let line = json!({"name": "Line", "subject": "line", "version": 1});
    registry.register_with(":.staging:contexts.reference.avro-value", &record("Basket", fields), &json!([line, money]));
    let staging = "context: .staging";
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, staging), &deserialize(avro, json, staging)]));
    let basket = json!({"lines": [{"sku": "a", "price": {"cents": 150}}], "total": {"cents": 150}});
    kafka.produce(raw, [Record::new(basket.to_string())]);
    assert_eq!(parsed(&kafka.read_until(json, 1)), [basket]);
    let frame = kafka.read_to_end(avro).remove(0).value.unwrap();
    assert_eq!(frame[5..], [2, 2, b'a', 0xac, 2, 0, 0xac, 2]);
    assert!(sidecar.terminate().success());
}
