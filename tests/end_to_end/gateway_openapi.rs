//! The gateway's description of itself, and whether it keeps to it.

use super::support::orders::NUMBER;
use super::support::{Gateway, Kafka, SchemaRegistry, schemathesis};

/// Hundreds of requests, allowed and not: no answer but those that are described, nothing refused that is allowed, nothing
/// done that is not, and never a 500.
#[test]
fn requests_of_every_kind_are_answered_as_described() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.described.numbers-value", NUMBER);
    for topic in ["gateway.described", "gateway.described.numbers"] {
        kafka.create_topic(topic, 2);
    }
    let routes =
        [r#"topics: ["gateway.described"], value: {format: none}"#, r#"topics: ["gateway.described.numbers"]"#];
    let limits = "consume: {max_wait: 100ms, sessions: 8, idle: 2s}";
    let mut gateway = Gateway::start(kafka, &registry, &routes, limits);
    let output = schemathesis("schemathesis_gateway.toml", &(gateway.url() + "/openapi.json"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("No issues found"), "{text}");
    assert!(gateway.sidecar.terminate().success());
}
