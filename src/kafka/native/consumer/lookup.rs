//! What brokers say of groups, topics and partitions.

use std::time::Duration;

use super::Consumer;
use crate::kafka::native::partitions::{Offset, PartitionList};
use crate::kafka::native::{self, Error, c_string, check, group, metadata, millis, sys};

/// A moment in the life of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The first record that is still there.
    Earliest,
    /// Behind the last record.
    Latest,
    /// So many milliseconds since the Unix epoch; not negative.
    At(i64),
}

impl Moment {
    /// As brokers take it in place of a timestamp.
    fn as_millis(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::At(millis) => millis.max(0),
        }
    }
}

impl Consumer {
    /// What the group has committed for partitions, in their order.
    pub fn committed<'a>(
        &self,
        partitions: impl ExactSizeIterator<Item = (&'a str, i32)>,
        timeout: Duration,
    ) -> Result<Vec<Offset>, Error> {
        let list = PartitionList::of(partitions.map(|(topic, partition)| (topic, partition, Offset::Unset)))?;
        // SAFETY: a live client and list, which the answer is written to.
        let code = unsafe { native::committed(self.handle.as_ptr(), list.as_ptr(), millis(timeout)) };
        check("committed", code)?;
        list.first_error("committed")?;
        Ok(list.iter().map(|(at, _)| at.offset).collect())
    }

    /// Where partitions of a topic are at a moment, in their order, asked of their leaders: the offset of the first record
    /// of that time or later. `None` if there is no such record yet.
    pub fn offsets_at(
        &self,
        moment: Moment,
        topic: &str,
        partitions: &[i32],
        timeout: Duration,
    ) -> Result<Vec<Option<i64>>, Error> {
        const OPERATION: &str = "look up offsets";
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Offset::At(moment.as_millis());
        let list = PartitionList::of(partitions.iter().map(|partition| (topic, *partition, asked)))?;
        // SAFETY: a live client and list, which the answer is written to.
        let code = unsafe { native::offsets_for_times(self.handle.as_ptr(), list.as_ptr(), millis(timeout)) };
        check(OPERATION, code)?;
        list.first_error(OPERATION)?;
        let offset = |offset| match offset {
            Offset::At(offset) => Some(offset),
            Offset::Unset => None,
        };
        Ok(list.iter().map(|(at, _)| offset(at.offset)).collect())
    }

    /// The offsets of a partition's first record and behind its last one as of the last fetch, without asking a broker.
    pub fn watermarks(&self, topic: &str, partition: i32) -> Option<(i64, i64)> {
        let topic = c_string(topic).ok()?;
        let (mut low, mut high) = (0, 0);
        // SAFETY: a live client, a NUL-terminated name and places for the answers. Gives local codes only.
        let code = unsafe {
            sys::rd_kafka_get_watermark_offsets(
                self.handle.as_ptr(),
                topic.as_ptr(),
                partition,
                &raw mut low,
                &raw mut high,
            )
        };
        (code as i32 == 0 && high >= 0).then_some((low.max(0), high))
    }

    /// How many partitions a topic has, asked of a broker.
    pub fn partition_count(&self, topic: &str, timeout: Duration) -> Result<i32, Error> {
        metadata::partition_count(&self.handle, topic, timeout)
    }

    /// The names of all topics that may be seen, with their numbers of partitions, asked of a broker.
    pub fn topics(&self, timeout: Duration) -> Result<Vec<(String, i32)>, Error> {
        metadata::topics(&self.handle, timeout)
    }

    /// Every partition that a member of the group has, asked of its coordinator; `None` in the midst of a rebalance.
    pub fn owned_in_group(&self, group: &str, timeout: Duration) -> Result<Option<Vec<(String, i32)>>, Error> {
        group::owned_partitions(&self.handle, group, timeout)
    }
}
