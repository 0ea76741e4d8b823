//! Records that HTTP clients write: validated, serialized, and in the topic when the answer says so.

use serde_json::json;
use serdecar::codec::Limits;
use serdecar::codec::avro::{Decoder, JsonOptions};

use super::support::orders::{ORDER, order, order_behind_the_schema};
use super::support::{Gateway, GatewayAnswer, Kafka, Record, SchemaRegistry};

/// Reads a value as somebody else's codec does, behind the header of its frame.
fn decode(record: &Record, id: u32, schema: &str) -> serde_json::Value {
    let value = record.value.as_deref().expect("a value");
    let (header, mut datum) = value.split_at(5);
    assert_eq!(header, [&[0][..], &id.to_be_bytes()].concat());
    let schema = apache_avro::Schema::parse_str(schema).expect("a schema");
    let reader = apache_avro::reader::datum::GenericDatumReader::builder(&schema).build().expect("a reader");
    let value = reader.read_value(&mut datum).expect("a datum");
    assert!(datum.is_empty());
    serde_json::Value::try_from(value).expect("JSON")
}

/// A body compared whole, and what it is.
fn assert_problem(answer: &GatewayAnswer, status: u16, body: serde_json::Value) {
    assert_eq!((answer.status, answer.json()), (status, body));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("retry-after").is_some(), matches!(status, 429 | 503));
}

const EVENT: &str = r#"{"type": "record", "name": "Event", "fields": [
    {"name": "id", "type": "long"}, {"name": "name", "type": "string"}, {"name": "tags", "type": {"type": "array", "items": "int"}, "default": []}
]}"#;

#[test]
fn a_record_is_written_as_its_schema_says_and_answered_for_with_its_place() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register(":.staging:gateway.single-value", EVENT);
    kafka.create_topic("gateway.single", 1);
    let route = r#"topics: ["gateway.single"], context: .staging, key: {from: {pointer: /name}}"#;
    let gateway = Gateway::start(kafka, &registry, &[route], "");

    for (offset, name) in [(0, "a"), (1, "ü")] {
        let body = format!(r#"{{"id": {offset}, "name": "{name}", "unknown": [], "tags": [1, 2]}}"#);
        let answer = gateway.post("/topics/gateway.single", &body);
        let schema = json!({"context": ".staging", "id": id, "subject": "gateway.single-value", "version": 1});
        let expected = json!({"topic": "gateway.single", "partition": 0, "offset": offset, "schema": schema});
        assert_eq!((answer.status, answer.json()), (200, expected));
    }
    let records = kafka.read_to_end("gateway.single");
    let read: Vec<_> = records.iter().map(|record| decode(record, id, EVENT)).collect();
    assert_eq!(read, [json!({"id": 0, "name": "a", "tags": [1, 2]}), json!({"id": 1, "name": "ü", "tags": [1, 2]})]);
    let keys: Vec<_> = records.iter().map(|record| record.key.as_deref()).collect();
    assert_eq!(keys, [Some("a".as_bytes()), Some("ü".as_bytes())]);
    assert_eq!(records[0].headers, []);
    let labels = [("route", "gateway.single"), ("context", ".staging"), ("outcome", "written")];
    gateway.sidecar.await_metric("serdecar_gateway_produced_total", &labels, 2.0);
}

#[test]
fn orders_of_every_shape_come_back_as_they_were_meant() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register("gateway.orders-value", ORDER);
    kafka.create_topic("gateway.orders", 3);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["^gateway\\.orders$"], wait: false"#], "");
    for n in 0..30 {
        let answer = gateway.post("/topics/gateway.orders", &order(n));
        let schema = json!({"context": ".", "id": id, "subject": "gateway.orders-value", "version": 1});
        assert_eq!((answer.status, answer.json()), (202, json!({"topic": "gateway.orders", "schema": schema})));
    }
    let batch = json!({"records": [{"value": serde_json::from_str::<serde_json::Value>(&order(30)).unwrap()}]});
    let batch_type = [("content-type", "application/vnd.kafka.json.v2+json")];
    let answer = gateway.request("POST", "/topics/gateway.orders", &batch_type, &batch.to_string());
    assert_eq!((answer.status, &answer.json()["offsets"][0]["offset"]), (202, &serde_json::Value::Null));
    let unknown = gateway.request("POST", "/topics/gateway.unknown", &batch_type, &batch.to_string());
    assert_eq!((unknown.status, &unknown.json()["error_code"]), (404, &json!(40401)));
    let records = kafka.read_until("gateway.orders", 31);
    let mut read: Vec<_> = records
        .iter()
        .map(|record| {
            let frame = record.value.as_deref().unwrap();
            let schema = serdecar::schema::avro::Schema::parse::<&str>(ORDER, &[]).unwrap();
            let plan = serdecar::schema::avro::Plan::compile(&schema).unwrap();
            let mut decoder = Decoder::new(JsonOptions::default(), Limits::default());
            let mut json = Vec::new();
            decoder.decode(&plan, &frame[5..], &mut json).unwrap();
            serde_json::from_slice::<serde_json::Value>(&json).unwrap()
        })
        .collect();
    read.sort_by_key(|order| order["id"].as_i64());
    assert_eq!(read, (0..31).map(order_behind_the_schema).collect::<Vec<_>>());
}

