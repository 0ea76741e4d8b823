//! A registry that is away, or lacks a subject: nothing is lost or dead-lettered, and everything resumes by itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::orders::{LETTER, NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, eventually, serialize};

fn parsed(records: &[Record]) -> Vec<Value> {
    records.iter().map(|record| serde_json::from_str(record.text()).unwrap()).collect()
}

#[test]
fn a_registry_that_is_away_at_the_start_is_waited_for_in_both_directions() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::start();
    assert_eq!(registry.register(":.staging:outages.start.avro-value", NUMBER), 1);
    registry.stop();
    let [raw, avro, json, dead] =
        ["outages.start.raw", "outages.start.avro", "outages.start.json", "outages.start.dlq"];
    for topic in [raw, avro, json, dead] {
        kafka.create_topic(topic, 2);
    }
    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more), &deserialize(avro, json, &more)]));
    kafka.produce(raw, (0..200).map(|n| Record::new(number(n)).partition(i32::from(n >= 100))));
    kafka.produce(avro, (200..210).map(|n| Record::new(framed_number(1, n)).partition(0)));
    sidecar.await_unready(&["outages.start.avro", "outages.start.avro-value", "outages.start.json", "schema 1"]);
    assert_eq!(sidecar.admin("/livez").0, 200);
    eventually("the registry was asked in vain", || {
        sidecar.metric("serdecar_registry_requests_total", &[("outcome", "unreachable")]).filter(|count| *count > 1.0)
    });
    assert_eq!(kafka.read_to_end(avro).len(), 10, "nothing is written yet");
    let labels = [("pipeline", avro), ("topic", raw)];
    sidecar.await_metric("serdecar_consumer_lag", &labels, 200.0);

    registry.restart();
    assert_eq!(kafka.read_until(json, 210).len(), 210);
    for partition in 0..2 {
        let written = kafka.read_to_end(avro).into_iter().filter(|record| record.partition == Some(partition));
        let first = usize::from(partition == 1) * 100;
        let ours = written.map(|record| record.value.unwrap()).skip(if partition == 0 { 10 } else { 0 });
        assert!(ours.eq((first..first + 100).map(|n| framed_number(1, n))), "partition {partition}");
    }
    sidecar.await_ready();
    assert_eq!(kafka.read_to_end(dead), []);
    assert!(sidecar.terminate().success());
}

#[test]
fn a_pipeline_that_reads_is_not_ready_before_the_registry_has_answered() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::absent();
    let [avro, json] = ["outages.reach.avro", "outages.reach.json"];
    for topic in [avro, json] {
        kafka.create_topic(topic, 1);
    }
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&deserialize(avro, json, "")]));
    sidecar.await_unready(&["\"registry\"", "registry unreachable", "Connection refused"]);
    registry.restart();
    sidecar.await_ready();
    assert!(sidecar.terminate().success());
}

#[test]
fn a_registry_that_goes_away_stops_only_what_needs_a_schema_that_is_not_known_yet() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::start();
    let [avro, json, dead] = ["outages.running.avro", "outages.running.json", "outages.running.dlq"];
    for topic in [avro, json, dead] {
        kafka.create_topic(topic, 2);
    }
    assert_eq!(registry.register("outages.running.avro-value", NUMBER), 1);
    assert_eq!(registry.register("another", LETTER), 2);
    let wide = NUMBER.replace("}]}", r#"}, {"name": "m", "type": "int", "default": 0}]}"#);
    assert_eq!(registry.register("outages.running.avro-value", &wide), 3);
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&deserialize(avro, json, &more)]));
    kafka.produce(avro, (0..2).map(|partition| Record::new(framed_number(1, 0)).partition(partition)));
    kafka.read_until(json, 2);
    registry.stop();

    let wide_frame = |n| [framed_number(3, n), vec![2]].concat();
    kafka.produce(avro, (1..50).map(|n| Record::new(wide_frame(n)).partition(0)));
    kafka.produce(avro, (1..50).map(|n| Record::new(framed_number(1, n)).partition(1)));
    let beside = kafka.read_until(json, 51).into_iter().filter(|record| record.partition == Some(1));
    assert_eq!(beside.count(), 50, "what needs no schema that is not known yet");
    sidecar.await_unready(&["outages.running.json", "schema 3"]);
    assert_eq!(kafka.read_to_end(json).len(), 51);

    registry.restart();
    let written = kafka.read_until(json, 100);
    let (waited, _): (Vec<_>, Vec<_>) = written.into_iter().partition(|record| record.partition == Some(0));
    let expected: Vec<_> = (1..50).map(|n| json!({"n": n, "m": 1})).collect();
    assert_eq!(parsed(&waited).split_first(), Some((&json!({"n": 0}), &expected[..])));
    sidecar.await_ready();
    assert_eq!(kafka.read_to_end(dead), []);
    assert!(sidecar.terminate().success());
}

