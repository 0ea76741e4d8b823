use super::*;
use crate::codec::Limits;
use crate::codec::avro::{BytesForm, Decimals, JsonMode, JsonOptions, Timestamps, UnknownFields};
use crate::pipeline::partition::Partitioning;
use crate::registry::Version;
use crate::transform::{Framed, IdIn};

fn read(json: &str) -> (Option<Vec<Config>>, Vec<String>) {
    let raw: Vec<RawConfig> = serde_json::from_str(json).unwrap();
    let mut faults = Faults::default();
    let configs = RawConfig::validate_all(raw, "/pipelines", &mut faults);
    (configs, faults.into_vec().into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect())
}

fn one(json: &str) -> Config {
    let (configs, faults) = read(&format!("[{json}]"));
    assert_eq!(faults, Vec::<String>::new());
    configs.unwrap().remove(0)
}

/// The one fault of a pipeline with `change` in it.
fn fault(change: &str) -> String {
    let json = format!(
        r#"[{{"name": "n", "direction": "serialize", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}} {change}}}]"#
    );
    let (configs, mut faults) = read(&json);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(configs.is_none() || !faults.is_empty());
    faults.remove(0)
}

#[test]
fn only_name_direction_source_and_sink_are_required() {
    let config = one(
        r#"{"name": "orders", "direction": "serialize", "source": {"topics": ["raw.orders"]}, "sink": {"topic": "orders"}}"#,
    );
    assert_eq!(config.source.group, "serdecar-orders");
    assert_eq!(config.sink.partition, Partitioning::Preserve);
    assert!(matches!(&config.context, ContextRule::Literal(context) if context.is_default()));
    assert_eq!(config.value.step, Step::Encode(Framed::Avro, Version::Latest));
    assert_eq!(config.value.subject.fill("orders"), "orders-value");
    assert_eq!(config.value.limits, Limits::default());
    assert_eq!(config.key.step, Step::Pass);
    assert_eq!(config.key.subject.fill("orders"), "orders-key");
    assert_eq!(config.on_invalid, OnInvalid::Stop);
    assert_eq!((config.workers, config.batch), (1, Batch::default()));
    assert_eq!(config.batch.max_wait, Duration::from_millis(5));
    assert_eq!(config.typed_side, TypedSide::Sink);
}

