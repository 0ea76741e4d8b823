//! Configs for `serdecar run`.

use super::{Kafka, SchemaRegistry};

/// A config of these pipelines, each a mapping in YAML's flow style without its braces. Waits are short in it.
pub(crate) fn config(kafka: &Kafka, registry: &SchemaRegistry, pipelines: &[&str]) -> String {
    let mut text = format!(
        "kafka:
  bootstrap_servers: {}
  consumer: {{heartbeat.interval.ms: 100}}
registry:
  url: {}
  unknown_grace: 1s
  cache: {{latest_ttl: 1s, negative_ttl: 200ms}}
  retry: {{backoff: 20ms, max_backoff: 200ms}}
pipelines:
",
        kafka.bootstrap(),
        registry.url()
    );
    for pipeline in pipelines {
        text.extend(["  - {", pipeline, "}\n"]);
    }
    text
}

/// The pipeline that writes `source` to `sink` as Avro, named after the sink, with more of its keys.
pub(crate) fn serialize(source: &str, sink: &str, more: &str) -> String {
    format!("name: {sink}, direction: serialize, source: {{topics: [\"{source}\"]}}, sink: {{topic: {sink}}}, {more}")
}

/// The pipeline that writes `source` to `sink` as JSON, named after the sink, with more of its keys.
pub(crate) fn deserialize(source: &str, sink: &str, more: &str) -> String {
    format!("name: {sink}, direction: deserialize, source: {{topics: [\"{source}\"]}}, sink: {{topic: {sink}}}, {more}")
}
