//! Records that can't be read go to the dead letters, and the session goes on when brokers have them.

use serde_json::json;

use super::bed::{self, Bed, PATIENCE};
use super::{From, Membership, Offsets, direct, values};
use crate::gateway::consume::feed::Event;
use crate::gateway::consume::sessions::Source;
use crate::kafka::{Code, Offset, Request};

const LETTERS: &str = r#"{"dead_letter": "dead"}"#;

/// Numbers at the offsets 0, 1, 4 and 7 of one partition, and what can't be read between and behind them.
fn bed() -> (Bed, Source) {
    let bed = Bed::with_numbers(1, 2);
    bed.broker.create_topic("dead", 1).unwrap();
    let broken = |offset: i64| {
        let headers: &[(&str, Option<&[u8]>)] = &[("h", Some(&[0xff])), ("h", None)];
        bed.put(0, Some(b"k"), Some(&[&b"secret "[..], offset.to_string().as_bytes()].concat()), headers, Some(offset));
    };
    for offset in 2..10 {
        match offset {
            4 | 7 => bed.put_number(0, offset),
            _ => broken(offset),
        }
    }
    bed.flush();
    (bed, Bed::source("null", "{}", LETTERS))
}

#[tokio::test]
async fn a_dead_letter_has_all_of_its_record_and_says_why() {
    let (bed, source) = bed();
    let records = bed.poll(&source, From::Earliest, 100).await.unwrap();
    assert_eq!(values(&records), [(0, 0), (0, 1), (0, 4), (0, 7)]);
    let letters = bed.read_raw("dead").await;
    let offsets: Vec<_> = letters.iter().map(|letter| letter["timestamp"].as_i64().unwrap()).collect();
    assert_eq!(offsets, [2, 3, 5, 6, 8, 9]);
    let message =
        ": unknown magic byte 0x73: expected 0x00, so this was not written by a registry serializer (in context .)";
    let header = |name: &str, value: &str| json!({"name": format!("serdecar.{name}"), "value": value});
    assert_eq!(
        letters[2],
        json!({"topic": "dead", "partition": 0, "offset": 2, "timestamp": 5, "key": "k", "value": "secret 5", "schema": null,
            "headers": [{"name": "h", "value": {"base64": "/w=="}}, {"name": "h", "value": null}, header("reason", "frame"),
                header("error", message), header("pointer", ""), header("pipeline", "gateway"), header("context", "."),
                header("topic", "t"), header("partition", "0"), header("offset", "5")]})
    );
}

#[tokio::test]
async fn dead_letters_count_when_everything_before_them_is_handled() {
    let (bed, source) = bed();
    let member = Membership::Group { name: "g".into(), reset: Some("earliest"), behind: Offsets::new() };
    let mut feed = bed.sessions.open(&source, member).await.unwrap();
    assert_eq!(bed::numbers(&mut feed, 4).await, [(0, 0), (0, 1), (0, 4), (0, 7)]);
    // All letters are written before the end is told.
    assert_eq!(bed::next(&mut feed).await, Event::CaughtUp);
    feed.shared.commit().await.unwrap();
    assert_eq!(bed.committed("g", 1), [Offset::Unset], "nothing was given to the client yet");
    for (offset, committed) in [(0, 1), (1, 2), (4, 5), (7, 10)] {
        feed.shared.acks.give(0, offset);
        assert!(feed.shared.acks.handle(0, offset));
        feed.shared.commit().await.unwrap();
        assert_eq!(bed.committed("g", 1), [Offset::At(committed)]);
    }
}

#[tokio::test]
async fn a_topic_of_nothing_but_dead_letters_is_handled() {
    let bed = Bed::new(1);
    bed.broker.create_topic("dead", 1).unwrap();
    for _ in 0..250 {
        bed.put(0, None, Some(b"x"), &[], None);
    }
    bed.flush();
    let source = Bed::source("null", "{}", LETTERS);
    let member = Membership::Group { name: "g".into(), reset: Some("earliest"), behind: Offsets::new() };
    let mut feed = bed.sessions.open(&source, member).await.unwrap();
    assert_eq!([bed::next(&mut feed).await, bed::next(&mut feed).await], [Event::Ready, Event::CaughtUp]);
    feed.shared.commit().await.unwrap();
    assert_eq!(bed.committed("g", 1), [Offset::At(250)]);
    assert_eq!(bed.read_raw("dead").await.len(), 250);
}

#[tokio::test]
async fn without_a_topic_of_dead_letters_nothing_is_read() {
    let bed = Bed::with_numbers(1, 1);
    let source = Bed::source("null", "{}", r#"{"dead_letter": "missing"}"#);
    let failure = bed.poll(&source, From::Earliest, 1).await.unwrap_err();
    assert_eq!(failure.status(), 503);
    assert!(failure.to_string().starts_with("the topic of dead letters: missing: "), "{failure}");
}

#[tokio::test]
async fn a_record_waits_while_a_dead_letter_before_it_can_not_be_written() {
    let (bed, source) = bed();
    // For longer than a letter is tried to be delivered.
    bed.broker.fail_next(Request::Produce, &[Code::REQUEST_TIMED_OUT; 15]);
    let mut feed = bed.sessions.open(&source, direct(From::Offsets([(0, 5)].into()))).await.unwrap();
    let mut trouble = feed.trouble.clone();
    let what = tokio::time::timeout(PATIENCE, trouble.wait_for(Option::is_some)).await.unwrap().unwrap().clone();
    assert_eq!(what.as_deref(), Some("dead letters can't be written to topic dead: Local: Message timed out"));
    assert_eq!(feed.try_next(), Some(Event::Ready));
    assert_eq!(feed.try_next(), None, "the record behind the letters is not shown");
    assert_eq!(bed::numbers(&mut feed, 1).await, [(0, 7)]);
    assert_eq!(bed::next(&mut feed).await, Event::CaughtUp);
}

#[tokio::test]
async fn a_dead_letter_that_is_refused_stops_the_session_and_is_not_skipped() {
    for code in [Code::TOPIC_AUTHORIZATION, Code::INVALID_RECORD] {
        let (bed, source) = bed();
        bed.broker.fail_next(Request::Produce, &[code]);
        let member = Membership::Group { name: "g".into(), reset: Some("earliest"), behind: Offsets::new() };
        let mut feed = bed.sessions.open(&source, member).await.unwrap();
        assert_eq!(bed::numbers(&mut feed, 2).await, [(0, 0), (0, 1)]);
        let Event::Failed(failure) = bed::next(&mut feed).await else { panic!("{code:?}") };
        assert_eq!(failure.status(), 409);
        let why = format!("stopped before t[0] at offset 2: its dead letter can't be written to topic dead: {code}");
        assert_eq!(failure.to_string(), why);
        feed.shared.acks.give(0, 1);
        feed.shared.acks.handle_all();
        feed.shared.commit().await.unwrap();
        assert_eq!(bed.committed("g", 1), [Offset::At(2)]);
    }
}
