//! Other people's clients and readers beside ours: the official Python client and fastavro.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::support::{Kafka, SchemaRegistry, python, serdecar};

/// Orders that use every kind of type, some of their members left out.
const ORDER: &str = r#"{"type": "record", "name": "Order", "namespace": "shop", "fields": [
    {"name": "id", "type": "long"},
    {"name": "paid", "type": "boolean", "default": false},
    {"name": "weight", "type": "float"},
    {"name": "total", "type": ["null", "double", "string"], "default": null},
    {"name": "stamp", "type": {"type": "fixed", "name": "Stamp", "size": 3}},
    {"name": "raw", "type": "bytes", "default": "\u00ff"},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["RETAIL", "BULK"]}, "default": "BULK"},
    {"name": "lines", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
        {"name": "sku", "type": "string"},
        {"name": "qty", "type": "int"},
        {"name": "bundle", "type": {"type": "array", "items": "Line"}, "default": []}
    ]}}},
    {"name": "tags", "type": {"type": "map", "values": ["null", "string"]}, "default": {}}
]}"#;

fn order(n: i64) -> String {
    let total = match n % 3 {
        0 => format!(r#", "total": {n}.25"#),
        1 => format!(r#", "total": "{n} \u20ac", "tags": {{"größe": null, "a/b~c": "\ud83d\ude00"}}"#),
        _ => r#", "raw": "AAEC", "kind": "RETAIL""#.to_owned(),
    };
    let line = format!(r#"{{"sku": "s-{n}", "qty": {}, "bundle": [{{"sku": "", "qty": -1}}]}}"#, n % 7);
    format!(
        r#"{{"id": {}, "weight": 0.{n}, "stamp": "AQL/", "lines": [{line}], "ignored": {{"x": [1]}}{total}}}"#,
        n * 1_000_000_000_007
    )
}

/// A folder with a schema and records for the scripts.
struct Files {
    dir: TempDir,
}

impl Files {
    fn new(schema: &str, records: impl IntoIterator<Item = String>) -> Self {
        let files = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::write(files.path("schema.avsc"), schema).unwrap();
        let lines: String = records.into_iter().flat_map(|record| [record, "\n".to_owned()]).collect();
        std::fs::write(files.path("records.ndjson"), lines).unwrap();
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

#[test]
fn fastavro_reads_what_encode_writes() {
    let files = Files::new(ORDER, (1..=500).map(order));
    let path = |name| files.path(name).into_os_string();
    let encoded = serdecar(
        ["encode".into(), "--schema".into(), path("schema.avsc"), "--input".into(), path("records.ndjson")]
            .into_iter()
            .chain(["--output".into(), path("records.avro")]),
    );
    assert!(encoded.status.success(), "{}", String::from_utf8_lossy(&encoded.stderr));

    let output = python(
        "fastavro_equal.py",
        [files.path("records.avro"), files.path("records.ndjson"), files.path("schema.avsc")],
    );
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"500 records equal"));
}

#[test]
fn the_official_client_registers_looks_up_and_reads_in_every_context() {
    let registry = SchemaRegistry::start();
    assert!(python("registry_client.py", [registry.url()]).status.success());
}

/// Runs one of the official client's scripts on a topic.
fn peer(script: &str, registry: &SchemaRegistry, topic: &str, context: &[&str], files: &Path) -> String {
    let bootstrap = Kafka::shared().bootstrap();
    let (schema, records) = (files.join("schema.avsc"), files.join("records.ndjson"));
    let (schema, records, url) = (schema.display().to_string(), records.display().to_string(), registry.url());
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
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_official_serializer_and_deserializer_meet_in_every_context_though_the_id_is_the_same() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let letter = r#"{"type": "record", "name": "Letter", "fields": [{"name": "text", "type": "string"}]}"#;
    let orders = Files::new(ORDER, (1..=60).map(order));
    let letters = Files::new(letter, (1..=60).map(|n| format!(r#"{{"text": "{n}"}}"#)));

    for (topic, context, files) in [
        ("peers.default", &[][..], &letters),
        ("peers.url", &["--context", ".staging"], &orders),
        ("peers.subject", &["--context", ".production", "--context-by", "subject"], &letters),
    ] {
        kafka.create_topic(topic, 2);
        let sent = peer("produce_avro.py", &registry, topic, context, files.dir.path());
        assert!(sent.starts_with("60 records sent, 0 failed"), "{sent}");
        for record in kafka.read_to_end(topic) {
            assert_eq!(record.value.unwrap().first_chunk(), Some(&[0, 0, 0, 0, 1]));
        }
        let read = peer("consume_avro.py", &registry, topic, context, files.dir.path());
        assert!(read.starts_with("60 records equal"), "{read}");
    }
}
