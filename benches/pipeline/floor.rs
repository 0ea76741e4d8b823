//! The least that moving records costs: the same batch calls as serdecar's, and no work on the values.
//!
//! It goes through `serdecar::kafka`, which adds to librdkafka's calls a reference count and a bounds check per record,
//! a few nanoseconds. A value is cut, or filled up with zeros, to the length that the job's output has.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serdecar::kafka::{
    Config, Consumer, ConsumerSettings, GroupIdentity, ProduceError, Producer, ProducerEvent, ProducerLimits,
    ProducerSettings, RawConfig, Record, Topic,
};
use serdecar::settings::Faults;

/// From where to where.
#[derive(Debug, clap::Args)]
pub(crate) struct Route {
    #[arg(long)]
    bootstrap: String,
    #[arg(long)]
    group: String,
    #[arg(long)]
    source: String,
    #[arg(long)]
    sink: String,
    /// The length of each value that is written.
    #[arg(long)]
    bytes: usize,
}

const BATCH: usize = 1_000;
const MAX_WAIT: Duration = Duration::from_millis(20);
const COMMIT_INTERVAL: Duration = Duration::from_millis(500);

/// What is known of a partition. The bench's partitions have no gaps and their records stay in order, so a count of
/// acknowledgements is an offset.
#[derive(Debug, Clone, Default)]
struct Partition {
    start: Option<i64>,
    delivered: usize,
}

/// All partitions, by number.
#[derive(Debug, Default)]
struct Partitions(Vec<Partition>);

impl Partitions {
    fn get(&mut self, number: i32) -> &mut Partition {
        let index = usize::try_from(number).unwrap_or_default();
        if index >= self.0.len() {
            self.0.resize(index + 1, Partition::default());
        }
        &mut self.0[index]
    }

    /// The next offset to read of each partition that was read from.
    fn committable(&self) -> Vec<(i32, i64)> {
        let next = |partition: &Partition| Some(partition.start? + i64::try_from(partition.delivered).ok()?);
        (0..).zip(&self.0).filter_map(|(number, partition)| Some((number, next(partition)?))).collect()
    }
}

/// Moves records until the process is killed.
pub(crate) fn run(route: &Route) -> anyhow::Result<Infallible> {
    let config = config(&route.bootstrap)?;
    let identity = GroupIdentity { group: route.group.clone(), client: "floor".to_owned(), worker: 0 };
    let consumer = Consumer::new(&ConsumerSettings::new(&config, &identity))?;
    let producer = Producer::new(&ProducerSettings::new(&config, "floor", ProducerLimits::default()))?;
    let sink = producer.topic(&route.sink)?;
    consumer.subscribe(&[&route.source])?;

    let filled = vec![0; route.bytes];
    let mut partitions = Partitions::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut last_commit = Instant::now();
    loop {
        consumer.poll(BATCH, MAX_WAIT, &mut batch);
        for message in batch.drain(..) {
            partitions.get(message.partition()).start.get_or_insert_with(|| message.offset());
            let record = Record {
                key: message.key(),
                value: message.payload().map(|value| value.get(..route.bytes).unwrap_or(&filled)),
                partition: message.partition(),
                timestamp: message.timestamp().map(|at| at.millis),
            };
            produce(&producer, &sink, record, &mut partitions)?;
        }
        serve(&producer, Duration::ZERO, &mut partitions)?;
        while let Some(rebalance) = consumer.next_rebalance() {
            consumer.answer(&rebalance)?;
        }
        if last_commit.elapsed() >= COMMIT_INTERVAL {
            let offsets = partitions.committable();
            if !offsets.is_empty() {
                consumer.commit(offsets.iter().map(|(number, at)| (route.source.as_str(), *number, *at)))?;
            }
            last_commit = Instant::now();
        }
    }
}

/// The settings that measured best for this job.
fn config(bootstrap: &str) -> anyhow::Result<Config> {
    let raw: RawConfig = serde_json::from_value(serde_json::json!({
        "bootstrap_servers": bootstrap,
        "producer": {"linger.ms": 20, "batch.num.messages": 4000, "queue.buffering.max.messages": 30_000},
    }))?;
    let mut faults = Faults::default();
    raw.validate("/kafka", &mut faults).with_context(|| format!("{:?}", faults.into_vec()))
}

/// Queues a record, waiting for room.
fn produce(producer: &Producer, sink: &Topic, record: Record<'_>, partitions: &mut Partitions) -> anyhow::Result<()> {
    loop {
        match producer.produce(sink, record, &mut None) {
            Ok(()) => return Ok(()),
            Err(ProduceError::QueueFull) => serve(producer, Duration::from_millis(1), partitions)?,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Counts what was delivered.
fn serve(producer: &Producer, timeout: Duration, partitions: &mut Partitions) -> anyhow::Result<()> {
    let mut failure = None;
    producer.serve(timeout, |event| match event {
        ProducerEvent::Delivery(delivery) if delivery.error.is_none() => {
            partitions.get(delivery.partition).delivered += delivery.count;
        }
        ProducerEvent::Delivery(delivery) => failure = delivery.error,
        // Of the client as a whole: it mends these by itself.
        ProducerEvent::Error(_) => {}
    });
    match failure {
        Some(error) => bail!("not delivered: {error}"),
        None => Ok(()),
    }
}
