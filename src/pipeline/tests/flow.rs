//! Records that flow: what is kept, what is rejected, what waits.

use super::bed::{ORDER, assert_in_order, wait_until};
use super::{Bed, Written, order, raw_topic};
use crate::kafka::Offset;
use crate::pipeline::partition::by_key;
use crate::pipeline::{Condition, Ended, Status};

#[test]
fn a_record_keeps_key_headers_timestamp_and_partition_there_and_back() {
    let bed = Bed::new(3);
    bed.broker.create_topic("json", 3).unwrap();
    let json = order(2);
    bed.put_with("raw", 2, Some("k"), Some(json.as_bytes()), &[("a", "1"), ("b", "2")], Some(1_700_000_000_123));
    bed.put_with("raw", 1, Some("gone"), None, &[], Some(7));
    bed.put("raw", 0, None, Some(order(5).as_bytes()));
    bed.flush();
    let there = bed.start("");
    let back = bed.start(
        r#""direction": "deserialize", "source": {"topics": ["typed"], "group": "back"}, "sink": {"topic": "json"},"#,
    );

    let typed = bed.read("typed", 3);
    assert_eq!(typed[2].partition, 2);
    assert_eq!(typed[2].value.as_deref(), Some(&[0, 0, 0, 0, 17, 4][..]));
    assert_eq!((typed[2].key.as_deref(), typed[2].timestamp), (Some(&b"k"[..]), Some(1_700_000_000_123)));
    let header = |name: &str, value: &[u8]| (name.to_owned(), Some(value.to_vec()));
    assert_eq!(typed[2].headers, [header("a", b"1"), header("b", b"2")]);
    assert_eq!((typed[1].value.as_deref(), typed[1].timestamp), (None, Some(7)));
    assert_eq!(typed[0].key, None);

    let json = bed.read("json", 3);
    assert_eq!(json[2].value.as_deref(), Some(order(2).as_bytes()));
    assert_eq!((&json[2].key, &json[2].headers), (&typed[2].key, &typed[2].headers));
    assert_eq!(json[2].timestamp, Some(1_700_000_000_123));
    assert_eq!((json[1].key.as_deref(), json[1].value.as_deref()), (Some(&b"gone"[..]), None));

    for pipeline in [there, back] {
        wait_until(&pipeline.status(), "ready", Status::is_ready);
        pipeline.stop();
        assert_eq!(pipeline.join().unwrap(), Ended::Stopped);
    }
    assert_eq!(bed.committed("serdecar-p", 3), [Offset::At(1), Offset::At(1), Offset::At(1)]);
}

#[test]
fn a_bad_record_becomes_a_dead_letter_and_the_others_go_on() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..3);
    bed.put_with("raw", 0, Some("k"), Some(br#"{"n":"two"}"#), &[("own", "x")], Some(42));
    bed.put_orders(0, 4..6);
    let pipeline = bed.start(r#""on_invalid": {"dead_letter": "dead"},"#);
    let typed = bed.read("typed", 5);
    assert_eq!(typed.iter().map(Written::number).collect::<Vec<_>>(), [0, 1, 2, 4, 5]);
    let dead = bed.read("dead", 1).remove(0);
    assert_eq!((dead.key.as_deref(), dead.value.as_deref()), (Some(&b"k"[..]), Some(&br#"{"n":"two"}"#[..])));
    assert_eq!(dead.timestamp, Some(42));
    for (name, value) in [
        ("own", "x"),
        ("serdecar.reason", "type"),
        ("serdecar.error", "/n: expected long, found string \"two\" (schema 17 of typed-value)"),
        ("serdecar.pointer", "/n"),
        ("serdecar.pipeline", "p"),
        ("serdecar.context", "."),
        ("serdecar.schema_id", "17"),
        ("serdecar.topic", "raw"),
        ("serdecar.partition", "0"),
        ("serdecar.offset", "3"),
    ] {
        assert_eq!(dead.header(name).as_deref(), Some(value), "{name}");
    }
    pipeline.stop();
    pipeline.join().unwrap();
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(6)]);
}

#[test]
fn a_halt_commits_everything_before_the_bad_record_and_names_it() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..3);
    bed.put("raw", 0, None, Some(b"{}"));
    bed.put_orders(0, 4..5);
    let pipeline = bed.start("");
    let status = pipeline.status();
    let Ended::Halted(halt) = pipeline.join().unwrap() else { panic!("not halted") };
    assert_eq!((halt.topic.as_str(), halt.partition, halt.offset), ("raw", 0, 3));
    assert_eq!(status.problems()[0].reason, "halted before the record at offset 3 of raw[0]: missing at /n");
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(3)]);
    assert_eq!(bed.read("typed", 3).iter().map(Written::number).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn skipped_records_are_left_out_and_committed() {
    let bed = Bed::new(1);
    bed.put("raw", 0, None, Some(b"not json"));
    bed.put_orders(0, 1..3);
    bed.put("raw", 0, None, Some(b"[]"));
    bed.flush();
    let pipeline = bed.start(r#""on_invalid": "skip","#);
    assert_eq!(bed.read("typed", 2).iter().map(Written::number).collect::<Vec<_>>(), [1, 2]);
    pipeline.stop();
    pipeline.join().unwrap();
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(4)]);
}