#[test]
fn a_subject_that_is_registered_late_is_waited_for() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["outages.late.raw", "outages.late.avro", "outages.late.dlq"];
    for topic in [raw, avro, dead] {
        kafka.create_topic(topic, 1);
    }
    // It is there, but not in the context.
    registry.register("outages.late.avro-value", LETTER);
    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    kafka.produce(raw, (0..20).map(|n| Record::new(number(n))));
    sidecar.await_unready(&["pipeline outages.late.avro", ":.staging:outages.late.avro-value"]);
    eventually("the registry was asked more than once", || {
        sidecar.metric("serdecar_registry_requests_total", &[("outcome", "not_found")]).filter(|count| *count > 1.0)
    });
    registry.register(":.staging:outages.late.avro-value", NUMBER);
    let written = kafka.read_until(avro, 20);
    assert!(written.into_iter().map(|record| record.value.unwrap()).eq((0..20).map(|n| framed_number(1, n))));
    sidecar.await_ready();
    assert_eq!(kafka.read_to_end(dead), []);
    assert!(sidecar.terminate().success());
}

#[test]
fn a_latest_version_that_is_known_serves_on_while_the_registry_is_away() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::start();
    let [raw, avro] = ["outages.stale.raw", "outages.stale.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("outages.stale.avro-value", NUMBER);
    let text = config(kafka, &registry, &[&serialize(raw, avro, "")]);
    let mut sidecar = Sidecar::run(&text.replace("latest_ttl: 1s", "latest_ttl: 100ms"));
    kafka.produce(raw, [Record::new(number(0))]);
    kafka.read_until(avro, 1);
    registry.stop();

    let mut count = 1;
    eventually("a refresh that failed", || {
        kafka.produce(raw, [Record::new(number(count))]);
        count += 1;
        sidecar.metric("serdecar_registry_requests_total", &[("outcome", "unreachable")]).filter(|failed| *failed > 1.0)
    });
    kafka.produce(raw, [Record::new(number(count))]);
    let written = kafka.read_until(avro, count + 1);
    assert!(written.into_iter().map(|record| record.value.unwrap()).eq((0..=count).map(|n| framed_number(1, n))));
    assert_eq!(sidecar.admin("/readyz").0, 200);
    assert!(sidecar.terminate().success());
}

#[test]
fn a_stop_while_records_wait_for_a_schema_is_prompt_and_the_next_run_writes_them() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::absent();
    let [raw, avro] = ["outages.stop.raw", "outages.stop.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    let text = config(kafka, &registry, &[&serialize(raw, avro, "shutdown_deadline: 10s")]);
    kafka.produce(raw, (0..50).map(|n| Record::new(number(n))));
    let mut sidecar = Sidecar::run(&text);
    sidecar.await_metric("serdecar_consumer_lag", &[("pipeline", avro)], 50.0);
    let asked = Instant::now();
    assert!(sidecar.terminate().success());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(kafka.committed("serdecar-outages.stop.avro", raw), [None]);

    registry.restart();
    registry.register("outages.stop.avro-value", NUMBER);
    let mut sidecar = Sidecar::run(&text);
    let written = kafka.read_until(avro, 50);
    assert!(written.into_iter().map(|record| record.value.unwrap()).eq((0..50).map(|n| framed_number(1, n))));
    assert!(sidecar.interrupt().success(), "SIGINT does what SIGTERM does");
    assert_eq!(kafka.committed("serdecar-outages.stop.avro", raw), [Some(50)]);
}

/// What `serdecar run` may take, whatever waits in the source: an idle process and its queues, generously.
const MEMORY: u64 = 128 << 20;

#[test]
fn a_backlog_that_waits_for_a_schema_does_not_pile_up_in_memory() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::absent();
    let [raw, avro] = ["outages.memory.raw", "outages.memory.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 4);
    }
    // 180 MB.
    let padded = |n: usize| format!(r#"{{"n": {n}, "pad": "{}"}}"#, "x".repeat(10_000));
    let count = 18_000;
    kafka.produce(raw, (0..count).map(|n| Record::new(padded(n)).partition(i32::try_from(n % 4).unwrap())));
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, "")]));
    sidecar.await_metric("serdecar_paused_partitions", &[("pipeline", avro)], 4.0);
    registry.restart();
    registry.register("outages.memory.avro-value", NUMBER);
    kafka.await_count(avro, count / 2);
    if let Some(peak) = sidecar.peak_memory() {
        println!("at most {} MiB", peak >> 20);
        assert!(peak < MEMORY, "{} MiB", peak >> 20);
    }
    assert!(sidecar.terminate().success());
}
