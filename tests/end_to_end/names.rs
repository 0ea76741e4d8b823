//! Names of schemas in headers, ours and the official client's, in contexts.

use serde_json::{Value, json};

use super::support::orders::{NUMBER, ORDER, framed_number, number, order, order_behind_the_schema};
use super::support::{Files, Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, peer, serialize};

const VALUE_HEADER: &str = "__value_schema_id";

fn names(record: &Record) -> Vec<&str> {
    record.headers.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn the_official_client_and_we_read_each_others_names_in_headers_in_every_context() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let orders = Files::new(ORDER, (1..=60).map(order));
    let cases = [("default", ".", &[][..]), ("staging", ".staging", &["--context", ".staging"])];
    let mut pipelines = Vec::new();
    for (name, context, arguments) in cases {
        let [peers, json, ours] = ["peers", "json", "ours"].map(|kind| format!("names.{name}.{kind}"));
        for topic in [&peers, &json, &ours] {
            kafka.create_topic(topic, 1);
        }
        // Every id is taken by another schema: only the GUID leads to the right one.
        registry.register(&format!(":{context}:first"), NUMBER);
        registry.register(&format!(":{context}:{ours}-value"), ORDER);
        let options = [&["--id-in", "header"], arguments].concat();
        let sent = peer("produce_avro.py", kafka, &registry, &peers, &options, &orders);
        assert!(sent.starts_with("60 records sent, 0 failed"), "{sent}");
        let context = format!("context: {context}");
        pipelines.push(deserialize(&peers, &json, &context));
        pipelines.push(serialize(&json, &ours, &format!("{context}, value: {{id_in: header}}")));
    }
    let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &pipelines));
    for (name, _, arguments) in cases {
        let [peers, json, ours] = ["peers", "json", "ours"].map(|kind| format!("names.{name}.{kind}"));
        let written = kafka.read_until(&ours, 60);
        let theirs = kafka.read_to_end(&peers);
        for (ours, theirs) in written.iter().zip(&theirs) {
            assert_eq!((&ours.value, &ours.headers), (&theirs.value, &theirs.headers));
            assert_eq!((names(ours), ours.headers[0].1.as_ref().map(Vec::len)), (vec![VALUE_HEADER], Some(17)));
        }
        for (n, record) in (1..).zip(kafka.read_to_end(&json)) {
            let value: Value = serde_json::from_str(record.text()).unwrap();
            assert_eq!((value, names(&record)), (order_behind_the_schema(n), vec![]));
        }
        let options = [&["--id-in", "header"], arguments].concat();
        let read = peer("consume_avro.py", kafka, &registry, &ours, &options, &orders);
        assert!(read.starts_with("60 records equal"), "{read}");
    }
    assert!(sidecar.terminate().success());
}

#[test]
fn a_stale_name_is_replaced_or_taken_away_and_all_other_headers_keep_their_order() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, header, prefix, dead] =
        ["names.stale.raw", "names.stale.header", "names.stale.prefix", "names.stale.dlq"];
    for topic in [raw, header, prefix, dead] {
        kafka.create_topic(topic, 1);
    }
    for subject in [header, prefix] {
        assert_eq!(registry.register(&format!(":.staging:{subject}-value"), NUMBER), 1);
    }
    let stale = |value: String| {
        Record::new(value)
            .key("k")
            .timestamp(1_700_000_000_000)
            .header("a", "1")
            .header(VALUE_HEADER, [1; 17])
            .header("b", "2")
            .header("a", "3")
            .header(VALUE_HEADER, "x")
            .header("__key_schema_id", "not ours")
    };
    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &serialize(raw, header, &format!("{more}, value: {{id_in: header}}")),
            &serialize(raw, prefix, "context: .staging, on_invalid: skip"),
        ],
    ));
    kafka.produce(raw, [stale(number(7)), Record::new(number(8)), stale("{}".to_owned())]);

    let in_header = kafka.read_until(header, 2);
    assert_eq!(in_header[0].value, Some(framed_number(1, 7)[5..].to_vec()));
    assert_eq!(names(&in_header[0]), ["a", "b", "a", "__key_schema_id", VALUE_HEADER]);
    assert_eq!((names(&in_header[1]), &in_header[1].headers[0]), (vec![VALUE_HEADER], &in_header[0].headers[4]));
    let name = in_header[0].headers[4].1.clone().unwrap();
    assert_eq!((name.len(), name[0]), (17, 1));
    let in_front = kafka.read_until(prefix, 2);
    assert_eq!(in_front[0].value, Some(framed_number(1, 7)));
    assert_eq!((names(&in_front[0]), names(&in_front[1])), (vec!["a", "b", "a", "__key_schema_id"], vec![]));
    let letters = kafka.read_until(dead, 1);
    let came_with = kafka.read_to_end(raw).remove(2).headers;
    assert_eq!(letters[0].headers[..came_with.len()], came_with, "a dead letter is as it came");
    assert_eq!(letters[0].header_text("serdecar.reason"), Some("missing"));
    assert!(sidecar.terminate().success());
}

#[test]
fn a_name_that_leads_nowhere_is_a_dead_letter_with_its_headers_and_keys_have_names_too() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, typed, back, dead] = ["names.key.raw", "names.key.typed", "names.key.json", "names.key.dlq"];
    for topic in [raw, typed, back, dead] {
        kafka.create_topic(topic, 1);
    }
    registry.register(&format!("{typed}-key"), "\"string\"");
    registry.register(&format!("{typed}-value"), NUMBER);
    let avro = "{format: avro, id_in: header}";
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &serialize(raw, typed, &format!("key: {avro}, value: {avro}")),
            &deserialize(typed, back, &format!("key: {{format: avro}}, on_invalid: {{dead_letter: {dead}}}")),
        ],
    ));
    kafka.produce(raw, [Record::new(number(1)).key("\"one\""), Record::tombstone("\"two\"")]);
    let unknown = Record::new([2]).header("x", "1").header(VALUE_HEADER, [1; 17]);
    kafka.read_until(typed, 2);
    kafka.produce(typed, [unknown]);

    let written = kafka.read_to_end(typed);
    assert_eq!(names(&written[0]), ["__key_schema_id", VALUE_HEADER]);
    assert_eq!((written[0].key.as_deref(), written[0].value.as_deref()), (Some(&b"\x06one"[..]), Some(&[2][..])));
    assert_eq!((names(&written[1]), &written[1].value), (vec!["__key_schema_id"], &None));
    let json = kafka.read_until(back, 2);
    assert_eq!(serde_json::from_str::<Value>(json[0].text()).unwrap(), json!({"n": 1}));
    assert_eq!((json[0].key.as_deref(), names(&json[0])), (Some(&b"\"one\""[..]), vec![]));
    assert_eq!((json[1].key.as_deref(), &json[1].value), (Some(&b"\"two\""[..]), &None));
    let letters = kafka.read_until(dead, 1);
    assert_eq!(letters[0].header_text("serdecar.reason"), Some("unknown_schema"));
    assert_eq!(letters[0].header_text("serdecar.schema_id"), Some("01010101-0101-0101-0101-010101010101"));
    assert_eq!(names(&letters[0])[..2], ["x", VALUE_HEADER]);
    assert_eq!(letters[0].value, Some(vec![2]));
    assert!(sidecar.terminate().success());
}
