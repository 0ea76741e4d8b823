//! What a client shows of itself, and to whom.

use wiremock::matchers::header;

use super::*;
use crate::registry::{RawAuth, RawBasic, RawBearer};
use crate::settings::{Faults, Secret};

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
