//! What routes say of records and of those who write them: headers, envelopes, streams, logs, sockets and passwords.

use std::process::Command;

use serde_json::{Value, json};

use super::support::orders::{NUMBER, number, number_of};
use super::support::{Gateway, Kafka, Record, SchemaRegistry, config, serdecar};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");

fn answers(body: &str) -> Vec<Value> {
    body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_stream_is_answered_a_line_for_each_record_in_order() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register("gateway.lines-value", NUMBER);
    kafka.create_topic("gateway.lines", 1);
    let routes = [r#"topics: ["gateway.lines"], value: {max_record_bytes: 40}"#];
    let gateway = Gateway::start(kafka, &registry, &routes, "schema_timeout: 200ms");
    let body = format!("{}\n\n{{\"n\": \"x\"}}\n{{\"n\"\n{{\"n\": {}}}\r\n{}", number(0), " ".repeat(40), number(1));
    let answer = gateway.request("POST", "/topics/gateway.lines", &[NDJSON], &body);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/x-ndjson")));
    let lines = answers(&answer.body);
    let schema = json!({"context": ".", "id": id, "subject": "gateway.lines-value", "version": 1});
    let written = |line, offset| json!({"line": line, "topic": "gateway.lines", "partition": 0, "offset": offset, "schema": schema});
    let summary: Vec<_> = lines.iter().map(|line| (line["line"].as_u64(), line["status"].as_u64())).collect();
    assert_eq!(
        summary,
        [(Some(1), None), (Some(3), Some(422)), (Some(4), Some(400)), (Some(5), Some(413)), (Some(6), None)]
    );
    assert_eq!([&lines[0], &lines[4]], [&written(1, 0), &written(6, 1)]);
    let message = "expected long, found string \"x\"";
    let errors = json!([{"pointer": "/n", "expected": "long", "found": "string \"x\"", "message": message}]);
    assert_eq!((&lines[1]["errors"], &lines[1]["schema"]), (&errors, &schema));
    assert_eq!(gateway.request("POST", "/topics/gateway.lines", &[NDJSON], "").body, "");
    let values: Vec<_> =
        kafka.read_to_end("gateway.lines").iter().map(|r| number_of(r.value.as_deref().unwrap())).collect();
    assert_eq!(values, [0, 1]);
}

#[test]
fn headers_that_are_asked_for_go_along_and_the_request_can_be_the_value() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    for topic in ["gateway.headers", "gateway.envelope"] {
        kafka.create_topic(topic, 1);
    }
    let routes = [
        r#"topics: ["gateway.headers"], value: {format: none}, key: {from: {query: key}},
           headers: {include: ["x-*", traceparent], exclude: [x-no], rename: {x-tenant: tenant}}"#,
        r#"topics: ["gateway.envelope"], value: {format: none}, envelope: true, headers: {include: [x-a]}"#,
    ];
    let gateway = Gateway::start(kafka, &registry, &routes, "");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [
        JSON,
        ("x-tenant", "a"),
        ("x-tenant", "b"),
        ("x-no", "1"),
        ("x-request-id", "r-1"),
        ("traceparent", trace),
        ("authorization", "x"),
    ];
    let answer = gateway.request("POST", "/topics/gateway.headers?key=k%20%c3%bc", &headers, "{}");
    assert_eq!((answer.status, answer.header("x-request-id")), (200, Some("r-1")));
    assert_eq!(answer.json(), json!({"topic": "gateway.headers", "partition": 0, "offset": 0}));
    let records = kafka.read_to_end("gateway.headers");
    let mut found: Vec<_> = records[0]
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), std::str::from_utf8(v.as_deref().unwrap()).unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("tenant", "a"), ("tenant", "b"), ("traceparent", trace), ("x-request-id", "r-1")]);
    assert_eq!(records[0].key.as_deref(), Some("k ü".as_bytes()));

    let headers = [JSON, ("x-a", "1"), ("x-a", "2")];
    assert_eq!(gateway.request("POST", "/topics/gateway.envelope?q=1", &headers, "[1.50]").status, 200);
    assert_eq!(gateway.request("POST", "/topics/gateway.envelope", &headers, r#"1,"uri":"x""#).status, 400);
    let records = kafka.read_to_end("gateway.envelope");
    assert_eq!(
        records.iter().map(Record::text).collect::<Vec<_>>(),
        [r#"{"method":"POST","uri":"/topics/gateway.envelope?q=1","headers":{"x-a":["1","2"]},"body":[1.50]}"#]
    );
    assert!(gateway.post("/topics/none", "{}").header("x-request-id").is_some_and(|id| id.len() == 32));
}

#[test]
fn a_log_promises_nothing_and_takes_what_it_can() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    kafka.create_topic("gateway.log", 1);
    let routes = [r#"topics: ["gateway.log"], value: {format: none}, log: {fields: {host: "h", level: 3}}"#];
    let gateway = Gateway::start(kafka, &registry, &routes, "");
    let answer = gateway.request("POST", "/topics", &[JSON, ("x-topic", "gateway.log")], r#"{"m": 1}"#);
    assert_eq!((answer.status, answer.json()), (202, json!({"topic": "gateway.log"})));
    assert_eq!(gateway.post("/topics?topic=gateway.log", "no object").status, 202);
    assert_eq!(gateway.post("/topics", "{}").status, 400);
    let description = gateway.request("GET", "/openapi.json", &[], "");
    assert_eq!((description.status, &description.json()["openapi"]), (200, &json!("3.1.1")));
    assert_eq!(gateway.request("POST", "/topics/gateway.log", &[NDJSON], "{\"m\": 2}\n{ }\n").status, 202);
    let records = kafka.read_until("gateway.log", 3);
    assert_eq!(
        records.iter().map(Record::text).collect::<Vec<_>>(),
        [r#"{"host":"h","level":3,"m": 1}"#, r#"{"host":"h","level":3,"m": 2}"#, r#"{"host":"h","level":3 }"#]
    );
    let labels = [("route", "gateway.log"), ("outcome", "rejected")];
    gateway.sidecar.await_metric("serdecar_gateway_produced_total", &labels, 1.0);
}

#[test]
fn only_those_who_say_who_they_are_get_in_and_only_where_they_may() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.secret-value", NUMBER);
    registry.register("gateway.open-value", NUMBER);
    kafka.create_topic("gateway.secret", 1);
    kafka.create_topic("gateway.open", 1);
    let routes = [
        r#"topics: ["gateway.secret"], allow: [ann]"#,
        r#"topics: ["gateway.open"], allow: {produce: ["^."], consume: [ann]}"#,
        r#"topics: ["gateway.rare"], value: {format: none}, max_requests_per_second: 1"#,
    ];
    let auth = "auth: {bearer: {tokens: [{name: ann, token: t0p}, {name: bob, token: l0w}]}}";
    let gateway = Gateway::start(kafka, &registry, &routes, auth);
    let post = |topic: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        let path = format!("/topics/gateway.{topic}");
        gateway.request("POST", &path, &[JSON, ("authorization", &bearer)], &number(1))
    };
    assert_eq!([post("secret", "t0p").status, post("open", "t0p").status, post("open", "l0w").status], [200, 200, 200]);
    let answer = post("secret", "l0w");
    assert_eq!(
        answer.json(),
        json!({"title": "Forbidden", "status": 403, "detail": "'bob' may not write to this topic"})
    );
    let get = |token: &str| {
        let bearer = format!("Bearer {token}");
        gateway.request("GET", "/topics/gateway.open/records?max=1", &[("authorization", &bearer)], "")
    };
    assert_eq!((get("t0p").status, get("t0p").json()[0]["value"]["n"].clone()), (200, json!(1)));
    assert_eq!((get("l0w").status, &get("l0w").json()["detail"]), (403, &json!("'bob' may not read this topic")));
    let answer = gateway.post("/topics/gateway.open", &number(1));
    let detail = "credentials are missing, or not known";
    assert_eq!(answer.json(), json!({"title": "Unauthorized", "status": 401, "detail": detail}));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"serdecar\""));
    assert_eq!(post("unknown", "x").status, 401);
    kafka.create_topic("gateway.rare", 1);
    let answers: Vec<_> = (0..20).map(|_| post("rare", "l0w")).collect();
    assert!(answers.iter().any(|answer| answer.status == 200));
    let refused = answers.iter().find(|answer| answer.status == 429).expect("one of twenty");
    assert_eq!(
        (refused.header("retry-after"), &refused.json()["detail"]),
        (Some("1"), &json!("more than 1 requests a second"))
    );
    assert!(!gateway.sidecar.log().contains("t0p"));
}

