//! Which offsets may be committed: everything before them is acknowledged.
//!
//! A source partition's records are cut into *segments*: records in a row that went to the same *lane* (a partition of
//! the sink or of the dead letters) in one batch. A lane is the queue of the segments' shares in the order in which they
//! were produced, which is the order in which they are acknowledged; so an acknowledgement needs a count and nothing
//! else. The committable offset of a source partition is the end of the last segment before which, and in which,
//! everything is acknowledged — however its records were spread over lanes.
//!
//! Invariants: a committable offset never passes a record that is not acknowledged; it only grows; when everything is
//! acknowledged it is behind the last record. After a failure in a lane nothing that was in it counts as acknowledged:
//! its order is no longer known.

use std::collections::VecDeque;

/// A source partition, for as long as it is assigned. Never used twice, so late acknowledgements hit nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceId {
    index: u32,
    generation: u32,
}

impl SourceId {
    /// A small number that no other assigned source partition has at the same time.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// A partition that is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LaneId(u32);

/// Everything that was produced and not yet acknowledged, and what may be committed.
#[derive(Debug, Default)]
pub struct Offsets {
    sources: Vec<Entry>,
    lanes: Vec<Lane>,
    /// Runs of different batches stay apart, so that latencies are known batch by batch and segments end some time.
    batch: u64,
}

#[derive(Debug, Default)]
struct Entry {
    generation: u32,
    source: Option<Source>,
}

#[derive(Debug, Default)]
struct Source {
    segments: VecDeque<Segment>,
    /// The number of the first of `segments`; numbers go up by one.
    first: u64,
    /// The first offset that was seen.
    start: Option<i64>,
    committable: Option<i64>,
}

#[derive(Debug)]
struct Segment {
    /// The offset behind its last record.
    next: i64,
    /// Records not yet acknowledged.
    open: usize,
    /// Something in it was not delivered: it will never be complete.
    failed: bool,
}

#[derive(Debug, Default)]
struct Lane {
    runs: VecDeque<Run>,
    failed: bool,
}

/// A segment's share in a lane.
#[derive(Debug)]
struct Run {
    source: SourceId,
    segment: u64,
    open: usize,
    batch: u64,
    stamp: i64,
}

impl Source {
    /// Takes complete segments off the front.
    fn advance(&mut self) {
        while let Some(segment) = self.segments.front().filter(|segment| segment.open == 0 && !segment.failed) {
            self.committable = Some(segment.next);
            self.first += 1;
            self.segments.pop_front();
        }
    }

    fn segment(&mut self, number: u64) -> Option<&mut Segment> {
        let index = number.checked_sub(self.first)?;
        self.segments.get_mut(usize::try_from(index).ok()?)
    }
}

impl Offsets {
    /// Starts to follow a source partition.
    pub fn open(&mut self) -> SourceId {
        let index = self.sources.iter().position(|entry| entry.source.is_none()).unwrap_or_else(|| {
            self.sources.push(Entry::default());
            self.sources.len() - 1
        });
        let entry = &mut self.sources[index];
        entry.generation = entry.generation.wrapping_add(1);
        entry.source = Some(Source::default());
        SourceId { index: u32::try_from(index).unwrap_or(u32::MAX), generation: entry.generation }
    }

    /// Forgets a source partition. What of it is on its way is acknowledged to nobody.
    pub fn close(&mut self, id: SourceId) {
        if self.source(id).is_some() {
            self.sources[id.index()].source = None;
        }
    }

    fn source(&mut self, id: SourceId) -> Option<&mut Source> {
        let entry = self.sources.get_mut(id.index())?;
        if entry.generation == id.generation { entry.source.as_mut() } else { None }
    }

    /// Starts to follow a partition that is written to.
    pub fn lane(&mut self) -> LaneId {
        self.lanes.push(Lane::default());
        LaneId(u32::try_from(self.lanes.len() - 1).unwrap_or(u32::MAX))
    }

    /// A source partition is read from here on, unless something of it was seen before.
    pub fn begin(&mut self, id: SourceId, offset: i64) {
        if let Some(source) = self.source(id) {
            source.start.get_or_insert(offset);
        }
    }

    /// From here on it is another batch.
    pub fn next_batch(&mut self) {
        self.batch += 1;
    }

    /// The record at `offset` was produced to `lane`. Offsets of a source partition grow. `stamp` is the record's
    /// timestamp in milliseconds, given back with its acknowledgement.
    pub fn sent(&mut self, id: SourceId, offset: i64, lane: LaneId, stamp: i64) {
        let batch = self.batch;
        let Some(lane) = self.lanes.get_mut(lane.0 as usize) else { return };
        let Some(entry) = self.sources.get_mut(id.index as usize) else { return };
        let Some(source) = entry.source.as_mut().filter(|_| entry.generation == id.generation) else {
            // The record is on its way all the same, so its acknowledgement has to hit something.
            lane.runs.push_back(Run { source: id, segment: 0, open: 1, batch, stamp });
            return;
        };
        source.start.get_or_insert(offset);
        let last = source.first + source.segments.len() as u64;
        if let (Some(segment), Some(run)) = (source.segments.back_mut(), lane.runs.back_mut())
            && run.source == id
            && run.segment + 1 == last
            && run.batch == batch
        {
            segment.next = offset + 1;
            segment.open += 1;
            run.open += 1;
            return;
        }
        source.segments.push_back(Segment { next: offset + 1, open: 1, failed: lane.failed });
        lane.runs.push_back(Run { source: id, segment: last, open: 1, batch, stamp });
    }

