//! How long a record takes from a producer through a contestant to a consumer, at a rate far below what it can do.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::contestants::{Contestant, Place};
use super::ground::{Ground, PARTITIONS, Process};
use super::orders::order;
use crate::end_to_end::support::{Kafka, PATIENCE};

/// Records a second.
const RATE: u32 = 1_000;
/// How long records are sent.
const SPAN: Duration = Duration::from_secs(12);
/// What is sent in the beginning is not counted: connections and schemas are made then.
const WARM_UP: Duration = Duration::from_secs(2);

/// Latencies of the records of a run, in order of their length.
#[derive(Debug)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// The latency that this part of the records did not exceed.
    pub(crate) fn at(&self, part: f64) -> Duration {
        let last = self.0.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index below the length")]
        let index = (last as f64 * part).round() as usize;
        self.0[index.min(last)]
    }

    /// Those of a run, in any order.
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }
}

impl Ground {
    /// Sends orders at an even pace and takes the time until each can be read from the sink, or from the source itself where
    /// nobody moves them.
    pub(crate) fn latencies(&self, contestant: Option<Contestant>) -> anyhow::Result<Latencies> {
        let (source, sink) = (self.fresh("pace"), self.fresh("paced"));
        let group = self.fresh("group");
        for topic in [&source, &sink] {
            self.kafka().create_topic(topic, PARTITIONS);
        }
        let place = Place { source: &source, sink: &sink, group: &group, ..self.place() };
        let mut process = contestant.map(|contestant| Process::start(contestant, &place)).transpose()?;
        let count = u64::from(RATE) * SPAN.as_secs();
        let reader = reader(self.kafka(), if process.is_some() { &sink } else { &source })?;
        let sent = thread::scope(|scope| {
            let sender = scope.spawn(|| send(self.kafka(), &source, count));
            let seen = read(&reader, count, process.as_mut());
            let sent = sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))??;
            anyhow::Ok(sent.into_iter().zip(seen?).collect::<Vec<_>>())
        })?;
        let counted = sent.into_iter().skip(usize::try_from(u64::from(RATE) * WARM_UP.as_secs())?);
        Ok(Latencies::of(counted.map(|(sent, seen)| seen - sent).collect()))
    }
}

/// Sends `count` orders, each when it is due; returns when each was.
fn send(kafka: &Kafka, topic: &str, count: u64) -> anyhow::Result<Vec<Instant>> {
    let mut config = kafka.client();
    config.remove("group.id");
    config.remove("enable.auto.commit");
    let producer: ThreadedProducer<DefaultProducerContext> = config.set("linger.ms", "0").create()?;
    let start = Instant::now();
    let mut sent = Vec::with_capacity(usize::try_from(count)?);
    for number in 0..count {
        let due = start + Duration::from_secs(number) / RATE;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let order = order(number);
        let partition = i32::try_from(number % u64::from(PARTITIONS.unsigned_abs()))?;
        sent.push(Instant::now());
        let record = BaseRecord::to(topic).key(&order.key).payload(&order.value).partition(partition);
        producer.send(record).map_err(|(error, _)| error)?;
    }
    producer.flush(PATIENCE)?;
    Ok(sent)
}

/// A consumer that is told of a record as soon as there is one.
fn reader(kafka: &Kafka, topic: &str) -> anyhow::Result<BaseConsumer> {
    let consumer: BaseConsumer = kafka.client().set("fetch.wait.max.ms", "500").create()?;
    let mut assignment = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        assignment.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    consumer.assign(&assignment)?;
    Ok(consumer)
}

/// Reads `count` orders; returns when each was seen first.
fn read(consumer: &BaseConsumer, count: u64, mut process: Option<&mut Process>) -> anyhow::Result<Vec<Instant>> {
    let mut seen: Vec<Option<Instant>> = vec![None; usize::try_from(count)?];
    let (mut missing, deadline) = (count, Instant::now() + SPAN + PATIENCE);
    while missing > 0 {
        let Some(message) = consumer.poll(Duration::from_millis(100)) else {
            process.as_deref_mut().map_or(Ok(()), Process::check_alive)?;
            ensure!(Instant::now() < deadline, "{missing} records never came");
            continue;
        };
        let (message, now) = (message?, Instant::now());
        let key = std::str::from_utf8(message.key().context("no key")?)?;
        let number: usize = key.strip_prefix("o-").context("not an order's key")?.parse()?;
        let place = seen.get_mut(number).context("an order that was not sent")?;
        if place.replace(now).is_none() {
            missing -= 1;
        }
    }
    seen.into_iter().map(|at| at.context("not seen")).collect()
}
