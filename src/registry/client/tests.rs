mod broken_registries;
mod credentials;
mod holders;

use std::time::{Duration, Instant};

use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::disposition::Disposition;
use crate::registry::config::{CacheConfig, Location, Retry};
use crate::registry::{Auth, Tls};

/// Settings for a registry at `urls`, quick to retry.
pub(in crate::registry) fn config(urls: &[&str]) -> Config {
    Config {
        location: Location::At(urls.iter().map(|url| url.parse().unwrap()).collect()),
        auth: Auth::none(),
        tls: Tls::default(),
        cache: CacheConfig {
            max_bytes: 1 << 20,
            latest_ttl: Duration::from_secs(30),
            negative_ttl: Duration::from_secs(5),
            unknown_grace: Duration::from_secs(5),
        },
        connect_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        retry: Retry { attempts: 3, backoff: Duration::from_millis(1), max_backoff: Duration::from_millis(4) },
        max_response_bytes: 1 << 20,
        max_requests: 4,
        names: QualifiedNames::On,
    }
}

pub(in crate::registry) fn client(server: &MockServer) -> Client {
    Client::new(&config(&[&server.uri()])).unwrap()
}

pub(in crate::registry) fn context(name: &str) -> Context {
    Context::parse(name).unwrap()
}

pub(in crate::registry) fn id(number: u32) -> SchemaId {
    SchemaId::new(number).unwrap()
}

pub(in crate::registry) fn subject(name: &str) -> QualifiedSubject {
    QualifiedSubject::parse(name, QualifiedNames::On)
}

pub(in crate::registry) fn refusal(status: u16, code: u32) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error_code": code, "message": "so it is"}))
}

/// A registry that gives the same answer to everything.
async fn always(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(answer).mount(&server).await;
    server
}

pub(in crate::registry) async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

#[tokio::test]
async fn an_id_is_asked_for_in_its_context() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "\"int\""}))).await;
    let client = client(&server);
    let fetched = client.by_id(&context("staging"), id(7)).await.unwrap();
    assert_eq!((fetched.text.as_str(), fetched.schema_type), ("\"int\"", SchemaType::Avro));
    assert_eq!(fetched.label.to_string(), "schema 7 in context .staging");
    client.by_id(&Context::default(), id(7)).await.unwrap();
    assert_eq!(targets(&server).await, ["/schemas/ids/7?subject=%3A.staging%3A", "/schemas/ids/7"]);
}

/// Paths and queries of all requests so far.
pub(in crate::registry) async fn targets(server: &MockServer) -> Vec<String> {
    let target = |request: &Request| match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    };
    requests(server).await.iter().map(target).collect()
}

#[tokio::test]
async fn a_version_is_asked_for_under_its_qualified_name() {
    let server = MockServer::start().await;
    let body = json!({"subject": ":.staging:a/b", "version": 3, "id": 9, "schema": "\"int\"", "schemaType": "JSON"});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let fetched = client(&server).by_version(&subject(":.staging:a/b"), Version::Latest).await.unwrap();
    assert_eq!(targets(&server).await, ["/subjects/%3A.staging%3Aa%2Fb/versions/latest"]);
    assert_eq!(fetched.label.to_string(), "schema 9 of :.staging:a/b");
    assert_eq!((fetched.label.version, fetched.schema_type), (Some(3), SchemaType::Json));
}

#[tokio::test]
async fn names_that_would_be_read_otherwise_are_spelled_with_their_context() {
    let server = always(refusal(404, 40401)).await;
    let client = client(&server);
    for name in [":.x:y", "..", ":*:z", ":plain"] {
        let subject = QualifiedSubject::new(Context::default(), Subject::new(name));
        client.by_version(&subject, Version::Number(1)).await.unwrap_err();
    }
    assert_eq!(
        targets(&server).await,
        [
            "/subjects/%3A.%3A%3A.x%3Ay/versions/1",
            "/subjects/%3A.%3A../versions/1",
            "/subjects/%3A.%3A%3A%2A%3Az/versions/1",
            "/subjects/%3Aplain/versions/1"
        ]
    );
}

