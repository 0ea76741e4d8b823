//! Sessions against the embedded broker.

mod bed;
mod groups;
mod letters;

use serde_json::json;

use super::begin::{From, Offsets};
use super::config::Consumption;
use super::failure::Failure;
use super::feed::Event;
use super::reader::Membership;
use super::sessions::Key;
use crate::kafka::Offset;
use crate::schema::SchemaType;
use bed::{Bed, NUMBER, PATIENCE, values};

#[tokio::test]
async fn a_record_is_shown_with_everything_that_it_has() {
    let bed = Bed::new(1);
    bed.schemas.register("staging", "t-value", 17, NUMBER);
    bed.schemas.register("production", "t-value", 17, r#""string""#);
    bed.schemas.disown("staging", 99);
    let headers: &[(&str, Option<&[u8]>)] =
        &[("c", Some(b"staging")), ("a", Some(b"\"1\"")), ("a", None), ("b", Some(&[0xff]))];
    bed.put(0, Some(b"k\n1"), Some(&[0, 0, 0, 0, 17, 4]), headers, Some(1_700_000_000_123));
    bed.put(0, Some(&[0xc0]), Some(&[0, 0, 0, 0, 17, 2, b'x']), &[("c", Some(b"production"))], Some(5));
    bed.put(0, None, None, &[("c", Some(b"staging"))], Some(6));
    bed.put(0, None, Some(b"{}"), &[("c", Some(b"staging"))], Some(7));
    bed.put(0, None, Some(&[0, 0, 0, 0, 99, 4]), &[("c", Some(b"staging"))], Some(8));
    bed.put(0, None, Some(&[0, 0, 0, 0, 17, 4]), &[], Some(9));
    bed.flush();

    let source = Bed::source(r#"{"header": "c"}"#, "{}", r#""error""#);
    let records = bed.poll(&source, From::Earliest, 6).await.unwrap();
    let c = |context| json!([{"name": "c", "value": context}]);
    assert_eq!(
        records,
        [
            json!({"topic": "t", "partition": 0, "offset": 0, "timestamp": 1_700_000_000_123_i64, "key": "k\n1",
                "value": {"n": 2}, "schema": {"context": ".staging", "id": 17},
                "headers": [{"name": "c", "value": "staging"}, {"name": "a", "value": "\"1\""},
                    {"name": "a", "value": null}, {"name": "b", "value": {"base64": "/w=="}}]}),
            json!({"topic": "t", "partition": 0, "offset": 1, "timestamp": 5, "key": {"base64": "wA=="},
                "value": "x", "schema": {"context": ".production", "id": 17}, "headers": c("production")}),
            json!({"topic": "t", "partition": 0, "offset": 2, "timestamp": 6, "key": null, "value": null,
                "schema": null, "headers": c("staging")}),
            json!({"topic": "t", "partition": 0, "offset": 3, "timestamp": 7, "key": null, "schema": null,
                "error": {"reason": "frame", "part": "value", "pointer": "", "message":
                    ": unknown magic byte 0x7b: expected 0x00, so this was not written by a registry serializer (in context .staging)"},
                "headers": c("staging")}),
            json!({"topic": "t", "partition": 0, "offset": 4, "timestamp": 8, "key": null,
                "schema": {"context": ".staging", "id": 99},
                "error": {"reason": "unknown_schema", "part": "value", "pointer": "", "message":
                    ": the registry knows no schema 99 (in context .staging)"},
                "headers": c("staging")}),
            json!({"topic": "t", "partition": 0, "offset": 5, "timestamp": 9, "key": null, "schema": null,
                "error": {"reason": "context", "part": "value", "pointer": "", "message": ": no header 'c' says the context"},
                "headers": []}),
        ]
    );
}

#[tokio::test]
async fn text_that_is_no_json_can_not_break_out_of_its_place() {
    let bed = Bed::new(1);
    bed.schemas.register_as(SchemaType::Json, ".", "t-value", 17, "true");
    for text in [&b"{\"a\":\n [1e999]}\r\n"[..], b"1,\"offset\":7", b"", b"\"\xff\"", b"[1"] {
        bed.put(0, None, Some(&[&[0, 0, 0, 0, 17], text].concat()), &[], Some(1));
    }
    bed.flush();
    let source = Bed::source("null", r#"{"format": "json"}"#, r#""error""#);
    let mut feed = bed.sessions.open(&source, direct(From::Earliest)).await.unwrap();
    let mut texts = Vec::new();
    while texts.len() < 5 {
        if let Event::Record(record) = bed::next(&mut feed).await {
            texts.push(String::from_utf8(record.json).unwrap());
        }
    }
    assert!(texts[0].contains(r#""value":{"a":  [1e999]}  ,"#), "{}", texts[0]);
    for (offset, text) in texts.iter().enumerate() {
        assert!(!text.contains(['\n', '\r']), "{text}");
        let record: serde_json::Map<_, _> = match serde_json::from_str(text) {
            Ok(record) => record,
            // Beyond what the reader of this test takes for a number.
            Err(error) => {
                assert!(offset == 0 && error.to_string().contains("number out of range"), "{error}: {text}");
                continue;
            }
        };
        assert_eq!(record["offset"], offset);
        assert_eq!(record["error"]["reason"], "syntax");
        assert_eq!(record["schema"], json!({"context": ".", "id": 17}));
    }
}

fn direct(from: From) -> Membership {
    Membership::None { from, behind: Offsets::new() }
}

#[tokio::test]
async fn a_client_says_where_to_begin() {
    let bed = Bed::with_numbers(2, 5);
    let source = Bed::numbers();
    let poll = |from, max| bed.poll(&source, from, max);
    assert_eq!(values(&poll(From::Earliest, 100).await.unwrap()).len(), 10);
    let offsets = |offsets: &[(i32, i64)]| From::Offsets(offsets.iter().copied().collect());
    assert_eq!(values(&poll(offsets(&[(1, 3)]), 100).await.unwrap()), [(1, 3), (1, 4)]);
    assert_eq!(values(&poll(offsets(&[(0, 4), (1, 5)]), 100).await.unwrap()), [(0, 4)]);
    let beyond = Failure::OutOfRange { topic: "t".into(), partition: 0, offset: 6, low: 0, high: 5 };
    assert_eq!(poll(offsets(&[(0, 6)]), 1).await, Err(beyond));
    let none = Failure::NoPartition { topic: "t".into(), partition: 2, count: 2 };
    assert_eq!(poll(offsets(&[(2, 0)]), 1).await, Err(none));

    // Everything that is written once the session reads is seen by it, and nothing before.
    let mut feed = bed.sessions.open(&source, direct(From::Latest)).await.unwrap();
    feed.ready().await.unwrap();
    bed.put_number(1, 5);
    bed.flush();
    assert_eq!(bed::numbers(&mut feed, 1).await, [(1, 5)]);

    let behind: Offsets = [(0, 1), (1, 4)].into();
    let mut feed = bed.sessions.open(&source, Membership::None { from: From::Latest, behind }).await.unwrap();
    let mut found = bed::numbers(&mut feed, 4).await;
    found.sort_unstable();
    assert_eq!(found, [(0, 2), (0, 3), (0, 4), (1, 5)]);
}

#[tokio::test]
async fn a_record_that_can_not_be_read_stops_whoever_wants_that() {
    let bed = Bed::with_numbers(1, 2);
    bed.put(0, None, Some(b"secret"), &[], None);
    bed.put_number(0, 3);
    bed.flush();
    let source = Bed::source("null", "{}", r#""stop""#);
    assert_eq!(values(&bed.poll(&source, From::Earliest, 100).await.unwrap()), [(0, 0), (0, 1)]);
    let stopped = bed.poll(&source, From::Offsets([(0, 2)].into()), 100).await.unwrap_err();
    assert_eq!(stopped.status(), 409);
    assert!(stopped.to_string().starts_with("stopped before t[0] at offset 2: : unknown magic byte 0x73"), "{stopped}");

    // In a group, what was given before can still be acknowledged.
    let member = || Membership::Group { name: "g".into(), reset: Some("earliest"), behind: Offsets::new() };
    let key = Key { topic: "t".into(), group: "g".into(), principal: None };
    let session = bed.sessions.polled(&source, key, member).await.unwrap();
    assert_eq!(session.intake().unwrap().poll(bed::portion(100)).await.unwrap().len(), 2);
    for _ in 0..2 {
        assert_eq!(session.intake().unwrap().poll(bed::portion(100)).await, Err(stopped.clone()));
    }
    session.shared.acks.handle_all();
    session.shared.commit().await.unwrap();
    assert_eq!(bed.committed("g", 1), [Offset::At(2)]);
}

#[tokio::test]
async fn a_schema_that_is_not_there_is_waited_for_and_named() {
    let bed = Bed::new(1);
    bed.put_number(0, 0);
    bed.flush();
    let mut feed = bed.sessions.open(&Bed::numbers(), direct(From::Earliest)).await.unwrap();
    let mut trouble = feed.trouble.clone();
    let what = tokio::time::timeout(PATIENCE, trouble.wait_for(Option::is_some)).await.unwrap().unwrap().clone();
    assert_eq!(what.as_deref(), Some("schema 17 in context . is not available"));
    bed.schemas.register(".", "t-value", 17, NUMBER);
    assert_eq!(bed::numbers(&mut feed, 1).await, [(0, 0)]);
    tokio::time::timeout(PATIENCE, trouble.wait_for(Option::is_none)).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_broker_that_goes_and_comes_back_is_named_and_costs_nothing_but_time() {
    let bed = Bed::with_numbers(1, 1);
    let mut feed = bed.sessions.open(&Bed::numbers(), direct(From::Earliest)).await.unwrap();
    assert_eq!(bed::numbers(&mut feed, 1).await, [(0, 0)]);
    bed.broker.go_down().unwrap();
    let mut trouble = feed.trouble.clone();
    let what = tokio::time::timeout(PATIENCE, trouble.wait_for(Option::is_some)).await.unwrap().unwrap().clone();
    assert_eq!(what.as_deref(), Some("no Kafka broker answers"));
    bed.broker.come_up().unwrap();
    tokio::time::timeout(PATIENCE, trouble.wait_for(Option::is_none)).await.unwrap().unwrap();
    bed.put_number(0, 1);
    bed.flush();
    assert_eq!(bed::numbers(&mut feed, 1).await, [(0, 1)]);
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_up_nobody_else() {
    let config = Consumption { buffer: 4096, ..Consumption::default() };
    let bed = Bed::with_config(1, config);
    bed.schemas.register(".", "t-value", 17, NUMBER);
    for n in 0..2000 {
        bed.put_number(0, n);
    }
    bed.flush();
    let source = Bed::numbers();
    let mut slow = bed.sessions.open(&source, direct(From::Earliest)).await.unwrap();
    slow.ready().await.unwrap();
    let mut fast = bed.sessions.open(&source, direct(From::Earliest)).await.unwrap();
    let all: Vec<_> = (0..2000).map(|n| (0, n)).collect();
    assert_eq!(bed::numbers(&mut fast, 2000).await, all);
    // What waits for the slow one is complete once it reads.
    assert_eq!(bed::numbers(&mut slow, 2000).await, all);
}

#[tokio::test]
async fn there_are_so_many_sessions_and_no_more() {
    let config = Consumption { sessions: 2, ..Consumption::default() };
    let bed = Bed::with_config(1, config);
    let source = Bed::numbers();
    let first = bed.sessions.open(&source, direct(From::Latest)).await.unwrap();
    let second = bed.sessions.open(&source, direct(From::Latest)).await.unwrap();
    assert_eq!(bed.sessions.open(&source, direct(From::Latest)).await.unwrap_err(), Failure::Full(2));
    drop(first);
    let again = async { while bed.sessions.open(&source, direct(From::Latest)).await.is_err() {} };
    tokio::time::timeout(PATIENCE, again).await.expect("a free place");
    drop(second);
}
