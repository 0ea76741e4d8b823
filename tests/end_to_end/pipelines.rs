//! Records from one topic into another, through `serdecar run`.

use serde_json::{Value, json};

use super::support::orders::{LETTER, NUMBER, ORDER, framed_number, number, order, order_behind_the_schema};
use super::support::{Files, Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, eventually, peer, serialize};

/// Records as partitions hold them.
fn in_order(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

fn without_value(records: &[Record]) -> Vec<Record> {
    records.iter().map(|record| Record { value: None, ..record.clone() }).collect()
}

fn parsed(record: &Record) -> Value {
    serde_json::from_slice(record.value.as_deref().expect("a value")).expect("JSON")
}

#[test]
fn one_json_record_becomes_avro_that_the_official_client_reads_and_json_again() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, json] = ["pipelines.one.raw", "pipelines.one.avro", "pipelines.one.json"];
    for topic in [raw, avro, json] {
        kafka.create_topic(topic, 1);
    }
    registry.register("pipelines.one.avro-value", ORDER);
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, ""), &deserialize(avro, json, "")]));
    kafka.produce(raw, [Record::new(order(4))]);

    let back = kafka.read_until(json, 1);
    assert_eq!(back.iter().map(parsed).collect::<Vec<_>>(), [order_behind_the_schema(4)]);
    let frames = kafka.read_to_end(avro);
    assert_eq!(frames[0].value.as_deref().and_then(<[u8]>::first_chunk), Some(&[0, 0, 0, 0, 1]));
    let read = peer("consume_avro.py", kafka, &registry, avro, &[], &Files::new(ORDER, [order(4)]));
    assert!(read.starts_with("1 records equal"), "{read}");
    assert!(sidecar.terminate().success());
}

const PARTITIONS: i32 = 4;

/// A record with a bit of everything that has to survive.
fn rich(n: i32) -> Record {
    let mut record = Record::new(order(n.into())).partition(n % PARTITIONS);
    record.timestamp = Some(1_600_000_000_000 + i64::from(n) * 7);
    if n % 5 != 0 {
        record = record.key(format!("\u{fc}-{}", n % 97));
    }
    if n % 50 == 49 {
        record.value = None;
    }
    match n % 3 {
        1 => record.header("tenant", "x").header("trace", [0xff, 0]).header("tenant", "\u{fc}").header("empty", ""),
        2 => {
            record.headers.push(("null".to_owned(), None));
            record.header("", "no name")
        }
        _ => record,
    }
}

#[test]
fn everything_but_the_value_is_preserved_there_and_back_by_two_workers() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, json] = ["pipelines.all.raw", "pipelines.all.avro", "pipelines.all.json"];
    for topic in [raw, avro, json] {
        kafka.create_topic(topic, PARTITIONS);
    }
    registry.register("pipelines.all.avro-value", ORDER);
    let records: Vec<Record> = (0..5_000).map(rich).collect();
    kafka.produce(raw, records.iter().cloned());
    let sent = in_order(kafka.read_to_end(raw));

    let two = "workers: 2, on_invalid: stop";
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, two), &deserialize(avro, json, two)]));
    let back = in_order(kafka.read_until(json, 5_000));
    let frames = in_order(kafka.read_to_end(avro));
    for read in [&frames, &back] {
        assert!(without_value(read) == without_value(&sent), "keys, headers, timestamps, partitions or order differ");
    }
    let of_partitions =
        || (0..PARTITIONS).flat_map(|partition| (0..5_000).filter(move |n| n % PARTITIONS == partition));
    for ((record, frame), n) in back.iter().zip(&frames).zip(of_partitions()) {
        if n % 50 == 49 {
            assert_eq!((&record.value, &frame.value), (&None, &None), "tombstone {n}");
        } else {
            assert_eq!(parsed(record), order_behind_the_schema(n.into()), "record {n}");
        }
    }
    let lines = of_partitions().filter(|n| n % 50 != 49).map(|n| order(n.into()));
    let read = peer("consume_avro.py", kafka, &registry, avro, &[], &Files::new(ORDER, lines));
    assert!(read.starts_with("4900 records equal"), "{read}");
    assert!(sidecar.terminate().success());
    assert_eq!(kafka.uncommitted("serdecar-pipelines.all.avro", raw), 0);
    assert_eq!(kafka.uncommitted("serdecar-pipelines.all.json", avro), 0);
}

