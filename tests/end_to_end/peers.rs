//! Other people's clients and readers beside ours: the official Python client and fastavro.

use super::support::orders::{LETTER, ORDER, order};
use super::support::{Files, Kafka, SchemaRegistry, peer, python, serdecar};

#[test]
fn fastavro_reads_what_encode_writes() {
    let files = Files::new(ORDER, (1..=500).map(order));
    let container = files.path("records.avro");
    let encoded =
        serdecar(
            ["encode".into(), "--schema".into(), files.schema().into_os_string(), "--input".into()]
                .into_iter()
                .chain([files.records().into_os_string(), "--output".into(), container.clone().into_os_string()]),
        );
    assert!(encoded.status.success(), "{}", String::from_utf8_lossy(&encoded.stderr));

    let output = python("fastavro_equal.py", [container, files.records(), files.schema()]);
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"500 records equal"));
}

#[test]
fn the_official_serializer_and_deserializer_meet_in_every_context_though_the_id_is_the_same() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let orders = Files::new(ORDER, (1..=60).map(order));
    let letters = Files::new(LETTER, (1..=60).map(|n| format!(r#"{{"text": "{n}"}}"#)));

    for (topic, context, files) in [
        ("peers.default", &[][..], &letters),
        ("peers.url", &["--context", ".staging"], &orders),
        ("peers.subject", &["--context", ".production", "--context-by", "subject"], &letters),
    ] {
        kafka.create_topic(topic, 2);
        let sent = peer("produce_avro.py", kafka, &registry, topic, context, files);
        assert!(sent.starts_with("60 records sent, 0 failed"), "{sent}");
        for record in kafka.read_to_end(topic) {
            assert_eq!(record.value.unwrap().first_chunk(), Some(&[0, 0, 0, 0, 1]));
        }
        let read = peer("consume_avro.py", kafka, &registry, topic, context, files);
        assert!(read.starts_with("60 records equal"), "{read}");
    }
}
