use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::disposition::Disposition;
use crate::registry::Config;
use crate::registry::client::tests::{client, config, id, refusal, requests, subject, targets};
use crate::schema::Context;

/// Puts a version into a registry; `references` are `(name, subject, version)`.
async fn put(server: &MockServer, name: &str, version: u32, text: &str, references: &[(&str, &str, i32)]) {
    let references: Vec<Value> = references
        .iter()
        .map(|(name, subject, version)| json!({"name": name, "subject": subject, "version": version}))
        .collect();
    let body = json!({"subject": name, "version": version, "id": version, "schema": text, "references": references});
    for version in [version.to_string(), "latest".to_owned()] {
        let encoded = format!("/subjects/{}/versions/{version}", name.replace(':', "%3A"));
        Mock::given(path(encoded)).respond_with(ResponseTemplate::new(200).set_body_json(&body)).mount(server).await;
    }
}

/// Asks for version 1 of `name` and gives the texts of what it refers to.
async fn references(server: &MockServer, name: &str) -> Result<Vec<String>, RegistryError> {
    let fetched = client(server).by_version(&subject(name), Version::Number(1)).await?;
    Ok(fetched.references.into_iter().map(|reference| reference.text).collect())
}

#[tokio::test]
async fn references_come_before_those_that_use_them_and_a_diamond_once() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("left", "left", 1), ("right", "right", 1)]).await;
    put(&server, "left", 1, "left", &[("base", "base", 1)]).await;
    put(&server, "right", 1, "right", &[("base", "base", 1)]).await;
    put(&server, "base", 1, "base", &[]).await;
    assert_eq!(references(&server, "order").await.unwrap(), ["base", "left", "right"]);
    assert_eq!(requests(&server).await.len(), 4);
}

#[tokio::test]
async fn unqualified_references_belong_to_the_referrers_context() {
    let server = MockServer::start().await;
    put(&server, ":.staging:order", 1, "order", &[("line", ":.shared:line", 1), ("item", "item", 1)]).await;
    put(&server, ":.shared:line", 1, "line", &[("money", "money", 1), ("unit", ":.:unit", -1)]).await;
    put(&server, ":.shared:money", 1, "shared money", &[]).await;
    put(&server, "unit", 4, "default unit", &[]).await;
    put(&server, ":.staging:item", 1, "staging item", &[]).await;
    let texts = references(&server, ":.staging:order").await.unwrap();
    assert_eq!(texts, ["shared money", "default unit", "line", "staging item"]);
    assert!(targets(&server).await.contains(&"/subjects/unit/versions/latest".to_owned()));
}

#[tokio::test]
async fn a_deleted_version_is_still_found_as_a_reference() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("base", "base", 1)]).await;
    let body = json!({"subject": "base", "version": 1, "id": 2, "schema": "base", "deleted": true});
    Mock::given(path("/subjects/base/versions/1"))
        .and(query_param("deleted", "true"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    assert_eq!(references(&server, "order").await.unwrap(), ["base"]);
}

#[tokio::test]
async fn a_reference_cycle_is_an_error() {
    let server = MockServer::start().await;
    put(&server, ":.staging:a", 1, "a", &[("b", "b", 1)]).await;
    put(&server, ":.staging:b", 1, "b", &[("c", "c", 1)]).await;
    put(&server, ":.staging:c", 1, "c", &[("a", "a", 1)]).await;
    let error = references(&server, ":.staging:a").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reference cycle: :.staging:a version 1 → :.staging:b version 1 → :.staging:c version 1 → :.staging:a version 1"
    );
    assert_eq!(error.disposition(), Disposition::Reject);
}