#[test]
fn what_the_official_serializer_wrote_comes_out_as_equal_json_in_two_contexts_of_equal_ids() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [orders, letters] = ["pipelines.official.orders", "pipelines.official.letters"];
    for topic in [orders, letters, "pipelines.official.orders.json", "pipelines.official.letters.json"] {
        kafka.create_topic(topic, 2);
    }
    let letter = |n: i64| format!(r#"{{"text": "{n} \u20ac"}}"#);
    let staging = ["--context", ".staging"];
    for (topic, context, files) in [
        (orders, &staging[..], Files::new(ORDER, (0..200).map(order))),
        (letters, &[], Files::new(LETTER, (0..200).map(letter))),
    ] {
        let sent = peer("produce_avro.py", kafka, &registry, topic, context, &files);
        assert!(sent.starts_with("200 records sent, 0 failed"), "{sent}");
    }
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[
            &deserialize(orders, "pipelines.official.orders.json", "context: .staging"),
            &deserialize(letters, "pipelines.official.letters.json", ""),
        ],
    ));
    let mut found: Vec<Value> = kafka.read_until("pipelines.official.orders.json", 200).iter().map(parsed).collect();
    found.sort_by_key(|order| order["id"].as_i64());
    assert_eq!(found, (0..200).map(order_behind_the_schema).collect::<Vec<_>>());

    let read = kafka.read_until("pipelines.official.letters.json", 200);
    let mut found: Vec<String> = read.iter().map(parsed).map(|l| l["text"].as_str().unwrap().to_owned()).collect();
    found.sort_by_key(|text| text.split(' ').next().and_then(|n| n.parse::<i64>().ok()));
    assert_eq!(found, (0..200).map(|n| format!("{n} \u{20ac}")).collect::<Vec<_>>());
    assert!(sidecar.terminate().success());
}

/// Keys and their hashes from
/// [Kafka's own test of murmur2](https://github.com/apache/kafka/blob/trunk/clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java).
const HASHES: [(&str, i32); 6] = [
    ("21", -973_932_308),
    ("foobar", -790_332_482),
    ("a-little-bit-long-string", -985_981_536),
    ("a-little-bit-longer-string", -1_486_304_829),
    ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
    ("abc", 479_470_107),
];

#[test]
fn records_go_by_key_where_other_producers_put_them() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, keyed, theirs] = ["pipelines.key.raw", "pipelines.key.avro", "pipelines.key.theirs"];
    for (topic, partitions) in [(raw, 2), (keyed, 7), (theirs, 7)] {
        kafka.create_topic(topic, partitions);
    }
    registry.register("pipelines.key.avro-value", NUMBER);
    let keys = HASHES
        .iter()
        .map(|(key, _)| (*key).to_owned())
        .chain((0..300).map(|n| "\u{fc}".repeat(n % 9) + &n.to_string()));
    let records: Vec<Record> =
        keys.enumerate().map(|(n, key)| Record::new(number(n)).key(key).partition(i32::from(n % 2 == 0))).collect();
    kafka.produce(raw, records.iter().cloned());
    kafka.produce(raw, (0..20).map(|n| Record::new(number(n)).partition(0)));
    let unplaced = records.iter().map(|record| Record { partition: None, ..record.clone() });
    kafka.produce_with(theirs, &[("partitioner", "murmur2_random")], unplaced);

    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[&format!(
            "name: {keyed}, direction: serialize, source: {{topics: [{raw}]}}, sink: {{topic: {keyed}, partition: key}}"
        )],
    ));
    let read = kafka.read_until(keyed, records.len() + 20);
    let placed = |records: Vec<Record>| {
        let mut placed: Vec<_> = records.into_iter().filter_map(|r| Some((r.key?, r.partition?))).collect();
        placed.sort();
        placed
    };
    assert_eq!(read.iter().filter(|record| record.key.is_none()).count(), 20);
    let ours = placed(read);
    assert_eq!(ours, placed(kafka.read_to_end(theirs)));
    for (key, hash) in HASHES {
        let partition = (hash & i32::MAX) % 7;
        assert!(ours.contains(&(key.as_bytes().to_vec(), partition)), "{key} belongs to {partition}");
    }
    assert!(sidecar.terminate().success());
}

