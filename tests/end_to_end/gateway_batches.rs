//! Batches as clients of Confluent's REST Proxy send them, in its second version.

use serde_json::{Value, json};

use super::support::orders::{LETTER, NUMBER, number_of};
use super::support::{Gateway, GatewayAnswer, Kafka, Record, SchemaRegistry, python};

fn post(gateway: &Gateway, topic: &str, format: &str, body: &Value) -> GatewayAnswer {
    let content_type = format!("application/vnd.kafka.{format}.v2+json");
    let headers = [("content-type", content_type.as_str()), ("accept", "application/vnd.kafka.v2+json")];
    gateway.request("POST", &format!("/topics/{topic}"), &headers, &body.to_string())
}

fn at(partition: i32, offset: i64) -> Value {
    json!({"partition": partition, "offset": offset, "error_code": null, "error": null})
}

const UNION: &str = r#"{"type": "record", "name": "U", "fields": [{"name": "u", "type": ["null", "long", "string"]}]}"#;

#[test]
fn avro_comes_with_tags_and_ids_of_the_routes_context() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    // The same number means something else in another context.
    registry.register("letters-value", LETTER);
    let first = registry.register(":.staging:gateway.avro-value", UNION);
    let key = registry.register(":.staging:gateway.avro-key", "\"string\"");
    registry.register(":.staging:others-value", NUMBER);
    kafka.create_topic("gateway.avro", 2);
    let route = r#"topics: ["gateway.avro"], context: .staging, key: {format: avro}"#;
    let gateway = Gateway::start(kafka, &registry, &[route], "");
    let records = json!([
        {"key": "k", "value": {"u": {"string": "x"}}, "partition": 1},
        {"value": {"u": {"long": 3}}, "partition": 1, "timestamp": 1_700_000_000_000_i64},
        {"key": "k", "value": null, "partition": 0},
    ]);
    let body = json!({"key_schema_id": key, "value_schema_id": first, "records": records});
    let answer = post(&gateway, "gateway.avro", "avro", &body);
    assert_eq!(answer.header("content-type"), Some("application/vnd.kafka.v2+json"));
    let expected = json!({"offsets": [at(1, 0), at(1, 1), at(0, 0)], "key_schema_id": key, "value_schema_id": first});
    assert_eq!((answer.status, answer.json()), (200, expected));

    let found = kafka.read_to_end("gateway.avro");
    let frame = |id: u32, datum: &[u8]| Some([&[0][..], &id.to_be_bytes(), datum].concat());
    let find = |partition, offset| -> &Record {
        found.iter().find(|r| (r.partition, r.offset) == (Some(partition), Some(offset))).unwrap()
    };
    assert_eq!((&find(1, 0).key, &find(1, 0).value), (&frame(key, b"\x02k"), &frame(first, b"\x04\x02x")));
    assert_eq!((&find(1, 1).key, &find(1, 1).value), (&None, &frame(first, b"\x02\x06")));
    assert_eq!(find(1, 1).timestamp, Some(1_700_000_000_000));
    assert_eq!((&find(0, 0).key, &find(0, 0).value), (&frame(key, b"\x02k"), &None));

    // An id that the subject does not have, and one that nobody has.
    for id in [3, 77] {
        let body = json!({"value_schema_id": id, "records": [{"value": {"n": 1}}]});
        let answer = post(&gateway, "gateway.avro", "avro", &body).json();
        assert_eq!(answer["offsets"][0]["error_code"], 1, "{answer}");
    }
    let answer = post(&gateway, "gateway.avro", "jsonschema", &json!({"records": []}));
    assert_eq!((answer.status, &answer.json()["error_code"]), (415, &json!(415)));
}

