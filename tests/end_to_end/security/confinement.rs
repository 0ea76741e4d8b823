//! A user without rights, and a file system that can't be written.

use super::{NUMBER, Record, SchemaRegistry, Sidecar, config, framed_number, number, serialize};
use crate::support::Kafka;

#[test]
fn records_go_through_without_root_and_without_writing_a_file() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["confined.raw", "confined.avro"];
    for topic in [raw, avro] {
        kafka.create_topic(topic, 1);
    }
    registry.register("confined.avro-value", NUMBER);
    kafka.produce(raw, (0..10).map(|n| Record::new(number(n))));
    let mut sidecar =
        Sidecar::run_confined(&config(kafka, &registry, &[&serialize(raw, avro, "delivery: exactly_once")]));
    sidecar.await_ready();
    let written = kafka.read_until(avro, 10).into_iter().map(|record| record.value.unwrap());
    assert!(written.eq((0..10).map(|n| framed_number(1, n))));
    let (user, files) = sidecar.footprint();
    assert_ne!(user, 0);
    assert_eq!(files, Vec::<String>::new());
    assert!(sidecar.arguments().contains("run\0--config\0/"), "{}", sidecar.arguments());
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-confined.avro", raw), 0);
}