#[test]
fn fewer_partitions_in_the_sink_are_refused_before_the_first_record() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro] = ["pipelines.fewer.raw", "pipelines.fewer.avro"];
    kafka.create_topic(raw, 3);
    kafka.create_topic(avro, 2);
    registry.register("pipelines.fewer.avro-value", NUMBER);
    kafka.produce(raw, [Record::new(number(1)).partition(0)]);
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, "")]));
    assert_eq!(sidecar.wait().code(), Some(64));
    let log = sidecar.log();
    let message = log.lines().rfind(|line| !line.is_empty()).unwrap();
    for words in ["pipeline pipelines.fewer.avro", "pipelines.fewer.avro has 2 partitions", "pipelines.fewer.raw has 3"]
    {
        assert_eq!(message.matches(words).count(), 1, "{words}: {message}");
    }
    assert_eq!(kafka.read_to_end(avro), []);
    assert_eq!(kafka.uncommitted("serdecar-pipelines.fewer.avro", raw), 1);
}

#[test]
fn keys_have_a_schema_of_their_own_where_they_are_given_a_format() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, avro, json] = ["pipelines.keys.raw", "pipelines.keys.avro", "pipelines.keys.json"];
    for topic in [raw, avro, json] {
        kafka.create_topic(topic, 1);
    }
    assert_eq!(registry.register("pipelines.keys.avro-value", ORDER), 1);
    assert_eq!(registry.register("pipelines.keys.avro-key", NUMBER), 2);
    let format = "key: {format: avro}";
    let mut sidecar =
        Sidecar::run(&config(kafka, &registry, &[&serialize(raw, avro, format), &deserialize(avro, json, format)]));
    kafka.produce(raw, [Record::new(order(1)).key(number(300)), Record::tombstone(number(301)), Record::new(order(2))]);
    let back = kafka.read_until(json, 3);
    let frames = kafka.read_to_end(avro);
    let keys: Vec<_> = frames.iter().map(|record| record.key.clone()).collect();
    assert_eq!(keys, [Some(framed_number(2, 300)), Some(framed_number(2, 301)), None]);
    let keys: Vec<_> =
        back.iter().map(|record| record.key.as_deref().map(|key| serde_json::from_slice(key).unwrap())).collect();
    assert_eq!(keys, [Some(json!({"n": 300})), Some(json!({"n": 301})), None]);
    assert_eq!(back[1].value, None);
    assert_eq!(parsed(&back[2]), order_behind_the_schema(2));
    assert!(sidecar.terminate().success());
}

#[test]
fn a_pinned_version_stays_and_latest_follows_the_registry_in_the_configured_subject() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [raw, pinned, latest] = ["pipelines.version.raw", "pipelines.version.pinned", "pipelines.version.latest"];
    for topic in [raw, pinned, latest] {
        kafka.create_topic(topic, 1);
    }
    let wide = r#"{"type": "record", "name": "Number", "fields": [
        {"name": "n", "type": "long"}, {"name": "note", "type": ["null", "string"], "default": null}]}"#;
    assert_eq!(registry.register("shop.numbers", NUMBER), 1);
    let value = |version: &str| format!("value: {{subject: shop.numbers, version: {version}, json: avro}}");
    let mut sidecar = Sidecar::run(&config(
        kafka,
        &registry,
        &[&serialize(raw, pinned, &value("1")), &serialize(raw, latest, &value("latest"))],
    ));
    // Both know the first version before there is a second one.
    kafka.produce(raw, [Record::new(number(7))]);
    for topic in [pinned, latest] {
        assert_eq!(kafka.read_until(topic, 1)[0].value, Some(framed_number(1, 7)));
    }
    assert_eq!(registry.register("shop.numbers", wide), 2);
    let tagged = r#"{"n": 8, "note": {"string": "x"}}"#;
    eventually("latest is the second version", || {
        kafka.produce(raw, [Record::new(tagged)]);
        let records = kafka.read_to_end(latest);
        records.iter().any(|record| record.value.as_deref() == Some(&[0, 0, 0, 0, 2, 16, 2, 2, b'x'])).then_some(())
    });
    let written = kafka.read_to_end(raw).len();
    let records = kafka.read_until(pinned, written);
    assert!(records.iter().skip(1).all(|record| record.value == Some(framed_number(1, 8))));
    assert!(sidecar.terminate().success());
}
