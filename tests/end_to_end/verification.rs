//! `direction: verify`: what others wrote is passed on byte for byte, or set aside with the reason.

use super::support::orders::{LETTER, NUMBER, framed_number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config};

const EVENT: &str = r#"{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}"#;

/// The record as it was read, without its place.
fn unplaced(record: &Record) -> Record {
    Record { partition: None, offset: None, ..record.clone() }
}

#[test]
fn good_records_are_passed_on_byte_for_byte_and_all_others_are_set_aside_with_the_reason() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [guarded, clean, dead] = ["verify.in", "verify.out", "verify.dlq"];
    for topic in [guarded, clean, dead] {
        kafka.create_topic(topic, 1);
    }
    assert_eq!(registry.register(":.staging:verify.in-value", NUMBER), 1);
    assert_eq!(registry.register(":.staging:other", LETTER), 2);
    // The same subject in another context, where id 3 is one of its versions.
    for (id, schema) in (1..).zip([LETTER, NUMBER, "\"string\""]) {
        assert_eq!(registry.register(&format!(":.production:of-{id}"), schema), id);
    }
    registry.register(":.production:verify.in-value", "\"string\"");
    let name = |schema: &str| {
        let guid = registry.guid(schema);
        [&[1], &guid[..]].concat()
    };
    let number = |n: usize| framed_number(1, n);
    let good = [
        Record::new(number(1)).key("k").timestamp(1_700_000_000_001).header("a", "1").header("a", ""),
        Record::new(&number(2)[5..]).header("__value_schema_id", name(":.staging:verify.in-value")).header("z", [0xff]),
        Record::tombstone("gone").timestamp(5),
        Record::new([&name(":.staging:verify.in-value"), &number(3)[5..]].concat()),
    ];
    let bad = [
        ("malformed", "/n: expected long", Record::new(&number(64)[..6])),
        ("malformed", "the end of the datum, found 1 more", Record::new([&number(5)[..], &[0]].concat()).key("t")),
        ("wrong_subject", "no version of subject :.staging:verify.in-value", Record::new([0, 0, 0, 0, 2, 2, b'x'])),
        ("unknown_schema", "knows no schema 3", Record::new([0, 0, 0, 0, 3, 2, b'x']).header("h", "v")),
        (
            "wrong_subject",
            "no version of subject :.staging:verify.in-value",
            Record::new([2, b'x']).header("__value_schema_id", name(":.production:verify.in-value")),
        ),
        ("frame", "unknown magic byte 0x7b", Record::new("{}")),
        ("frame", "empty payload", Record::new("")),
        ("frame", "name no schema", Record::new(number(6)).header("__value_schema_id", "17")),
    ];
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[&format!(
            "name: guard, direction: verify, source: {{topics: ['{guarded}']}}, sink: {{topic: {clean}}}, \
             context: .staging, on_invalid: {{dead_letter: {dead}}}"
        )],
    ));
    kafka.produce(guarded, good.iter().cloned().chain(bad.iter().map(|(_, _, record)| record.clone())));
    kafka.produce(guarded, [good[0].clone()]);

    let written = kafka.read_until(clean, good.len() + 1);
    let letters = kafka.read_until(dead, bad.len());
    let came = kafka.read_to_end(guarded);
    let passed: Vec<Record> = came[..good.len()].iter().chain(came.last()).map(unplaced).collect();
    assert_eq!(written.iter().map(unplaced).collect::<Vec<_>>(), passed);
    for (((reason, error, _), letter), record) in bad.iter().zip(&letters).zip(&came[good.len()..]) {
        assert_eq!(letter.header_text("serdecar.reason"), Some(*reason));
        let found = letter.header_text("serdecar.error").unwrap();
        assert!(found.contains(error), "{error}: {found}");
        assert_eq!(letter.header_text("serdecar.context"), Some(".staging"));
        assert_eq!((&letter.key, &letter.value, letter.timestamp), (&record.key, &record.value, record.timestamp));
        assert_eq!(letter.headers[..record.headers.len()], record.headers);
    }
    let labels = [("pipeline", "guard"), ("reason", "wrong_subject")];
    assert_eq!(sidecar.metric("serdecar_rejected_total", &labels), Some(2.0));
    assert!(sidecar.terminate().success());
}

#[test]
fn json_is_verified_too_and_a_subject_that_comes_late_is_waited_for() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [guarded, clean, dead] = ["verify.json.in", "verify.json.out", "verify.json.dlq"];
    for topic in [guarded, clean, dead] {
        kafka.create_topic(topic, 1);
    }
    let text = config(
        kafka,
        &registry,
        &[&format!(
            "name: guard-json, direction: verify, source: {{topics: ['{guarded}']}}, sink: {{topic: {clean}}}, \
             context: .late, value: {{format: json}}, on_invalid: {{dead_letter: {dead}}}"
        )],
    );
    let mut sidecar = Sidecar::run(&text.replace("unknown_grace: 1s", "unknown_grace: 60s"));
    let frame = |json: &str| Record::new([&[0, 0, 0, 0, 1], json.as_bytes()].concat());
    let good = frame("{ \"n\": 7.0, \"more\": 123456789012345678901234567890 }");
    kafka.produce(guarded, [good.clone(), frame("{\"n\": \"x\"}"), frame("{\"n\": 1}}")]);
    sidecar.await_ready();
    super::support::eventually("asked for the id", || {
        sidecar.metric("serdecar_registry_requests_total", &[("outcome", "not_found")]).filter(|asked| *asked > 0.0)
    });
    assert_eq!(registry.register_json(":.late:verify.json.in-value", EVENT), 1);
    let written = kafka.read_until(clean, 1);
    assert_eq!((written.len(), &written[0].value), (1, &good.value));
    let letters = kafka.read_until(dead, 2);
    let reasons: Vec<_> = letters.iter().map(|letter| letter.header_text("serdecar.reason").unwrap()).collect();
    assert_eq!(reasons, ["type", "syntax"]);
    assert!(sidecar.terminate().success());
}
