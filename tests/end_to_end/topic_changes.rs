//! Topics that come, grow, lose records and go while pipelines run.

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, eventually, serialize};

/// The same config, with topics looked at often, and more settings of the consumer.
fn attentive(config: &str, more: &str) -> String {
    let consumer = "{heartbeat.interval.ms: 100}";
    assert!(config.contains(consumer));
    config.replace(
        consumer,
        &format!(
            "{{heartbeat.interval.ms: 100, topic.metadata.refresh.interval.ms: 300, max.poll.interval.ms: 60000{more}}}"
        ),
    )
}

fn numbers(range: std::ops::Range<usize>, partition: i32) -> impl Iterator<Item = Record> {
    range.map(move |n| Record::new(number(n)).partition(partition))
}

/// The values of a partition, in order.
fn values(records: Vec<Record>, partition: i32) -> Vec<Vec<u8>> {
    let own = records.into_iter().filter(|record| record.partition == Some(partition));
    own.map(|record| record.value.unwrap()).collect()
}

fn framed(range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    range.map(|n| framed_number(1, n)).collect()
}

#[test]
fn a_source_that_gains_partitions_is_read_whole_once_the_sink_has_them_too() {
    for delivery in ["at_least_once", "exactly_once"] {
        let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
        let [raw, avro] = ["raw", "avro"].map(|suffix| format!("changes.grow.{delivery}.{suffix}"));
        for topic in [&raw, &avro] {
            kafka.create_topic(topic, 1);
        }
        registry.register(&format!("{avro}-value"), NUMBER);
        let more = format!("workers: 2, delivery: {delivery}");
        let text = attentive(&config(kafka, &registry, &[&serialize(&raw, &avro, &more)]), "");
        let mut sidecar = Sidecar::run(&text);
        kafka.produce(&raw, numbers(0..100, 0));
        kafka.read_until(&avro, 100);
        kafka.grow_topic(&raw, 3);
        kafka.produce(&raw, numbers(100..200, 0).chain(numbers(0..100, 2)));
        sidecar.await_unready(&["1 partitions, too few", &avro]);
        kafka.grow_topic(&avro, 3);
        let written = kafka.read_until(&avro, 300);
        assert_eq!(written.len(), 300);
        assert_eq!(values(written.clone(), 0), framed(0..200));
        assert_eq!(values(written, 2), framed(0..100));
        sidecar.await_ready();
        assert!(sidecar.terminate().success());
        assert_eq!(kafka.uncommitted(&format!("serdecar-{avro}"), &raw), 0);
    }
}

#[test]
fn topics_of_a_pattern_appear_and_are_deleted_and_the_others_go_on() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let sink = |topic: &str| format!("typed.{topic}");
    let [first, second] = ["changes.pattern.a", "changes.pattern.b"];
    for topic in [first, second] {
        registry.register(&format!("{}-value", sink(topic)), NUMBER);
        kafka.create_topic(&sink(topic), 1);
    }
    kafka.create_topic(first, 1);
    let pipeline = r#"name: pattern, direction: serialize, source: {topics: ["^changes[.]pattern[.]"], group: "changes.pattern"}, sink: {topic: "typed.{source}"}"#;
    let mut sidecar = Sidecar::run(&attentive(&config(kafka, &registry, &[pipeline]), ""));
    kafka.produce(first, numbers(0..50, 0));
    assert_eq!(values(kafka.read_until(&sink(first), 50), 0), framed(0..50));
    for round in 1..=2 {
        kafka.create_topic(second, 1);
        kafka.produce(second, numbers(0..50, 0));
        let written = values(kafka.read_until(&sink(second), round * 50), 0);
        assert_eq!(written[(round - 1) * 50..], framed(0..50));
        eventually("all is committed", || (kafka.uncommitted("changes.pattern", second) == 0).then_some(()));
        kafka.delete_topic(second);
        kafka.produce(first, numbers(round * 50..(round + 1) * 50, 0));
        assert_eq!(values(kafka.read_until(&sink(first), (round + 1) * 50), 0), framed(0..(round + 1) * 50));
        eventually("the topic is let go", || (sidecar.log().matches("revoked").count() == round).then_some(()));
    }
    sidecar.await_ready();
    assert!(sidecar.terminate().success());
}

