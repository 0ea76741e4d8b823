//! Registries that answer nonsense, too much, too late or not at all.

use super::*;

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
