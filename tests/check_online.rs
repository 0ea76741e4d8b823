//! `serdecar check --online` against a registry: what is an error and what is only a warning; and `--sample`, which records
//! a pipeline would reject.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsString;
use std::process::Command;

use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, Submission, run};
use tokio::net::TcpListener;

/// Serves a schema, checks a config whose only pipeline writes with it, and gives the exit code and what went to stderr.
async fn check(schema: &str, value: &str) -> (Option<i32>, String) {
    check_submission(Submission::avro(schema), value).await
}

async fn check_submission(submission: Submission, value: &str) -> (Option<i32>, String) {
    let config = format!(
        "pipelines:\n  - name: orders\n    direction: serialize\n    source: {{topics: [raw]}}\n    \
         sink: {{topic: orders}}\n    value: {value}\n"
    );
    let (code, _, errors) = run_check(submission, config, vec!["--online".into()]).await;
    (code, errors)
}

/// Serves a schema and checks a config; gives the exit code and what went to stdout and stderr.
async fn run_check(
    submission: Submission,
    pipelines: String,
    arguments: Vec<OsString>,
) -> (Option<i32>, String, String) {
    let registry = Registry::new(QualifiedNames::On);
    registry.register("orders-value", submission).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(run(listener, registry.clone(), std::future::pending()));
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!("kafka: {{bootstrap_servers: \"localhost:9092\"}}\nregistry: {{url: \"{url}\"}}\n{pipelines}");
    std::fs::write(config.path(), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
    command.args(["check", "--config"]).arg(config.path()).args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const PAYMENT: &str = r#"{"type":"record","name":"Payment","fields":[{"name":"by","type":["null",
    {"type":"record","name":"Card","fields":[{"name":"number","type":"string"}]},
    {"type":"record","name":"Transfer","fields":[{"name":"number","type":"string"}]}]}]}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn branches_that_json_cannot_tell_apart_are_a_warning() {
    let (code, warnings) = check(PAYMENT, "{}").await;
    assert_eq!(
        warnings,
        "warning: orders-value, version latest: /by: JSON can't tell record Transfer from record Card, as which it may \
         be encoded\n"
    );
    assert_eq!(code, Some(0));
    let (code, warnings) = check(PAYMENT, "{json: avro}").await;
    assert_eq!((code, warnings.as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_default_that_does_not_fit_is_an_error_of_what_is_written_with() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int","default":"1"}]}"#;
    let (code, errors) = check(schema, "{}").await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(errors.contains("the default of field 'n' of record R: expected int, found string"), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_json_schema_is_resolved_and_compiled() {
    let check = |text: &str| {
        let submission = Submission { schema_type: Some("JSON".to_owned()), ..Submission::avro(text) };
        async move { check_submission(submission, "{format: json}").await }
    };
    let (code, errors) =
        check(r##"{"properties": {"a": {"$ref": "#/definitions/a"}}, "definitions": {"a": {}}}"##).await;
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    let (code, errors) = check(r#"{"$schema": "http://example.com/mine"}"#).await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(
        errors.contains("$schema 'http://example.com/mine' is none of the drafts 4, 6, 7, 2019-09 and 2020-12"),
        "{errors}"
    );
    let (code, errors) = check(r#"{"$ref": "http://example.com/other.json"}"#).await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(errors.contains("http://example.com/other.json is none of the schema's references"), "{errors}");
    let (code, errors) = check_submission(Submission::avro(PAYMENT), "{format: json}").await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(errors.contains("is of type AVRO, not JSON"), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protobuf_file_needs_the_message_that_is_written() {
    let check = async |value: &str| {
        let file = "syntax = \"proto3\"; package shop; message Order {} message Refund {}";
        let submission = Submission { schema_type: Some("PROTOBUF".to_owned()), ..Submission::avro(file) };
        check_submission(submission, value).await
    };
    for value in ["{format: protobuf}", "{format: protobuf, message: shop.Refund}"] {
        assert_eq!(check(value).await, (Some(0), String::new()));
    }
    let (code, errors) = check("{format: protobuf, message: shop.Nix}").await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(errors.ends_with("does not compile: the file has no message shop.Nix\n"), "{errors}");
    let (code, errors) = check("{format: avro}").await;
    assert_eq!(code, Some(65), "{errors}");
    assert!(errors.ends_with("is of type PROTOBUF, not AVRO\n"), "{errors}");
}

/// Tries a sample with these pipelines and further arguments.
async fn try_sample(
    submission: Submission,
    pipelines: &str,
    sample: &str,
    arguments: &[&str],
) -> (Option<i32>, String, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), sample).unwrap();
    let sample = ["--sample".into(), file.path().into()];
    let arguments = sample.into_iter().chain(arguments.iter().map(OsString::from)).collect();
    run_check(submission, format!("pipelines:\n{pipelines}"), arguments).await
}

fn submission(schema_type: &str, text: &str) -> Submission {
    Submission { schema_type: Some(schema_type.to_owned()), ..Submission::avro(text) }
}

fn serialize(name: &str, value: &str) -> String {
    format!(
        "  - {{name: {name}, direction: serialize, source: {{topics: [{name}.raw]}}, sink: {{topic: {name}}}, \
         value: {value}}}\n"
    )
}

const LINE: &str =
    r#"{"type":"record","name":"Line","fields":[{"name":"sku","type":"string"},{"name":"qty","type":"int"}]}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_is_tried_as_the_pipeline_would_take_it() {
    let person = r#"{"type":"object","properties":{"age":{"type":"integer","minimum":0},"name":{"type":"string"}}}"#;
    let file =
        "syntax = \"proto3\"; package shop; message Order {} message Refund { string id = 1; uint32 cents = 2; }";
    let small = "{max_record_bytes: 40B}";
    for (submission, value, sample, told) in [
        (
            Submission::avro(LINE),
            "{}",
            "{\"sku\":\"a\",\"qty\":1,\"more\":2}\n\n{\"sku\":\"a\",\"qty\":\"two\"}\n{\"sku\":\"b\",\"qty\":3}\n[]",
            "3: /qty: expected int, found string \"two\"\n5: : expected record Line, found array\n",
        ),
        (
            Submission::avro(LINE),
            "{unknown_fields: reject}",
            "{\"sku\":\"a\",\"qty\":1,\"more\":2}",
            "1: /more: expected a field of record Line, found an unknown member\n",
        ),
        (
            Submission::avro(LINE),
            small,
            "{\"sku\":\"a\",\"qty\":1}\n{\"sku\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"qty\":1}\n",
            "2: : expected at most 40 bytes of record, found 51\n",
        ),
        (
            submission("JSON", person),
            "{format: json}",
            "{\"age\":-1,\"name\":7}\n{}\n",
            "1: /age: expected a number of at least 0, found number -1\n1: /name: expected string, found number 7\n",
        ),
        (
            submission("PROTOBUF", file),
            "{format: protobuf, message: shop.Refund}",
            "{\"id\":\"r-1\",\"cents\":5}\n{\"cents\":-5}\n",
            "2: /cents: expected uint32, found number -5, which it can't hold\n",
        ),
    ] {
        let (code, said, errors) = try_sample(submission, &serialize("orders", value), sample, &[]).await;
        assert_eq!((code, said.as_str(), errors.as_str()), (Some(65), "", told), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_that_fits_is_counted() {
    for (sample, counted) in [
        ("", "0 records fit"),
        ("\n{\"sku\":\"a\",\"qty\":1}", "1 record fits"),
        ("{\"sku\":\"a\",\"qty\":1}\n{\"qty\":2,\"sku\":\"\"}\n", "2 records fit"),
    ] {
        let (code, said, errors) =
            try_sample(Submission::avro(LINE), &serialize("orders", "{}"), sample, &["--online"]).await;
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        assert_eq!(said, format!("ok: 1 pipeline (orders)\nok: {counted} schema 1 of orders-value\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sample_belongs_to_one_pipeline_and_one_subject() {
    let back = "  - {name: back, direction: deserialize, source: {topics: [orders]}, sink: {topic: json}}\n";
    let wild = "  - {name: wild, direction: serialize, source: {topics: ['^raw']}, sink: {topic: '{source}.typed'}}\n";
    let pipelines = [&serialize("orders", "{}"), &serialize("returns", "{}"), back, wild].concat();
    let line = "{\"sku\":\"a\",\"qty\":1}";
    for (arguments, code, told) in [
        (&[][..], 64, "several pipelines serialize values: choose one with --pipeline: orders, returns, wild\n"),
        (&["--pipeline", "nix"], 64, "the config has no pipeline 'nix'\n"),
        (&["--pipeline", "back"], 64, "pipeline 'back' serializes no values: there is no JSON to try\n"),
        (&["--pipeline", "wild"], 64, "choose one with --subject\n"),
        (&["--pipeline", "returns"], 65, "returns-value, version latest: "),
        (
            &["--pipeline", "wild", "--subject", ":.staging:orders-value"],
            65,
            ":.staging:orders-value, version latest: ",
        ),
        (&["--pipeline", "wild", "--subject", "orders-value"], 0, ""),
        (&["--pipeline", "orders"], 0, ""),
    ] {
        let (found, said, errors) = try_sample(Submission::avro(LINE), &pipelines, line, arguments).await;
        assert_eq!(found, Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
        assert_eq!(said.is_empty(), code != 0, "{said}");
    }
}