#[tokio::test]
async fn a_cycle_is_found_below_a_schema_that_is_only_known_by_its_id() {
    let server = MockServer::start().await;
    let body = json!({"schema": "a", "references": [{"name": "b", "subject": "b", "version": 1}]});
    Mock::given(path("/schemas/ids/1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    put(&server, "a", 1, "a", &[("b", "b", 1)]).await;
    put(&server, "b", 1, "b", &[("a", "a", 1)]).await;
    let error = client(&server).by_id(&Context::default(), id(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "reference cycle: schema 1 in context . → b version 1 → a version 1 → b version 1");
}

#[tokio::test]
async fn one_name_must_not_mean_two_things() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("left", "left", 1), ("right", "right", 1)]).await;
    put(&server, "left", 1, "left", &[("money", "money", 1)]).await;
    put(&server, "right", 1, "right", &[("money", ":.shared:money", 2)]).await;
    put(&server, "money", 1, "one", &[]).await;
    put(&server, ":.shared:money", 2, "other", &[]).await;
    let error = references(&server, "order").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "references disagree on the name money: money version 1 and :.shared:money version 2 differ"
    );
}

#[tokio::test]
async fn one_name_may_stand_in_two_places_with_the_same_text() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("left", "left", 1), ("money", ":.shared:money", 2)]).await;
    put(&server, "left", 1, "left", &[("money", "money", 1)]).await;
    put(&server, "money", 1, "money", &[]).await;
    put(&server, ":.shared:money", 2, "money", &[]).await;
    assert_eq!(references(&server, "order").await.unwrap(), ["money", "left"]);
}

#[tokio::test]
async fn a_missing_reference_is_waited_for() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("left", "left", 1)]).await;
    put(&server, "left", 1, "left", &[("base", "base", 5)]).await;
    Mock::given(method("GET")).respond_with(refusal(404, 40401)).with_priority(9).mount(&server).await;
    let error = references(&server, "order").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reference order version 1 → left version 1 → base version 5: subject base not found in the registry"
    );
    assert_eq!(error.disposition(), Disposition::Retry);
}

#[tokio::test]
async fn references_of_another_language_are_an_error() {
    let server = MockServer::start().await;
    put(&server, "order", 1, "order", &[("base", "base", 1)]).await;
    let body = json!({"subject": "base", "version": 1, "id": 2, "schema": "base", "schemaType": "JSON"});
    Mock::given(path("/subjects/base/versions/1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let error = references(&server, "order").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "reference order version 1 → base version 1: a schema of type AVRO can't refer to one of type JSON"
    );
}

/// A registry in which every version of every subject refers to the next one.
async fn endless(width: u32) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(move |request: &Request| {
            let number: u32 = request.url.path().rsplit('/').next().unwrap().parse().unwrap();
            let references: Vec<Value> = (1..=width)
                .map(|step| json!({"name": format!("n{}", number + step), "subject": "s", "version": number + step}))
                .collect();
            let body = json!({"subject": "s", "version": number, "id": 1, "schema": format!("{number}"), "references": references});
            ResponseTemplate::new(200).set_body_json(body)
        })
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn references_without_end_are_an_error() {
    let server = endless(1).await;
    let error = references(&server, "s").await.unwrap_err();
    assert!(error.to_string().ends_with(" → s version 66: more than 64 references deep"), "{error}");
    assert_eq!(error.disposition(), Disposition::Reject);
}

#[tokio::test]
async fn references_without_number_are_an_error() {
    let server = MockServer::start().await;
    let many: Vec<(String, i32)> = (1..=1_001).map(|number| (format!("n{number}"), number)).collect();
    let many: Vec<(&str, &str, i32)> = many.iter().map(|(name, number)| (name.as_str(), "leaf", *number)).collect();
    put(&server, "order", 1, "order", &many).await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{\"id\": 1, \"schema\": \"leaf\"}"))
        .with_priority(9)
        .mount(&server)
        .await;
    let error = references(&server, "order").await.unwrap_err();
    let expected = "reference order version 1 → leaf version 1001: more than 1000 references in all";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_schema_is_bounded_together_with_all_it_refers_to() {
    let server = MockServer::start().await;
    let long = "x".repeat(600);
    put(&server, "order", 1, &long, &[("base", "base", 1)]).await;
    put(&server, "base", 1, &long, &[]).await;
    let client = Client::new(&Config { max_response_bytes: 1_024, ..config(&[&server.uri()]) }).unwrap();
    let error = client.by_version(&subject("order"), Version::Number(1)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 1 of order: larger than registry.max_response_bytes (1024 bytes)");
}