    /// The record at `offset` needs no delivery.
    pub fn skipped(&mut self, id: SourceId, offset: i64) {
        let Some(source) = self.source(id) else { return };
        source.start.get_or_insert(offset);
        match source.segments.back_mut() {
            Some(segment) if segment.open == 0 => segment.next = offset + 1,
            // What is under way stays the last of its segment: a delivery report has to be told to be about it.
            Some(_) => source.segments.push_back(Segment { next: offset + 1, open: 0, failed: false }),
            None => source.committable = Some(offset + 1),
        }
    }

    /// The next `count` records of `lane` were acknowledged; `each` gets the oldest stamp of each run and how many of it.
    pub fn delivered(&mut self, lane: LaneId, count: usize, mut each: impl FnMut(i64, usize)) {
        self.settle(lane, count, &mut each);
    }

    /// The next `count` records of `lane` were not delivered. Neither they nor anything else that is in the lane, or is
    /// put there before [`rewind`](Self::rewind), counts as acknowledged.
    pub fn failed(&mut self, lane: LaneId, count: usize) {
        let Some(broken) = self.lanes.get_mut(lane.0 as usize) else { return };
        if !broken.failed {
            broken.failed = true;
            let runs: Vec<_> = broken.runs.iter().map(|run| (run.source, run.segment)).collect();
            for (id, number) in runs {
                if let Some(segment) = self.source(id).and_then(|source| source.segment(number)) {
                    segment.failed = true;
                }
            }
        }
        self.settle(lane, count, &mut |_, _| {});
    }

    /// Takes `count` records off the front of a lane.
    fn settle(&mut self, lane: LaneId, mut count: usize, each: &mut impl FnMut(i64, usize)) {
        while count > 0 {
            let Some(lane) = self.lanes.get_mut(lane.0 as usize) else { return };
            let Some(run) = lane.runs.front_mut() else { return };
            let taken = run.open.min(count);
            count -= taken;
            run.open -= taken;
            let (id, number) = (run.source, run.segment);
            each(run.stamp, taken);
            if run.open == 0 {
                lane.runs.pop_front();
            }
            if let Some(source) = self.source(id) {
                if let Some(segment) = source.segment(number) {
                    segment.open = segment.open.saturating_sub(taken);
                }
                source.advance();
            }
        }
    }

    /// The source partition and offset that stand first in a lane, if the lane's next record is its segment's only one:
    /// with one record a batch, the record that a delivery report is about.
    pub fn single_front(&self, lane: LaneId) -> Option<(SourceId, i64)> {
        let run = self.lanes.get(lane.0 as usize)?.runs.front()?;
        let entry = self.sources.get(run.source.index())?;
        let source = entry.source.as_ref().filter(|_| entry.generation == run.source.generation)?;
        let segment = source.segments.get(usize::try_from(run.segment.checked_sub(source.first)?).ok()?)?;
        (run.open == 1 && segment.open == 1).then_some((run.source, segment.next - 1))
    }

    /// The offset to commit: everything before it is acknowledged. `None` until there is such a thing.
    pub fn committable(&self, id: SourceId) -> Option<i64> {
        let entry = self.sources.get(id.index())?;
        entry.source.as_ref().filter(|_| entry.generation == id.generation)?.committable
    }

    /// The first offset that is not known to be acknowledged. `None` if none was seen.
    pub fn resume_at(&self, id: SourceId) -> Option<i64> {
        let entry = self.sources.get(id.index())?;
        let source = entry.source.as_ref().filter(|_| entry.generation == id.generation)?;
        source.committable.or(source.start)
    }

    /// The first offset of a source that was seen, which it was assigned at.
    pub fn start(&self, id: SourceId) -> Option<i64> {
        let entry = self.sources.get(id.index())?;
        entry.source.as_ref().filter(|_| entry.generation == id.generation)?.start
    }

    /// Forgets what is on its way and what was acknowledged of it: the source is read again from `at`. Goes before
    /// [`rewind`](Self::rewind).
    pub fn restart(&mut self, id: SourceId, at: i64) {
        if let Some(source) = self.source(id) {
            source.committable = None;
            source.start = Some(at);
        }
    }

    /// Forgets what is on its way: the sources are read again from [`resume_at`](Self::resume_at), lanes start empty.
    /// Only when nothing more will be acknowledged: after a drain, or with a new producer.
    pub fn rewind(&mut self) {
        for source in self.sources.iter_mut().filter_map(|entry| entry.source.as_mut()) {
            source.first += source.segments.len() as u64;
            source.segments.clear();
        }
        for lane in &mut self.lanes {
            lane.runs.clear();
            lane.failed = false;
        }
    }
}

#[cfg(test)]
mod tests;
