//! The official Python client beside ours, on the same topics and registry.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Kafka, SchemaRegistry, python};

/// A folder with a schema and records for the scripts.
pub(crate) struct Files {
    dir: TempDir,
}

impl Files {
    /// A schema, and records of one line each.
    pub(crate) fn new(schema: &str, records: impl IntoIterator<Item = String>) -> Self {
        let files = Self { dir: tempfile::tempdir().expect("a folder") };
        std::fs::write(files.schema(), schema).expect("the schema");
        let lines: String = records.into_iter().flat_map(|record| [record, "\n".to_owned()]).collect();
        std::fs::write(files.records(), lines).expect("the records");
        files
    }

    pub(crate) fn schema(&self) -> PathBuf {
        self.path("schema.avsc")
    }

    pub(crate) fn records(&self) -> PathBuf {
        self.path("records.ndjson")
    }

    /// A path for one more file.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Runs one of the official client's scripts on a topic, and returns what it says about a success.
pub(crate) fn peer(
    script: &str,
    kafka: &Kafka,
    registry: &SchemaRegistry,
    topic: &str,
    context: &[&str],
    files: &Files,
) -> String {
    let (bootstrap, url) = (kafka.bootstrap(), registry.url());
    let (schema, records) = (files.schema().display().to_string(), files.records().display().to_string());
    let options = [
        ("--bootstrap", bootstrap.as_str()),
        ("--registry", &url),
        ("--topic", topic),
        ("--schema", &schema),
        ("--ndjson", &records),
    ];
    let arguments = options.into_iter().flat_map(|(name, value)| [name, value]).chain(context.iter().copied());
    let output = python(script, arguments);
    assert!(output.status.success(), "{script} {topic}");
    String::from_utf8(output.stdout).expect("text")
}
