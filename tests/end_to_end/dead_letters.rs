//! Records that can't be written: dead letters, skipped ones, and the halt before one.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, eventually, serialize};

/// An order with a list of lines, for pointers that lead somewhere.
const BASKET: &str = r#"{"type": "record", "name": "Basket", "fields": [
    {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
        {"name": "sku", "type": "string"},
        {"name": "qty", "type": "int"}
    ]}}},
    {"name": "labels", "type": {"type": "map", "values": "boolean"}, "default": {}}
]}"#;

/// The headers that a dead letter adds, in their order, but for `serdecar.error`.
fn verdict(letter: &Record) -> Vec<(&str, &str)> {
    let added = letter.headers.iter().filter(|(name, _)| name.starts_with("serdecar.") && name != "serdecar.error");
    added.map(|(name, value)| (name.as_str(), std::str::from_utf8(value.as_deref().unwrap()).unwrap())).collect()
}

/// Why a dead letter is one, and where.
pub(super) fn reason_and_pointer(letter: &Record) -> (&str, &str) {
    (letter.header_text("serdecar.reason").unwrap(), letter.header_text("serdecar.pointer").unwrap())
}

/// The message of a dead letter.
pub(super) fn error(letter: &Record) -> &str {
    letter.header_text("serdecar.error").unwrap()
}

