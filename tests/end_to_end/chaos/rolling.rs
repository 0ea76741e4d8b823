//! A rolling restart: three processes, one after the other told to stop and started again, and how long each partition is
//! silent meanwhile.

use std::thread;
use std::time::Duration;

use crate::support::orders::NUMBER;
use crate::support::{Feeder, Kafka, SchemaRegistry, Sidecar, await_numbers, config, serialize};

const PARTITIONS: i32 = 12;

/// How long no partition may be silent, in milliseconds, when nothing else runs (`make chaos`); and beside other tests, when it
/// has to be less than the time after which the group gives up a member.
const SILENCE: i64 = 3_000;
const SILENCE_IN_A_CROWD: i64 = 5_500;

/// How long a process is away before it is started again.
const AWAY: Duration = Duration::from_millis(500);

/// Restarts each of three processes under load; returns the longest silence of any partition in milliseconds.
fn restart_all(name: &str, delivery: &str, is_static: bool) -> i64 {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
    kafka.create_topic(&raw, PARTITIONS);
    // The broker says when it got each record.
    kafka.create_topic_with(&avro, PARTITIONS, &[("message.timestamp.type", "LogAppendTime")]);
    registry.register(&format!("{avro}-value"), NUMBER);
    let text = config(kafka, &registry, &[&serialize(&raw, &avro, &format!("delivery: {delivery}"))]);
    let start = |number: usize| {
        let member = if is_static { format!(", group.instance.id: {name}-{number}") } else { String::new() };
        let consumer = format!("{{heartbeat.interval.ms: 500, session.timeout.ms: 6000{member}}}");
        Sidecar::run(&text.replace("{heartbeat.interval.ms: 100}", &consumer))
    };
    let mut running: Vec<Sidecar> = (0..3).map(start).collect();
    for sidecar in &mut running {
        sidecar.await_ready();
    }
    let feeder = Feeder::start(kafka, &raw, PARTITIONS);
    let more = |count: usize| {
        let written: i64 = kafka.ends(&avro).into_iter().sum();
        kafka.await_count(&avro, usize::try_from(written).expect("offsets") + count);
    };
    more(5_000);
    for (number, sidecar) in running.iter_mut().enumerate() {
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
        thread::sleep(AWAY);
        *sidecar = start(number);
        sidecar.await_ready();
        more(5_000);
    }
    let count = feeder.finish();
    let repeated = await_numbers(kafka, &avro, PARTITIONS, count);
    assert!(delivery == "at_least_once" || repeated == 0, "{repeated} repeated records");
    let silence = longest_silence(kafka, &avro);
    println!(
        "{delivery}, static members: {is_static}: {} records, {repeated} repeated, {silence} ms silent",
        count * 12
    );
    for mut sidecar in running {
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }
    silence
}

/// The longest time between two records of a partition.
fn longest_silence(kafka: &Kafka, topic: &str) -> i64 {
    let records = kafka.read_to_end(topic);
    let of_partition = |partition| {
        let own = records.iter().filter(move |record| record.partition == Some(partition));
        let times: Vec<i64> = own.map(|record| record.timestamp.expect("the broker's time")).collect();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().expect("several records")
    };
    (0..PARTITIONS).map(of_partition).max().expect("partitions")
}

fn assert_short(silence: i64) {
    let limit = if std::env::var_os("CHAOS_ROUNDS").is_some() { SILENCE } else { SILENCE_IN_A_CROWD };
    assert!(silence <= limit, "{silence} ms");
}

#[test]
fn a_rolling_restart_of_static_members_leaves_no_partition_silent_for_long() {
    assert_short(restart_all("rolling.exactly", "exactly_once", true));
}

#[test]
fn a_rolling_restart_of_members_without_names_leaves_no_partition_silent_for_long() {
    assert_short(restart_all("rolling.least", "at_least_once", false));
}
