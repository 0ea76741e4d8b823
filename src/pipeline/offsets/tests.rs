use std::collections::{BTreeSet, HashMap, VecDeque};

use proptest::prelude::*;

use super::*;

fn nothing(_: i64, _: usize) {}

#[test]
fn an_offset_is_committable_when_its_run_is_acknowledged() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    for offset in 10..15 {
        offsets.sent(source, offset, lane, 0);
    }
    assert_eq!((offsets.committable(source), offsets.resume_at(source)), (None, Some(10)));
    offsets.delivered(lane, 4, nothing);
    assert_eq!(offsets.committable(source), None);
    offsets.delivered(lane, 1, nothing);
    assert_eq!((offsets.committable(source), offsets.resume_at(source)), (Some(15), Some(15)));
}

#[test]
fn a_dead_letter_in_between_is_waited_for() {
    let mut offsets = Offsets::default();
    let (source, sink, dead) = (offsets.open(), offsets.lane(), offsets.lane());
    offsets.sent(source, 0, sink, 0);
    offsets.sent(source, 1, dead, 0);
    offsets.sent(source, 2, sink, 0);
    offsets.delivered(sink, 2, nothing);
    assert_eq!(offsets.committable(source), Some(1));
    offsets.delivered(dead, 1, nothing);
    assert_eq!(offsets.committable(source), Some(3));
}

#[test]
fn skipped_records_and_gaps_are_passed_over_but_not_too_early() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    offsets.skipped(source, 3);
    assert_eq!(offsets.committable(source), Some(4));
    offsets.sent(source, 7, lane, 0);
    offsets.skipped(source, 8);
    assert_eq!(offsets.committable(source), Some(4));
    offsets.delivered(lane, 1, nothing);
    assert_eq!(offsets.committable(source), Some(9));
}

#[test]
fn batches_are_acknowledged_one_by_one_with_their_stamps() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    offsets.sent(source, 0, lane, 100);
    offsets.sent(source, 1, lane, 101);
    offsets.next_batch();
    offsets.sent(source, 2, lane, 200);
    let mut seen = Vec::new();
    offsets.delivered(lane, 3, |stamp, count| seen.push((stamp, count)));
    assert_eq!(seen, [(100, 2), (200, 1)]);
}

#[test]
fn late_acknowledgements_of_a_lost_partition_hit_nobody() {
    let mut offsets = Offsets::default();
    let (old, lane) = (offsets.open(), offsets.lane());
    offsets.sent(old, 0, lane, 0);
    offsets.close(old);
    let new = offsets.open();
    assert_eq!(new.index(), old.index());
    offsets.sent(new, 50, lane, 0);
    offsets.delivered(lane, 1, nothing);
    assert_eq!((offsets.committable(old), offsets.committable(new)), (None, None));
    offsets.delivered(lane, 1, nothing);
    assert_eq!(offsets.committable(new), Some(51));
}

#[test]
fn after_a_failure_nothing_in_the_lane_counts_until_it_is_rewound() {
    let mut offsets = Offsets::default();
    let (one, two, lane) = (offsets.open(), offsets.open(), offsets.lane());
    offsets.sent(one, 0, lane, 0);
    offsets.next_batch();
    offsets.sent(one, 1, lane, 0);
    offsets.sent(two, 0, lane, 0);
    offsets.delivered(lane, 1, nothing);
    offsets.failed(lane, 1);
    offsets.sent(two, 1, lane, 0);
    offsets.delivered(lane, 2, nothing);
    assert_eq!((offsets.committable(one), offsets.resume_at(one)), (Some(1), Some(1)));
    assert_eq!((offsets.committable(two), offsets.resume_at(two)), (None, Some(0)));
    offsets.rewind();
    offsets.sent(one, 1, lane, 0);
    offsets.sent(two, 0, lane, 0);
    offsets.delivered(lane, 2, nothing);
    assert_eq!((offsets.committable(one), offsets.committable(two)), (Some(2), Some(1)));
}

#[test]
fn the_record_that_a_report_is_about_is_known_when_each_goes_alone() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    offsets.sent(source, 41, lane, 0);
    assert_eq!(offsets.single_front(lane), Some((source, 41)));
    offsets.sent(source, 42, lane, 0);
    assert_eq!(offsets.single_front(lane), None);
}

#[test]
fn a_record_under_way_is_known_though_the_next_one_was_skipped() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    offsets.sent(source, 5, lane, 0);
    offsets.skipped(source, 6);
    offsets.skipped(source, 7);
    assert_eq!(offsets.single_front(lane), Some((source, 5)));
    assert_eq!(offsets.committable(source), None);
    offsets.delivered(lane, 1, |_, _| {});
    assert_eq!(offsets.committable(source), Some(8));
}

