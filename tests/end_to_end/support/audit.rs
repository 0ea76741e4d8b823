//! The account of a stream of numbers: what has become of each, as somebody sees it who reads only what is committed.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::{Kafka, PATIENCE, Record, orders};

/// Reads a sink and its dead letters all along, and holds each record against what the number in it must have become.
///
/// Of the numbers that a feeder writes with [`Audit::value`] each stands at its own offset in the source.
pub(crate) struct Audit {
    /// A client that is no member of the group.
    group: BaseConsumer,
    source: TopicPartitionList,
    sink: View,
    dead: View,
    /// The schema id that frames must have.
    id: u8,
    partitions: Vec<Partition>,
    repeated: usize,
}

/// A topic that is read from its beginning.
struct View {
    consumer: BaseConsumer,
    /// Partitions that were read to their present end.
    ended: HashSet<i32>,
    /// The greatest number seen, and how many were, in each partition.
    last: Vec<Option<usize>>,
    count: usize,
}

/// What was seen of a source partition.
#[derive(Debug, Clone, Default)]
struct Partition {
    seen: Vec<bool>,
    /// Every number below it was seen.
    complete: usize,
}

/// Source, sink and dead letters of a pipeline with as many partitions each, its group, and its schema's id.
pub(crate) struct Audited<'a> {
    pub(crate) source: &'a str,
    pub(crate) sink: &'a str,
    pub(crate) dead: &'a str,
    pub(crate) group: &'a str,
    pub(crate) partitions: i32,
    pub(crate) id: u8,
}

impl Audit {
    /// The JSON of a number, of which some are no records.
    pub(crate) fn value(n: usize) -> String {
        if is_bad(n) { format!(r#"{{"n": "{n}"}}"#) } else { orders::number(n) }
    }

    pub(crate) fn new(kafka: &Kafka, of: &Audited<'_>) -> Self {
        let group = kafka.client().set("group.id", of.group).set("isolation.level", "read_uncommitted").create();
        let view = |topic| View::new(kafka, topic, of.partitions);
        Self {
            group: group.expect("a client"),
            source: all(of.source, of.partitions),
            sink: view(of.sink),
            dead: view(of.dead),
            id: of.id,
            partitions: vec![Partition::default(); usize::try_from(of.partitions).expect("a number")],
            repeated: 0,
        }
    }

    /// Waits until the group has committed so many more records than now, and then for all of them to be there: nothing
    /// is committed that is not.
    pub(crate) fn await_more(&mut self, count: usize) {
        let wanted = self.committed().iter().sum::<usize>() + count;
        let committed = super::eventually(&format!("{wanted} committed records"), || {
            Some(self.committed()).filter(|committed| committed.iter().sum::<usize>() >= wanted)
        });
        self.read_until("what is committed is there", |audit| {
            audit.partitions.iter().zip(&committed).all(|(partition, committed)| partition.complete >= *committed)
        });
    }

    /// Waits until the first `count` numbers of each partition are there. Returns how many records are there more than
    /// once.
    pub(crate) fn finish(&mut self, count: usize) -> usize {
        self.read_until("all numbers", |audit| audit.partitions.iter().all(|partition| partition.complete >= count));
        let total = self.partitions.len();
        self.read_until("the ends", |audit| audit.sink.ended.len() == total && audit.dead.ended.len() == total);
        assert!(self.partitions.iter().all(|partition| partition.seen.len() == count), "more than there ever was");
        self.repeated
    }

    /// How many different dead letters were seen.
    pub(crate) fn dead_letters(&self) -> usize {
        self.dead.count
    }

    /// The offset that the group has committed for each partition.
    fn committed(&self) -> Vec<usize> {
        let answer = super::eventually("committed offsets", || {
            self.group.committed_offsets(self.source.clone(), Duration::from_secs(5)).ok()
        });
        let offset = |offset| match offset {
            Offset::Offset(offset) => usize::try_from(offset).expect("an offset"),
            _ => 0,
        };
        answer.elements().iter().map(|at| offset(at.offset())).collect()
    }

    fn read_until(&mut self, what: &str, is_enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_enough(self) {
            let complete: Vec<usize> = self.partitions.iter().map(|partition| partition.complete).collect();
            assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}; complete below {complete:?}");
            if let Some(record) = self.sink.next(Duration::from_millis(20)) {
                let value = record.value.as_deref().expect("a value");
                let n = orders::number_of(value);
                assert!(!is_bad(n), "{n} is no record, and written");
                assert_eq!(value, orders::framed_number(self.id, n), "other bytes than the codec's");
                let is_first = self.take(&record, n);
                self.sink.note(&record, n, is_first);
            }
            if let Some(record) = self.dead.next(Duration::ZERO) {
                let n = record.header_text("serdecar.offset").expect("its offset").parse().expect("a number");
                assert!(is_bad(n) && record.text() == Self::value(n), "a dead letter that is none: {record:?}");
                let is_first = self.take(&record, n);
                self.dead.note(&record, n, is_first);
            }
        }
    }

    /// Notes a number; whether it is the first time.
    fn take(&mut self, record: &Record, n: usize) -> bool {
        let partition = &mut self.partitions[index(record)];
        if partition.seen.len() <= n {
            partition.seen.resize(n + 1, false);
        }
        let is_first = !std::mem::replace(&mut partition.seen[n], true);
        self.repeated += usize::from(!is_first);
        while partition.seen.get(partition.complete) == Some(&true) {
            partition.complete += 1;
        }
        is_first
    }
}

impl View {
    fn new(kafka: &Kafka, topic: &str, partitions: i32) -> Self {
        let consumer: BaseConsumer = kafka
            .client()
            .set("isolation.level", "read_committed")
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "20")
            .set("reconnect.backoff.max.ms", "200")
            .create()
            .expect("a consumer");
        let mut from = all(topic, partitions);
        from.set_all_offsets(Offset::Beginning).expect("partitions");
        consumer.assign(&from).expect("an assignment");
        let last = vec![None; usize::try_from(partitions).expect("a number")];
        Self { consumer, ended: HashSet::new(), last, count: 0 }
    }

    fn next(&mut self, wait: Duration) -> Option<Record> {
        match self.consumer.poll(wait)? {
            Ok(message) => {
                let record = Record::from(&message);
                self.ended.remove(&record.partition.expect("a partition"));
                Some(record)
            }
            Err(KafkaError::PartitionEOF(partition)) => {
                self.ended.insert(partition);
                None
            }
            Err(KafkaError::MessageConsumption(code)) if passes(code) => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Those that come for the first time come in order.
    fn note(&mut self, record: &Record, n: usize, is_first: bool) {
        if is_first {
            self.count += 1;
            let last = self.last[index(record)].replace(n);
            assert!(last.is_none_or(|last| last < n), "{n} stands behind {last:?}: {record:?}");
        }
    }
}

fn is_bad(n: usize) -> bool {
    n % 97 == 96
}

fn index(record: &Record) -> usize {
    record.partition.and_then(|partition| usize::try_from(partition).ok()).expect("a partition")
}

fn all(topic: &str, partitions: i32) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_range(topic, 0, partitions - 1);
    list
}

/// Whether a client mends this by itself.
fn passes(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerTransportFailure, LeaderNotAvailable, NotLeaderForPartition, OperationTimedOut,
    };
    matches!(
        code,
        AllBrokersDown | BrokerTransportFailure | LeaderNotAvailable | NotLeaderForPartition | OperationTimedOut
    )
}
