//! Records of topics: write and read them, and look at what groups have committed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::groups::GroupInfo;
use rdkafka::message::{BorrowedMessage, DeliveryResult, Header, Headers, Message, OwnedHeaders};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::{Kafka, PATIENCE, eventually};

/// A record, as it is sent or as it was read. What is `None` when sending is left to the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) partition: Option<i32>,
    pub(crate) offset: Option<i64>,
    /// Milliseconds since the epoch.
    pub(crate) timestamp: Option<i64>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    /// A record of this value alone.
    pub(crate) fn new(value: impl Into<Vec<u8>>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    /// A record that has a key and no value.
    pub(crate) fn tombstone(key: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }

    pub(crate) fn key(self, key: impl Into<Vec<u8>>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    pub(crate) fn partition(self, partition: i32) -> Self {
        Self { partition: Some(partition), ..self }
    }

    pub(crate) fn timestamp(self, millis: i64) -> Self {
        Self { timestamp: Some(millis), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.to_owned(), Some(value.into())));
        self
    }

    /// The value as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_deref().expect("a value")).expect("text")
    }

    /// The last header of this name, as text.
    pub(crate) fn header_text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().rev().find(|(n, _)| n == name)?;
        Some(std::str::from_utf8(value.as_deref()?).expect("text"))
    }
}

impl From<&BorrowedMessage<'_>> for Record {
    fn from(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        Self {
            partition: Some(message.partition()),
            offset: Some(message.offset()),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect(),
        }
    }
}

impl Kafka {
    /// The settings of a client of this broker.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap()).set("group.id", "harness").set("enable.auto.commit", "false");
        config
    }

    /// Sends the records in order and returns when the broker has acknowledged all of them.
    pub(crate) fn produce(&self, topic: &str, records: impl IntoIterator<Item = Record>) {
        self.produce_with(topic, &[], records);
    }

    /// The same, with settings for the producer such as `("partitioner", "murmur2")`.
    pub(crate) fn produce_with(
        &self,
        topic: &str,
        settings: &[(&str, &str)],
        records: impl IntoIterator<Item = Record>,
    ) {
        let mut config = self.client();
        config.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        config.remove("group.id");
        config.remove("enable.auto.commit");
        let producer: BaseProducer<Deliveries> = config
            // One request at a time keeps the order; the idempotent producer would first wait a second for its id.
            .set("max.in.flight.requests.per.connection", "1")
            .set("linger.ms", "5")
            .create_with_context(Deliveries::default())
            .expect("a producer");
        for record in records {
            send(&producer, topic, &record);
        }
        producer.context().flushed(&producer, topic);
    }

    /// All committed records of a topic up to its present end, in order within each partition.
    pub(crate) fn read_to_end(&self, topic: &str) -> Vec<Record> {
        self.read(topic, |_, at_end| at_end)
    }

    /// Waits until a topic holds at least `count` records, without reading them.
    pub(crate) fn await_count(&self, topic: &str, count: usize) {
        let consumer: BaseConsumer = self.client().create().expect("a consumer");
        let partitions = partitions(&consumer, topic);
        eventually(&format!("{count} records in {topic}"), || {
            let found: i64 = partitions.iter().map(|partition| end(&consumer, topic, *partition)).sum();
            (usize::try_from(found).expect("offsets") >= count).then_some(())
        });
    }

    /// Waits until a topic holds `count` records, and returns all that there are by then.
    pub(crate) fn read_until(&self, topic: &str, count: usize) -> Vec<Record> {
        self.read(topic, |records, at_end| records >= count && at_end)
    }

    fn read(&self, topic: &str, enough: impl Fn(usize, bool) -> bool) -> Vec<Record> {
        // The end of a partition is told by an empty answer, for which the broker would wait half a second.
        let consumer: BaseConsumer = self
            .client()
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "20")
            .set("receive.message.max.bytes", "1000000000")
            .create()
            .expect("a consumer");
        let partitions = partitions(&consumer, topic);
        let mut assignment = TopicPartitionList::new();
        for partition in &partitions {
            assignment.add_partition_offset(topic, *partition, Offset::Beginning).expect("a partition");
        }
        consumer.assign(&assignment).expect("an assignment");

        let deadline = Instant::now() + PATIENCE;
        let mut records = Vec::new();
        let mut ended = BTreeSet::new();
        while !enough(records.len(), ended.len() == partitions.len()) {
            assert!(Instant::now() < deadline, "{topic}: only {} records within {PATIENCE:?}", records.len());
            match consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => {
                    ended.remove(&message.partition());
                    records.push(Record::from(&message));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    ended.insert(partition);
                }
                Some(Err(error)) => panic!("{topic}: {error}"),
            }
        }
        records
    }

    /// The offset behind the last record of each partition of a topic.
    pub(crate) fn ends(&self, topic: &str) -> Vec<i64> {
        let consumer: BaseConsumer = self.client().create().expect("a consumer");
        partitions(&consumer, topic).into_iter().map(|partition| end(&consumer, topic, partition)).collect()
    }

    /// The clients that are members of a group.
    pub(crate) fn members(&self, group: &str) -> Vec<String> {
        let consumer: BaseConsumer = self.client().create().expect("a consumer");
        let groups = consumer.fetch_group_list(Some(group), PATIENCE).expect("the group");
        let members = groups.groups().iter().flat_map(GroupInfo::members);
        members.map(|member| member.client_id().to_owned()).collect()
    }

    /// How many records of a topic lie behind what a group has committed.
    pub(crate) fn uncommitted(&self, group: &str, topic: &str) -> i64 {
        let committed = self.committed(group, topic).into_iter().map(Option::unwrap_or_default);
        self.ends(topic).into_iter().zip(committed).map(|(end, committed)| end - committed).sum()
    }

    /// The offset that a group has committed for each partition of a topic, in order of the partitions.
    pub(crate) fn committed(&self, group: &str, topic: &str) -> Vec<Option<i64>> {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().expect("a consumer");
        let partitions = partitions(&consumer, topic);
        let mut asked = TopicPartitionList::new();
        for partition in &partitions {
            asked.add_partition(topic, *partition);
        }
        let answer = consumer.committed_offsets(asked, PATIENCE).expect("committed offsets");
        let offset = |partition: &i32| match answer.find_partition(topic, *partition)?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        partitions.iter().map(offset).collect()
    }
}

