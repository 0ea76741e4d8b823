//! Where reading begins, without a group.

use std::collections::BTreeMap;
use std::time::Duration;

use super::failure::Failure;
use crate::kafka::{Consumer, Moment};

/// Partitions and an offset of each.
pub(super) type Offsets = BTreeMap<i32, i64>;

/// Where to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    Earliest,
    Latest,
    /// At these offsets; other partitions are not read.
    Offsets(Offsets),
    /// The first record of this time or later, in milliseconds since the epoch.
    Timestamp(i64),
}

/// What `from` may be.
pub(super) const FORMS: &str =
    "earliest, latest, offset:PARTITION:OFFSET (more behind commas) or timestamp:MILLISECONDS";

impl From {
    /// Reads one of [`FORMS`]: `offset:0:17,1:20` names two partitions.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "earliest" => Some(Self::Earliest),
            None if text == "latest" => Some(Self::Latest),
            Some(("offset", offsets)) => parse_offsets(offsets).map(Self::Offsets),
            Some(("timestamp", millis)) => parse_number(millis).map(Self::Timestamp),
            _ => None,
        }
    }

    /// The value of `auto.offset.reset` that says the same, if there is one.
    pub(super) fn reset(&self) -> Option<&'static str> {
        match self {
            Self::Earliest => Some("earliest"),
            Self::Latest => Some("latest"),
            Self::Offsets(_) | Self::Timestamp(_) => None,
        }
    }

    /// The offset at which to begin in each partition of a topic. `behind` names records behind which to go on whatever else
    /// is said of their partitions.
    pub(super) fn positions(
        &self,
        consumer: &Consumer,
        topic: &str,
        count: i32,
        behind: &Offsets,
        within: Duration,
    ) -> Result<Vec<(i32, i64)>, Failure> {
        let mut wanted: Vec<i32> = match self {
            Self::Offsets(offsets) => offsets.keys().copied().collect(),
            Self::Earliest | Self::Latest | Self::Timestamp(_) => (0..count).collect(),
        };
        wanted.extend(behind.keys());
        wanted.sort_unstable();
        wanted.dedup();
        if let Some(partition) = wanted.iter().find(|partition| !(0..count).contains(*partition)) {
            return Err(Failure::NoPartition { topic: topic.to_owned(), partition: *partition, count });
        }
        let at = |moment| {
            let offsets = consumer.offsets_at(moment, topic, &wanted, within);
            offsets.map_err(|error| Failure::of_kafka(&error))
        };
        let (low, high) = (at(Moment::Earliest)?, at(Moment::Latest)?);
        let stamped = match self {
            Self::Timestamp(millis) => Some(at(Moment::At(*millis))?),
            Self::Earliest | Self::Latest | Self::Offsets(_) => None,
        };
        let mut positions = Vec::with_capacity(wanted.len());
        for (index, partition) in wanted.into_iter().enumerate() {
            let known = |offsets: &[Option<i64>]| offsets.get(index).copied().flatten();
            let (low, high) = (known(&low).unwrap_or(0), known(&high).unwrap_or(0));
            let said = behind.get(&partition).map(|offset| offset.saturating_add(1));
            let offset = said.unwrap_or_else(|| match self {
                Self::Earliest => low,
                Self::Latest => high,
                Self::Offsets(offsets) => offsets.get(&partition).copied().unwrap_or(low),
                Self::Timestamp(_) => stamped.as_deref().and_then(known).unwrap_or(high),
            });
            if !(low..=high).contains(&offset) {
                return Err(Failure::OutOfRange { topic: topic.to_owned(), partition, offset, low, high });
            }
            positions.push((partition, offset));
        }
        Ok(positions)
    }
}

/// Reads `P:N`, or some behind commas. A partition may be named once.
pub(super) fn parse_offsets(text: &str) -> Option<Offsets> {
    let mut offsets = Offsets::new();
    for one in text.split(',') {
        let (partition, offset) = one.trim().split_once(':')?;
        let partition = i32::try_from(parse_number(partition)?).ok()?;
        if offsets.insert(partition, parse_number(offset)?).is_some() {
            return None;
        }
    }
    Some(offsets)
}

/// A whole number of digits alone.
fn parse_number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_nothing_else() {
        assert_eq!(From::parse("earliest"), Some(From::Earliest));
        assert_eq!(From::parse("latest"), Some(From::Latest));
        assert_eq!(From::parse("offset:0:17"), Some(From::Offsets([(0, 17)].into())));
        assert_eq!(From::parse("offset:0:17,3:0"), Some(From::Offsets([(0, 17), (3, 0)].into())));
        assert_eq!(From::parse("timestamp:1700000000000"), Some(From::Timestamp(1_700_000_000_000)));
        for wrong in [
            "",
            "Latest",
            "offset",
            "offset:",
            "offset:1",
            "offset:1:",
            "offset::1",
            "offset:-1:2",
            "offset:1:+2",
            "offset:1:2:3",
            "offset:1:2,1:3",
            "offset:2147483648:1",
            "offset:1:9223372036854775808",
            "timestamp:",
            "timestamp:-1",
            "timestamp:1.5",
            "earliest:1",
        ] {
            assert_eq!(From::parse(wrong), None, "{wrong}");
        }
    }
}
