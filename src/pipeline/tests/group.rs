//! Workers that share a group.

use std::collections::HashSet;

use super::bed::{ORDER, assert_in_order, wait_until};
use super::{Bed, Written};
use crate::kafka::Offset;
use crate::pipeline::{Ended, Status, WorkerError};

/// The numbers of each partition, in the order in which they first appear.
fn by_partition(written: &[Written], partitions: i32) -> Vec<Vec<usize>> {
    let first_sightings = |partition| {
        let mut seen = HashSet::new();
        let of = written.iter().filter(move |record| record.partition == partition).map(Written::number);
        of.filter(|number| seen.insert(*number)).collect()
    };
    (0..partitions).map(first_sightings).collect()
}

#[test]
fn workers_that_come_and_go_lose_nothing_and_keep_the_order() {
    let bed = Bed::new(4);
    let put = |range: std::ops::Range<usize>| (0..4).for_each(|partition| bed.put_orders(partition, range.clone()));
    put(0..500);
    let first = bed.start("");
    wait_until(&first.status(), "ready", Status::is_ready);
    put(500..1000);
    let second = bed.start(r#""workers": 2,"#);
    put(1000..1500);
    wait_until(&second.status(), "ready", Status::is_ready);
    put(1500..2000);
    first.stop();
    assert_eq!(first.join().unwrap(), Ended::Stopped);
    put(2000..2500);
    // The embedded broker takes no commit while members join, where Kafka does; so two rebalances at once may repeat.
    let all = |written: &[Written]| by_partition(written, 4).iter().all(|numbers| numbers.len() == 2500);
    for numbers in by_partition(&bed.read_until("typed", all), 4) {
        assert_in_order(&numbers, 2500);
    }
    second.stop();
    assert_eq!(second.join().unwrap(), Ended::Stopped);
    assert_eq!(bed.committed("serdecar-p", 4), [Offset::At(2500); 4]);
}

#[test]
fn fewer_partitions_in_the_sink_are_refused_before_the_first_record() {
    let bed = Bed::new(3);
    bed.broker.create_topic("narrow", 2).unwrap();
    bed.put_orders(0, 0..1);
    let pipeline = bed.start(r#""sink": {"topic": "narrow"},"#);
    let error = pipeline.join().unwrap_err();
    assert!(matches!(&error, WorkerError::FewerPartitions { partitions: 3, room: 2, .. }), "{error}");
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::Unset]);
}

#[test]
fn a_full_producer_is_waited_for() {
    let bed = Bed::with_producer(2, r#"{"queue.buffering.max.messages": 50, "batch.num.messages": 10}"#);
    for partition in 0..2 {
        bed.put_orders(partition, 0..3000);
    }
    let pipeline = bed.start("");
    let typed = bed.read("typed", 6000);
    for numbers in by_partition(&typed, 2) {
        assert_in_order(&numbers, 3000);
    }
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn many_pipelines_run_side_by_side() {
    let bed = Bed::new(1);
    bed.broker.create_topic("other", 1).unwrap();
    bed.schemas.register(".", "other-value", 4, ORDER);
    bed.put_orders(0, 0..100);
    let one = bed.start("");
    let two = bed.start(r#""source": {"topics": ["raw"], "group": "two"}, "sink": {"topic": "other"},"#);
    let ids: HashSet<u8> = bed.read("typed", 100).iter().map(|record| record.value.as_ref().unwrap()[4]).collect();
    assert_eq!(ids, HashSet::from([17]));
    let ids: HashSet<u8> = bed.read("other", 100).iter().map(|record| record.value.as_ref().unwrap()[4]).collect();
    assert_eq!(ids, HashSet::from([4]));
    for pipeline in [one, two] {
        pipeline.stop();
        pipeline.join().unwrap();
    }
}
