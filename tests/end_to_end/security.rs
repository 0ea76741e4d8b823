//! A broker that asks for TLS and a password, and clients that have the wrong ones.

use std::path::Path;

use tempfile::TempDir;

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Authority, Kafka, Record, SchemaRegistry, Sidecar, config, free_port, serialize};

/// A broker that lets clients in on a second port by TLS and with a password alone.
fn secured_broker(port: u16, keys: &Path) -> Kafka {
    Kafka::start_with(|plain, controller| {
        format!(
            "listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SECURE://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SECURE://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={}
listener.name.secure.sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_sidecar=\"open sesame\";
",
            keys.display()
        )
    })
}

#[test]
fn records_go_through_a_broker_that_asks_for_tls_and_a_password_and_a_wrong_one_is_named() {
    let dir = TempDir::new().unwrap();
    let (ours, others) = (Authority::new(dir.path(), "ours"), Authority::new(dir.path(), "others"));
    let keys = dir.path().join("broker.pem");
    std::fs::write(&keys, ours.issue().pem()).unwrap();
    let port = free_port();
    let kafka = secured_broker(port, &keys);
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["security.raw", "security.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("security.avro-value", NUMBER);
    kafka.produce(raw, (0..10).map(|n| Record::new(number(n))));
    let text = |authority: &Authority, password: &str| {
        let properties = format!(
            "127.0.0.1:{port}\n  properties: {{security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.username: sidecar, \
             sasl.password: {password}, ssl.ca.location: {}}}",
            authority.file().display()
        );
        config(&kafka, &registry, &[&serialize(raw, avro, "")]).replace(&kafka.bootstrap(), &properties)
    };

    let mut sidecar = Sidecar::run(&text(&others, "open sesame"));
    sidecar.await_unready(&["certificate verify failed"]);
    assert!(sidecar.terminate().success());
    let mut sidecar = Sidecar::run(&text(&ours, "hunter2"));
    sidecar.await_unready(&["Authentication failed"]);
    assert!(!sidecar.log().contains("hunter2"), "{}", sidecar.log());
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.read_to_end(avro), []);

    let mut sidecar = Sidecar::run(&text(&ours, "open sesame"));
    sidecar.await_ready();
    let written = kafka.read_until(avro, 10).into_iter().map(|record| record.value.unwrap());
    assert!(written.eq((0..10).map(|n| framed_number(1, n))));
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-security.avro", raw), 0);
}
