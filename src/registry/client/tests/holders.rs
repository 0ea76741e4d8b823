use wiremock::matchers::path;

use super::*;

const GUID: &str = "095d71cf-1255-6b9d-5e33-0ad575b3df5d";

fn guid() -> Guid {
    GUID.parse().unwrap()
}

/// Adds an answer to a path.
async fn on(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

fn body(json: serde_json::Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json)
}

#[tokio::test]
async fn a_guid_is_asked_for_without_a_context_and_its_references_with_one() {
    let server = MockServer::start().await;
    let references = json!([{"name": "P", "subject": "point", "version": 2}]);
    on(&server, &format!("/schemas/guids/{GUID}"), body(json!({"schema": "\"P\"", "references": references}))).await;
    let point = json!({"subject": ":.staging:point", "version": 2, "id": 1, "schema": "\"int\""});
    on(&server, "/subjects/:.staging:point/versions/2", body(point.clone())).await;
    on(&server, "/subjects/%3A.staging%3Apoint/versions/2", body(point)).await;
    let fetched = client(&server).by_id(&context("staging"), guid()).await.unwrap();
    assert_eq!(fetched.label.to_string(), format!("schema {GUID} in context .staging"));
    assert_eq!((fetched.guid, fetched.references.len()), (Some(guid()), 1));
    assert_eq!(targets(&server).await[0], format!("/schemas/guids/{GUID}"));
}

#[tokio::test]
async fn a_guid_that_the_registry_does_not_know_is_told_from_one_that_it_can_not_look_up() {
    let server = always(refusal(404, 40403)).await;
    let error = client(&server).by_id(&context("staging"), guid()).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotFound(Missing::Id(..))), "{error}");
    let server = always(refusal(404, 404)).await;
    let error = client(&server).by_id(&context("staging"), guid()).await.unwrap_err();
    assert_eq!(
        (error.disposition(), error.to_string().contains("(is registry.url right?)")),
        (Disposition::Retry, true)
    );
}

#[tokio::test]
async fn a_guid_is_the_registrys_word_or_else_computed_if_nothing_unseen_is_part_of_it() {
    for (more, expected) in [
        (json!({"guid": GUID}), Some(GUID.to_owned())),
        (json!({}), Some(Guid::of("\"int\"", &[], |_| {}).to_string())),
        (json!({"guid": "no guid", "metadata": null}), Some(Guid::of("\"int\"", &[], |_| {}).to_string())),
        (json!({"metadata": {"properties": {"a": "b"}}}), None),
        (json!({"ruleSet": {}}), None),
    ] {
        let mut answer = json!({"schema": "\"int\"", "id": 1, "version": 1, "subject": "s"});
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let server = always(body(answer)).await;
        let fetched = client(&server).by_version(&subject("s"), Version::Latest).await.unwrap();
        assert_eq!(fetched.guid.map(|guid| guid.to_string()), expected, "{more}");
    }
}

#[tokio::test]
async fn a_subject_holds_an_id_if_the_registry_lists_it_in_its_context() {
    let server = always(body(json!([":.staging:other", ":.staging:orders"]))).await;
    let client = client(&server);
    client.check_holder(&subject(":.staging:orders"), id(7)).await.unwrap();
    // The same name of another context is another subject.
    let error = client.check_holder(&subject("orders"), id(7)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 7 is no version of subject orders");
    assert!(matches!(error, RegistryError::NotFound(Missing::Holder(..))));
    assert_eq!(
        targets(&server).await,
        ["/schemas/ids/7/subjects?deleted=true&subject=%3A.staging%3A", "/schemas/ids/7/subjects?deleted=true"]
    );
    let server = always(refusal(404, 40403)).await;
    let error = self::client(&server).check_holder(&subject(":.staging:orders"), id(7)).await.unwrap_err();
    assert_eq!(error.to_string(), "schema 7 not found in context .staging");
}

#[tokio::test]
async fn a_guid_has_an_id_in_each_context_that_holds_it() {
    let server = MockServer::start().await;
    let ids = json!([{"context": ".", "id": 3}, {"context": ".staging", "id": 5}]);
    on(&server, &format!("/schemas/guids/{GUID}/ids"), body(ids)).await;
    on(&server, "/schemas/ids/5/subjects", body(json!([":.staging:orders"]))).await;
    on(&server, "/schemas/ids/3/subjects", body(json!(["orders"]))).await;
    let client = client(&server);
    client.check_holder(&subject(":.staging:orders"), guid()).await.unwrap();
    client.check_holder(&subject("orders"), guid()).await.unwrap();
    for (name, message) in [
        (":.staging:other", format!("schema {GUID} is no version of subject :.staging:other")),
        (":.production:orders", format!("schema {GUID} is no version of subject :.production:orders")),
    ] {
        assert_eq!(client.check_holder(&subject(name), guid()).await.unwrap_err().to_string(), message);
    }
    let server = always(body(json!([]))).await;
    let error = self::client(&server).check_holder(&subject("orders"), guid()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("schema {GUID} not found in context ."));
}