#[test]
fn a_dead_letter_keeps_the_record_and_says_exactly_what_is_wrong_and_where_it_came_from() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["dead.exact.raw", "dead.exact.avro", "dead.exact.dlq"];
    kafka.create_topic(raw, 3);
    kafka.create_topic(avro, 3);
    kafka.create_topic(dead, 2);
    registry.register(":.staging:unrelated", NUMBER);
    assert_eq!(registry.register(":.staging:dead.exact.avro-value", BASKET), 2);
    let bad = r#"{"lines": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}, {"sku": "c", "qty": "two"}]}"#;
    let letter = Record::new(bad)
        .key([0xff, 0])
        .partition(2)
        .timestamp(1_500_000_000_000)
        .header("trace", [0xff])
        .header("tenant", "x")
        .header("tenant", "y");
    kafka.produce(
        raw,
        [Record::new(r#"{"lines": []}"#).partition(2), letter.clone(), Record::tombstone("k").partition(2)],
    );

    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    let letters = kafka.read_until(dead, 1);
    assert_eq!(letters.len(), 1);
    let found = &letters[0];
    assert_eq!((&found.key, &found.value, found.timestamp), (&letter.key, &letter.value, letter.timestamp));
    assert!(found.headers.starts_with(&letter.headers), "{:?}", found.headers);
    assert_eq!(
        verdict(found),
        [
            ("serdecar.reason", "type"),
            ("serdecar.pointer", "/lines/2/qty"),
            ("serdecar.pipeline", avro),
            ("serdecar.context", ".staging"),
            ("serdecar.schema_id", "2"),
            ("serdecar.topic", raw),
            ("serdecar.partition", "2"),
            ("serdecar.offset", "1"),
        ]
    );
    assert_eq!(
        error(found),
        r#"/lines/2/qty: expected int, found string "two" (schema 2 of :.staging:dead.exact.avro-value)"#
    );
    assert_eq!(found.headers.len(), letter.headers.len() + 9);

    let written = kafka.read_until(avro, 2);
    let values: Vec<_> = written.iter().map(|record| record.value.as_deref()).collect();
    assert_eq!(values, [Some(&[0, 0, 0, 0, 2, 0, 0][..]), None]);
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-dead.exact.avro", raw), 0);
}

#[test]
fn every_kind_of_bad_json_is_a_dead_letter_with_its_reason_and_none_reaches_the_log() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["dead.json.raw", "dead.json.avro", "dead.json.dlq"];
    for topic in [raw, avro, dead] {
        kafka.create_topic(topic, 1);
    }
    registry.register("dead.json.avro-value", BASKET);
    let deep = format!("{{\"lines\": [], \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(&[u8], &str, &str, &str); 14] = [
        (b"", "syntax", "", ""),
        (b"secret", "syntax", "", ""),
        (br#"{"lines": []"#, "syntax", "", ""),
        (br#"{"lines": []} {"lines": []}"#, "syntax", "", ""),
        (b"{\"lines\": [], \"labels\": {\"secret\xff\": true}}", "syntax", "", "UTF-8"),
        (br#"[1, "secret"]"#, "type", "", "array"),
        (br#"{"labels": {}}"#, "missing", "/lines", ""),
        (br#"{"lines": null}"#, "type", "/lines", "null"),
        (br#"{"lines": [{"sku": "secret", "qty": 2147483648}]}"#, "range", "/lines/0/qty", "2147483648"),
        (br#"{"lines": [{"sku": "secret", "qty": 1.5}]}"#, "type", "/lines/0/qty", "1.5"),
        (br#"{"lines": [], "lines": []}"#, "duplicate", "/lines", "duplicate"),
        (br#"{"lines": [], "labels": {"secret/~": 1}}"#, "type", "/labels/secret~1~0", "boolean"),
        (br#"{"lines": [], "labels": {"s": true, "s": true}}"#, "duplicate", "/labels/s", "duplicate"),
        (deep.as_bytes(), "limit", "", ""),
    ];
    kafka.produce(raw, cases.iter().map(|(value, ..)| Record::new(*value)));
    kafka.produce(raw, [Record::new(r#"{"lines": [], "unknown": "member"}"#)]);
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    let letters = kafka.read_until(dead, cases.len());
    for (letter, (value, reason, pointer, words)) in letters.iter().zip(cases) {
        assert_eq!(letter.value.as_deref(), Some(value));
        let start = String::from_utf8_lossy(value).chars().take(60).collect::<String>();
        let (found, at) = reason_and_pointer(letter);
        assert_eq!(found, reason, "{start}: {}", error(letter));
        // Where a text stops being JSON its place is not said by a pointer alone.
        assert!(matches!(reason, "syntax" | "limit") || at == pointer, "{start}: {at}");
        assert!(error(letter).contains(words), "{start}: {}", error(letter));
        assert!(error(letter).ends_with("(schema 1 of dead.json.avro-value)"), "{start}: {}", error(letter));
    }
    assert_eq!(kafka.read_until(avro, 1).len(), 1);
    assert!(sidecar.terminate().success());
    assert!(!sidecar.log().contains("secret"), "{}", sidecar.log());
}

#[test]
fn every_kind_of_bad_frame_is_a_dead_letter_with_its_reason() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json, dead] = ["dead.frame.avro", "dead.frame.json", "dead.frame.dlq"];
    for topic in [avro, json, dead] {
        kafka.create_topic(topic, 1);
    }
    assert_eq!(registry.register(":.staging:dead.frame.avro-value", BASKET), 1);
    let cases: [(&[u8], &str, &str, &str); 14] = [
        (b"", "frame", "", "empty payload"),
        (b"{\"lines\": []}", "frame", "", "magic byte 0x7b"),
        (&[2, 0, 0, 0, 1, 0, 0], "frame", "", "magic byte 0x02"),
        (&[1, 0, 0, 0, 1, 0, 0], "frame", "", "7 byte(s), expected at least 17"),
        (&[0], "frame", "", "1 byte"),
        (&[0, 0, 0, 0], "frame", "", "4 byte"),
        (&[0, 0xff, 0xff, 0xff, 0xff, 0, 0], "frame", "", "-1"),
        (&[0, 0, 0, 0, 99, 0, 0], "unknown_schema", "", "99"),
        (&[0, 0, 0, 0, 1], "malformed", "/lines", ""),
        // One line, whose text of three bytes has two.
        (&[0, 0, 0, 0, 1, 2, 6, b'a', b'b'], "malformed", "/lines/0/sku", ""),
        (&[0, 0, 0, 0, 1, 2, 2, 0xff, 2, 0, 0], "malformed", "/lines/0/sku", "UTF-8"),
        (&[0, 0, 0, 0, 1, 0, 2, 2, b'a', 2, 0], "malformed", "/labels/a", "boolean"),
        (&[0, 0, 0, 0, 1, 0, 0, 0], "malformed", "", "1 more byte"),
        // 2^60 lines: the zigzag varint of 2^61.
        (&[0, 0, 0, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], "limit", "/lines", ""),
    ];
    kafka.produce(avro, cases.iter().map(|(value, ..)| Record::new(*value)));
    kafka.produce(avro, [Record::new([0, 0, 0, 0, 1, 0, 0])]);
    let more = format!("context: .staging, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&deserialize(avro, json, &more)]));
    let letters = kafka.read_until(dead, cases.len());
    for (offset, (letter, (value, reason, pointer, words))) in letters.iter().zip(cases).enumerate() {
        assert_eq!(letter.value.as_deref(), Some(value));
        assert_eq!(reason_and_pointer(letter), (reason, pointer), "{value:?}: {}", error(letter));
        assert!(error(letter).contains(words), "{value:?}: {}", error(letter));
        let id = match (reason, value) {
            ("frame", _) => None,
            (_, [0, 0, 0, 0, id, ..]) => Some(id.to_string()),
            _ => panic!("no such case"),
        };
        assert_eq!(letter.header_text("serdecar.schema_id"), id.as_deref(), "{value:?}");
        assert_eq!(letter.header_text("serdecar.context"), Some(".staging"));
        assert_eq!(letter.header_text("serdecar.offset"), Some(offset.to_string().as_str()));
    }
    let good = kafka.read_until(json, 1);
    assert_eq!(good.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(good[0].text()).unwrap(), serde_json::json!({"lines": [], "labels": {}}));
    assert!(sidecar.terminate().success());
}

#[test]
fn a_bad_key_and_an_unknown_member_are_rejected_where_the_config_says_so() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead] = ["dead.key.raw", "dead.key.avro", "dead.key.dlq"];
    for topic in [raw, avro, dead] {
        kafka.create_topic(topic, 1);
    }
    registry.register("dead.key.avro-value", NUMBER);
    registry.register("dead.key.avro-key", NUMBER);
    kafka.produce(
        raw,
        [
            Record::new(number(1)).key(r#"{"n": "1"}"#),
            Record::new(r#"{"n": 2, "m": 0}"#).key(number(2)),
            Record::new(number(3)).key(number(3)),
        ],
    );
    let more = format!("key: {{format: avro}}, value: {{unknown_fields: reject}}, on_invalid: {{dead_letter: {dead}}}");
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, &more)]));
    let letters = kafka.read_until(dead, 2);
    let verdicts: Vec<_> = letters.iter().map(reason_and_pointer).collect();
    assert_eq!(verdicts, [("type", "/n"), ("unknown", "/m")]);
    assert!(error(&letters[0]).contains("key") && error(&letters[0]).contains("dead.key.avro-key"));
    assert_eq!(letters[0].key.as_deref(), Some(&br#"{"n": "1"}"#[..]));
    assert_eq!(kafka.read_until(avro, 1)[0].value, Some(framed_number(1, 3)));
    assert!(sidecar.terminate().success());
}

#[test]
fn skipped_records_are_left_out_counted_and_committed() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["dead.skip.raw", "dead.skip.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("dead.skip.avro-value", NUMBER);
    let value = |n: usize| if n % 4 == 3 { "[]".to_owned() } else { number(n) };
    kafka.produce(raw, (0..40).map(|n| Record::new(value(n))));
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, "on_invalid: skip")]));
    let written = kafka.read_until(avro, 30);
    let expected: Vec<_> = (0..40).filter(|n| n % 4 != 3).map(|n| Some(framed_number(1, n))).collect();
    assert_eq!(written.into_iter().map(|record| record.value).collect::<Vec<_>>(), expected);
    let labels = [("pipeline", avro), ("context", ".")];
    sidecar.await_metric("serdecar_records_total", &[labels[0], labels[1], ("outcome", "skipped")], 10.0);
    sidecar.await_metric("serdecar_rejected_total", &[labels[0], labels[1], ("reason", "type")], 10.0);
    assert!(sidecar.terminate().success());
    // The last record is a bad one: nothing is left to be read again.
    assert_eq!(kafka.uncommitted("serdecar-dead.skip.avro", raw), 0);
}

#[test]
fn a_stopped_pipeline_has_committed_exactly_what_is_before_the_bad_record_and_the_others_go_on() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, halted, other] = ["dead.stop.raw", "dead.stop.halted", "dead.stop.other"];
    for topic in [raw, halted, other] {
        kafka.create_topic(topic, 2);
    }
    registry.register("dead.stop.halted-value", NUMBER);
    registry.register("dead.stop.other-value", NUMBER);
    let value = |n: usize| if n == 700 { r#"{"n": "secret"}"#.to_owned() } else { number(n) };
    kafka.produce(raw, (0..1_000).map(|n| Record::new(value(n)).partition(1)));
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[&serialize(raw, halted, "workers: 2"), &serialize(raw, other, "on_invalid: skip")],
    ));
    sidecar.await_unready(&[raw, "700", "[1]", halted]);
    let written = kafka.read_until(halted, 700);
    let expected: Vec<_> = (0..700).map(|n| Some(framed_number(1, n))).collect();
    assert!(written.into_iter().map(|record| record.value).eq(expected));
    let committed = || kafka.committed("serdecar-dead.stop.halted", raw)[1];
    eventually("everything before the bad record is committed", || (committed() == Some(700)).then_some(()));

    kafka.read_until(other, 999);
    kafka.produce(raw, (0..50).map(|n| Record::new(number(n)).partition(0)));
    assert_eq!(kafka.read_until(other, 1_049).len(), 1_049);
    // Nothing more of the one that halted, whichever worker has the partition.
    assert_eq!(kafka.read_to_end(halted).len(), 700);
    assert_eq!(sidecar.admin("/readyz").0, 503);
    assert_eq!(sidecar.admin("/livez").0, 200);
    assert!(!sidecar.log().contains("secret"), "{}", sidecar.log());
    sidecar.terminate();
    assert_eq!(committed(), Some(700));
    assert_eq!(kafka.uncommitted("serdecar-dead.stop.other", raw), 0);
}

#[test]
fn when_no_pipeline_is_left_the_process_ends_with_65_and_a_restart_halts_before_the_same_record() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["dead.last.raw", "dead.last.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("dead.last.avro-value", NUMBER);
    kafka.produce(raw, [number(0), number(1), r#"{"n": null}"#.to_owned(), number(3)].map(Record::new));
    for _ in 0..2 {
        let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, "on_invalid: stop")]));
        assert_eq!(sidecar.wait().code(), Some(65), "{}", sidecar.log());
        let log = sidecar.log();
        let message = log.lines().rfind(|line| !line.is_empty()).unwrap();
        assert!(message.contains("offset 2 of dead.last.raw[0]"), "{message}");
        assert_eq!(kafka.read_to_end(avro).len(), 2);
        assert_eq!(kafka.committed("serdecar-dead.last.avro", raw), [Some(2)]);
    }
}

#[test]
fn unknown_ids_of_a_partition_wait_out_their_grace_together() {
    const GRACE: Duration = Duration::from_secs(3);
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [avro, json, dead] = ["dead.grace.avro", "dead.grace.json", "dead.grace.dlq"];
    for topic in [avro, json, dead] {
        kafka.create_topic(topic, 1);
    }
    registry.register("dead.grace.avro-value", NUMBER);
    kafka.produce(avro, (0..5).flat_map(|n| [framed_number(91 + n, 0), framed_number(1, n.into())]).map(Record::new));
    let more = format!("on_invalid: {{dead_letter: {dead}}}");
    let text = config(kafka, &registry, &[&deserialize(avro, json, &more)]);
    let mut sidecar = Sidecar::run(&text.replace("unknown_grace: 1s", "unknown_grace: 3s"));
    sidecar.await_unready(&["schema 91"]);
    let asked = Instant::now();
    let letters = kafka.read_until(dead, 5);
    assert!(
        asked.elapsed() < GRACE * 3,
        "{:?} for five ids: one after the other takes {:?}",
        asked.elapsed(),
        GRACE * 5
    );
    let ids: Vec<_> = letters.iter().map(|letter| letter.header_text("serdecar.schema_id").unwrap()).collect();
    assert_eq!(ids, ["91", "92", "93", "94", "95"]);
    let order: Vec<_> = kafka.read_until(json, 5).iter().map(|record| record.text().to_owned()).collect();
    assert_eq!(order, (0..5).map(|n| format!(r#"{{"n":{n}}}"#)).collect::<Vec<_>>());
    assert!(sidecar.terminate().success());
}
