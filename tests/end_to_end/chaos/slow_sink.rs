//! A sink that takes far less than the source gives: everything waits, nothing piles up, nothing is lost.

use std::env;
use std::time::{Duration, Instant};

use crate::support::orders::{NUMBER, framed_number};
use crate::support::{Kafka, Record, SchemaRegistry, Sidecar, config, serialize};

/// What `serdecar run` may take, whatever waits in the source: an idle process and its queues, generously.
const MEMORY: u64 = 128 << 20;

/// How long the sink is slow, and how many bytes a second it takes: nowhere near all of them in that time.
const SHORT: (Duration, u32) = (Duration::from_secs(5), 1_000);
const LONG: (Duration, u32) = (Duration::from_secs(180), 200);

/// Bytes of each of the [`COUNT`] records, of which few are left in the sink.
const PADDING: usize = 10_000;
const COUNT: usize = 20_000;

/// Lets a client write so many bytes a second, or as many as it likes.
fn throttle(kafka: &Kafka, client: &str, bytes: Option<u32>) {
    let quota = bytes.map(|bytes| format!("producer_byte_rate={bytes}"));
    let change = match &quota {
        Some(quota) => ["--add-config", quota],
        None => ["--delete-config", "producer_byte_rate"],
    };
    let of = ["--alter", "--entity-type", "clients", "--entity-name", client];
    kafka.tool("kafka.admin.ConfigCommand", &[&of[..], &change].concat());
}

/// Copies 200 MB to a sink that is throttled for some time, and then no more.
fn expect_bounded_memory(name: &str, delivery: &str) {
    let (time, rate) = if env::var_os("CHAOS_ROUNDS").is_some() { LONG } else { SHORT };
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
    kafka.create_topic(&raw, 4);
    kafka.create_topic(&avro, 4);
    registry.register(&format!("{avro}-value"), NUMBER);
    let padding = "x".repeat(PADDING);
    let record =
        |n: usize| Record::new(format!(r#"{{"n": {n}, "pad": "{padding}"}}"#)).partition((n % 4).try_into().unwrap());
    kafka.produce(&raw, (0..COUNT).map(record));
    // A record takes some 20 bytes there.
    throttle(kafka, &format!("serdecar-{avro}-0"), Some(rate));
    // In many batches, each of which is made to wait.
    let small = "{heartbeat.interval.ms: 100}\n  producer: {batch.num.messages: 50}";
    let text = config(kafka, &registry, &[&serialize(&raw, &avro, &format!("delivery: {delivery}"))])
        .replace("{heartbeat.interval.ms: 100}", small);
    let mut sidecar = Sidecar::run(&text);
    kafka.await_count(&avro, 1);
    let started = Instant::now();
    let written = || kafka.ends(&avro).into_iter().sum::<i64>();
    while started.elapsed() < time {
        assert!(sidecar.has_ended().is_none(), "{}", sidecar.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    let slow = written();
    throttle(kafka, &format!("serdecar-{avro}-0"), None);
    let records = kafka.read_until(&avro, COUNT);
    for partition in 0..4 {
        let own = records.iter().filter(|record| record.partition == Some(partition));
        let expected = (0..COUNT).filter(|n| n % 4 == usize::try_from(partition).unwrap());
        assert!(own.map(|record| record.value.clone().unwrap()).eq(expected.map(|n| framed_number(1, n))));
    }
    let peak = sidecar.peak_memory();
    println!("{delivery}: {slow} of {COUNT} records while it was slow, at most {:?} MiB", peak.map(|peak| peak >> 20));
    assert!(usize::try_from(slow).unwrap() < COUNT / 2, "it was not slow");
    assert!(peak.is_none_or(|peak| peak < MEMORY), "{peak:?} bytes");
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted(&format!("serdecar-{avro}"), &raw), 0);
}

#[test]
fn a_sink_that_throttles_does_not_let_records_pile_up_in_memory() {
    expect_bounded_memory("slow.least", "at_least_once");
}

#[test]
fn a_sink_that_throttles_does_not_let_transactions_pile_up_in_memory() {
    expect_bounded_memory("slow.exactly", "exactly_once");
}
