//! What a process has used, and how far a topic has been filled.

use std::iter::Sum;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::end_to_end::support::{Kafka, PATIENCE};

/// What a process has used since it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// User and system time of all its threads.
    pub(crate) cpu: Duration,
    /// The memory that it has resident, in bytes.
    pub(crate) memory: u64,
    /// The most that it had.
    pub(crate) peak_memory: u64,
}

/// Of several processes: the time of all, the memory of the largest.
impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let zero = Self { cpu: Duration::ZERO, memory: 0, peak_memory: 0 };
        all.fold(zero, |sum, one| Self {
            cpu: sum.cpu + one.cpu,
            memory: sum.memory.max(one.memory),
            peak_memory: sum.peak_memory.max(one.peak_memory),
        })
    }
}

impl Usage {
    /// Reads it from `/proc` ([proc(5)](https://man7.org/linux/man-pages/man5/proc.5.html)), exact to 10 ms.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field, the name, is in parentheses and may hold anything; utime and stime are the 14th and 15th.
        let (_, fields) = stat.rsplit_once(") ").context("no name in stat")?;
        let ticks: u64 = fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse().unwrap_or(0)).sum();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let memory = |name: &str| {
            let kilobytes = status.lines().find_map(|line| line.strip_prefix(name)?.strip_suffix("kB"));
            anyhow::Ok(kilobytes.with_context(|| format!("no {name} in status"))?.trim().parse::<u64>()? * 1024)
        };
        // A tick is 1/100 s for every user of Linux, whatever the kernel counts in.
        Ok(Self { cpu: Duration::from_millis(ticks * 10), memory: memory("VmRSS:")?, peak_memory: memory("VmHWM:")? })
    }
}

/// Asks how many records a topic has, or how many of it a group has taken, without reading them.
pub(crate) struct Gauge {
    consumer: BaseConsumer,
    partitions: TopicPartitionList,
    counts: Counts,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Written,
    /// Where records are written in transactions, whose ends take offsets too.
    Committed,
}

impl Gauge {
    pub(crate) fn new(kafka: &Kafka, topic: &str, partitions: i32) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = kafka.client().create()?;
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            // In place of a time this stands for the latest offset.
            list.add_partition_offset(topic, partition, Offset::End)?;
        }
        // The first question takes a connection and the topic's metadata.
        consumer.fetch_metadata(Some(topic), PATIENCE)?;
        Ok(Self { consumer, partitions: list, counts: Counts::Written })
    }

    /// Counts what `group` has committed of a topic whose partitions begin with offset 0.
    pub(crate) fn of_group(kafka: &Kafka, group: &str, topic: &str, partitions: i32) -> anyhow::Result<Self> {
        let consumer: BaseConsumer = kafka.client().set("group.id", group).create()?;
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, partitions - 1);
        Ok(Self { consumer, partitions: list, counts: Counts::Committed })
    }

    /// The number of records now.
    pub(crate) fn records(&self) -> anyhow::Result<u64> {
        let partitions = self.partitions.clone();
        let ends = match self.counts {
            Counts::Written => self.consumer.offsets_for_times(partitions, PATIENCE)?,
            Counts::Committed => self.consumer.committed_offsets(partitions, PATIENCE)?,
        };
        let mut records = 0;
        for end in ends.elements() {
            end.error()?;
            records += match end.offset() {
                Offset::Invalid if self.counts == Counts::Committed => 0,
                offset => offset.to_raw().and_then(|offset| u64::try_from(offset).ok()).context("no offset")?,
            };
        }
        Ok(records)
    }
}