#[test]
fn a_sink_that_is_deleted_is_waited_for_and_gets_the_rest_once_it_is_there_again() {
    for delivery in ["at_least_once", "exactly_once"] {
        let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
        let [raw, avro] = ["raw", "avro"].map(|suffix| format!("changes.sink.{delivery}.{suffix}"));
        for topic in [&raw, &avro] {
            kafka.create_topic(topic, 1);
        }
        registry.register(&format!("{avro}-value"), NUMBER);
        let text = config(kafka, &registry, &[&serialize(&raw, &avro, &format!("delivery: {delivery}"))]);
        let mut sidecar = Sidecar::run(&text);
        let group = format!("serdecar-{avro}");
        kafka.produce(&raw, numbers(0..100, 0));
        kafka.read_until(&avro, 100);
        eventually("all is committed", || (kafka.uncommitted(&group, &raw) == 0).then_some(()));
        kafka.delete_topic(&avro);
        kafka.produce(&raw, numbers(100..200, 0));
        sidecar.await_unready(&[&avro]);
        kafka.create_topic(&avro, 1);
        assert_eq!(values(kafka.read_until(&avro, 100), 0), framed(100..200));
        sidecar.await_ready();
        kafka.produce(&raw, numbers(200..300, 0));
        assert_eq!(values(kafka.read_until(&avro, 200), 0), framed(100..300));
        assert!(sidecar.terminate().success());
        assert_eq!(kafka.uncommitted(&group, &raw), 0);
    }
}

#[test]
fn a_source_that_is_deleted_and_created_anew_is_read_from_its_beginning() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["changes.source.raw", "changes.source.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register(&format!("{avro}-value"), NUMBER);
    let mut sidecar = Sidecar::run(&attentive(&config(kafka, &registry, &[&serialize(raw, avro, "")]), ""));
    kafka.produce(raw, numbers(0..100, 0));
    kafka.read_until(avro, 100);
    eventually("all is committed", || (kafka.uncommitted("serdecar-changes.source.avro", raw) == 0).then_some(()));
    kafka.delete_topic(raw);
    sidecar.await_unready(&[raw]);
    kafka.create_topic(raw, 1);
    kafka.produce(raw, numbers(100..150, 0));
    assert_eq!(values(kafka.read_until(avro, 150), 0), framed(0..150));
    sidecar.await_ready();
    assert!(sidecar.terminate().success());
}

/// Writes records, lets a process freeze behind the first of them, and takes away what it would read next.
fn lose_records(name: &str, delivery: &str, reset: &str) -> (&'static Kafka, SchemaRegistry, Sidecar, String) {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
    for topic in [&raw, &avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register(&format!("{avro}-value"), NUMBER);
    let more = format!(", auto.offset.reset: {reset}");
    let text =
        attentive(&config(kafka, &registry, &[&serialize(&raw, &avro, &format!("delivery: {delivery}"))]), &more);
    let sidecar = Sidecar::run(&text.replace("auto.offset.reset: error", "auto.offset.reset: earliest"));
    kafka.produce(&raw, numbers(0..100, 0));
    kafka.read_until(&avro, 100);
    let group = format!("serdecar-{avro}");
    eventually("all is committed", || (kafka.uncommitted(&group, &raw) == 0).then_some(()));
    sidecar.freeze();
    kafka.produce(&raw, numbers(100..300, 0));
    kafka.delete_records(&raw, 0, 200);
    (kafka, registry, sidecar, text)
}

#[test]
fn records_that_retention_takes_before_they_are_read_are_left_out_and_the_rest_is_written() {
    for delivery in ["at_least_once", "exactly_once"] {
        let name = format!("changes.retention.{delivery}");
        let (kafka, _registry, mut sidecar, _) = lose_records(&name, delivery, "earliest");
        sidecar.thaw();
        let written = values(kafka.read_until(&format!("{name}.avro"), 200), 0);
        // What was fetched before may still be written.
        let mut expected = framed(0..100);
        expected.extend(framed(200..300));
        assert_eq!(written[written.len() - 100..], expected[100..]);
        assert_eq!(written[..100], expected[..100]);
        sidecar.await_ready();
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
        assert_eq!(kafka.uncommitted(&format!("serdecar-{name}.avro"), &format!("{name}.raw")), 0);
    }
}

#[test]
fn where_there_is_no_offset_to_go_on_from_the_end_of_the_topic_or_an_error_may_be_asked_for() {
    let name = "changes.reset";
    let (kafka, _registry, sidecar, text) = lose_records(name, "at_least_once", "error");
    sidecar.kill();
    let mut sidecar = Sidecar::run(&text);
    assert_eq!(sidecar.wait().code(), Some(65), "{}", sidecar.log());
    let log = sidecar.log();
    let message = log.lines().rfind(|line| !line.is_empty()).unwrap();
    assert!(message.contains("changes.reset.raw[0]") && message.contains("auto.offset.reset"), "{log}");

    let mut sidecar = Sidecar::run(&text.replace("auto.offset.reset: error", "auto.offset.reset: latest"));
    sidecar.await_ready();
    eventually("it stands at the end", || {
        kafka.produce("changes.reset.raw", numbers(7..8, 0));
        (kafka.ends("changes.reset.avro")[0] > 100).then_some(())
    });
    let written = values(kafka.read_to_end("changes.reset.avro"), 0);
    assert!(written[100..].iter().all(|value| *value == framed_number(1, 7)), "{written:?}");
    assert!(sidecar.terminate().success());
}
