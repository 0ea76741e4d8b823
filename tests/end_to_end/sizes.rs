//! Records that are too large: for the limits, for the sink, for the dead letters, for the memory.

use super::dead_letters::{error, reason_and_pointer};
use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, eventually, serialize};

#[test]
fn a_record_larger_than_the_sink_takes_is_a_dead_letter_and_its_neighbours_are_written() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json, dead] = ["dead.large.avro", "dead.large.json", "dead.large.dlq"];
    kafka.create_topic(avro, 1);
    kafka.create_topic_with(json, 1, &[("max.message.bytes", "20000")]);
    kafka.create_topic(dead, 1);
    let text = r#"{"type": "record", "name": "Text", "fields": [{"name": "text", "type": "bytes"}]}"#;
    assert_eq!(registry.register("dead.large.avro-value", text), 1);
    let frame = |length: u16| {
        // A zigzag varint of three bytes holds every length here.
        let zigzag = u32::from(length) * 2;
        let varint = [zigzag & 0x7f | 0x80, zigzag >> 7 & 0x7f | 0x80, zigzag >> 14];
        let mut frame = vec![0, 0, 0, 0, 1];
        frame.extend(varint.map(|byte| u8::try_from(byte).unwrap()));
        frame.resize(frame.len() + usize::from(length), 7);
        Record::new(frame)
    };
    // Base64 makes 4 bytes of 3.
    kafka.produce(avro, [10, 9_000, 18_000, 11, 9_001, 12].map(frame));
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&deserialize(avro, json, &more)]));
    let letters = kafka.read_until(dead, 1);
    assert_eq!(letters[0].value, frame(18_000).value);
    assert_eq!(reason_and_pointer(&letters[0]), ("too_large", ""));
    assert_eq!(letters[0].header_text("serdecar.offset"), Some("2"));
    let lengths: Vec<_> = kafka.read_until(json, 5).iter().map(|record| record.text().len()).collect();
    assert_eq!(lengths, [10_usize, 9_000, 11, 9_001, 12].map(|length| length.div_ceil(3) * 4 + 11));
    eventually("everything is committed", || (kafka.uncommitted("serdecar-dead.large.json", avro) == 0).then_some(()));
    assert!(sidecar.terminate().success());
}

#[test]
fn a_record_of_a_hundred_megabytes_is_a_dead_letter_and_its_neighbours_are_written() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["dead.huge.raw", "dead.huge.avro", "dead.huge.dlq"];
    for topic in [raw, dead] {
        kafka.create_topic_with(topic, 1, &[("max.message.bytes", "104000000")]);
    }
    kafka.create_topic(avro, 1);
    registry.register("dead.huge.avro-value", NUMBER);
    let huge = format!(r#"{{"n": 1, "pad": "{}"}}"#, "x".repeat(100_000_000));
    let records = [number(0), huge.clone(), number(2)].map(Record::new);
    kafka.produce_with(raw, &[("message.max.bytes", "104000000")], records);
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    let written = kafka.read_until(avro, 2);
    let expected = [0, 2].map(|n| Some(framed_number(1, n)));
    assert!(written.into_iter().map(|record| record.value).eq(expected));
    let letters = kafka.read_until(dead, 1);
    // Not `assert_eq`, which would print them.
    assert!(letters[0].value.as_deref() == Some(huge.as_bytes()), "another record, or changed");
    assert_eq!(reason_and_pointer(&letters[0]), ("limit", ""));
    assert!(error(&letters[0]).contains("found 100000019"), "{}", error(&letters[0]));
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-dead.huge.avro", raw), 0);
}

#[test]
fn a_pipeline_halts_before_a_record_that_not_even_the_dead_letters_take() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["dead.full.raw", "dead.full.avro", "dead.full.dlq"];
    kafka.create_topic(raw, 1);
    kafka.create_topic(avro, 1);
    kafka.create_topic_with(dead, 1, &[("max.message.bytes", "4000")]);
    registry.register("dead.full.avro-value", NUMBER);
    let bad = |size| format!(r#"{{"n": "{}"}}"#, "x".repeat(size));
    kafka.produce(raw, [number(0), bad(10), number(2), bad(5_000), number(4)].map(Record::new));
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    assert_eq!(sidecar.wait().code(), Some(65), "{}", sidecar.log());
    let log = sidecar.log();
    let message = log.lines().rfind(|line| !line.is_empty()).unwrap();
    assert!(message.contains("offset 3 of dead.full.raw[0]") && message.contains("too_large"), "{message}");
    assert_eq!(kafka.read_to_end(dead).len(), 1);
    assert_eq!(kafka.committed("serdecar-dead.full.avro", raw), [Some(3)]);
}

#[test]
fn a_few_bytes_that_become_much_text_do_not_pile_up_in_memory() {
    /// What `serdecar run` may take, whatever comes out of a batch: an idle process and its queues, generously.
    const MEMORY: u64 = 128 << 20;
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json] = ["dead.growth.avro", "dead.growth.json"];
    kafka.create_topic(avro, 1);
    kafka.create_topic_with(json, 1, &[("max.message.bytes", "3000000")]);
    let name = "n".repeat(200);
    let schema = format!(
        r#"{{"type": "array", "items": {{"type": "record", "name": "Item", "fields": [{{"name": "{name}", "type": "null"}}]}}}}"#
    );
    registry.register("dead.growth.avro-value", &schema);
    // A block of 10,000 items of no bytes: the zigzag varint of 20,000. As JSON, 2 MB.
    let frame = [0, 0, 0, 0, 1, 0xa0, 0x9c, 0x01, 0];
    kafka.produce(avro, std::iter::repeat_n(Record::new(frame), 150));
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&deserialize(avro, json, "")]));
    kafka.await_count(json, 150);
    if let Some(peak) = sidecar.peak_memory() {
        println!("at most {} MiB", peak >> 20);
        assert!(peak < MEMORY, "{} MiB", peak >> 20);
    }
    assert!(sidecar.terminate().success());
}
