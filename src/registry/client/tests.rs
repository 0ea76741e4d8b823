mod holders;

use std::time::{Duration, Instant};

use serde_json::json;
use wiremock::matchers::{header, method};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::disposition::Disposition;
use crate::registry::config::{CacheConfig, Location, Retry};
use crate::registry::{Auth, RawAuth, RawBasic, RawBearer, Tls};
use crate::settings::{Faults, Secret};

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
async fn refused_credentials_are_a_clear_error() {
    for (status, reason) in [(401, "Unauthorized"), (403, "Forbidden")] {
        let server = always(refusal(status, u32::from(status) * 100 + 1)).await;
        let error = client(&server).by_id(&Context::default(), id(1)).await.unwrap_err().to_string();
        let expected = format!(
            "registry denies access: {}/schemas/ids/1 answered {status} {reason}, error code {status}01: so it is; \
             check registry.auth and the registry's permissions",
            server.uri()
        );
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn garbage_is_a_clear_error() {
    for body in ["<html>login</html>", "", "{\"schema\": 5}", "{\"id\": 1}", "[]"] {
        let server = always(ResponseTemplate::new(200).set_body_string(body)).await;
        let error = client(&server).by_id(&Context::default(), id(1)).await.unwrap_err();
        let expected = format!("{}/schemas/ids/1: not the answer of a schema registry: ", server.uri());
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert_eq!(error.disposition(), Disposition::Retry);
    }
    for body in [
        json!({"schema": "\"int\""}),
        json!({"schema": "\"int\"", "id": 2_147_483_648_u32}),
        json!({"schema": "\"int\"", "id": 1, "version": 2}),
    ] {
        let server = always(ResponseTemplate::new(200).set_body_json(&body)).await;
        let error = client(&server).by_version(&subject("orders"), Version::Number(1)).await.unwrap_err();
        assert!(matches!(error, RegistryError::Garbage { .. }), "{body}: {error}");
    }
}

#[tokio::test]
async fn an_unknown_type_rejects_the_record() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "x", "schemaType": "THRIFT"}))).await;
    let error = client(&server).by_id(&context("staging"), id(5)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 5 in context .staging is of type THRIFT, which is not supported");
    assert_eq!(error.disposition(), Disposition::Reject);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read() {
    let server = always(ResponseTemplate::new(200).set_body_json(json!({"schema": "x".repeat(2_000)}))).await;
    let client = Client::new(&Config { max_response_bytes: 1_024, ..config(&[&server.uri()]) }).unwrap();
    let error = client.by_id(&Context::default(), id(1)).await.unwrap_err();
    let expected = format!("{}/schemas/ids/1: larger than registry.max_response_bytes (1024 bytes)", server.uri());
    assert_eq!(error.to_string(), expected);
}

/// A registry that sends chunks without end, so that no length announces what comes.
async fn endless_chunks() -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                socket.read_u8().await.ok();
                socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.ok();
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                while socket.write_all(chunk.as_bytes()).await.is_ok() {}
            });
        }
    });
    url
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let url = endless_chunks().await;
    let client = Client::new(&config(&[&url])).unwrap();
    let error = client.by_id(&Context::default(), id(1)).await.unwrap_err();
    let expected = format!("{url}/schemas/ids/1: larger than registry.max_response_bytes (1048576 bytes)");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_redirect_loop_is_a_clear_error() {
    let server = MockServer::start().await;
    let around = ResponseTemplate::new(302).insert_header("location", format!("{}/schemas/ids/1", server.uri()));
    Mock::given(method("GET")).respond_with(around).mount(&server).await;
    let error = client(&server).by_id(&Context::default(), id(1)).await.unwrap_err();
    assert!(matches!(error, RegistryError::Redirect { .. }), "{error:?}");
    assert!(error.to_string().ends_with("too many redirects; check registry.url"), "{error}");
}

#[tokio::test]
async fn a_registry_that_is_too_slow_or_away_is_a_clear_error() {
    let server = always(ResponseTemplate::new(200).set_delay(Duration::from_secs(60))).await;
    let slow = Config { request_timeout: Duration::from_millis(50), ..config(&[&server.uri()]) };
    let error = Client::new(&slow).unwrap().by_id(&Context::default(), id(1)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("registry unreachable: {}/: no answer within 50ms", server.uri()));
    assert_eq!(requests(&server).await.len(), 3);

    let url = "http://127.0.0.1:1/";
    let error = Client::new(&config(&[url])).unwrap().by_id(&Context::default(), id(1)).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("registry unreachable: {url}: Connection refused")), "{error}");
    assert_eq!(error.disposition(), Disposition::Retry);
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

fn authenticated(raw: RawAuth) -> Auth {
    let mut faults = Faults::default();
    raw.validate("", &mut faults).unwrap_or_else(|| panic!("{faults:?}"))
}

#[tokio::test]
async fn credentials_are_sent() {
    let basic = RawBasic { username: "ada".into(), password: Some(Secret::new("lovelace")), password_file: None };
    let bearer = RawBearer { token: Some(Secret::new("abc.def")), token_file: None };
    for (raw, value) in [(RawAuth::Basic(basic), "Basic YWRhOmxvdmVsYWNl"), (RawAuth::Bearer(bearer), "Bearer abc.def")]
    {
        let server = MockServer::start().await;
        let body = json!({"schema": "\"int\""});
        Mock::given(header("authorization", value))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
        let config = Config { auth: authenticated(raw), ..config(&[&server.uri()]) };
        Client::new(&config).unwrap().by_id(&Context::default(), id(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_file_is_read_again_when_the_token_is_refused() {
    let server = MockServer::start().await;
    let body = json!({"schema": "\"int\""});
    Mock::given(header("authorization", "Bearer new"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    Mock::given(method("GET")).respond_with(refusal(401, 40101)).with_priority(9).mount(&server).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "old\n").unwrap();
    let auth = authenticated(RawAuth::Bearer(RawBearer { token: None, token_file: Some(file.path().to_owned()) }));
    let client = Client::new(&Config { auth, ..config(&[&server.uri()]) }).unwrap();
    client.by_id(&Context::default(), id(1)).await.unwrap_err();
    assert_eq!(requests(&server).await.len(), 1);
    std::fs::write(file.path(), "new\n").unwrap();
    client.by_id(&Context::default(), id(1)).await.unwrap();
    client.by_id(&Context::default(), id(1)).await.unwrap();
    assert_eq!(requests(&server).await.len(), 4);
}

#[tokio::test]
async fn secrets_are_never_printed() {
    let server = always(refusal(401, 40101)).await;
    let basic = RawBasic { username: "ada".into(), password: Some(Secret::new("lovelace")), password_file: None };
    let config = Config { auth: authenticated(RawAuth::Basic(basic.clone())), ..config(&[&server.uri()]) };
    let client = Client::new(&config).unwrap();
    let error = client.by_id(&Context::default(), id(1)).await.unwrap_err();
    let printed = format!("{basic:?} {config:?} {client:?} {error} {error:?} {:?}", config.auth.header().await);
    for secret in ["lovelace", "YWRhOmxvdmVsYWNl"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn versions_are_read_and_printed() {
    assert_eq!("latest".parse(), Ok(Version::Latest));
    assert_eq!("7".parse(), Ok(Version::Number(7)));
    assert_eq!(Version::Number(7).to_string(), "7");
    for text in ["0", "-1", "2147483648", "Latest", ""] {
        assert!(text.parse::<Version>().is_err(), "{text:?}");
    }
}
