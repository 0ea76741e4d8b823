use serde_json::json;
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::settings::{Faults, RawOauth2};

fn source(server: &MockServer) -> TokenSource {
    let raw = RawOauth2 {
        token_url: format!("{}/token", server.uri()),
        client_id: "an id".to_owned(),
        client_secret: Some(Secret::new("s:cret")),
        client_secret_file: None,
        scope: Some("read write".to_owned()),
    };
    let mut faults = Faults::default();
    let settings = raw.validate("/oauth2", &mut faults);
    assert_eq!(faults, Faults::default());
    TokenSource::new(settings.unwrap()).unwrap()
}

async fn answers(server: &MockServer, status: u16, body: serde_json::Value) {
    server.reset().await;
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).respond_with(answer).mount(server).await;
}

#[tokio::test]
async fn a_token_is_asked_for_as_the_standard_says_and_kept() {
    let server = MockServer::start().await;
    let grant = json!({"access_token": "t", "token_type": "bearer", "expires_in": 60});
    // Form-encoded, then joined by a colon and in base64.
    Mock::given(path("/token"))
        .and(header("authorization", "Basic YW4lMjBpZDpzJTNBY3JldA=="))
        .and(body_string("grant_type=client_credentials&scope=read+write"))
        .respond_with(ResponseTemplate::new(200).set_body_json(grant))
        .expect(1)
        .mount(&server)
        .await;
    let source = source(&server);
    for _ in 0..3 {
        let token = source.token().await.unwrap();
        assert_eq!(token.text.reveal(), "t");
        assert!(token.expires > SystemTime::now() + Duration::from_secs(50));
    }
}

#[tokio::test]
async fn a_token_that_can_t_be_renewed_serves_to_its_end() {
    let server = MockServer::start().await;
    answers(&server, 200, json!({"access_token": "old", "token_type": "Bearer", "expires_in": 60})).await;
    let source = source(&server);
    source.token().await.unwrap();
    source.0.current.lock().await.as_mut().unwrap().renew = Instant::now();
    answers(&server, 503, json!({})).await;
    assert_eq!(source.token().await.unwrap().text.reveal(), "old");
    source.forget("another").await;
    assert_eq!(source.token().await.unwrap().text.reveal(), "old");
    source.forget("old").await;
    assert!(matches!(source.token().await, Err(TokenError::Refused { .. })));
    answers(&server, 200, json!({"access_token": "new", "token_type": "Bearer"})).await;
    assert_eq!(source.token().await.unwrap().text.reveal(), "new");
}

#[tokio::test]
async fn what_is_no_token_is_told_without_what_was_sent() {
    let server = MockServer::start().await;
    let source = source(&server);
    for (status, body, told) in [
        (401, json!({"error": "invalid_client", "error_description": "s:cret"}), "401 Unauthorized: invalid_client"),
        (400, json!({"error": "s:cret is wrong"}), "answered 400 Bad Request"),
        (302, json!({}), "answered 302 Found"),
        (200, json!({"access_token": "t", "token_type": "mac"}), "token_type is not Bearer"),
        (200, json!({"access_token": "s:cret\n", "token_type": "bearer"}), "access_token is not a token"),
        (200, json!("s:cret"), "no access_token and token_type"),
    ] {
        answers(&server, status, body).await;
        let error = source.token().await.unwrap_err();
        assert!(error.to_string().ends_with(told), "{error}");
        assert!(!format!("{error} {error:?} {source:?}").contains("s:cret"), "{error:?}");
    }
}