#[test]
fn each_record_is_answered_for_unless_all_or_none_are_wanted() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register("gateway.batch-value", NUMBER);
    kafka.create_topic("gateway.batch", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.batch"]"#], "");
    let records = json!([{"value": {"n": 1}}, {"value": {"n": "x"}}, {"value": {"n": 2}}]);
    let answer = post(&gateway, "gateway.batch", "json", &json!({"records": records, "atomic": true}));
    let message = "expected long, found string \"x\"";
    let detail = format!("record 1: /n: {message} (schema {id} of gateway.batch-value)");
    assert_eq!(
        (answer.status, answer.json()),
        (
            422,
            json!({
                "title": "Unprocessable Entity", "status": 422, "detail": detail,
                "errors": [{"pointer": "/n", "expected": "long", "found": "string \"x\"", "message": message}],
                "schema": {"context": ".", "id": id, "subject": "gateway.batch-value", "version": 1},
                "error_code": 42203, "message": detail,
            })
        )
    );
    let answer = post(&gateway, "gateway.batch", "json", &json!({"records": records})).json();
    let error = format!("/n: {message} (schema {id} of gateway.batch-value)");
    let refused = json!({"partition": null, "offset": null, "error_code": 1, "error": error});
    let expected = json!({"offsets": [at(0, 0), refused, at(0, 1)], "key_schema_id": null, "value_schema_id": id});
    assert_eq!(answer, expected);
    let found = kafka.read_to_end("gateway.batch");
    assert_eq!(found.iter().map(|r| number_of(r.value.as_deref().unwrap())).collect::<Vec<_>>(), [1, 2]);
    for body in [json!([]), json!({"records": [{"value": 1, "partition": "x"}]}), json!({})] {
        let answer = post(&gateway, "gateway.batch", "json", &body);
        assert_eq!((answer.status, &answer.json()["error_code"]), (400, &json!(400)), "{body}");
    }
    let answer = post(&gateway, "gateway.batch", "binary", &json!({"records": [{"value": "AA=="}]}));
    assert_eq!(answer.status, 415);
    let answer = post(&gateway, "gateway.batch", "json", &json!({"value_schema": NUMBER, "records": []}));
    assert_eq!(answer.status, 422);
}

#[test]
fn bytes_come_as_base64_and_json_as_it_is_where_there_is_no_schema() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    kafka.create_topic("gateway.bytes", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.bytes"], value: {format: none}"#], "");
    let records = json!([{"key": "aw==", "value": "/wA="}, {"value": "no base64"}]);
    let answer = post(&gateway, "gateway.bytes", "binary", &json!({"records": records})).json();
    assert_eq!((&answer["offsets"][0], &answer["offsets"][1]["error_code"]), (&at(0, 0), &json!(1)));
    let records = json!([{"key": "k", "value": {"a": [1.5]}}]);
    assert_eq!(post(&gateway, "gateway.bytes", "json", &json!({"records": records})).status, 200);
    let found = kafka.read_to_end("gateway.bytes");
    let parts: Vec<_> = found.iter().map(|r| (r.key.as_deref().unwrap(), r.value.as_deref().unwrap())).collect();
    assert_eq!(parts, [(&b"k"[..], &b"\xff\0"[..]), (b"\"k\"", b"{\"a\":[1.5]}")]);
}

#[test]
fn a_client_of_the_rest_proxy_works_unchanged() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [typed, binary] = ["gateway.client.typed", "gateway.client.binary"];
    registry.register(&format!("{typed}-value"), NUMBER);
    kafka.create_topic(typed, 1);
    kafka.create_topic(binary, 1);
    let binary_route = format!("topics: [{binary}], value: {{format: none}}");
    let gateway = Gateway::start(kafka, &registry, &[&format!("topics: [{typed}]"), &binary_route], "");
    let output = python("rest_proxy_client.py", [&gateway.url(), typed, binary, "gateway.client.missing"]);
    assert!(output.status.success());
    let expected = "True\nTrue\nTrue\nKafkaBridgeTopicNotFoundError\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    let found = kafka.read_to_end(typed);
    let numbers: Vec<_> = found.iter().map(|r| number_of(r.value.as_deref().unwrap())).collect();
    assert_eq!(numbers, (1..=101).collect::<Vec<_>>());
    assert_eq!(found[0].key.as_deref(), Some(&b"\"first\""[..]), "as JSON, which is what the client sends");
    let found = kafka.read_to_end(binary);
    assert_eq!((found[0].key.as_deref(), found[0].value.as_deref()), (Some(&b"k"[..]), Some(&b"\0\xff"[..])));
}
