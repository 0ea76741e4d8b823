//! The loop that all peers share: consume, transform, produce, commit what was delivered.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{BorrowedMessage, DeliveryResult};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{ClientConfig, ClientContext, Message, Offset, TopicPartitionList};

/// From where to where.
#[derive(Debug, clap::Args)]
pub(crate) struct Route {
    #[arg(long)]
    bootstrap: String,
    #[arg(long)]
    group: String,
    #[arg(long)]
    source: String,
    /// Has as many partitions as the source.
    #[arg(long)]
    sink: String,
}

/// How the clients are set.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Clients {
    /// The library's defaults, but for one without which a full queue is a second of silence.
    Default,
    /// What measured best for this job.
    Tuned,
}

impl Clients {
    fn consumer(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Default => &[("fetch.queue.backoff.ms", "5")],
            Self::Tuned => &[
                ("fetch.queue.backoff.ms", "5"),
                ("fetch.message.max.bytes", "1048576"),
                ("queued.min.messages", "20000"),
                ("queued.max.messages.kbytes", "16384"),
            ],
        }
    }

    fn producer(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Default => &[],
            Self::Tuned => {
                &[("linger.ms", "20"), ("batch.num.messages", "4000"), ("queue.buffering.max.messages", "30000")]
            }
        }
    }
}

const COMMIT_INTERVAL: Duration = Duration::from_millis(500);

/// More partitions than the bench has.
const MAX_PARTITIONS: usize = 64;

/// How many records were acknowledged, by partition.
struct Delivered([AtomicU64; MAX_PARTITIONS]);

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(message) => {
                let partition = usize::try_from(message.partition()).ok();
                if let Some(count) = partition.and_then(|partition| self.0.get(partition)) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err((error, _)) => panic!("not delivered: {error}"),
        }
    }
}

/// Moves records until the process is killed.
pub(crate) fn run(
    route: &Route,
    clients: Clients,
    transform: impl Fn(&[u8]) -> anyhow::Result<Cow<'_, [u8]>>,
) -> anyhow::Result<()> {
    let consumer: BaseConsumer = config(route, clients.consumer())
        .set("group.id", &route.group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    let delivered = Delivered(std::array::from_fn(|_| AtomicU64::new(0)));
    let producer: ThreadedProducer<Delivered> =
        config(route, clients.producer()).set("enable.idempotence", "true").create_with_context(delivered)?;
    consumer.subscribe(&[&route.source])?;

    let mut starts = BTreeMap::new();
    let mut last_commit = Instant::now();
    for turn in 0_u64.. {
        let message = consumer.poll(Duration::from_millis(20)).transpose()?;
        if let Some(message) = &message {
            starts.entry(message.partition()).or_insert_with(|| message.offset());
            let value = message.payload().map(&transform).transpose()?;
            send(&producer, &route.sink, message, value.as_deref())?;
        }
        // The clock is not asked for each record.
        if (message.is_none() || turn % 256 == 0) && last_commit.elapsed() >= COMMIT_INTERVAL {
            commit(&consumer, route, &starts, producer.context())?;
            last_commit = Instant::now();
        }
    }
    Ok(())
}

fn config(route: &Route, properties: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &route.bootstrap);
    for (name, value) in properties {
        config.set(*name, *value);
    }
    config
}

/// Queues a record, waiting for room.
fn send(
    producer: &ThreadedProducer<Delivered>,
    sink: &str,
    message: &BorrowedMessage<'_>,
    value: Option<&[u8]>,
) -> anyhow::Result<()> {
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(sink).partition(message.partition());
    record.key = message.key();
    record.payload = value;
    record.timestamp = message.timestamp().to_millis();
    while let Err((error, unsent)) = producer.send(record) {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
            return Err(error).context("producing");
        }
        thread::sleep(Duration::from_millis(1));
        record = unsent;
    }
    Ok(())
}

/// Commits everything that was delivered. The bench's partitions have no gaps and their records stay in order, so a
/// count of acknowledgements is an offset.
fn commit(
    consumer: &BaseConsumer,
    route: &Route,
    starts: &BTreeMap<i32, i64>,
    delivered: &Delivered,
) -> anyhow::Result<()> {
    let mut offsets = TopicPartitionList::new();
    for (partition, start) in starts {
        let count = delivered.0[usize::try_from(*partition)?].load(Ordering::Relaxed);
        offsets.add_partition_offset(&route.source, *partition, Offset::Offset(start + i64::try_from(count)?))?;
    }
    if offsets.count() > 0 {
        consumer.commit(&offsets, CommitMode::Async)?;
    }
    Ok(())
}