#[tokio::test]
async fn an_answer_from_another_context_is_not_found() {
    let body = json!({"subject": ":.other:orders", "version": 1, "id": 1, "schema": "\"int\""});
    let server = always(ResponseTemplate::new(200).set_body_json(body)).await;
    let client = client(&server);
    let error = client.by_version(&subject("orders"), Version::Latest).await.unwrap_err();
    assert_eq!(error.to_string(), "subject orders not found in the registry");
    let error = client.by_id(&context("staging"), id(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 1 not found in context .staging");
}

#[tokio::test]
async fn without_qualified_names_there_is_only_the_default_context() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "\"int\"", "id": 1}))).await;
    let client = Client::new(&Config { names: QualifiedNames::Off, ..config(&[&server.uri()]) }).unwrap();
    let error = client.by_id(&context("staging"), id(1)).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound(Missing::Id(..))), "{error}");
    assert_eq!(targets(&server).await, [""; 0]);
    let literal = QualifiedSubject::parse(":.x:y", QualifiedNames::Off);
    client.by_version(&literal, Version::Number(1)).await.unwrap();
    assert_eq!(targets(&server).await, ["/subjects/%3A.x%3Ay/versions/1"]);
}

#[tokio::test]
async fn what_the_registry_does_not_hold_is_told_from_a_wrong_url() {
    for (code, message) in [
        (40401, "subject :.staging:orders not found in the registry"),
        (40402, "version 3 of subject :.staging:orders not found in the registry"),
    ] {
        let server = always(refusal(404, code)).await;
        let error = client(&server).by_version(&subject(":.staging:orders"), Version::Number(3)).await.unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let server = always(refusal(404, 40403)).await;
    let error = client(&server).by_id(&context("staging"), id(3)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 3 not found in context .staging");
    for answer in [refusal(404, 404), ResponseTemplate::new(404).set_body_string("<html>")] {
        let server = always(answer).await;
        let error = client(&server).by_id(&context("staging"), id(3)).await.unwrap_err();
        assert!(matches!(error, RegistryError::Refused(_)), "{error}");
        assert!(error.to_string().ends_with("(is registry.url right?)"), "{error}");
        assert_eq!(error.disposition(), Disposition::Retry);
    }
}

#[tokio::test]
async fn a_registry_that_recovers_is_asked_again() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(refusal(503, 50301)).up_to_n_times(2).mount(&server).await;
    let body = json!({"schema": "\"int\""});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    client(&server).by_id(&Context::default(), id(1)).await.unwrap();
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn attempts_are_bounded_and_definite_answers_are_not_asked_for_again() {
    for (status, code, asked) in [
        (500, 50001, 3),
        (429, 42901, 3),
        (401, 40101, 1),
        (403, 40301, 1),
        (404, 40403, 1),
        (404, 404, 1),
        (422, 42202, 1),
    ] {
        let server = always(refusal(status, code)).await;
        let error = client(&server).by_id(&Context::default(), id(1)).await.unwrap_err();
        assert_eq!(error.disposition(), Disposition::Retry, "{status}: {error}");
        assert_eq!(requests(&server).await.len(), asked, "{status}: {error}");
    }
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(method("GET")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    let body = json!({"schema": "\"int\""});
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let start = Instant::now();
    client(&server).by_id(&Context::default(), id(1)).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_unknown_type_rejects_the_record() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "x", "schemaType": "THRIFT"}))).await;
    let error = client(&server).by_id(&context("staging"), id(5)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 5 in context .staging is of type THRIFT, which is not supported");
    assert_eq!(error.disposition(), Disposition::Reject);
}

#[tokio::test]
async fn the_next_url_is_asked_when_one_fails_and_kept_while_it_answers() {
    let broken = always(ResponseTemplate::new(500)).await;
    let page = always(ResponseTemplate::new(200).set_body_string("<html>")).await;
    let sound = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "\"int\""}))).await;
    let client = Client::new(&config(&[&broken.uri(), &page.uri(), &sound.uri()])).unwrap();
    for _ in 0..3 {
        client.by_id(&Context::default(), id(1)).await.unwrap();
    }
    let counts = [requests(&broken).await.len(), requests(&page).await.len(), requests(&sound).await.len()];
    assert_eq!(counts, [1, 1, 3]);
}

#[tokio::test]
async fn a_definite_answer_is_not_asked_for_elsewhere() {
    let first = always(refusal(404, 40403)).await;
    let second = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "\"int\""}))).await;
    let client = Client::new(&config(&[&first.uri(), &second.uri()])).unwrap();
    client.by_id(&Context::default(), id(1)).await.unwrap_err();
    assert_eq!(requests(&second).await.len(), 0);
}