#[test]
fn records_go_where_javas_producer_would_send_them_by_key() {
    let bed = Bed::new(1);
    bed.broker.create_topic("wide", 5).unwrap();
    bed.schemas.register(".", "wide-value", 17, ORDER);
    let keys = ["21", "foobar", "abc", "a-little-bit-long-string"];
    for key in keys {
        bed.put("raw", 0, Some(key), Some(order(1).as_bytes()));
    }
    bed.put("raw", 0, None, Some(order(1).as_bytes()));
    bed.flush();
    let pipeline = bed.start(r#""sink": {"topic": "wide", "partition": "key"},"#);
    for record in bed.read("wide", keys.len() + 1) {
        if let Some(key) = &record.key {
            assert_eq!(record.partition, by_key(key, 5), "{key:?}");
        }
    }
    pipeline.stop();
    pipeline.join().unwrap();
    assert_eq!(bed.committed("serdecar-p", 1), [Offset::At(5)]);
}

#[test]
fn one_id_means_another_schema_in_another_context() {
    let bed = Bed::new(1);
    bed.broker.create_topic("json", 1).unwrap();
    bed.schemas.register("staging", "typed-value", 1, r#""long""#);
    bed.schemas.register("production", "typed-value", 1, r#""string""#);
    let frame = [0, 0, 0, 0, 1, 2, b'x'];
    bed.put_with("typed", 0, None, Some(&frame[..6]), &[("ctx", ".staging")], None);
    bed.put_with("typed", 0, None, Some(&frame), &[("ctx", ":.production:")], None);
    bed.put_with("typed", 0, None, Some(&frame), &[], None);
    bed.flush();
    let pipeline = bed.start(
        r#""direction": "deserialize", "source": {"topics": ["typed"]}, "sink": {"topic": "json"}, "context": {"header": "ctx"},
           "on_invalid": {"dead_letter": "dead"},"#,
    );
    let values: Vec<_> = bed.read("json", 2).into_iter().map(|record| record.value.unwrap()).collect();
    assert_eq!(values, [b"1".to_vec(), b"\"x\"".to_vec()]);
    let dead = bed.read("dead", 1).remove(0);
    assert_eq!(dead.header("serdecar.reason").as_deref(), Some("context"));
    assert_eq!(dead.header("serdecar.error").as_deref(), Some(": no header 'ctx' says the context"));
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn a_partition_whose_schema_is_missing_waits_alone_and_keeps_its_order() {
    let bed = Bed::new(2);
    for topic in ["a.raw", "b.raw", "typed.a.raw", "typed.b.raw"] {
        bed.broker.create_topic(topic, 1).unwrap();
    }
    bed.schemas.register("a", "typed.a.raw-value", 5, ORDER);
    // More than may be held, so that the partition is paused.
    let count = 25_000;
    for number in 0..count {
        bed.put("b.raw", 0, None, Some(order(number).as_bytes()));
    }
    for number in 0..10 {
        bed.put("a.raw", 0, None, Some(order(number).as_bytes()));
    }
    bed.flush();
    let pipeline = bed.start(
        r#""source": {"topics": ["^[ab]\\.raw"]}, "sink": {"topic": "typed.{source}"},
           "context": {"topic": "^(?<context>[ab])\\."},"#,
    );
    assert_eq!(
        bed.read("typed.a.raw", 10).iter().map(Written::number).collect::<Vec<_>>(),
        (0..10).collect::<Vec<_>>()
    );
    let status = pipeline.status();
    wait_until(&status, "waiting for the schema", |status| {
        status.problems().iter().any(|problem| {
            problem.condition == Some(Condition::Schemas)
                && problem.reason == "version latest of subject :.b:typed.b.raw-value is not available"
        })
    });
    bed.schemas.register("b", "typed.b.raw-value", 9, ORDER);
    let typed = bed.read("typed.b.raw", count);
    assert_in_order(&typed.iter().map(Written::number).collect::<Vec<_>>(), count);
    wait_until(&status, "ready", Status::is_ready);
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn an_id_that_the_registry_does_not_know_becomes_a_dead_letter() {
    let bed = Bed::new(1);
    bed.broker.create_topic("json", 1).unwrap();
    bed.put("typed", 0, None, Some(&[0, 0, 0, 0, 99, 2]));
    bed.put("typed", 0, None, Some(&[0, 0, 0, 0, 17, 2]));
    bed.flush();
    let pipeline = bed.start(
        r#""direction": "deserialize", "source": {"topics": ["typed"]}, "sink": {"topic": "json"},
           "on_invalid": {"dead_letter": "dead"},"#,
    );
    wait_until(&pipeline.status(), "waiting for the id", |status| {
        status.problems().iter().any(|problem| problem.reason == "schema 99 in context . is not available")
    });
    bed.schemas.disown(".", 99);
    assert_eq!(bed.read("json", 1)[0].value.as_deref(), Some(order(1).as_bytes()));
    let dead = bed.read("dead", 1).remove(0);
    assert_eq!(dead.header("serdecar.reason").as_deref(), Some("unknown_schema"));
    assert_eq!(dead.value.as_deref(), Some(&[0, 0, 0, 0, 99, 2][..]));
    pipeline.stop();
    pipeline.join().unwrap();
}

#[test]
fn a_restart_goes_on_behind_the_last_record() {
    let bed = Bed::new(2);
    for round in 0..3 {
        bed.put_orders(round % 2, 0..50);
        let pipeline = bed.start("");
        bed.read("typed", (usize::try_from(round).unwrap() + 1) * 50);
        pipeline.stop();
        assert_eq!(pipeline.join().unwrap(), Ended::Stopped);
    }
    assert_eq!(bed.committed("serdecar-p", 2), [Offset::At(100), Offset::At(50)]);
    assert_eq!(bed.read("typed", 150).len(), 150, "{}", raw_topic());
}
