//! The source partitions that a worker owns, and the records of each that wait.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use metrics::Gauge;

use crate::kafka::{Message, TopicId};
use crate::pipeline::offsets::SourceId;
use crate::transform::Waiting;

/// A source partition.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: SourceId,
    pub(super) topic: Arc<str>,
    pub(super) partition: i32,
    /// Which of the sink's topics its records go to; `None` until that topic is known to have the partition.
    pub(super) sink: Option<usize>,
    /// The route of all its records; `None` if each says its own context.
    pub(super) route: Option<usize>,
    /// Records that were read and can't be handled yet, in order.
    pub(super) held: VecDeque<Message>,
    /// What the first of them waits for.
    pub(super) waiting: Option<Wait>,
    pub(super) paused: bool,
    /// The offset that the last commit asked for.
    pub(super) requested: Option<i64>,
    /// What the group had committed when the partition came; asked for when the lag is first measured.
    pub(super) committed: Option<i64>,
    pub(super) lag: Gauge,
    /// The record that the sink's broker refused when it was sent alone.
    pub(super) condemned: Option<(i64, crate::kafka::Code)>,
}

/// What a record waits for.
#[derive(Debug, Clone)]
pub(super) enum Wait {
    /// A schema.
    Schema(Waiting),
    /// The sink's topic, or the partition of it.
    Sink,
    /// Room in the producer.
    Room,
}

/// All partitions that the worker owns.
#[derive(Debug, Default)]
pub(super) struct Assignment {
    /// By the index of their ids.
    slots: Vec<Option<Slot>>,
    /// Where records of a topic and partition belong. Emptied at each change of the assignment: a topic's number is
    /// only good while somebody keeps the topic.
    known: HashMap<(TopicId, i32), usize>,
    last: Option<(TopicId, i32, usize)>,
    held_records: usize,
    held_bytes: usize,
}

impl Assignment {
    pub(super) fn insert(&mut self, slot: Slot) {
        let index = slot.id.index();
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, || None);
        }
        self.slots[index] = Some(slot);
        self.forget_topics();
    }

    pub(super) fn remove(&mut self, topic: &str, partition: i32) -> Option<Slot> {
        self.forget_topics();
        let index = self.position(topic, partition)?;
        let slot = self.slots[index].take()?;
        for message in &slot.held {
            self.held_records -= 1;
            self.held_bytes -= message.size();
        }
        Some(slot)
    }

    fn forget_topics(&mut self) {
        self.known.clear();
        self.last = None;
    }

    fn position(&self, topic: &str, partition: i32) -> Option<usize> {
        let is = |slot: &Option<Slot>| {
            slot.as_ref().is_some_and(|slot| slot.partition == partition && &*slot.topic == topic)
        };
        self.slots.iter().position(is)
    }

    /// Where a record belongs; `None` if its partition is not ours (any more).
    pub(super) fn find(&mut self, message: &Message) -> Option<usize> {
        let (topic, partition) = (message.topic_id(), message.partition());
        if let Some((last_topic, last_partition, index)) = self.last
            && last_topic == topic
            && last_partition == partition
        {
            return Some(index);
        }
        let index = if let Some(index) = self.known.get(&(topic, partition)) {
            *index
        } else {
            let index = self.position(message.topic(), partition)?;
            self.known.insert((topic, partition), index);
            index
        };
        self.last = Some((topic, partition, index));
        Some(index)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Slot> {
        self.slots.get(index)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Slot> {
        self.slots.get_mut(index)?.as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.slots.iter_mut().flatten()
    }

    pub(super) fn indices(&self) -> std::ops::Range<usize> {
        0..self.slots.len()
    }

    /// Keeps a record behind those that wait already.
    pub(super) fn hold(&mut self, index: usize, message: Message, wait: Wait) {
        if let Some(slot) = self.slots.get_mut(index).and_then(Option::as_mut) {
            self.held_records += 1;
            self.held_bytes += message.size();
            slot.held.push_back(message);
            slot.waiting.get_or_insert(wait);
        }
    }

    /// Takes the first record that waits.
    pub(super) fn release(&mut self, index: usize) -> Option<Message> {
        let slot = self.slots.get_mut(index)?.as_mut()?;
        let Some(message) = slot.held.pop_front() else {
            slot.waiting = None;
            return None;
        };
        self.held_records -= 1;
        self.held_bytes -= message.size();
        Some(message)
    }

    /// Puts a record that still can't be handled back in front.
    pub(super) fn put_back(&mut self, index: usize, message: Message, wait: Wait) {
        if let Some(slot) = self.slots.get_mut(index).and_then(Option::as_mut) {
            self.held_records += 1;
            self.held_bytes += message.size();
            slot.held.push_front(message);
            slot.waiting = Some(wait);
        }
    }

    /// Drops all records that wait.
    pub(super) fn drop_held(&mut self) {
        for slot in self.slots.iter_mut().flatten() {
            slot.held.clear();
            slot.waiting = None;
        }
        (self.held_records, self.held_bytes) = (0, 0);
    }

    /// How many records wait, and their bytes.
    pub(super) fn held(&self) -> (usize, usize) {
        (self.held_records, self.held_bytes)
    }
}
