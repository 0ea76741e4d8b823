//! What the shops' applications do: they send orders, and read what became of them.
//!
//! Written against the ordinary Kafka client, as an application would be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

use super::PARTITIONS;
use super::orders::Shop;

/// How many orders of a shop may be under way: the embedded broker keeps only some megabytes a partition.
const UNDER_WAY: u64 = 8_000;

/// How long nothing may arrive before the demo gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Sends orders and reads results.
pub(super) struct Traffic {
    pub(super) bootstrap: String,
    pub(super) shops: [Shop; 2],
    /// How many orders each shop sends.
    pub(super) records: u64,
    /// Set when the user wants no more.
    pub(super) stop: Arc<AtomicBool>,
}

/// What became of one shop's orders.
#[derive(Debug, Default)]
pub(super) struct Results {
    pub(super) sent: u64,
    pub(super) typed: u64,
    pub(super) back: u64,
    /// Dead letters by reason and pointer: how many, and what the first one says.
    pub(super) rejected: BTreeMap<(String, String), (u64, String)>,
    /// The first order as Avro in the wire format, and as JSON again.
    pub(super) sample: (Vec<u8>, String),
    /// When the first and the last result came.
    pub(super) came: Option<(Instant, Instant)>,
}

impl Results {
    pub(super) fn rejects(&self) -> u64 {
        self.rejected.values().map(|(count, _)| count).sum()
    }

    fn saw_result(&mut self, at: Instant) {
        let (first, _) = self.came.unwrap_or((at, at));
        self.came = Some((first, at));
    }

    fn settled(&self) -> u64 {
        self.back + self.rejects()
    }
}

impl Traffic {
    /// Runs until every order has a result.
    pub(super) fn run(self, shows_progress: bool) -> anyhow::Result<Vec<Results>> {
        let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("linger.ms", "5")
            .create()
            .context("the demo's producer")?;
        let results = self.shops.iter().flat_map(|shop| [shop.typed(), shop.json(), shop.dead_letters()]);
        let consumer = reader(&self.bootstrap, results)?;
        let bars = Bars::new(&self.shops, self.records, shows_progress);
        let mut results: Vec<Results> = self.shops.iter().map(|_| Results::default()).collect();
        let mut last = Instant::now();
        while results.iter().any(|shop| shop.settled() < self.records) && !self.stop.load(Ordering::Relaxed) {
            for (shop, results) in self.shops.iter().zip(&mut results) {
                let room = (results.settled() + UNDER_WAY).min(self.records);
                while results.sent < room && send(&producer, shop, results.sent)? {
                    results.sent += 1;
                }
            }
            let mut wait = Duration::from_millis(5);
            while let Some(message) = consumer.poll(wait) {
                last = Instant::now();
                self.settle(&message.context("the demo's consumer")?, &mut results, last);
                wait = Duration::ZERO;
            }
            if last.elapsed() > PATIENCE {
                bail!("nothing has arrived for {} s: {results:?}", PATIENCE.as_secs());
            }
            bars.show(&results);
        }
        producer.flush(Duration::from_secs(5)).context("the demo's producer")?;
        bars.clear();
        Ok(results)
    }

    fn settle(&self, message: &BorrowedMessage<'_>, results: &mut [Results], at: Instant) {
        let topic = message.topic();
        let is_first = message.key() == Some(b"0");
        let payload = message.payload().unwrap_or_default();
        for (shop, results) in self.shops.iter().zip(results) {
            if topic == shop.typed() {
                results.typed += 1;
                if is_first {
                    results.sample.0 = payload.to_vec();
                }
            } else if topic == shop.json() {
                results.back += 1;
                results.saw_result(at);
                if is_first {
                    results.sample.1 = String::from_utf8_lossy(payload).into_owned();
                }
            } else if topic == shop.dead_letters() {
                let reason = (header(message, "serdecar.reason"), header(message, "serdecar.pointer"));
                let entry = results.rejected.entry(reason).or_insert_with(|| (0, header(message, "serdecar.error")));
                entry.0 += 1;
                results.saw_result(at);
            }
        }
    }
}

/// Reads all results from their first offset on; no group needed.
pub(super) fn reader(bootstrap: &str, topics: impl Iterator<Item = impl AsRef<str>>) -> anyhow::Result<BaseConsumer> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "serdecar-demo-reader")
        .set("enable.auto.commit", "false")
        .set("fetch.queue.backoff.ms", "5")
        .create()
        .context("the demo's consumer")?;
    let mut partitions = TopicPartitionList::new();
    for topic in topics {
        for partition in 0..PARTITIONS {
            partitions.add_partition_offset(topic.as_ref(), partition, Offset::Beginning)?;
        }
    }
    consumer.assign(&partitions)?;
    Ok(consumer)
}

/// Sends the order of that number; `false` if the producer is full for now.
fn send(producer: &ThreadedProducer<DefaultProducerContext>, shop: &Shop, number: u64) -> anyhow::Result<bool> {
    let (topic, key, order) = (shop.raw(), number.to_string(), shop.order(number));
    match producer.send(BaseRecord::to(&topic).key(&key).payload(&order)) {
        Ok(()) => Ok(true),
        Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(false),
        Err((error, _)) => Err(error).context("the demo's producer"),
    }
}

/// A header of a record as text.
pub(super) fn header(message: &BorrowedMessage<'_>, name: &str) -> String {
    let headers = message.headers();
    let value = headers.and_then(|headers| headers.iter().find(|header| header.key == name)?.value);
    String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
}

/// A bar for each shop, on a terminal.
struct Bars {
    all: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl Bars {
    fn new(shops: &[Shop], records: u64, shown: bool) -> Self {
        let all = MultiProgress::new();
        let style = ProgressStyle::with_template("{prefix:12} {bar:40} {pos}/{len} {per_sec} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let shops = if shown { shops } else { &[] };
        let bars = shops.iter().map(|shop| {
            let bar = ProgressBar::new(records).with_style(style.clone()).with_prefix(shop.context.to_string());
            all.add(bar)
        });
        Self { bars: bars.collect(), all }
    }

    fn show(&self, results: &[Results]) {
        for (bar, results) in self.bars.iter().zip(results) {
            bar.set_position(results.settled());
            bar.set_message(format!("{} rejected", results.rejects()));
        }
    }

    fn clear(&self) {
        // The terminal may be gone; the report comes all the same.
        drop(self.all.clear());
    }
}
