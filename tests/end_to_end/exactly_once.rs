//! Exactly once: nothing is lost and nothing repeated, whatever ends or stalls in mid-stream.

use super::delivery::Stream;
use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, serialize};

/// The same config for an instance of this name, whose session is short.
fn instance(config: &str, name: &str) -> String {
    let consumer = "{heartbeat.interval.ms: 100}";
    assert!(config.contains(consumer));
    let named = format!("{{heartbeat.interval.ms: 100, session.timeout.ms: 2000, group.instance.id: {name}}}");
    config.replace(consumer, &named)
}

#[test]
fn killed_in_mid_stream_and_started_again_nothing_is_lost_or_repeated() {
    let stream = Stream::start_with("exactly.kill", "workers: 2, delivery: exactly_once");
    let config = instance(&stream.config, "a");
    for _ in 0..3 {
        let sidecar = Sidecar::run(&config);
        stream.await_more(2_000);
        sidecar.kill();
    }
    let mut sidecar = Sidecar::run(&config);
    stream.await_more(2_000);
    let (kafka, group, raw) = (stream.kafka, stream.group(), stream.raw.clone());
    assert_eq!(stream.finish(), 0, "repeated records");
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted(&group, &raw), 0);
}

#[test]
fn a_process_that_joins_and_leaves_under_load_loses_and_repeats_nothing() {
    let stream = Stream::start_with("exactly.share", "delivery: exactly_once");
    let mut first = Sidecar::run(&instance(&stream.config, "a"));
    stream.await_more(1_000);
    let mut second = Sidecar::run(&instance(&stream.config, "b"));
    let written = [("pipeline", stream.avro.as_str()), ("outcome", "written")];
    super::support::eventually("the second process has its share", || {
        second.metric("serdecar_records_total", &written).filter(|written| *written >= 1_000.0)
    });
    assert!(second.terminate().success(), "{}", second.log());
    stream.await_more(1_000);
    let (kafka, group, raw) = (stream.kafka, stream.group(), stream.raw.clone());
    assert_eq!(stream.finish(), 0, "repeated records");
    assert!(first.terminate().success());
    assert_eq!(kafka.uncommitted(&group, &raw), 0);
}

#[test]
fn a_process_that_freezes_until_others_took_over_writes_nothing_more_of_theirs() {
    let stream = Stream::start_with("exactly.zombie", "delivery: exactly_once");
    let mut zombie = Sidecar::run(&instance(&stream.config, "a"));
    stream.await_more(2_000);
    zombie.freeze();
    let mut heir = Sidecar::run(&instance(&stream.config, "b"));
    stream.await_more(2_000);
    zombie.thaw();
    stream.await_more(2_000);
    let (kafka, group, raw) = (stream.kafka, stream.group(), stream.raw.clone());
    assert_eq!(stream.finish(), 0, "repeated records");
    assert!(zombie.terminate().success());
    assert!(heir.terminate().success());
    assert_eq!(kafka.uncommitted(&group, &raw), 0);
}

#[test]
fn dead_letters_are_written_exactly_once_too() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["exactly.dead.raw", "exactly.dead.avro", "exactly.dead.dlq"];
    for topic in [raw, avro, dead] {
        kafka.create_topic(topic, 1);
    }
    registry.register("exactly.dead.avro-value", NUMBER);
    let bad = |n: usize| n % 10 == 9;
    let value = |n: usize| if bad(n) { format!(r#"{{"n": "{n}"}}"#) } else { number(n) };
    kafka.produce(raw, (0..30_000).map(|n| Record::new(value(n))));
    let more = format!("delivery: exactly_once, commit_interval: 20ms, on_invalid: {{dead_letter: {dead}}}");
    let text = instance(&config(kafka, &registry, &[&serialize(raw, avro, &more)]), "a");
    let sidecar = Sidecar::run(&text);
    kafka.await_count(avro, 3_000);
    sidecar.kill();
    let mut sidecar = Sidecar::run(&text);
    let letters = kafka.read_until(dead, 3_000);
    let written = kafka.read_until(avro, 27_000);
    assert_eq!((letters.len(), written.len()), (3_000, 27_000));
    let expected = (0..30_000).filter(|n| bad(*n)).map(value);
    assert!(letters.iter().map(|letter| letter.text().to_owned()).eq(expected), "the dead letters differ");
    let expected = (0..30_000).filter(|n| !bad(*n)).map(|n| framed_number(1, n));
    assert!(written.into_iter().map(|record| record.value.unwrap()).eq(expected), "the records differ");
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-exactly.dead.avro", raw), 0);
}

#[test]
fn two_live_workers_with_one_transactional_id_are_told_so() {
    let stream = Stream::start_with("exactly.twice", "delivery: exactly_once");
    // Without names the host's name counts, which is the same for both.
    let mut processes = [Sidecar::run(&stream.config), Sidecar::run(&stream.config)];
    let status =
        super::support::eventually("one of them gives up", || processes.iter_mut().find_map(Sidecar::has_ended));
    assert_eq!(status.code(), Some(64));
    let logs = processes.each_ref().map(Sidecar::log).concat();
    assert!(logs.contains("is used by another live worker too"), "{logs}");
}
