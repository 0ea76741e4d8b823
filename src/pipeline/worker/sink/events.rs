//! What the producer tells: deliveries, and errors of the client as a whole.

use std::time::{SystemTime, UNIX_EPOCH};

use metrics::Histogram;

use super::{SinkTopic, Trouble};
use crate::kafka::{Code, Delivery, Error, ProducerEvent};
use crate::pipeline::offsets::Offsets;

/// What events change, borrowed apart from the producer that hands them out.
pub(super) struct Taking<'a> {
    pub(super) topics: &'a [SinkTopic],
    pub(super) offsets: &'a mut Offsets,
    pub(super) trouble: &'a mut Option<Trouble>,
    pub(super) errors: &'a mut Vec<Error>,
    pub(super) end_to_end: &'a Histogram,
    pub(super) progress: &'a mut bool,
    /// Milliseconds since the Unix epoch, read once for all events at hand.
    pub(super) now: Option<i64>,
}

impl Taking<'_> {
    pub(super) fn take(&mut self, event: ProducerEvent) {
        match event {
            ProducerEvent::Delivery(delivery) => self.delivery(delivery),
            ProducerEvent::Error(error) => self.errors.push(error),
        }
    }

    fn delivery(&mut self, Delivery { topic, partition, count, error }: Delivery) {
        let Some(index) = self.topics.iter().position(|known| known.topic.id() == topic) else { return };
        let lanes = &self.topics[index].lanes;
        let Some(lane) = usize::try_from(partition).ok().and_then(|partition| lanes.get(partition)).copied() else {
            // A record that never had a partition: nothing tells whose it was.
            self.trouble.get_or_insert(Trouble { code: error.unwrap_or(Code::STATE), topic: index, record: None });
            return;
        };
        match error {
            None => {
                let now = *self.now.get_or_insert_with(now);
                let end_to_end = self.end_to_end;
                self.offsets.delivered(lane, count, |stamp, _| {
                    if stamp > 0 {
                        end_to_end.record(seconds(now - stamp));
                    }
                });
                *self.progress = true;
            }
            Some(code) => {
                let record = self.offsets.single_front(lane).filter(|_| count == 1);
                // What is said about one record alone is worth more than what was said before.
                if self.trouble.is_none_or(|trouble| trouble.record.is_none() && record.is_some()) {
                    *self.trouble = Some(Trouble { code, topic: index, record });
                }
                self.offsets.failed(lane, count);
            }
        }
    }
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a latency is far below 2^52 milliseconds")]
fn seconds(millis: i64) -> f64 {
    // Clocks of two machines may disagree; a negative latency is none.
    millis.max(0) as f64 / 1000.0
}