#[test]
fn a_reader_is_a_version_and_belongs_to_typed_data_that_are_deserialized() {
    let reader = |reader: &str| {
        let part = format!(r#"{{"format": "avro", "reader": {reader}}}"#);
        let config = one(&format!(
            r#"{{"name": "n", "direction": "deserialize", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}},
                "value": {part}, "key": {part}}}"#
        ));
        assert_eq!(config.key.step, config.value.step);
        (config.value.step, config.readers().len())
    };
    assert_eq!(reader("\"none\""), (Step::Decode(Framed::Avro, None), 0));
    assert_eq!(reader("\"latest\""), (Step::Decode(Framed::Avro, Some(Version::Latest)), 2));
    assert_eq!(reader("3"), (Step::Decode(Framed::Avro, Some(Version::Number(3))), 2));
    assert_eq!(
        fault(r#", "value": {"reader": "newest"}"#),
        "/pipelines/0/value/reader: 'newest' is not a version: a number from 1 to 2147483647, or latest, or none"
    );
    let misplaced = "only Avro data that are deserialized are read by another schema";
    assert_eq!(fault(r#", "value": {"reader": "latest"}"#), format!("/pipelines/0/value/reader: {misplaced}"));
    assert_eq!(fault(r#", "key": {"reader": 1}"#), format!("/pipelines/0/key/reader: {misplaced}"));
}

#[test]
fn a_message_is_chosen_for_what_is_serialized_to_protobuf() {
    let with = |direction: &str, value: &str| {
        read(&format!(
            r#"[{{"name": "n", "direction": "{direction}", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}},
                "value": {value}}}]"#
        ))
    };
    let (configs, faults) = with("serialize", r#"{"format": "protobuf", "message": "shop.Order"}"#);
    assert_eq!(faults, <[String; 0]>::default());
    let value = configs.unwrap().remove(0).value;
    assert_eq!(value.step, Step::Encode(Framed::Protobuf, Version::Latest));
    assert_eq!(value.message.as_deref(), Some("shop.Order"));
    let (_, faults) = with("serialize", r#"{"format": "protobuf", "unknown_fields": "reject", "bytes": "latin1"}"#);
    assert_eq!(faults, ["/pipelines/0/value/bytes: is for format avro alone, and the format is protobuf"]);
    assert_eq!(with("deserialize", r#"{"format": "protobuf", "message": "shop.Order"}"#).1, <[String; 0]>::default());
    for format in ["avro", "json", "none"] {
        let (_, faults) = with("serialize", &format!(r#"{{"format": "{format}", "message": "shop.Order"}}"#));
        assert_eq!(faults, [format!("/pipelines/0/value/message: is for format protobuf, and the format is {format}")]);
    }
}

#[test]
fn keys_that_mean_nothing_in_a_format_are_faults() {
    let keys = r#""json": "avro", "unknown_fields": "reject", "bytes": "latin1", "timestamps": "iso8601", "decimals": "string""#;
    for format in ["json", "none"] {
        let (configs, faults) = read(&format!(
            r#"[{{"name": "n", "direction": "serialize", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}},
                "value": {{"format": "{format}", {keys}}}}}]"#
        ));
        assert!(configs.is_none() || !faults.is_empty());
        let mut expected = ["json", "bytes", "timestamps", "decimals"]
            .map(|key| format!("/pipelines/0/value/{key}: is for format avro alone, and the format is {format}"))
            .to_vec();
        let unknown = format!("is for the formats avro and protobuf, and the format is {format}");
        expected.insert(1, format!("/pipelines/0/value/unknown_fields: {unknown}"));
        assert_eq!(faults, expected);
    }
    let usual = r#""json": "plain", "unknown_fields": "ignore", "bytes": "base64", "timestamps": "number", "decimals": "number""#;
    let (_, faults) = read(&format!(
        r#"[{{"name": "n", "direction": "serialize", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}},
            "value": {{"format": "json", {usual}}}}}]"#
    ));
    assert_eq!(faults, <[String; 0]>::default(), "what is the case anyway may be said");
    assert_eq!(
        fault(r#", "value": {"format": "json"}, "key": {"format": "json", "bytes": "latin1"}"#),
        "/pipelines/0/key/bytes: is for format avro alone, and the format is json"
    );
}

#[test]
fn every_key_is_taken_over() {
    let config = one(r#"{"name": "n", "direction": "deserialize", "source": {"topics": ["^typed\\."], "group": "g"},
            "sink": {"topic": "json.{source}", "partition": "key"}, "context": {"topic": "^typed\\.(?<context>[a-z]+)"},
            "value": {"subject": "s", "version": 3, "json": "avro", "unknown_fields": "reject", "max_record_bytes": "1MiB",
                      "bytes": "latin1", "timestamps": "iso8601", "decimals": "string",
                      "limits": {"depth": 5, "items": 6, "string_bytes": 7}},
            "key": {"format": "avro"}, "on_invalid": {"dead_letter": "dlq"}, "delivery": "at_least_once", "workers": 4,
            "batch": {"max_records": 10, "max_bytes": "64KiB", "max_wait": "1ms"}, "shutdown_deadline": "3s"}"#);
    assert_eq!(config.sink.topic.fill("typed.a"), "json.typed.a");
    assert_eq!(
        (config.value.step, config.key.step),
        (Step::Decode(Framed::Avro, None), Step::Decode(Framed::Avro, None))
    );
    let options = JsonOptions {
        mode: JsonMode::Avro,
        unknown_fields: UnknownFields::Reject,
        bytes: BytesForm::Latin1,
        timestamps: Timestamps::Iso8601,
        decimals: Decimals::String,
    };
    assert_eq!((config.value.options, config.key.options), (options, JsonOptions::default()));
    assert_eq!(config.value.limits, Limits { record_bytes: 1 << 20, depth: 5, items: 6, string_bytes: 7 });
    assert_eq!(config.on_invalid, OnInvalid::DeadLetter(DeadLetter { topic: "dlq".into() }));
    assert_eq!(config.batch, Batch { max_records: 10, max_bytes: 65_536, max_wait: Duration::from_millis(1) });
    assert_eq!((config.workers, config.shutdown_deadline), (4, Duration::from_secs(3)));
    assert_eq!(config.typed_side, TypedSide::Source);
    assert!(config.source.reads("typed.a") && !config.source.reads("a"));
}

#[test]
fn transactions_are_committed_less_often_than_offsets_unless_the_config_says_how_often() {
    let with = |more: &str| {
        one(&format!(
            r#"{{"name": "n", "direction": "serialize", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}} {more}}}"#
        ))
    };
    let default = with("");
    assert_eq!((default.delivery, default.commit_interval), (Delivery::AtLeastOnce, Duration::from_millis(50)));
    let once = with(r#", "delivery": "exactly_once""#);
    assert_eq!((once.delivery, once.commit_interval), (Delivery::ExactlyOnce, Duration::from_millis(100)));
    let given = with(r#", "delivery": "exactly_once", "commit_interval": "20ms""#);
    assert_eq!(given.commit_interval, Duration::from_millis(20));
    assert!(fault(r#", "commit_interval": "6s""#).starts_with("/pipelines/0/commit_interval: longer than 5s"));
}

/// A pipeline of this direction, with `more` in it.
fn faults_of(direction: &str, more: &str) -> Vec<String> {
    read(&format!(
        r#"[{{"name": "n", "direction": "{direction}", "source": {{"topics": ["in"]}}, "sink": {{"topic": "out"}} {more}}}]"#
    ))
    .1
}

#[test]
fn names_of_schemas_stand_in_a_header_where_there_are_schemas() {
    let config =
        one(r#"{"name": "n", "direction": "serialize", "source": {"topics": ["in"]}, "sink": {"topic": "out"},
        "value": {"id_in": "header"}, "key": {"format": "avro", "id_in": "prefix"}}"#);
    assert_eq!((config.value.id_in, config.key.id_in), (IdIn::Header, IdIn::Prefix));
    for direction in ["deserialize", "verify"] {
        assert_eq!(
            faults_of(direction, r#", "value": {"id_in": "header", "version": "latest"}"#),
            <[String; 0]>::default()
        );
    }
    assert_eq!(fault(r#", "key": {"id_in": "header"}"#), "/pipelines/0/key/id_in: what has no schema names none");
}

#[test]
fn verify_takes_a_format_a_subject_and_limits_and_nothing_that_changes_records() {
    let config = one(r#"{"name": "n", "direction": "verify", "source": {"topics": ["in"]}, "sink": {"topic": "out"},
        "value": {"format": "json", "subject": "s-{topic}", "max_record_bytes": 9, "limits": {"depth": 3}}}"#);
    assert_eq!((config.value.step, config.key.step), (Step::Verify(Framed::Json), Step::Pass));
    assert_eq!((config.value.limits.record_bytes, config.value.limits.depth), (9, 3));
    assert_eq!(config.typed_side, TypedSide::Source);
    assert!(config.needs_schemas() && config.subjects().is_empty());
    assert_eq!(config.readers()[0].0.to_string(), "s-in");
    let keys = [
        r#""version": 1"#,
        r#""json": "avro""#,
        r#""unknown_fields": "reject""#,
        r#""bytes": "latin1""#,
        r#""timestamps": "iso8601""#,
        r#""decimals": "string""#,
    ];
    for key in keys {
        let name = key.split('"').nth(1).unwrap();
        let expected = format!("/pipelines/0/value/{name}: records that are verified are passed on as they are");
        assert_eq!(faults_of("verify", &format!(r#", "value": {{{key}}}"#)), [expected]);
    }
    assert_eq!(
        faults_of("verify", r#", "value": {"reader": "latest"}"#),
        ["/pipelines/0/value/reader: only Avro data that are deserialized are read by another schema"]
    );
    assert_eq!(
        faults_of("verify", r#", "value": {"format": "none"}"#),
        ["/pipelines/0/direction: there is nothing to verify: neither value nor key has a format"]
    );
}

#[test]
fn a_pipeline_may_not_read_what_it_writes() {
    let with = |source: &str, sink: &str| {
        read(&format!(
            r#"[{{"name": "n", "direction": "serialize", "source": {{"topics": ["{source}"]}}, "sink": {{"topic": "{sink}"}}}}]"#
        ))
        .1
    };
    assert!(with("a", "a")[0].starts_with("/pipelines/0/sink/topic: 'a' is read by this pipeline's own source"));
    assert!(with("a", "{source}")[0].starts_with("/pipelines/0/sink/topic: 'a' is read"));
    assert!(with("^raw", "raw.typed")[0].starts_with("/pipelines/0/sink/topic: 'raw.typed' is read"));
    assert_eq!(with("^raw", "typed.{source}"), Vec::<String>::new());
    assert!(fault(r#", "on_invalid": {"dead_letter": "in"}"#).contains("/on_invalid/dead_letter: 'in' is read by"));
    assert!(fault(r#", "on_invalid": {"dead_letter": "out"}"#).contains("/on_invalid/dead_letter: 'out' is the sink"));
}

#[test]
fn names_and_groups_are_used_once() {
    let pipeline = |name: &str, group: &str| {
        format!(
            r#"{{"name": "{name}", "direction": "serialize", "source": {{"topics": ["in"], "group": "{group}"}}, "sink": {{"topic": "out"}}}}"#
        )
    };
    let (_, faults) = read(&format!("[{}, {}]", pipeline("a", "g"), pipeline("a", "h")));
    assert!(faults[0].starts_with("/pipelines/1/name: 'a' is the name of pipeline 0 already"), "{faults:?}");
    let (_, faults) = read(&format!("[{}, {}]", pipeline("a", "g"), pipeline("b", "g")));
    assert!(faults[0].starts_with("/pipelines/1/source/group: 'g' is the group of pipeline 0"), "{faults:?}");
}

#[test]
fn contexts_are_checked_before_anything_runs() {
    assert!(fault(r#", "context": "a:b""#).contains("/context: context name 'a:b' cannot contain a colon"));
    assert!(fault(r#", "context": {"topic": "("}"#).starts_with("/pipelines/0/context/topic: regex parse error"));
    assert!(fault(r#", "context": {"topic": "^in"}"#).contains("needs a group named 'context'"));
    assert!(fault(r#", "context": {"topic": "^(?<context>x)"}"#).contains("topic 'in' names no context"));
    assert!(fault(r#", "context": {"header": ""}"#).contains("/context/header: "));
}

#[test]
fn all_faults_are_reported_at_once() {
    let (configs, faults) = read(
        r#"[{"name": " ", "direction": "serialize", "source": {"topics": ["a b", "^("], "group": ""}, "sink": {"topic": "{sink}"},
            "value": {"version": 0, "subject": "{x}", "max_record_bytes": 0, "limits": {"depth": 100000}}, "workers": 0,
            "batch": {"max_records": 0, "max_bytes": 0, "max_wait": "1h"}}]"#,
    );
    assert!(configs.is_none());
    let pointers: Vec<_> =
        faults.iter().map(|fault| fault.split(": ").next().unwrap().trim_start_matches("/pipelines/0")).collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/source/group",
            "/source/topics/0",
            "/source/topics/1",
            "/sink/topic",
            "/value/version",
            "/value/subject",
            "/value/max_record_bytes",
            "/value/limits/depth",
            "/workers",
            "/batch/max_records",
            "/batch/max_bytes",
            "/batch/max_wait"
        ],
        "{faults:#?}"
    );
}

#[test]
fn an_unknown_key_is_an_error() {
    let json = r#"{"name": "n", "direction": "serialize", "source": {"topics": ["a"]}, "sink": {"topic": "b"}, "value": {"x": 1}}"#;
    assert!(serde_json::from_str::<RawConfig>(json).unwrap_err().to_string().contains("unknown field `x`"));
}

#[test]
fn a_pattern_that_the_group_would_read_differently_is_refused() {
    let fault_of = |pattern: &str| {
        let json = serde_json::json!([{"name": "n", "direction": "serialize", "source": {"topics": [pattern]}, "sink": {"topic": "out"}}]);
        let (_, faults) = read(&json.to_string());
        faults.join("; ")
    };
    for good in ["^raw\\.", "^(a|b)[0-9]+$", "^raw-[[:alpha:]]{2,3}\\.x?"] {
        assert_eq!(fault_of(good), "", "{good}");
    }
    for (bad, why) in [
        ("^raw\\d", "'\\d' is not known to POSIX extended regular expressions: write a class, such as [0-9]"),
        ("^(?:a|b)", "'(?' is not known to POSIX extended regular expressions"),
        ("^a+?", "'+?' is not known to POSIX extended regular expressions"),
        ("^raw[", "unclosed character class"),
    ] {
        let fault = fault_of(bad);
        assert!(fault.starts_with("/pipelines/0/source/topics/0: ") && fault.contains(why), "{bad}: {fault}");
    }
}
