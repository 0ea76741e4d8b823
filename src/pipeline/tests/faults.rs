//! Faults of brokers: nothing is lost, and order is kept.

use super::bed::{assert_in_order, wait_until};
use super::{Bed, Written};
use crate::kafka::{Code, Offset, Request};
use crate::pipeline::{Condition, Ended, Status};

/// The numbers in the order in which they first appear.
fn first_sightings(written: &[Written]) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    written.iter().map(Written::number).filter(|number| seen.insert(*number)).collect()
}

fn sees_all(written: &[Written], count: usize) -> bool {
    written.iter().map(Written::number).collect::<std::collections::HashSet<_>>().len() >= count
}

#[test]
fn a_broker_that_is_away_is_waited_for_and_nothing_is_lost() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..2000);
    let pipeline = bed.start(r#""on_invalid": {"dead_letter": "dead"},"#);
    let status = pipeline.status();
    wait_until(&status, "ready", Status::is_ready);
    bed.broker.go_down().unwrap();
    wait_until(&status, "unready", |status| {
        status.problems().iter().any(|problem| problem.condition == Some(Condition::Broker))
    });
    bed.broker.come_up().unwrap();
    bed.put_orders(0, 2000..4000);
    wait_until(&status, "ready", Status::is_ready);
    let typed = bed.read_until("typed", |written| sees_all(written, 4000));
    assert_in_order(&first_sightings(&typed), 4000);
    pipeline.stop();
    assert_eq!(pipeline.join().unwrap(), Ended::Stopped);
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(4000)]);
}

#[test]
fn records_that_were_not_delivered_are_read_again_in_order() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..500);
    // A code that the library does not retry by itself.
    bed.broker.fail_next(Request::Produce, &[Code::TOPIC_AUTHORIZATION; 3]);
    let pipeline = bed.start("");
    let typed = bed.read_until("typed", |written| sees_all(written, 500));
    assert_in_order(&first_sightings(&typed), 500);
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn a_commit_that_is_refused_is_told_and_made_again() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..10);
    bed.broker.fail_next(Request::OffsetCommit, &[Code::GROUP_AUTHORIZATION; 2]);
    let pipeline = bed.start("");
    let status = pipeline.status();
    bed.read("typed", 10);
    wait_until(&status, "refused", |status| {
        status.problems().iter().any(|problem| problem.condition == Some(Condition::Rights))
    });
    wait_until(&status, "ready", Status::is_ready);
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(10)]);
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn a_record_that_is_too_large_for_the_producer_becomes_a_dead_letter() {
    let bed = Bed::with_producer(1, r#"{"message.max.bytes": 2000}"#);
    bed.broker.create_topic("copy", 1).unwrap();
    let large = vec![b'x'; 1990];
    bed.put("raw", 0, None, Some(b"small"));
    bed.put("raw", 0, Some("key that is a little too long"), Some(&large));
    bed.put("raw", 0, None, Some(b"last"));
    bed.flush();
    let pipeline =
        bed.start(r#""sink": {"topic": "copy"}, "value": {"format": "none"}, "on_invalid": {"dead_letter": "dead"},"#);
    // The dead letters' producer has the same limit: not even there the record has a place, so the pipeline halts.
    let Ended::Halted(halt) = pipeline.join().unwrap() else { panic!("not halted") };
    assert_eq!((halt.offset, halt.reason.as_str()), (1, "too_large"));
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(1)]);
}

#[test]
fn a_record_that_the_broker_refuses_is_found_and_becomes_a_dead_letter() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..5);
    // The whole batch is refused, then the record that goes alone.
    bed.broker.fail_next(Request::Produce, &[Code::MESSAGE_TOO_LARGE, Code::MESSAGE_TOO_LARGE]);
    let pipeline = bed.start(r#""on_invalid": {"dead_letter": "dead"},"#);
    let dead = bed.read("dead", 1).remove(0);
    assert_eq!(dead.header("serdecar.reason").as_deref(), Some("too_large"));
    assert_eq!(dead.header("serdecar.offset").as_deref(), Some("0"));
    let typed = bed.read_until("typed", |written| sees_all(written, 4));
    assert_eq!(first_sightings(&typed), [1, 2, 3, 4]);
    pipeline.stop();
    pipeline.join().unwrap();
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(5)]);
}
