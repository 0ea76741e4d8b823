//! A broker or topics that are away: everything waits, and resumes by itself.

use std::time::{Duration, Instant};

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Feeder, Kafka, Record, SchemaRegistry, Sidecar, await_numbers, config, serialize};

#[test]
fn topics_that_are_created_late_are_waited_for() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["outages.topic.raw", "outages.topic.avro", "outages.topic.dlq"];
    registry.register("outages.topic.avro-value", NUMBER);
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    for topic in [raw, avro, dead] {
        sidecar.await_unready(&["pipeline outages.topic.avro", topic]);
        kafka.create_topic(topic, 1);
    }
    kafka.produce(raw, [number(1), "[]".to_owned(), number(2)].map(Record::new));
    assert_eq!(kafka.read_until(avro, 2).len(), 2);
    assert_eq!(kafka.read_until(dead, 1).len(), 1);
    sidecar.await_ready();
    assert!(sidecar.terminate().success());
}

#[test]
fn a_broker_that_is_killed_and_one_that_stops_in_mid_stream_are_waited_for() {
    const PARTITIONS: i32 = 2;
    let mut kafka = Kafka::start();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["outages.broker.raw", "outages.broker.avro", "outages.broker.dlq"];
    for topic in [raw, avro, dead] {
        kafka.create_topic(topic, PARTITIONS);
    }
    registry.register("outages.broker.avro-value", NUMBER);
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(&kafka, &registry, &[&serialize(raw, avro, &more)]));
    let feeder = Feeder::start(&kafka, raw, PARTITIONS);
    for (round, end) in [Kafka::kill, Kafka::stop].into_iter().enumerate() {
        kafka.await_count(avro, (round + 1) * 2_000);
        end(&mut kafka);
        sidecar.await_unready(&["pipeline outages.broker.avro"]);
        assert_eq!(sidecar.admin("/livez").0, 200);
        kafka.restart();
        sidecar.await_ready();
    }
    kafka.await_count(avro, 6_000);
    let count = feeder.finish();
    let repeated = await_numbers(&kafka, avro, PARTITIONS, count);
    println!("{repeated} of {} records are there more than once", count * 2);
    assert_eq!(kafka.read_to_end(dead), []);
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-outages.broker.avro", raw), 0);
}

#[test]
fn a_broker_that_is_away_at_the_start_is_waited_for_until_it_comes_or_a_stop() {
    let mut kafka = Kafka::start();
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["outages.away.raw", "outages.away.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("outages.away.avro-value", NUMBER);
    kafka.produce(raw, [Record::new(number(1))]);
    kafka.stop();
    let text = config(&kafka, &registry, &[&serialize(raw, avro, "shutdown_deadline: 10s")]);
    let mut sidecar = Sidecar::run(&text);
    sidecar.await_unready(&["pipeline outages.away.avro"]);
    let asked = Instant::now();
    assert!(sidecar.terminate().success());
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());

    let mut sidecar = Sidecar::run(&text);
    sidecar.await_unready(&["pipeline outages.away.avro"]);
    assert_eq!(sidecar.admin("/livez").0, 200);
    kafka.restart();
    assert_eq!(kafka.read_until(avro, 1)[0].value, Some(framed_number(1, 1)));
    sidecar.await_ready();
    assert!(sidecar.terminate().success());
}

#[test]
fn a_stop_while_all_brokers_are_away_ends_within_its_deadline_in_a_transaction_too() {
    const DEADLINE: Duration = Duration::from_secs(5);
    let mut kafka = Kafka::start();
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["outages.stop.raw", "outages.stop.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("outages.stop.avro-value", NUMBER);
    let more = "delivery: exactly_once, shutdown_deadline: 5s, workers: 4, commit_interval: 10ms";
    let text = config(&kafka, &registry, &[&serialize(raw, avro, more)]);
    let feeder = Feeder::start(&kafka, raw, 1);
    for round in 0..2 {
        let mut sidecar = Sidecar::run(&text);
        kafka.await_count(avro, (round + 1) * 1_000);
        kafka.kill();
        sidecar.await_unready(&["pipeline outages.stop.avro"]);
        let asked = Instant::now();
        assert!(sidecar.terminate().success());
        assert!(asked.elapsed() < DEADLINE * 2, "{:?}", asked.elapsed());
        kafka.restart();
    }
    let mut sidecar = Sidecar::run(&text);
    let count = feeder.finish();
    assert_eq!(await_numbers(&kafka, avro, 1, count), 0, "repeated records");
    assert!(sidecar.terminate().success());
}
