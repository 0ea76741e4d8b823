//! What the admin listener tells of real traffic: metrics, readiness, liveness.

use serde_json::Value;

use super::support::orders::{LETTER, NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, serialize};

/// What the registry client and the schema cache measure has a value.
fn expect_schemas_to_count(sidecar: &Sidecar) {
    for (name, labels) in [
        ("serdecar_registry_requests_total", &[("outcome", "ok")][..]),
        ("serdecar_registry_request_seconds_count", &[]),
        ("serdecar_schema_cache_misses_total", &[]),
        ("serdecar_schema_cache_bytes", &[]),
        ("serdecar_schema_cache_entries", &[]),
        ("serdecar_schema_cache_hits_total", &[("context", ".staging"), ("level", "local")]),
        ("serdecar_schema_cache_hits_total", &[("context", ".production"), ("level", "local")]),
        ("serdecar_build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
    ] {
        let value = sidecar.metric(name, labels);
        assert!(value.is_some_and(|value| value > 0.0), "{name} {labels:?}: {value:?}");
    }
}

#[test]
fn metrics_count_what_went_through_by_pipeline_and_context() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, dead, letters, json] =
        ["observability.raw", "observability.avro", "observability.dlq", "observability.letters", "observability.json"];
    for topic in [raw, avro, dead, letters, json] {
        kafka.create_topic(topic, 2);
    }
    registry.register(":.staging:observability.avro-value", NUMBER);
    registry.register(":.production:observability.letters-value", LETTER);
    // 60 good records of 8 bytes and a key of 3, 3 bad ones, one tombstone.
    let good = || (10..70).map(|n| Record::new(number(n)).key("key").partition(0));
    let bad = ["[]", r#"{"n": "x"}"#, "{"].map(|value| Record::new(value).partition(1));
    kafka.produce(raw, good().chain(bad).chain([Record::tombstone("gone").partition(1)]));
    let letter = || Record::new([0, 0, 0, 0, 1, 2, b'a']).partition(0);
    kafka.produce(letters, [letter(), letter()]);
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &serialize(
                raw,
                avro,
                &format!("context: .staging, on_invalid: {{dead_letter: {dead}}}, batch: {{max_records: 8}}"),
            ),
            &deserialize(letters, json, "context: .production, on_invalid: skip"),
        ],
    ));
    kafka.read_until(avro, 61);
    kafka.read_until(dead, 3);
    kafka.read_until(json, 2);
    // Another batch, for which the worker itself knows the schema.
    kafka.produce(letters, [letter(), letter(), letter(), Record::new([0, 0, 0, 0, 1, 4, b'a']).partition(1)]);
    kafka.read_until(json, 5);

    let of = |pipeline: &'static str, context: &'static str| [("pipeline", pipeline), ("context", context)];
    let (staging, production) = (of(avro, ".staging"), of(json, ".production"));
    let expect = |name: &str, labels: &[(&str, &str)], more: &[(&str, &str)], value: f64| {
        sidecar.await_metric(name, &[labels, more].concat(), value);
    };
    expect("serdecar_records_total", &staging, &[("outcome", "written")], 61.0);
    expect("serdecar_records_total", &staging, &[("outcome", "dead_letter")], 3.0);
    expect("serdecar_records_total", &staging, &[("outcome", "skipped")], 0.0);
    expect("serdecar_rejected_total", &staging, &[("reason", "type")], 2.0);
    expect("serdecar_rejected_total", &staging, &[("reason", "syntax")], 1.0);
    expect("serdecar_rejected_total", &staging, &[], 3.0);
    let bytes_in = 60 * (number(10).len() + 3) + 2 + 10 + 1 + 4;
    let bytes_out: usize = (10..70).map(|n| framed_number(1, n).len() + 3).sum::<usize>() + 4;
    expect("serdecar_bytes_in_total", &staging, &[], f64::from(u32::try_from(bytes_in).unwrap()));
    expect("serdecar_bytes_out_total", &staging, &[], f64::from(u32::try_from(bytes_out).unwrap()));
    expect("serdecar_records_total", &production, &[("outcome", "written")], 5.0);
    expect("serdecar_records_total", &production, &[("outcome", "skipped")], 1.0);
    expect("serdecar_rejected_total", &production, &[("reason", "malformed")], 1.0);
    // Nothing is counted for a context that is not this pipeline's.
    assert_eq!(sidecar.metric("serdecar_records_total", &of(avro, ".production")), None);
    expect("serdecar_records_total", &of(avro, "other"), &[], 0.0);

    // At most 8 records at a time.
    let batches = sidecar.metric("serdecar_batch_records_count", &[("pipeline", avro)]).unwrap();
    assert!(batches >= 8.0, "{batches} batches");
    expect("serdecar_batch_records_bucket", &[("pipeline", avro), ("le", "10")], &[], batches);
    for (pipeline, topic, records) in [(avro, raw, 64.0), (json, letters, 6.0)] {
        let pipeline = [("pipeline", pipeline)];
        expect("serdecar_consumer_lag", &pipeline, &[("topic", topic), ("partition", "0")], 0.0);
        expect("serdecar_consumer_lag", &pipeline, &[("topic", topic), ("partition", "1")], 0.0);
        expect("serdecar_batch_records_sum", &pipeline, &[], records);
        let batches = sidecar.metric("serdecar_batch_records_count", &pipeline).unwrap();
        assert!((1.0..=records).contains(&batches), "{batches} batches");
        expect("serdecar_batch_records_bucket", &pipeline, &[("le", "+Inf")], batches);
        for (name, labels) in [
            ("serdecar_transform_seconds_count", &[][..]),
            ("serdecar_end_to_end_seconds_count", &[]),
            ("serdecar_end_to_end_seconds_sum", &[]),
            ("serdecar_commits_total", &[("outcome", "ok")]),
            ("serdecar_rebalances_total", &[("kind", "assign")]),
        ] {
            let value = sidecar.metric(name, &[&pipeline, labels].concat());
            assert!(value.is_some_and(|value| value > 0.0), "{name}: {value:?}");
        }
    }
    expect_schemas_to_count(&sidecar);
    expect("serdecar_ready", &[], &[], 1.0);
    expect("serdecar_unready_conditions", &[], &[], 0.0);
    assert!(sidecar.terminate().success());
}

