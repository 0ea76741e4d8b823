//! Sessions that are members of a group.

use std::time::{Duration, Instant};

use super::bed::{Bed, eventually, numbers, portion, values};
use super::*;
use crate::gateway::consume::poll::Polled;

fn member(group: &str) -> Membership {
    Membership::Group { name: group.to_owned(), reset: Some("earliest"), behind: Offsets::new() }
}

fn key(group: &str) -> Key {
    Key { topic: "t".to_owned(), group: group.to_owned(), principal: None }
}

async fn poll(session: &Polled, max: usize) -> Result<Vec<(i64, i64)>, Failure> {
    let records = session.intake().unwrap().poll(portion(max)).await?;
    let records: Vec<_> = records.iter().map(|record| serde_json::from_slice(&record.json).unwrap()).collect();
    Ok(values(&records))
}

#[tokio::test]
async fn what_was_handled_is_committed_and_what_was_only_given_comes_again() {
    let bed = Bed::with_numbers(1, 10);
    let source = Bed::numbers();
    let session = bed.sessions.polled(&source, key("g"), || member("g")).await.unwrap();
    assert_eq!(poll(&session, 3).await.unwrap(), [(0, 0), (0, 1), (0, 2)]);
    assert_eq!(poll(&session, 2).await.unwrap(), [(0, 3), (0, 4)]);
    assert!(session.shared.acks.handle(0, 2));
    session.shared.commit().await.unwrap();
    assert_eq!(bed.committed("g", 1), [Offset::At(3)]);
    assert!(!session.shared.acks.handle(0, 5), "not given");
    assert!(session.shared.acks.handle(0, 3));
    drop(session);
    // It leaves with what was handled, and whoever comes next goes on there.
    assert!(bed.sessions.end(&key("g")));
    assert!(!bed.sessions.end(&key("g")));
    let again = bed.sessions.polled(&source, key("g"), || member("g")).await.unwrap();
    assert_eq!(poll(&again, 2).await.unwrap(), [(0, 4), (0, 5)]);
    assert_eq!(bed.committed("g", 1), [Offset::At(4)]);
}

#[tokio::test]
async fn a_session_is_the_same_from_poll_to_poll_until_nobody_asks_any_more() {
    let config = Consumption { idle: Duration::from_secs(1), ..Consumption::default() };
    let bed = Bed::with_config(1, config);
    bed.schemas.register(".", "t-value", 17, NUMBER);
    bed.put_number(0, 0);
    bed.flush();
    let source = Bed::numbers();
    let session = bed.sessions.polled(&source, key("g"), || member("g")).await.unwrap();
    {
        let _busy = session.shared.busy();
        assert_eq!(poll(&session, 1).await.unwrap(), [(0, 0)]);
        let same = bed.sessions.polled(&source, key("g"), || panic!("there is one")).await.unwrap();
        assert!(std::sync::Arc::ptr_eq(&session, &same));
        let mut other = key("g");
        other.principal = Some("somebody else".to_owned());
        assert!(bed.sessions.find(&other).is_none());
    }
    eventually("it expires", || bed.sessions.find(&key("g")).is_none()).await;
    assert_eq!(poll(&session, 1).await.unwrap_err().status(), 503);
}

#[tokio::test]
async fn two_members_share_the_partitions_and_one_takes_over_at_once_when_the_other_leaves() {
    let bed = Bed::with_numbers(2, 1);
    let source = Bed::numbers();
    let mut first = bed.sessions.open(&source, member("g")).await.unwrap();
    let mut found = numbers(&mut first, 2).await;
    found.sort_unstable();
    assert_eq!(found, [(0, 0), (1, 0)]);
    first.shared.acks.give(0, 0);
    first.shared.acks.give(1, 0);
    first.shared.acks.handle_all();
    // The embedded broker refuses commits while the group rebalances; others take them.
    first.shared.commit().await.unwrap();
    let mut second = bed.sessions.open(&source, member("g")).await.unwrap();
    second.ready().await.unwrap();
    let started = Instant::now();
    drop(first);
    for partition in 0..2 {
        bed.put_number(partition, 1);
    }
    bed.flush();
    let mut found = numbers(&mut second, 2).await;
    found.sort_unstable();
    assert_eq!(found, [(0, 1), (1, 1)], "what was handled does not come again");
    assert!(started.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_stop_ends_every_session_and_has_it_leave() {
    let bed = Bed::with_numbers(1, 1);
    let source = Bed::numbers();
    let mut feed = bed.sessions.open(&source, member("g")).await.unwrap();
    assert_eq!(numbers(&mut feed, 1).await, [(0, 0)]);
    feed.shared.acks.give(0, 0);
    feed.shared.acks.handle_all();
    let polled = bed.sessions.polled(&source, key("h"), || member("h")).await.unwrap();
    let client = async move {
        let last = loop {
            match feed.next().await {
                Some(Event::Ready | Event::CaughtUp) => {}
                other => break other,
            }
        };
        assert_eq!(last, Some(Event::Failed(Failure::Stopping)));
        assert_eq!(feed.next().await, None);
    };
    let started = Instant::now();
    tokio::join!(bed.sessions.drain(PATIENCE), client);
    assert!(started.elapsed() < PATIENCE, "all have left");
    assert_eq!(poll(&polled, 1).await, Err(Failure::Stopping));
    assert_eq!(bed.sessions.open(&source, member("g")).await.unwrap_err(), Failure::Stopping);
    assert_eq!(bed.committed("g", 1), [Offset::At(1)]);
}