#[test]
fn an_address_that_others_can_reach_is_refused_without_authentication() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::absent();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("serdecar.yaml");
    let text = config(kafka, &registry, &[]).replace("pipelines:\n", "")
        + "gateway: {listen: \"0.0.0.0:0\", routes: [{topics: [t]}]}\n";
    std::fs::write(&file, text).unwrap();
    for command in ["check", "run"] {
        let output = serdecar([command.as_ref(), "--config".as_ref(), file.as_os_str()]);
        assert_eq!(output.status.code(), Some(64), "{command}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("/gateway/listen: 0.0.0.0:0 can be reached from elsewhere"), "{said}");
    }
}

#[test]
fn curl_writes_through_a_socket_over_both_versions_of_http() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.unix-value", NUMBER);
    kafka.create_topic("gateway.unix", 1);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s.sock");
    let mut gateway =
        Gateway::launch_at(&format!("unix:{}", socket.display()), kafka, &registry, &[r#"topics: ["gateway.unix"]"#]);
    gateway.sidecar.await_ready();
    for (offset, version) in [(0, "--http1.1"), (1, "--http2-prior-knowledge")] {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", version, "--unix-socket"])
            .arg(&socket)
            .args(["-H", "content-type: application/json", "-d", &number(7), "http://serdecar/topics/gateway.unix"])
            .output()
            .expect("curl");
        let answer: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        assert_eq!(answer["offset"], offset, "{version}: {answer}");
    }
    assert!(gateway.sidecar.terminate().success());
    assert!(!socket.exists());
}

#[test]
fn requests_wait_for_a_registry_that_is_late_and_not_for_ever() {
    let kafka = Kafka::shared();
    let mut registry = SchemaRegistry::absent();
    registry.restart();
    registry.register("gateway.late-value", NUMBER);
    registry.stop();
    kafka.create_topic("gateway.late", 1);
    let routes = [r#"topics: ["gateway.late"]"#];
    let gateway = Gateway::launch(kafka, &registry, &routes, "schema_timeout: 400ms");
    gateway.await_listening();
    let answer = gateway.post("/topics/gateway.late", &number(1));
    let body = answer.json();
    let detail = body["detail"].as_str().unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{body}");
    assert!(
        detail.starts_with("version latest of subject gateway.late-value is not available: registry unreachable"),
        "{detail}"
    );
    // A stream's lines do not wait for it one after the other.
    let stream: String = (0..100).map(|n| number(n) + "\n").collect();
    let answer = gateway.request("POST", "/topics/gateway.late", &[NDJSON], &stream);
    assert!(answers(&answer.body).iter().zip(1..).all(|(line, n)| line["status"] == 503 && line["line"] == n));
    registry.restart();
    super::support::eventually("it is written", || {
        (gateway.post("/topics/gateway.late", &number(1)).status == 200).then_some(())
    });
}