#[test]
fn readiness_tells_each_pipeline_apart_and_follows_what_happens() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, good, lacking] = ["observability.ready.raw", "observability.ready.good", "observability.ready.lacking"];
    for topic in [raw, good, lacking] {
        kafka.create_topic(topic, 1);
    }
    registry.register("observability.ready.good-value", NUMBER);
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, good, ""), &serialize(raw, lacking, "")]));
    kafka.produce(raw, [Record::new(number(1))]);
    kafka.read_until(good, 1);
    sidecar.await_metric("serdecar_unready_conditions", &[], 2.0);
    sidecar.await_unready(&["version latest of subject observability.ready.lacking-value"]);
    let (status, report) = sidecar.admin("/readyz");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((status, &report["ready"]), (503, &Value::Bool(false)));
    let names: Vec<_> = report["conditions"].as_array().unwrap().iter().map(|condition| &condition["name"]).collect();
    assert_eq!(names, ["registry", "pipeline observability.ready.lacking"]);
    let why = &report["conditions"][0]["reason"];
    assert_eq!(why, "subject observability.ready.lacking-value not found in the registry");
    assert_eq!(sidecar.metric("serdecar_ready", &[]), Some(0.0));
    assert_eq!(sidecar.admin("/livez").0, 200);

    registry.register("observability.ready.lacking-value", NUMBER);
    sidecar.await_ready();
    assert_eq!(sidecar.metric("serdecar_ready", &[]), Some(1.0));
    assert_eq!(sidecar.admin("/nothing").0, 404);
    assert!(sidecar.terminate().success());
}
