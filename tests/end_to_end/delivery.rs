//! At least once: nothing is lost when a process ends, in whatever way, in mid-stream.

use super::support::orders::NUMBER;
use super::support::{Feeder, Kafka, SchemaRegistry, Sidecar, await_numbers, config, eventually, serialize};

pub(super) const PARTITIONS: i32 = 4;

/// A stream that is being written to a topic, and the config of a pipeline that copies it as Avro.
pub(super) struct Stream {
    pub(super) kafka: &'static Kafka,
    /// Kept, for it ends when it is dropped.
    _registry: SchemaRegistry,
    feeder: Feeder,
    pub(super) raw: String,
    pub(super) avro: String,
    pub(super) config: String,
}

impl Stream {
    /// A stream, and a pipeline with four workers.
    fn start(name: &str) -> Self {
        Self::start_with(name, "workers: 4")
    }

    /// The same with other keys of the pipeline.
    pub(super) fn start_with(name: &str, more: &str) -> Self {
        let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
        let (raw, avro) = (format!("{name}.raw"), format!("{name}.avro"));
        kafka.create_topic(&raw, PARTITIONS);
        kafka.create_topic(&avro, PARTITIONS);
        registry.register(&format!("{avro}-value"), NUMBER);
        let feeder = Feeder::start(kafka, &raw, PARTITIONS);
        let config = config(kafka, &registry, &[&serialize(&raw, &avro, more)]);
        Self { kafka, _registry: registry, feeder, raw, avro, config }
    }

    pub(super) fn group(&self) -> String {
        format!("serdecar-{}", self.avro)
    }

    /// Waits until so many more records are in the sink.
    pub(super) fn await_more(&self, count: usize) {
        let written: i64 = self.kafka.ends(&self.avro).into_iter().sum();
        self.kafka.await_count(&self.avro, usize::try_from(written).unwrap() + count);
    }

    /// Ends the stream and waits until all of it has arrived, in order. Returns how many records are there more than once.
    pub(super) fn finish(self) -> usize {
        let count = self.feeder.finish();
        await_numbers(self.kafka, &self.avro, PARTITIONS, count)
    }
}

#[test]
fn sigterm_in_mid_stream_commits_what_is_delivered_and_the_next_run_repeats_and_loses_nothing() {
    let stream = Stream::start("delivery.term");
    for _ in 0..2 {
        let mut sidecar = Sidecar::run(&stream.config);
        stream.await_more(2_000);
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
        let committed = stream.kafka.committed(&stream.group(), &stream.raw);
        let ends = stream.kafka.ends(&stream.avro);
        assert_eq!(committed, ends.into_iter().map(Some).collect::<Vec<_>>(), "one record in the sink for each");
        assert!(stream.kafka.uncommitted(&stream.group(), &stream.raw) > 0, "it was stopped at the end of the stream");
    }
    let mut sidecar = Sidecar::run(&stream.config);
    let Stream { kafka, feeder, avro, raw, _registry: registry, .. } = stream;
    let count = feeder.finish();
    assert_eq!(await_numbers(kafka, &avro, PARTITIONS, count), 0, "repeated records");
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted(&format!("serdecar-{avro}"), &raw), 0);
    drop(registry);
}

#[test]
fn killed_in_mid_stream_and_started_again_nothing_is_lost_and_the_order_is_kept() {
    let mut stream = Stream::start("delivery.kill");
    // Until the dead process's session is over its partitions have no owner.
    let session = "{heartbeat.interval.ms: 100, session.timeout.ms: 2000}";
    stream.config = stream.config.replace("{heartbeat.interval.ms: 100}", session);
    for _ in 0..2 {
        let sidecar = Sidecar::run(&stream.config);
        stream.await_more(2_000);
        sidecar.kill();
    }
    let mut sidecar = Sidecar::run(&stream.config);
    stream.await_more(2_000);
    let Stream { kafka, feeder, avro, raw, _registry: registry, .. } = stream;
    let count = feeder.finish();
    let repeated = await_numbers(kafka, &avro, PARTITIONS, count);
    println!("{repeated} of {} records are there more than once", count * 4);
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted(&format!("serdecar-{avro}"), &raw), 0);
    drop(registry);
}

#[test]
fn a_process_that_joins_the_group_and_leaves_it_under_load_loses_and_repeats_nothing() {
    let stream = Stream::start("delivery.share");
    let one = stream.config.replace("workers: 4", "workers: 1");
    let mut first = Sidecar::run(&one);
    stream.await_more(1_000);
    let mut second = Sidecar::run(&one);
    let both = [("pipeline", stream.avro.as_str()), ("outcome", "written")];
    eventually("the second process has its share", || {
        second.metric("serdecar_records_total", &both).filter(|written| *written >= 1_000.0)
    });
    let share = first.metric("serdecar_records_total", &both);
    eventually("the first process keeps its share", || {
        first.metric("serdecar_records_total", &both).filter(|written| Some(*written) > share.map(|s| s + 500.0))
    });
    assert!(second.terminate().success(), "{}", second.log());
    stream.await_more(1_000);
    let Stream { kafka, feeder, avro, raw, _registry: registry, .. } = stream;
    let count = feeder.finish();
    assert_eq!(await_numbers(kafka, &avro, PARTITIONS, count), 0, "repeated records");
    assert!(first.terminate().success());
    assert_eq!(kafka.uncommitted(&format!("serdecar-{avro}"), &raw), 0);
    drop(registry);
}

#[test]
fn every_worker_leaves_its_group_at_the_end_also_one_that_has_no_partition() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["delivery.leave.raw", "delivery.leave.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("delivery.leave.avro-value", NUMBER);
    let text = config(kafka, &registry, &[&serialize(raw, avro, "workers: 3")]);
    // Whoever does not leave stays a member until long after this test.
    let session = "{heartbeat.interval.ms: 100, session.timeout.ms: 120000}";
    let mut sidecar = Sidecar::run(&text.replace("{heartbeat.interval.ms: 100}", session));
    sidecar.await_ready();
    let group = "serdecar-delivery.leave.avro";
    eventually("all three are members", || (kafka.members(group).len() == 3).then_some(()));
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.members(group), [""; 0]);
}
