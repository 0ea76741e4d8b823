//! What sessions are tested on: a broker with the topic `t`, schemas, and somebody who writes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::gateway::consume::RawOnInvalid;
use crate::gateway::consume::begin::{From, Offsets};
use crate::gateway::consume::config::Consumption;
use crate::gateway::consume::failure::Failure;
use crate::gateway::consume::feed::{Event, Feed};
use crate::gateway::consume::poll::{Intake, Portion};
use crate::gateway::consume::reader::Membership;
use crate::gateway::consume::renderer::Decoding;
use crate::gateway::consume::sessions::{Sessions, Source};
use crate::gateway::deliveries::Deliveries;
use crate::kafka::{
    Acks, Bootstrap, Config, Consumer, ConsumerSettings, EmbeddedBroker, GroupIdentity, Headers, Offset, Producer,
    ProducerEvent, ProducerLimits, ProducerSettings, RawConfig, Record,
};
use crate::settings::Faults;
use crate::transform::context::RawContext;
use crate::transform::part::{Direction, Format, RawPart};
use crate::transform::rejection::Part;
use crate::transform::schemas::fake::FakeSchemas;

/// Longer than anything here should take, even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) const NUMBER: &str = r#"{"type":"record","name":"Number","fields":[{"name":"n","type":"long"}]}"#;

pub(super) struct Bed {
    pub(super) broker: EmbeddedBroker,
    pub(super) schemas: FakeSchemas,
    pub(super) sessions: Sessions,
    kafka: Config,
    producer: Producer,
}

impl Bed {
    pub(super) fn new(partitions: i32) -> Self {
        Self::with_config(partitions, Consumption::default())
    }

