//! What pipelines are tested on: a broker, schemas, and a way to put records in and take them out.

use std::time::{Duration, Instant};

use crate::kafka::{
    Bootstrap, Config as KafkaConfig, Consumer, ConsumerSettings, EmbeddedBroker, GroupIdentity, Headers, Message,
    Offset, Producer, ProducerEvent, ProducerLimits, ProducerSettings, RawConfig as RawKafka, Record,
};
use crate::pipeline::{Config, Pipeline, RawConfig, Status};
use crate::settings::Faults;
use crate::transform::schemas::fake::FakeSchemas;

/// Longer than anything here should take, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const ORDER: &str = r#"{"type":"record","name":"Order","fields":[{"name":"n","type":"long"}]}"#;

/// The source's topic in every test.
pub(super) fn raw_topic() -> &'static str {
    "raw"
}

/// An order as JSON.
pub(super) fn order(n: usize) -> String {
    format!(r#"{{"n":{n}}}"#)
}

/// A record that was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
    pub(super) timestamp: Option<i64>,
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Written {
    /// The header's value as text.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(String::from_utf8(value.clone()?).unwrap())
    }

    /// The number in an order that was written as Avro.
    pub(super) fn number(&self) -> usize {
        let value = self.value.as_ref().unwrap();
        let (number, _) = crate::schema::avro::varint::read(&value[5..]).unwrap();
        usize::try_from(number).unwrap()
    }
}

/// A broker with topics, and schemas.
pub(super) struct Bed {
    pub(super) broker: EmbeddedBroker,
    pub(super) schemas: FakeSchemas,
    pub(super) kafka: KafkaConfig,
    producer: Producer,
}

impl Bed {
    /// A broker with these topics; `raw`, `typed` and `dead` have `partitions` partitions.
    pub(super) fn new(partitions: i32) -> Self {
        Self::with_producer(partitions, "{}")
    }

