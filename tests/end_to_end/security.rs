//! A broker that asks who comes, and lets nobody do what they have no right to.

mod confinement;
mod files;
mod guarded;
mod issuer;
mod oauth2;
mod rights;
mod secrets;

use tempfile::TempDir;

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Authority, Record, SchemaRegistry, Sidecar, config, serialize};
use guarded::Guarded;

#[test]
fn records_go_through_a_broker_that_asks_for_tls_and_a_password_and_a_wrong_one_is_named() {
    let guarded = Guarded::shared();
    let (kafka, registry) = (&guarded.kafka, SchemaRegistry::start());
    let dir = TempDir::new().unwrap();
    let others = Authority::new(dir.path(), "others");
    let [raw, avro] = ["security.raw", "security.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    guarded.allow("sidecar", &rights::least(raw, avro, "serdecar-security.avro"));
    registry.register("security.avro-value", NUMBER);
    kafka.produce(raw, (0..10).map(|n| Record::new(number(n))));
    let text = |authority: &Authority, password: &str| {
        let login = format!("sasl.mechanism: PLAIN, sasl.username: sidecar, sasl.password: {password}");
        config(kafka, &registry, &[&serialize(raw, avro, "")])
            .replace(&kafka.bootstrap(), &guarded.sasl(authority, &login))
    };

    let mut sidecar = Sidecar::run(&text(&others, "open sesame"));
    sidecar.await_unready(&["certificate verify failed"]);
    assert!(sidecar.terminate().success());
    let mut sidecar = Sidecar::run(&text(&guarded.authority, "hunter2"));
    sidecar.await_unready(&["Authentication failed"]);
    assert!(!sidecar.log().contains("hunter2"), "{}", sidecar.log());
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.read_to_end(avro), []);

    let mut sidecar = Sidecar::run(&text(&guarded.authority, "open sesame"));
    sidecar.await_ready();
    let written = kafka.read_until(avro, 10).into_iter().map(|record| record.value.unwrap());
    assert!(written.eq((0..10).map(|n| framed_number(1, n))));
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-security.avro", raw), 0);
}