    pub(super) fn with_config(partitions: i32, config: Consumption) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_topic("t", partitions).unwrap();
        // The embedded broker lets a rebalance wait for a whole session.
        let raw: RawConfig = serde_json::from_str(
            r#"{"bootstrap_servers": "embedded", "consumer": {"session.timeout.ms": 3000, "heartbeat.interval.ms": 100}}"#,
        )
        .unwrap();
        let kafka = raw.validate("", &mut Faults::default()).unwrap().at(&broker.bootstrap_servers());
        let own = Config::new(Bootstrap::Servers(broker.bootstrap_servers()));
        let producer = Producer::new(&ProducerSettings::new(&own, "test", ProducerLimits::default())).unwrap();
        let schemas = FakeSchemas::default();
        let factory = schemas.clone();
        let of_letters = ProducerSettings::for_requests(&kafka, "test", Acks::All, Duration::from_secs(1));
        let of_letters = Deliveries::start(of_letters, None).unwrap();
        let sessions = Sessions::new(config, kafka.clone(), Some(Arc::new(of_letters)), move || factory.clone());
        Self { broker, schemas, sessions, kafka, producer }
    }

    /// With so many numbers, from 0 up, in each partition.
    pub(super) fn with_numbers(partitions: i32, count: i64) -> Self {
        let bed = Self::new(partitions);
        bed.schemas.register(".", "t-value", 17, NUMBER);
        for partition in 0..partitions {
            for n in 0..count {
                bed.put_number(partition, n);
            }
        }
        bed.flush();
        bed
    }

    /// The topic, read as values that are numbers.
    pub(super) fn numbers() -> Source {
        Self::source("null", "{}", r#""error""#)
    }

    /// The topic, read in this way: parts of a route as JSON.
    pub(super) fn source(context: &str, value: &str, on_invalid: &str) -> Source {
        let mut faults = Faults::default();
        let context: Option<RawContext> = serde_json::from_str(context).unwrap();
        let value: RawPart = serde_json::from_str(value).unwrap();
        let decoding = Decoding {
            context: RawContext::validate(context, vec!["t"], "", &mut faults).unwrap(),
            key: RawPart::default().validate(Part::Key, Format::None, Direction::Serialize, "", &mut faults).unwrap(),
            value: value.validate(Part::Value, Format::Avro, Direction::Serialize, "", &mut faults).unwrap(),
            on_invalid: serde_json::from_str::<RawOnInvalid>(on_invalid).unwrap().validate("", &mut faults).unwrap(),
        };
        Source { topic: "t".to_owned(), label: "t".to_owned(), decoding: Arc::new(decoding) }
    }

    /// One poll without a group.
    pub(super) async fn poll(&self, source: &Source, from: From, max: usize) -> Result<Vec<Value>, Failure> {
        let feed = self.sessions.open(source, Membership::None { from, behind: Offsets::new() }).await?;
        let records = Intake::new(feed).poll(portion(max)).await?;
        Ok(records.iter().map(|record| serde_json::from_slice(&record.json).unwrap()).collect())
    }

    pub(super) fn put(
        &self,
        partition: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, Option<&[u8]>)],
        timestamp: Option<i64>,
    ) {
        let mut list = Headers::with_capacity(headers.len());
        for (name, value) in headers {
            list.push(name, *value).unwrap();
        }
        let mut list = (!headers.is_empty()).then_some(list);
        let topic = self.producer.topic("t").unwrap();
        self.producer.produce(&topic, Record { key, value, partition, timestamp }, &mut list).unwrap();
    }

    pub(super) fn put_number(&self, partition: i32, n: i64) {
        let mut frame = vec![0, 0, 0, 0, 17];
        crate::schema::avro::varint::write(n, &mut frame);
        self.put(partition, None, Some(&frame), &[], None);
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

    /// Everything that another topic has, as its only partition's sessions show it: in order, with its headers.
    pub(super) async fn read_raw(&self, topic: &str) -> Vec<Value> {
        let mut source = Self::source("null", r#"{"format": "none"}"#, r#""error""#);
        source.topic = topic.to_owned();
        let feed = self.sessions.open(&source, Membership::None { from: From::Earliest, behind: Offsets::new() }).await;
        let records = Intake::new(feed.unwrap()).poll(portion(usize::MAX)).await.unwrap();
        records.iter().map(|record| serde_json::from_slice(&record.json).unwrap()).collect()
    }

    /// What a group has committed for the topic's partitions.
    pub(super) fn committed(&self, group: &str, partitions: i32) -> Vec<Offset> {
        let identity = GroupIdentity { group: group.into(), client: "test".into(), worker: 0 };
        let consumer = Consumer::new(&ConsumerSettings::new(&self.kafka, &identity)).unwrap();
        let asked: Vec<_> = (0..partitions).map(|partition| ("t", partition)).collect();
        consumer.committed(asked.into_iter(), PATIENCE).unwrap()
    }
}

/// So many records, however long it takes.
pub(super) fn portion(records: usize) -> Portion {
    Portion { records, bytes: 1 << 20, wait: PATIENCE }
}

/// Partition and number of each record, whose offset is the number.
pub(super) fn values(records: &[Value]) -> Vec<(i64, i64)> {
    let value = |record: &Value| {
        assert_eq!(record["value"]["n"], record["offset"]);
        (record["partition"].as_i64().unwrap(), record["offset"].as_i64().unwrap())
    };
    records.iter().map(value).collect()
}

/// What happens next.
pub(super) async fn next(feed: &mut Feed) -> Event {
    tokio::time::timeout(PATIENCE, feed.next()).await.unwrap().unwrap()
}

/// The next so many numbers.
pub(super) async fn numbers(feed: &mut Feed, count: usize) -> Vec<(i64, i64)> {
    let mut records = Vec::new();
    while records.len() < count {
        match next(feed).await {
            Event::Record(record) => records.push(serde_json::from_slice(&record.json).unwrap()),
            Event::Ready | Event::CaughtUp => {}
            Event::Failed(failure) => panic!("{failure}"),
        }
    }
    values(&records)
}

/// Asks again until it is so.
pub(super) async fn eventually(what: &str, mut is: impl FnMut() -> bool) {
    let asked = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| panic!("never: {what}"));
}