    /// The same, with properties for the pipeline's producers.
    pub(super) fn with_producer(partitions: i32, properties: &str) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        for topic in ["raw", "typed", "dead"] {
            broker.create_topic(topic, partitions).unwrap();
        }
        // The embedded broker lets a rebalance wait for a whole session.
        let raw: RawKafka = serde_json::from_str(&format!(
            r#"{{"bootstrap_servers": "embedded", "producer": {properties},
                 "consumer": {{"session.timeout.ms": 3000, "heartbeat.interval.ms": 100}}}}"#
        ))
        .unwrap();
        let mut faults = Faults::default();
        let kafka = raw.validate("", &mut faults).unwrap().at(&broker.bootstrap_servers());
        let own = KafkaConfig::new(Bootstrap::Servers(broker.bootstrap_servers()));
        let producer = Producer::new(&ProducerSettings::new(&own, "test", ProducerLimits::default())).unwrap();
        let schemas = FakeSchemas::default();
        schemas.register(".", "typed-value", 17, ORDER);
        Self { broker, schemas, kafka, producer }
    }

    /// The config of a pipeline from `raw` to `typed`, with more of it given as the inside of a JSON object.
    pub(super) fn config(more: &str) -> Config {
        let direction = if more.contains("\"direction\"") { "" } else { r#""direction": "serialize","# };
        let topics = if more.contains("\"source\"") { "" } else { r#""source": {"topics": ["raw"]},"# };
        let sink = if more.contains("\"sink\"") { "" } else { r#""sink": {"topic": "typed"},"# };
        let json = format!(r#"{{"name": "p", {direction} {topics} {sink} {more} "shutdown_deadline": "10s"}}"#);
        let raw: RawConfig = serde_json::from_str(&json).unwrap();
        let mut faults = Faults::default();
        let config = raw.validate("", &mut faults);
        config.unwrap_or_else(|| panic!("{faults:?}"))
    }

    /// Starts such a pipeline.
    pub(super) fn start(&self, more: &str) -> Pipeline {
        let schemas = self.schemas.clone();
        Pipeline::start(Self::config(more), &self.kafka, move || schemas.clone()).unwrap()
    }

    /// Writes a record.
    pub(super) fn put(&self, topic: &str, partition: i32, key: Option<&str>, value: Option<&[u8]>) {
        self.put_with(topic, partition, key, value, &[], None);
    }

    /// Writes a record with headers and a timestamp.
    pub(super) fn put_with(
        &self,
        topic: &str,
        partition: i32,
        key: Option<&str>,
        value: Option<&[u8]>,
        headers: &[(&str, &str)],
        timestamp: Option<i64>,
    ) {
        let mut list = Headers::with_capacity(headers.len());
        for (name, value) in headers {
            list.push(name, Some(value.as_bytes())).unwrap();
        }
        let mut list = (!headers.is_empty()).then_some(list);
        let topic = self.producer.topic(topic).unwrap();
        let record = Record { key: key.map(str::as_bytes), value, partition, timestamp };
        while self.producer.produce(&topic, record, &mut list).is_err() {
            self.flush();
        }
    }

    /// Writes orders with these numbers.
    pub(super) fn put_orders(&self, partition: i32, numbers: std::ops::Range<usize>) {
        for number in numbers {
            self.put(raw_topic(), partition, None, Some(order(number).as_bytes()));
        }
        self.flush();
    }

    /// Waits until everything that was put is stored.
    pub(super) fn flush(&self) {
        let stored = self.producer.drain(PATIENCE, |event| {
            if let ProducerEvent::Delivery(delivery) = event {
                assert_eq!(delivery.error, None);
            }
        });
        assert!(stored);
    }

    fn consumer(&self, group: &str) -> Consumer {
        let identity = GroupIdentity { group: group.into(), client: "test".into(), worker: 0 };
        Consumer::new(&ConsumerSettings::new(&self.kafka, &identity)).unwrap()
    }

    /// Reads a topic from its start until `done`, and returns it by partition and offset.
    pub(super) fn read_until(&self, topic: &str, done: impl Fn(&[Written]) -> bool) -> Vec<Written> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static GROUPS: AtomicUsize = AtomicUsize::new(0);
        let consumer = self.consumer(&format!("reader-{}", GROUPS.fetch_add(1, Ordering::Relaxed)));
        consumer.subscribe(&[topic]).unwrap();
        let (mut messages, mut written) = (Vec::new(), Vec::new());
        let deadline = Instant::now() + PATIENCE;
        while !done(&written) {
            assert!(Instant::now() < deadline, "{topic} has only {} records", written.len());
            consumer.poll(1000, Duration::from_millis(20), &mut messages);
            while let Some(rebalance) = consumer.next_rebalance() {
                consumer.answer(&rebalance).unwrap();
            }
            written.extend(messages.drain(..).map(|message| read(&message)));
        }
        written.sort_by_key(|record| (record.partition, record.offset));
        written
    }

    /// Reads the first `count` records of a topic.
    pub(super) fn read(&self, topic: &str, count: usize) -> Vec<Written> {
        let written = self.read_until(topic, |written| written.len() >= count);
        let mut seen = std::collections::HashSet::new();
        let repeated = written
            .iter()
            .find(|record| !seen.insert((record.partition, &record.key, &record.value, record.timestamp)));
        assert_eq!((written.len(), repeated), (count, None), "{topic} has more, and the first one that is repeated");
        written
    }

    /// What a group has committed for the partitions of `raw`.
    pub(super) fn committed(&self, group: &str, partitions: i32) -> Vec<Offset> {
        let asked: Vec<_> = (0..partitions).map(|partition| (raw_topic(), partition)).collect();
        self.consumer(group).committed(asked.into_iter(), PATIENCE).unwrap()
    }
}

fn read(message: &Message) -> Written {
    Written {
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        timestamp: message.timestamp().map(|timestamp| timestamp.millis),
        headers: message.headers().map(|header| (header.name.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
    }
}

/// Asserts that these are the numbers from 0 up, without printing all of them.
pub(super) fn assert_in_order(numbers: &[usize], count: usize) {
    let wrong = numbers.iter().enumerate().find(|(index, number)| index != *number);
    assert_eq!((numbers.len(), wrong), (count, None), "first difference of index and number");
}

/// Waits until the status is as it should be.
pub(super) fn wait_until(status: &Status, what: &str, holds: impl Fn(&Status) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds(status) {
        assert!(Instant::now() < deadline, "never {what}: {:?}", status.problems());
        std::thread::sleep(Duration::from_millis(10));
    }
}