#[test]
fn whatever_is_refused_says_why() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::start();
    let id = registry.register("gateway.refused-value", EVENT);
    kafka.create_topic("gateway.refused", 1);
    let routes = [
        r#"topics: ["gateway.refused"], key: {from: {pointer: /id}}"#,
        r#"topics: ["gateway.nobody"]"#,
        r#"topics: ["gateway.nowhere"], value: {format: none}"#,
        r#"topics: ["gateway.keyed"], value: {format: none}, key: {from: {header: x-key}}"#,
    ];
    let more = "max_body_bytes: 1KiB\nschema_timeout: 2s\ndelivery_timeout: 6s";
    let gateway = Gateway::start(kafka, &registry, &routes, more);
    let schema = json!({"context": ".", "id": id, "subject": "gateway.refused-value", "version": 1});
    let named = format!("(schema {id} of gateway.refused-value)");

    let answer = gateway.post("/topics/gateway.refused", r#"{"id": "x", "name": "n"}"#);
    let message = "expected long, found string \"x\"";
    assert_problem(
        &answer,
        422,
        json!({
            "title": "Unprocessable Entity", "status": 422, "detail": format!("/id: {message} {named}"),
            "errors": [{"pointer": "/id", "expected": "long", "found": "string \"x\"", "message": message}],
            "schema": schema,
        }),
    );

    let answer = gateway.post("/topics/gateway.refused", r#"{"id": 1, "name""#);
    let body = answer.json();
    assert_eq!((answer.status, &body["title"], &body["schema"]), (400, &json!("Bad Request"), &schema), "{body}");

    let answer = gateway.post("/topics/gateway.unknown", "{}");
    let detail = "no topic 'gateway.unknown' is served here";
    assert_problem(&answer, 404, json!({"title": "Not Found", "status": 404, "detail": detail}));
    let answer = gateway.post("/elsewhere", "{}");
    assert_problem(
        &answer,
        404,
        json!({"title": "Not Found", "status": 404, "detail": "there is nothing at this path"}),
    );
    let answer = gateway.request("DELETE", "/topics/gateway.refused", &[], "");
    let detail = "there is something at this path, but not for this method";
    assert_problem(&answer, 405, json!({"title": "Method Not Allowed", "status": 405, "detail": detail}));
    assert_eq!(answer.header("allow"), Some("POST"));

    for length in [1024, 4 << 20] {
        let answer = gateway.post("/topics/gateway.refused", &format!(r#"{{"name": "{}"}}"#, "x".repeat(length)));
        let detail = "the body has more than 1024 bytes";
        assert_problem(&answer, 413, json!({"title": "Payload Too Large", "status": 413, "detail": detail}));
    }

    let answer = gateway.request("POST", "/topics/gateway.refused", &[("content-type", "text/plain")], "{}");
    assert_eq!((answer.status, answer.json()["title"].clone()), (415, json!("Unsupported Media Type")));

    let headers = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let answer = gateway.request("POST", "/topics/gateway.refused", &headers, "{}");
    let detail = "bodies are taken as they are: leave Content-Encoding out";
    assert_problem(&answer, 415, json!({"title": "Unsupported Media Type", "status": 415, "detail": detail}));

    let answer = gateway.post("/topics/gateway.keyed", "{}");
    let detail = "the key is missing: there is no header 'x-key'";
    assert_problem(&answer, 400, json!({"title": "Bad Request", "status": 400, "detail": detail}));

    let answer = gateway.post("/topics/gateway.nobody", "{}");
    let detail = "version latest of subject gateway.nobody-value is not available: \
                  subject gateway.nobody-value not found in the registry";
    assert_problem(&answer, 503, json!({"title": "Service Unavailable", "status": 503, "detail": detail}));

    let answer = gateway.post("/topics/gateway.nowhere", "{}");
    let detail = "topic gateway.nowhere: there is no such topic; it was not written";
    assert_problem(&answer, 404, json!({"title": "Not Found", "status": 404, "detail": detail}));

    // What is known goes on being used while the registry is away.
    registry.stop();
    assert_eq!(gateway.post("/topics/gateway.refused", r#"{"id": 1, "name": "n"}"#).status, 200);
    let records = kafka.read_to_end("gateway.refused");
    assert_eq!(records.iter().map(|record| record.key.as_deref()).collect::<Vec<_>>(), [Some(&b"1"[..])]);
    assert!(!gateway.sidecar.log().contains("\"x\""), "{}", gateway.sidecar.log());
}
