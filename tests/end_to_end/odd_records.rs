//! Records and topics that are odd and none the less right: each comes out as it went in.

use rdkafka::producer::{BaseProducer, Producer};

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, eventually, serialize};

/// A pipeline that is ready: its source and sink with one partition, and these more keys.
fn pipeline(name: &str, settings: &[(&str, &str)], more: &str) -> (&'static Kafka, SchemaRegistry, Sidecar) {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
    kafka.create_topic_with(&raw, 1, settings);
    kafka.create_topic_with(&avro, 1, &[("max.message.bytes", "10000000")]);
    registry.register(&format!("{avro}-value"), NUMBER);
    let sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(&raw, &avro, more)]));
    (kafka, registry, sidecar)
}

#[test]
fn records_without_value_key_or_headers_and_with_far_too_many_headers_come_out_as_they_are() {
    let (kafka, _registry, mut sidecar) = pipeline("odd.parts", &[("max.message.bytes", "10000000")], "");
    let with = |headers: Vec<(String, Option<Vec<u8>>)>| Record { headers, ..Record::new(number(1)) };
    let header = |name: String, value: &[u8]| (name, Some(value.to_vec()));
    let records = [
        Record::default(),
        Record::new(number(1)),
        Record::tombstone("k"),
        Record::tombstone(""),
        Record::new(number(1)).key(""),
        Record::new(number(1)).key([0xff; 1_000]),
        with((0..10_000).map(|n| header(format!("h{n}"), &[0xff, 0])).collect()),
        with((0..10).map(|n| header("same".to_owned(), &[n])).collect()),
        with(vec![
            header(String::new(), b""),
            ("null".to_owned(), None),
            header("ü\u{0}ü".replace('\u{0}', ""), b"\0"),
        ]),
        with(vec![header("n".repeat(30_000), &vec![7; 500_000])]),
    ]
    .map(|record| record.partition(0));
    kafka.produce_with("odd.parts.raw", &[("message.max.bytes", "10000000")], records.clone());
    let written = kafka.read_until("odd.parts.avro", records.len());
    for ((written, record), offset) in written.into_iter().zip(records).zip(0..) {
        assert!(
            record.headers == written.headers,
            "headers of {offset}: {} are {}",
            record.headers.len(),
            written.headers.len()
        );
        let value = record.value.as_ref().map(|_| framed_number(1, 1));
        let expected = Record { value, offset: Some(offset), timestamp: written.timestamp, ..record };
        assert!(written == expected, "{offset}");
    }
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-odd.parts.avro", "odd.parts.raw"), 0);
}

#[test]
fn timestamps_before_the_epoch_and_far_away_are_kept_where_the_protocol_can_say_them() {
    let anything = [("message.timestamp.after.max.ms", "9223372036854775807")];
    let (kafka, _registry, mut sidecar) = pipeline("odd.times", &anything, "");
    kafka.delete_topic("odd.times.avro");
    kafka.create_topic_with("odd.times.avro", 1, &anything);
    // -1 stands for none, and clients of this library write their own time in place of 0.
    let times =
        [-1_000_000, -2, 1, 1_000, 1_700_000_000_000, 4_102_444_800_000, 253_402_300_799_000, i64::MAX / 1_000_000];
    kafka.produce("odd.times.raw", times.map(|time| Record::new(number(1)).timestamp(time)));
    let written = kafka.read_until("odd.times.avro", times.len());
    assert_eq!(written.iter().map(|record| record.timestamp.unwrap()).collect::<Vec<_>>(), times);
    assert!(sidecar.terminate().success());
}

#[test]
fn holes_of_compaction_are_stepped_over() {
    // Segments roll at once, and whatever is dirty is cleaned.
    let compacted = [
        ("cleanup.policy", "compact"),
        ("min.cleanable.dirty.ratio", "0.0"),
        ("segment.ms", "1"),
        ("delete.retention.ms", "0"),
    ];
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let [raw, avro] = ["odd.holes.raw", "odd.holes.avro"];
    kafka.create_topic_with(raw, 1, &compacted);
    kafka.create_topic(avro, 1);
    registry.register("odd.holes.avro-value", NUMBER);
    kafka.produce(raw, (0..300).map(|n| Record::new(number(n)).key((n % 30).to_string())));
    let mut kept = Vec::new();
    eventually("compaction", || {
        // Only what lies before the newest segment is cleaned.
        kafka.produce(raw, [Record::new(number(300)).key("last")]);
        kept = kafka.read_to_end(raw);
        (kept.first().and_then(|record| record.offset) > Some(0)).then_some(())
    });
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, "")]));
    let kept: Vec<_> = kafka.read_to_end(raw).iter().map(|record| record.text().to_owned()).collect();
    let written = kafka.read_until(avro, 31);
    let number_of = |record: &Record| super::support::orders::number_of(record.value.as_deref().unwrap());
    assert!(written.iter().map(|record| number(number_of(record))).zip(kept).all(|(written, kept)| written == kept));
    eventually("all is committed", || (kafka.uncommitted("serdecar-odd.holes.avro", raw) == 0).then_some(()));
    assert!(sidecar.terminate().success());
}

/// Writes numbers in transactions, every other one of which is aborted.
fn produce_in_transactions(kafka: &Kafka, topic: &str, transactions: usize) {
    let mut config = kafka.client();
    config.remove("group.id");
    config.remove("enable.auto.commit");
    let producer: BaseProducer = config.set("transactional.id", topic).create().expect("a producer");
    producer.init_transactions(super::support::PATIENCE).unwrap();
    for transaction in 0..transactions {
        producer.begin_transaction().unwrap();
        for n in transaction * 10..transaction * 10 + 10 {
            let value = number(n);
            producer.send(rdkafka::producer::BaseRecord::<(), str>::to(topic).partition(0).payload(&value)).unwrap();
        }
        if transaction % 2 == 0 {
            producer.commit_transaction(super::support::PATIENCE).unwrap();
        } else {
            producer.flush(super::support::PATIENCE).unwrap();
            producer.abort_transaction(super::support::PATIENCE).unwrap();
        }
    }
}

#[test]
fn records_of_aborted_transactions_are_left_out_and_everything_behind_them_is_committed() {
    for delivery in ["at_least_once", "exactly_once"] {
        let name = format!("odd.aborted.{delivery}");
        let (kafka, _registry, mut sidecar) = pipeline(&name, &[], &format!("delivery: {delivery}"));
        let [raw, avro] = ["raw", "avro"].map(|suffix| format!("{name}.{suffix}"));
        produce_in_transactions(kafka, &raw, 20);
        let written = kafka.read_until(&avro, 100).into_iter().map(|record| record.value.unwrap());
        let committed = (0..200).filter(|n| n / 10 % 2 == 0);
        assert!(written.eq(committed.map(|n| framed_number(1, n))), "{delivery}");
        // The last transaction was aborted: nothing behind the last record is left but that and its marker.
        let group = format!("serdecar-{avro}");
        eventually("all that can be read is committed", || (kafka.uncommitted(&group, &raw) <= 12).then_some(()));
        assert!(sidecar.terminate().success());
    }
}
