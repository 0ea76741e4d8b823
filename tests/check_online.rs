//! `serdecar check --online` against a registry: what is an error and what is only a warning.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::Command;

use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, Submission, run};
use tokio::net::TcpListener;

/// Serves a schema, checks a config whose only pipeline writes with it, and gives the exit code and what went to stderr.
async fn check(schema: &str, value: &str) -> (Option<i32>, String) {
    check_submission(Submission::avro(schema), value).await
}

async fn check_submission(submission: Submission, value: &str) -> (Option<i32>, String) {
    let registry = Registry::new(QualifiedNames::On);
    registry.register("orders-value", submission).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(run(listener, registry.clone(), std::future::pending()));
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "kafka: {{bootstrap_servers: \"localhost:9092\"}}\nregistry: {{url: \"{url}\"}}\npipelines:\n  - name: orders\n    \
         direction: serialize\n    source: {{topics: [raw]}}\n    sink: {{topic: orders}}\n    value: {value}\n"
    );
    std::fs::write(config.path(), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
    command.args(["check", "--online", "--config"]).arg(config.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
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
