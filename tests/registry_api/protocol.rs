//! HTTP itself: media types, errors outside of any handler, settings, the access log, and stopping.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::client::{Api, answer, code, error, record};
use crate::process::Process;

const V1: &str = "application/vnd.schemaregistry.v1+json";

#[tokio::test]
async fn every_error_has_the_json_body() {
    let api = Api::start().await;
    let raw = async |method: Method, path: &str, media_type: &str, body: &'static str| {
        let request = api.request(method, path).header("Content-Type", media_type).body(body);
        answer(request.send().await.unwrap()).await
    };
    for path in ["/", "/nothing", "/subjects/", "/subjects/s/nothing", "/schemas/ids/x", "/schemas/ids/1.5/schema"] {
        assert_eq!(error(&api.get(path).await), (404, 404, "HTTP 404 Not Found"), "{path}");
    }
    assert_eq!(code(&api.get("/subjects/%FF/versions").await), 404);
    assert_eq!(error(&api.delete("/subjects").await), (405, 405, "HTTP 405 Method Not Allowed"));
    assert_eq!(code(&raw(Method::PATCH, "/subjects/s/versions", V1, "{}").await), 405);
    let path = "/subjects/s/versions";
    assert_eq!(code(&raw(Method::POST, path, "text/plain", "{}").await), 415);
    assert_eq!(code(&raw(Method::POST, path, "application/x-www-form-urlencoded", "{}").await), 415);
    for malformed in ["{", "[1]", "{\"schema\": 1}", "{} x"] {
        assert_eq!(code(&raw(Method::POST, path, V1, malformed).await), 400, "{malformed}");
    }
    for empty in ["", " \n", "null"] {
        assert_eq!(code(&raw(Method::POST, path, V1, empty).await), 422, "{empty:?}");
    }
    let refused = api.request(Method::GET, "/subjects").header("Accept", "text/html").send().await.unwrap();
    assert_eq!(refused.headers()["content-type"], V1);
    assert_eq!(code(&answer(refused).await), 406);
}

#[tokio::test]
async fn the_python_clients_question_about_associations_is_not_found() {
    let api = Api::start().await;
    let path = "/associations/resources/-/orders?resourceType=topic&associationType=value";
    assert_eq!(code(&api.get(path).await), 404);
    assert_eq!(code(&api.get(&format!("/contexts/.ctx{path}")).await), 404);
}

#[tokio::test]
async fn answers_have_the_media_type_that_was_asked_for() {
    let api = Api::start().await;
    api.register("s", &record("R")).await;
    for path in ["/subjects", "/schemas/ids/1/schema", "/subjects/none/versions", "/nothing"] {
        for (accept, expected) in [("*/*", V1), ("application/json", "application/json")] {
            let response = api.request(Method::GET, path).header("Accept", accept).send().await.unwrap();
            assert_eq!(response.headers()["content-type"], expected, "{path} {accept}");
        }
    }
    let head = api.request(Method::HEAD, "/subjects/s/versions/1").send().await.unwrap();
    assert_eq!(head.status(), 200);
    let wrong = api.request(Method::PUT, "/subjects").send().await.unwrap();
    assert_eq!(wrong.headers()["allow"], "GET,HEAD");
}

#[tokio::test]
async fn settings_have_their_built_in_values() {
    let api = Api::start().await;
    let (compatibility, mode) = (json!({"compatibilityLevel": "BACKWARD"}), json!({"mode": "READWRITE"}));
    for name in ["", "/:.:", "/:.__GLOBAL:", "/s?defaultToGlobal=true", "/:.ctx:?defaultToGlobal=True"] {
        assert_eq!(api.get(&format!("/config{name}")).await, (200, compatibility.clone()), "{name}");
        assert_eq!(api.get(&format!("/mode{name}")).await, (200, mode.clone()), "{name}");
    }
    assert_eq!(
        error(&api.get("/config/unknown").await),
        (404, 40408, "Subject 'unknown' does not have subject-level compatibility configured")
    );
    assert_eq!(
        error(&api.get("/mode/:.ctx:s").await),
        (404, 40409, "Subject ':.ctx:s' does not have subject-level mode configured")
    );
    assert_eq!(code(&api.get("/contexts/ctx/config").await), 40408);
    assert_eq!(code(&api.get("/contexts/ctx/mode/s").await), 40409);
    assert_eq!(api.get("/contexts/.__GLOBAL/mode").await, (200, mode));
}

#[tokio::test]
async fn types_and_readiness_are_open() {
    let api = Api::start().await;
    assert_eq!(api.get("/schemas/types").await, (200, json!(["JSON", "PROTOBUF", "AVRO"])));
    assert_eq!(api.get("/contexts/ctx/schemas/types").await.0, 200);
    assert_eq!(api.get("/status/ready").await.0, 200);
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_server_stops() {
    let api = Api::start().await;
    let address = api.address.clone();
    let body = format!(r#"{{"schema":{}}}"#, json!(record("R")));
    let half_sent = tokio::task::spawn_blocking({
        let body = body.clone();
        move || {
            let mut stream = TcpStream::connect(&address).unwrap();
            // The server asks for the body only once it handles the request.
            let head = format!(
                "POST /subjects/s/versions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
            stream
        }
    });
    let mut stream = half_sent.await.unwrap();
    let server = api.stop();
    let answered = tokio::task::spawn_blocking(move || {
        stream.write_all(body.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    let text = answered.await.unwrap();
    assert!(text.contains("HTTP/1.1 200 OK\r\n") && text.contains("\"id\":1"), "{text}");
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_sends_far_too_much_is_told() {
    let api = Api::start().await;
    let address = api.address.clone();
    // A plain client: it writes everything before it reads anything.
    let told = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        let body = format!(r#"{{"schema":"{}"}}"#, "x".repeat(10_000_000));
        let head = format!(
            "POST /subjects/s/versions HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    });
    let told = told.await.unwrap();
    assert!(told.starts_with("HTTP/1.1 422 ") && told.contains("\"error_code\":42209"), "{told}");
}

#[tokio::test]
async fn silent_connections_do_not_delay_the_stop() {
    let api = Api::start().await;
    let silent = TcpStream::connect(&api.address).unwrap();
    // Connections are accepted in order: once this is answered, the one before it is open as well.
    let idle = tokio::task::spawn_blocking({
        let address = api.address.clone();
        move || {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(format!("GET /contexts HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            assert_eq!(line, "HTTP/1.1 200 OK\r\n");
            stream
        }
    });
    let idle = idle.await.unwrap();
    let started = Instant::now();
    api.stop().await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "stopped after {:?}", started.elapsed());
    drop((silent, idle));
}

#[tokio::test]
async fn each_request_is_a_line_of_the_access_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::logged(&folder.path().join("schemas.redb"));
    assert_eq!(process.client.get("/contexts/ctx/subjects/a%2Fb/versions?deleted=true").await.0, 404);
    let line = process.line();
    for part in [
        " INFO access: peer=127.0.0.1:",
        " method=GET uri=/contexts/ctx/subjects/a%2Fb/versions?deleted=true status=404 elapsed=",
    ] {
        assert!(line.contains(part), "{line}");
    }
}