/// The offset behind the last record of a partition. A client asks again where the leader has just changed, as it does
/// when a topic is new or a broker is back.
fn end(consumer: &BaseConsumer, topic: &str, partition: i32) -> i64 {
    use RDKafkaErrorCode::{LeaderNotAvailable, NotLeaderForPartition};
    eventually("the end of a partition", || match consumer.fetch_watermarks(topic, partition, PATIENCE) {
        Ok((_, end)) => Some(end),
        Err(KafkaError::MetadataFetch(NotLeaderForPartition | LeaderNotAvailable)) => None,
        Err(error) => panic!("offsets: {error}"),
    })
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> Vec<i32> {
    let metadata = consumer.fetch_metadata(Some(topic), PATIENCE).expect("metadata");
    let mut ids: Vec<i32> =
        metadata.topics().iter().flat_map(MetadataTopic::partitions).map(MetadataPartition::id).collect();
    assert!(!ids.is_empty(), "there is no topic {topic}");
    ids.sort_unstable();
    ids
}

/// Collects what could not be delivered.
#[derive(Default)]
pub(super) struct Deliveries(Mutex<Vec<KafkaError>>);

impl Deliveries {
    /// Waits until the broker has acknowledged everything that its producer has sent.
    pub(super) fn flushed(&self, producer: &BaseProducer<Self>, topic: &str) {
        producer.flush(PATIENCE).expect("acknowledgements");
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(failures.is_empty(), "{topic}: {failures:?}");
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error.clone());
        }
    }
}

/// Hands a record to the producer, when it has room.
pub(super) fn send(producer: &BaseProducer<Deliveries>, topic: &str, record: &Record) {
    let mut headers = OwnedHeaders::new();
    for (key, value) in &record.headers {
        headers = headers.insert(Header { key, value: value.as_deref() });
    }
    let mut message: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).headers(headers);
    message.key = record.key.as_deref();
    message.payload = record.value.as_deref();
    message.partition = record.partition;
    message.timestamp = record.timestamp;
    while let Err((error, unsent)) = producer.send(message) {
        assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::QueueFull), "{topic}: {error}");
        producer.poll(Duration::from_millis(1));
        message = unsent;
    }
}
