//! The tests' own footing: what is sent to the real broker comes back, also after an outage.

use super::support::{Kafka, Record, python};

fn order(n: i32) -> Record {
    Record::new(format!("{{\"order\":{n}}}"))
        .key(n.to_string())
        .partition(n % 2)
        .timestamp(1_700_000_000_000 + i64::from(n))
        .header("trace", [0xff])
        .header("tenant", "x")
        .header("tenant", "ü")
}

#[test]
fn a_record_comes_back_with_key_headers_timestamp_and_partition() {
    let kafka = Kafka::shared();
    kafka.create_topic("harness.round-trip", 2);
    kafka.produce("harness.round-trip", [order(1), Record::tombstone("1").partition(1).timestamp(7)]);

    let expected = [
        Record { offset: Some(0), ..order(1) },
        Record { offset: Some(1), ..Record::tombstone("1").partition(1).timestamp(7) },
    ];
    let records = kafka.read_to_end("harness.round-trip");
    assert_eq!(records, expected);
    assert_eq!(records.first().and_then(|r| r.header_text("tenant")), Some("ü"));
}

#[test]
fn a_topic_is_read_to_its_end() {
    let kafka = Kafka::shared();
    kafka.create_topic_with("harness.end", 3, &[("cleanup.policy", "compact")]);
    assert_eq!(kafka.read_to_end("harness.end"), []);
    kafka.produce("harness.end", (0..5_000).map(|n| Record::new(n.to_string()).key(n.to_string())));
    let mut values: Vec<i32> =
        kafka.read_until("harness.end", 5_000).iter().map(|record| record.text().parse().unwrap()).collect();
    values.sort_unstable();
    assert_eq!(values, (0..5_000).collect::<Vec<i32>>());
}

#[test]
fn committed_offsets_are_those_of_the_group() {
    use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
    use rdkafka::{Offset, TopicPartitionList};

    let kafka = Kafka::shared();
    kafka.create_topic("harness.committed", 2);
    let consumer: BaseConsumer = kafka.client().set("group.id", "harness.committed").create().unwrap();
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset("harness.committed", 1, Offset::Offset(17)).unwrap();
    consumer.commit(&offsets, CommitMode::Sync).unwrap();

    assert_eq!(kafka.committed("harness.committed", "harness.committed"), [None, Some(17)]);
    assert_eq!(kafka.committed("harness.another", "harness.committed"), [None, None]);
}

#[test]
fn records_outlive_a_stopped_and_a_killed_broker() {
    let mut kafka = Kafka::start();
    kafka.create_topic("harness.outage", 1);
    kafka.produce("harness.outage", [Record::new("first")]);
    kafka.stop();
    kafka.restart();
    kafka.produce("harness.outage", [Record::new("second")]);
    kafka.kill();
    kafka.restart();
    kafka.produce("harness.outage", [Record::new("third")]);

    let records = kafka.read_to_end("harness.outage");
    assert_eq!(records.iter().map(Record::text).collect::<Vec<_>>(), ["first", "second", "third"]);
}

/// Writes a container of one order with apache-avro and asks fastavro whether it says the same as `ndjson`.
fn fastavro_agrees(ndjson: &str) -> (bool, String) {
    use apache_avro::types::Value;

    let schema = r#"{"type": "record", "name": "Order", "fields": [
        {"name": "id", "type": "long"},
        {"name": "price", "type": "float"},
        {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "note", "type": ["null", "string"], "default": null}
    ]}"#;
    let parsed = apache_avro::Schema::parse_str(schema).unwrap();
    let mut writer = apache_avro::Writer::new(&parsed, Vec::new()).unwrap();
    let order = Value::Record(vec![
        ("id".to_owned(), Value::Long(9_007_199_254_740_993)),
        ("price".to_owned(), Value::Float(0.1)),
        ("total".to_owned(), Value::Decimal(apache_avro::Decimal::from([0x04, 0xd2]))),
        ("tags".to_owned(), Value::Array(vec![Value::String("a".to_owned()), Value::String("ü".to_owned())])),
        ("note".to_owned(), Value::Union(0, Box::new(Value::Null))),
    ]);
    writer.append_value(order).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let [container, lines, avsc] = ["orders.avro", "orders.ndjson", "order.avsc"].map(|name| dir.path().join(name));
    std::fs::write(&container, writer.into_inner().unwrap()).unwrap();
    std::fs::write(&lines, ndjson).unwrap();
    std::fs::write(&avsc, schema).unwrap();
    let output = python("fastavro_equal.py", [container, lines, avsc]);
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn fastavro_agrees_with_an_equal_container() {
    let line = r#"{"id": 9007199254740993, "price": 0.1, "total": 12.34, "tags": ["a", "ü"], "unknown": 1}"#;
    assert_eq!(fastavro_agrees(line), (true, "1 records equal (6 values), 0 differences\n".to_owned()));
}

#[test]
fn fastavro_names_what_differs() {
    for (line, pointer) in [
        (r#"{"id": 9007199254740992, "price": 0.1, "total": 12.34, "tags": ["a", "ü"]}"#, "line 1: /id: "),
        (r#"{"id": 9007199254740993, "price": 0.2, "total": 12.34, "tags": ["a", "ü"]}"#, "line 1: /price: "),
        (r#"{"id": 9007199254740993, "price": 0.1, "total": 12.35, "tags": ["a", "ü"]}"#, "line 1: /total: "),
        (r#"{"id": 9007199254740993, "price": 0.1, "total": 12.34, "tags": ["a", "u"]}"#, "line 1: /tags/1: "),
        (r#"{"id": 9007199254740993, "price": 0.1, "total": 12.34, "tags": [], "note": ""}"#, "line 1: /tags: "),
        ("", "one side ends first"),
    ] {
        let (equal, printed) = fastavro_agrees(line);
        assert!(!equal && printed.starts_with(pointer), "{line}: {printed}");
    }
}
