//! Somebody else where a broker should be: that is said, and nothing is tried for ever in silence.

use std::net::SocketAddr;

use super::support::orders::NUMBER;
use super::support::{Flow, Kafka, Proxy, SchemaRegistry, Sidecar, config, serialize};

/// A config whose broker is somebody else.
fn text(kafka: &Kafka, registry: &SchemaRegistry, name: &str, address: &str) -> String {
    let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
    for topic in [&raw, &avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register(&format!("{avro}-value"), NUMBER);
    config(kafka, registry, &[&serialize(&raw, &avro, "shutdown_deadline: 5s")]).replace(&kafka.bootstrap(), address)
}

#[test]
fn the_address_of_a_controller_is_refused_with_what_it_is() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let mut sidecar = Sidecar::run(&text(kafka, &registry, "peers.controller", &kafka.controller()));
    assert_eq!(sidecar.wait().code(), Some(69), "{}", sidecar.log());
    let log = sidecar.log();
    let message = log.lines().rfind(|line| !line.is_empty()).unwrap();
    assert!(message.contains("the address of a broker, not of a controller?"), "{log}");
}

#[test]
fn a_peer_that_speaks_http_and_one_that_says_nothing_are_told_by_readiness() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let silent = Proxy::start(registry.address());
    silent.set(Flow::Stalled);
    let silent = SocketAddr::from(([127, 0, 0, 1], silent.port()));
    let cases = [
        ("peers.http", registry.address(), "is this the address of a Kafka broker"),
        ("peers.silent", silent, "no broker answers"),
    ];
    for (name, address, reason) in cases {
        let mut sidecar = Sidecar::run(&text(kafka, &registry, name, &address.to_string()));
        sidecar.await_unready(&[&format!("pipeline {name}.avro"), reason]);
        assert_eq!(sidecar.admin("/livez").0, 200);
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }
}