#[derive(Debug, Clone)]
enum Step {
    Send { source: usize, lane: usize, gap: i64 },
    Skip { source: usize, gap: i64 },
    Deliver { lane: usize, count: usize },
    Fail { lane: usize, count: usize },
    NextBatch,
    Reopen { source: usize },
}

const SOURCES: usize = 3;
const LANES: usize = 4;

fn step(failures: bool) -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..SOURCES, 0..LANES, 1..3i64).prop_map(|(source, lane, gap)| Step::Send { source, lane, gap }),
        1 => (0..SOURCES, 1..3i64).prop_map(|(source, gap)| Step::Skip { source, gap }),
        6 => (0..LANES, 1..6usize).prop_map(|(lane, count)| Step::Deliver { lane, count }),
        u32::from(failures) => (0..LANES, 1..3usize).prop_map(|(lane, count)| Step::Fail { lane, count }),
        1 => Just(Step::NextBatch),
        1 => (0..SOURCES).prop_map(|source| Step::Reopen { source }),
    ]
}

/// What a naive observer knows: every record, and whether it was acknowledged.
#[derive(Default)]
struct Model {
    position: [i64; SOURCES],
    waiting: HashMap<SourceId, BTreeSet<i64>>,
    lanes: [VecDeque<(SourceId, i64)>; LANES],
}

impl Model {
    fn next(&mut self, source: usize, gap: i64) -> i64 {
        self.position[source] += gap;
        self.position[source]
    }

    fn lowest_waiting(&self, id: SourceId) -> Option<i64> {
        self.waiting.get(&id).and_then(|waiting| waiting.first().copied())
    }
}

fn run(steps: Vec<Step>) -> (Offsets, Model, Vec<SourceId>, Vec<LaneId>) {
    let (mut offsets, mut model) = (Offsets::default(), Model::default());
    let mut ids: Vec<_> = (0..SOURCES).map(|_| offsets.open()).collect();
    let lanes: Vec<_> = (0..LANES).map(|_| offsets.lane()).collect();
    let mut highest: HashMap<SourceId, i64> = HashMap::new();
    for step in steps {
        match step {
            Step::Send { source, lane, gap } => {
                let offset = model.next(source, gap);
                offsets.sent(ids[source], offset, lanes[lane], 0);
                model.waiting.entry(ids[source]).or_default().insert(offset);
                model.lanes[lane].push_back((ids[source], offset));
            }
            Step::Skip { source, gap } => {
                let offset = model.next(source, gap);
                offsets.skipped(ids[source], offset);
            }
            Step::Deliver { lane, count } => {
                let count = count.min(model.lanes[lane].len());
                for (id, offset) in model.lanes[lane].drain(..count) {
                    model.waiting.entry(id).or_default().remove(&offset);
                }
                offsets.delivered(lanes[lane], count, nothing);
            }
            Step::Fail { lane, count } => {
                // Never acknowledged: the model goes on waiting for these records.
                let count = count.min(model.lanes[lane].len());
                model.lanes[lane].drain(..count);
                offsets.failed(lanes[lane], count);
            }
            Step::NextBatch => offsets.next_batch(),
            Step::Reopen { source } => {
                offsets.close(ids[source]);
                ids[source] = offsets.open();
            }
        }
        for id in &ids {
            if let Some(committable) = offsets.committable(*id) {
                assert!(model.lowest_waiting(*id).is_none_or(|lowest| committable <= lowest), "passed a record");
                let before = highest.insert(*id, committable).unwrap_or(i64::MIN);
                assert!(committable >= before, "went back");
            }
        }
    }
    (offsets, model, ids, lanes)
}

proptest! {
    #[test]
    fn a_committable_offset_never_passes_a_record_that_is_not_acknowledged(
        steps in proptest::collection::vec(step(true), 0..200)
    ) {
        run(steps);
    }

    #[test]
    fn when_everything_is_acknowledged_everything_is_committable(
        steps in proptest::collection::vec(step(false), 0..200)
    ) {
        let (mut offsets, model, ids, lanes) = run(steps);
        for (lane, queue) in lanes.iter().zip(&model.lanes) {
            offsets.delivered(*lane, queue.len(), nothing);
        }
        for (source, id) in ids.iter().enumerate() {
            if let Some(committable) = offsets.committable(*id) {
                prop_assert_eq!(committable, model.position[source] + 1);
            } else {
                // Nothing was read since it was opened.
                prop_assert_eq!(offsets.resume_at(*id), None);
            }
        }
    }
}

#[test]
fn a_partition_begins_at_the_first_offset_that_is_told() {
    let mut offsets = Offsets::default();
    let (source, lane) = (offsets.open(), offsets.lane());
    offsets.begin(source, 7);
    assert_eq!(offsets.resume_at(source), Some(7));
    offsets.sent(source, 7, lane, 0);
    offsets.delivered(lane, 1, |_, _| {});
    offsets.begin(source, 3);
    assert_eq!((offsets.resume_at(source), offsets.start(source)), (Some(8), Some(7)));
}
