//! Records that an HTTP client can't be shown go to the dead letters, and the client goes on behind them.

use serde_json::Value;

use super::support::orders::{NUMBER, framed_number};
use super::support::{Gateway, Kafka, Record, SchemaRegistry, eventually};

/// A record that names a schema of the context `.` and does not follow it.
fn broken(id: u32, n: usize) -> Record {
    let frame = [&[0][..], &id.to_be_bytes(), b"\xff"].concat();
    Record::new(frame).partition(1).key(n.to_string()).timestamp(1_700_000_000_000).header("h", [0xff]).header("h", "2")
}

fn number(n: usize) -> Record {
    Record::new(framed_number(1, n)).partition(1)
}

fn route(topic: &str, letters: &str) -> String {
    format!(r#"topics: ["{topic}"], on_invalid: {{dead_letter: "{letters}"}}"#)
}

#[test]
fn a_group_goes_on_behind_dead_letters_that_keep_everything_and_say_why() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [topic, letters] = ["gateway.buried", "gateway.buried.dlq"];
    let id = registry.register(&format!("{topic}-value"), NUMBER);
    kafka.create_topic(topic, 2);
    kafka.create_topic(letters, 3);
    let records = (0..1000).map(|n| if n % 10 == 3 || n > 990 { broken(id, n) } else { number(n) });
    kafka.produce(topic, records);
    let gateway = Gateway::start(kafka, &registry, &[&route(topic, letters)], "");
    let poll = |more: &str| {
        let answer = gateway.request("GET", &format!("/topics/{topic}/records?group=gateway-buriers&{more}"), &[], "");
        assert_eq!(answer.status, 200, "{answer:?}");
        let offset = |record: &Value| usize::try_from(record["value"]["n"].as_u64().unwrap()).unwrap();
        answer.json().as_array().unwrap().iter().map(offset).collect::<Vec<_>>()
    };
    let good: Vec<_> = (0..991).filter(|n| n % 10 != 3).collect();
    assert_eq!(poll("max=1000&wait=30s"), good);
    assert_eq!(kafka.committed("gateway-buriers", topic), [None, None], "nothing before the client says so");
    // Whoever asks again has handled what came before, and with it the dead letters between and behind.
    assert_eq!(poll("max=1&wait=10ms"), [0; 0]);
    eventually("everything is committed", || {
        (kafka.committed("gateway-buriers", topic) == [None, Some(1000)]).then_some(())
    });

    let bad: Vec<_> = (0..1000).filter(|n| n % 10 == 3 || *n > 990).collect();
    let found = kafka.read_to_end(letters);
    assert_eq!(
        found
            .iter()
            .map(|letter| letter.header_text("serdecar.offset").unwrap().parse().unwrap())
            .collect::<Vec<usize>>(),
        bad
    );
    let id = id.to_string();
    for (at, (letter, n)) in found.iter().zip(bad).enumerate() {
        let mut expected = broken(1, n).header("serdecar.reason", "malformed");
        let error = letter.header_text("serdecar.error").unwrap();
        assert!(
            error.starts_with("/n: expected long") && error.ends_with(&format!("(schema {id} in context .)")),
            "{error}"
        );
        let offset = n.to_string();
        for (name, value) in [
            ("error", error),
            ("pointer", "/n"),
            ("pipeline", "gateway"),
            ("context", "."),
            ("schema_id", &id),
            ("topic", topic),
            ("partition", "1"),
            ("offset", &offset),
        ] {
            expected = expected.header(&format!("serdecar.{name}"), value);
        }
        expected.offset = Some(i64::try_from(at).unwrap());
        assert_eq!(*letter, expected);
    }
    let labels = [("route", topic), ("context", "."), ("outcome", "dead_letter")];
    gateway.sidecar.await_metric("serdecar_gateway_consumed_total", &labels, 108.0);
    assert!(!gateway.sidecar.log().contains("expected long"), "what is in a record is not for logs");
}

#[test]
fn a_topic_of_dead_letters_that_is_missing_stops_whoever_reads_and_nothing_is_skipped() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [topic, letters] = ["gateway.unburied", "gateway.unburied.dlq"];
    let id = registry.register(&format!("{topic}-value"), NUMBER);
    kafka.create_topic(topic, 2);
    kafka.produce(topic, [number(0), broken(id, 1), number(2)]);
    let gateway = Gateway::start(kafka, &registry, &[&route(topic, letters)], "");
    let poll = || gateway.request("GET", &format!("/topics/{topic}/records?group=gateway-unburiers&wait=5s"), &[], "");
    let refused = poll();
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{refused:?}");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("the topic of dead letters: gateway.unburied.dlq: "), "{detail}");
    assert_eq!(kafka.committed("gateway-unburiers", topic), [None, None]);

    // One that takes no record of this size: it is told before which record, and the one before it is given.
    kafka.create_topic_with(letters, 1, &[("max.message.bytes", "100")]);
    let first = poll();
    assert_eq!((first.status, first.json().as_array().unwrap().len()), (200, 1), "{first:?}");
    let stopped = eventually("it stops", || Some(poll()).filter(|answer| answer.status != 200));
    assert_eq!(stopped.status, 409, "{stopped:?}");
    let detail = stopped.json()["detail"].as_str().unwrap().to_owned();
    let expected = "stopped before gateway.unburied[1] at offset 1: its dead letter can't be written to topic \
                    gateway.unburied.dlq: Broker: Message size too large";
    assert_eq!(detail, expected);
    eventually("what was given before is committed", || {
        (kafka.committed("gateway-unburiers", topic) == [None, Some(1)]).then_some(())
    });
    assert_eq!(kafka.read_to_end(letters), []);
}
