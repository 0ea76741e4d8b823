//! Registering a schema, finding it again, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Api, answer, code, error, record};

#[tokio::test]
async fn a_registered_schema_is_found_by_version_by_id_and_by_content() {
    let api = Api::start().await;
    let sent = json!({"schema": " {\"type\": \"record\", \"name\": \"R\",\n \"fields\": []} ", "unknown": 1});
    let stored = r#"{"type":"record","name":"R","fields":[]}"#;

    let (status, registered) = api.post("/subjects/s/versions", &sent).await;
    assert_eq!(status, 200);
    assert_eq!((&registered["id"], &registered["version"]), (&json!(1), &json!(1)));
    assert_eq!((&registered["schemaType"], &registered["schema"]), (&json!("AVRO"), &json!(stored)));
    assert!(registered["guid"].is_string());

    for path in ["/subjects/s/versions/1", "/subjects/s/versions/latest", "/subjects/s/versions/-1"] {
        let (status, found) = api.get(path).await;
        assert_eq!(status, 200, "{path}");
        let names: Vec<&String> = found.as_object().unwrap().keys().collect();
        assert_eq!(names, ["subject", "version", "id", "guid", "schemaType", "schema", "ts", "deleted"]);
        assert_eq!((&found["subject"], &found["id"], &found["schema"]), (&json!("s"), &json!(1), &json!(stored)));
        assert_eq!(found["guid"], registered["guid"]);
    }
    let (status, found) = api.post("/subjects/s", &sent).await;
    assert_eq!((status, &found["subject"], &found["version"]), (200, &json!("s"), &json!(1)));
    for path in ["/schemas/ids/1/schema", "/subjects/s/versions/1/schema"] {
        assert_eq!(api.get(path).await, (200, serde_json::from_str::<Value>(stored).unwrap()), "the bare text");
    }
    assert_eq!(api.get("/subjects/s/versions").await, (200, json!([1])));
}

#[tokio::test]
async fn the_same_content_is_one_id_in_a_context() {
    let api = Api::start().await;
    assert_eq!(api.register("a", &record("R")).await, (1, 1));
    assert_eq!(api.register("a", &record("R")).await, (1, 1), "registering again changes nothing");
    assert_eq!(api.register("a", &record("S")).await, (2, 2));
    assert_eq!(api.register("b", &record("S")).await, (2, 1), "another subject, the same id");
    assert_eq!(api.register("a", &record("R")).await, (1, 1), "an earlier version counts too");
    assert_eq!(api.get("/subjects/a/versions").await.1, json!([1, 2]));
}

#[tokio::test]
async fn what_is_not_there_has_its_own_code() {
    let api = Api::start().await;
    api.register("s", &record("R")).await;
    let missing = json!({"schema": record("Other")});
    for (answer, expected) in [
        (api.get("/subjects/none/versions").await, (404, 40401, "Subject 'none' not found.")),
        (api.get("/subjects/none/versions/1").await, (404, 40401, "Subject 'none' not found.")),
        (api.get("/subjects/:.a:s/versions").await, (404, 40401, "Subject ':.a:s' not found.")),
        (api.get("/subjects/s/versions/2").await, (404, 40402, "Version 2 not found.")),
        (api.post("/subjects/none", &missing).await, (404, 40401, "Subject 'none' not found.")),
        (api.post("/subjects/s", &missing).await, (404, 40403, "Schema not found")),
        (
            api.get("/subjects/s/versions/0").await,
            (
                422,
                42202,
                "The specified version '0' is not a valid version id. \
                 Allowed values are between [1, 2^31-1] and the string \"latest\"",
            ),
        ),
    ] {
        assert_eq!(error(&answer), expected);
    }
    for version in ["-2", "x", "2147483648", "Latest"] {
        assert_eq!(code(&api.get(&format!("/subjects/s/versions/{version}")).await), 42202, "{version}");
    }
}

#[tokio::test]
async fn an_unqualified_subject_is_not_searched_for_in_other_contexts() {
    let api = Api::start().await;
    api.register(":.ctx:s", &record("R")).await;
    assert_eq!(code(&api.post("/subjects/s", &json!({"schema": record("R")})).await), 40401);
    assert_eq!(code(&api.get("/subjects/s/versions/1").await), 40401);
}

#[tokio::test]
async fn what_is_not_a_schema_is_refused_and_nothing_stays() {
    let api = Api::start().await;
    for (body, message) in [
        (json!({}), "Empty schema"),
        (json!({"schema": ""}), "Empty schema"),
        (json!({"schema": null}), "Empty schema"),
        (json!({"schema": "\"string\"", "schemaType": "XML"}), "Invalid schema type XML"),
        (json!({"schema": "5", "schemaType": "JSON"}), "Invalid JSON schema: a JSON Schema is an object or a boolean"),
    ] {
        let refused = api.post("/subjects/:.new:s/versions", &body).await;
        assert_eq!(error(&refused), (422, 42201, message));
    }
    for schema in ["{", "{\"type\": \"string\"} x", "string"] {
        let refused = api.post("/subjects/:.new:s/versions", &json!({"schema": schema})).await;
        assert_eq!(code(&refused), 42201, "{schema}");
        let refused = api.post("/subjects/:.new:s/versions", &json!({"schema": schema, "schemaType": "JSON"})).await;
        assert_eq!(code(&refused), 42201, "{schema}");
    }
    assert_eq!(api.get("/subjects").await, (200, json!([])));
    assert_eq!(api.get("/contexts").await, (200, json!(["."])));
}

#[tokio::test]
async fn names_that_no_subject_may_have_are_refused() {
    let api = Api::start().await;
    for subject in ["__GLOBAL", "__EMPTY", ":.ctx:__GLOBAL", ":.__GLOBAL:s", "a%00b"] {
        let refused = api.post(&format!("/subjects/{subject}/versions"), &json!({"schema": record("R")})).await;
        assert_eq!(code(&refused), 42208, "{subject}");
    }
    assert_eq!(
        error(&api.get("/subjects/__GLOBAL/versions").await),
        (422, 42208, "The specified subject '__GLOBAL' is not a valid.")
    );
}

#[tokio::test]
async fn json_and_protobuf_schemas_keep_their_text() {
    let api = Api::start().await;
    let json = json!({"schemaType": "JSON", "schema": "{ \"minimum\": 1.50, \"title\": \"Gr\\u00f6\\u00dfe\" }"});
    let (_, registered) = api.post("/subjects/j/versions", &json).await;
    assert_eq!(registered["schema"], r#"{"minimum":1.50,"title":"Größe"}"#);
    let text = "syntax = \"proto3\";\n\n// kept for now\nmessage M {}\n";
    let (_, registered) = api.post("/subjects/p/versions", &json!({"schemaType": "PROTOBUF", "schema": text})).await;
    assert_eq!((&registered["id"], &registered["schema"]), (&json!(2), &json!(text)));
    assert_eq!(api.get("/schemas/ids/2").await.1["schemaType"], "PROTOBUF");
}

#[tokio::test]
async fn the_same_text_of_two_types_is_two_schemas() {
    let api = Api::start().await;
    let text = r#"{"type":"string","title":"T"}"#;
    api.register("a", text).await;
    let (_, json) = api.post("/subjects/b/versions", &json!({"schemaType": "JSON", "schema": text})).await;
    assert_eq!((&json["id"], &json["schemaType"]), (&json!(2), &json!("JSON")));
}

#[tokio::test]
async fn metadata_makes_a_schema_of_its_own_and_is_inherited() {
    let api = Api::start().await;
    let plain = json!({"schema": record("R")});
    let owned = json!({"schema": record("R"), "metadata": {"properties": {"owner": "me"}, "tags": null}});
    assert_eq!(api.register("s", &record("R")).await, (1, 1));
    let (_, registered) = api.post("/subjects/s/versions", &owned).await;
    assert_eq!((&registered["id"], &registered["version"]), (&json!(2), &json!(2)));
    assert_eq!(registered["metadata"], json!({"properties": {"owner": "me"}}));
    assert_eq!(api.post("/subjects/s", &owned).await.1["version"], 2);
    assert_eq!(api.post("/subjects/s", &plain).await.1["version"], 1);

    let rules = json!({"schema": record("S"), "ruleSet": {"domainRules": [{"name": "r", "type": "CEL"}]}});
    let (_, registered) = api.post("/subjects/s/versions", &rules).await;
    assert_eq!(registered["metadata"], json!({"properties": {"owner": "me"}}), "taken over from version 2");
    let rule = json!({"name": "r", "type": "CEL", "kind": "TRANSFORM", "mode": "WRITEREAD", "disabled": false});
    assert_eq!(registered["ruleSet"], json!({ "domainRules": [rule] }));
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let api = Api::start().await;
    let rules = |rule: Value| json!({"schema": record("R"), "ruleSet": {"migrationRules": [rule]}});
    let refused = api.post("/subjects/s/versions", &rules(json!({"name": "r", "mode": "UPGRADE"}))).await;
    assert_eq!(error(&refused), (422, 42210, "Missing rule type"));
    let refused = api.post("/subjects/s/versions", &rules(json!({"name": "r", "type": "CEL"}))).await;
    assert_eq!(error(&refused), (422, 42210, "Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN"));
    assert_eq!(api.get("/subjects").await, (200, json!([])));
}

#[tokio::test]
async fn two_spellings_of_a_schema_are_one() {
    let api = Api::start().await;
    let spelled = r#"{ "fields": [ { "type" : {"type": "string"}, "name":"f"} ], "name": "n.R", "type": "record" }"#;
    let stored = r#"{"type":"record","name":"R","namespace":"n","fields":[{"name":"f","type":"string"}]}"#;
    assert_eq!(api.register("s", spelled).await, (1, 1));
    assert_eq!(api.register("s", stored).await, (1, 1));
    assert_eq!(api.get("/schemas/ids/1").await.1["schema"], stored);
    assert_eq!(api.post("/subjects/s", &json!({"schema": spelled})).await.1["version"], 1);
}

#[tokio::test]
async fn normalized_schemas_that_differ_in_order_are_one() {
    let api = Api::start().await;
    let body = |text: &str| json!({"schemaType": "JSON", "schema": text});
    let (ab, ba) = (body(r#"{"title":"T","type":"string"}"#), body(r#"{"type":"string","title":"T"}"#));
    assert_eq!(api.post("/subjects/s/versions?normalize=true", &ba).await.1["schema"], ab["schema"]);
    assert_eq!(api.post("/subjects/s/versions?normalize=true", &ab).await.1["id"], 1);
    assert_eq!(api.post("/subjects/s?normalize=true", &ba).await.1["version"], 1);
    assert_eq!(code(&api.post("/subjects/s", &ba).await), 40403);
    assert_eq!(api.post("/subjects/s/versions", &ba).await.1["id"], 2);
}

#[tokio::test]
async fn an_explicit_version_must_be_the_next_one_and_an_id_takes_import_mode() {
    let api = Api::start().await;
    let body = |version: i32| json!({"schema": record("R"), "version": version});
    let refused = api.post("/subjects/s/versions", &body(2)).await;
    assert_eq!(error(&refused), (422, 42201, "Version is not one more than previous version"));
    assert_eq!(api.post("/subjects/s/versions", &body(1)).await.1["version"], 1);
    for unset in [-1, 0] {
        assert_eq!(api.post("/subjects/s/versions", &body(unset)).await.1["version"], 1);
    }
    let refused = api.post("/subjects/:.c:s/versions", &json!({"schema": record("R"), "id": 7})).await;
    assert_eq!(error(&refused), (422, 42205, "Subject :.c:s in context :.c: is not in import mode"));
}

#[tokio::test]
async fn a_schema_of_more_than_a_mebibyte_is_too_large() {
    let api = Api::start().await;
    for size in [1 << 20, 8 << 20] {
        let schema = format!(r#"{{"title":"{}"}}"#, "x".repeat(size));
        let refused = api.post("/subjects/s/versions", &json!({"schemaType": "JSON", "schema": schema})).await;
        assert_eq!(error(&refused), (422, 42209, "Register operation failed because schema is too large"));
    }
    let schema = format!(r#"{{"title":"{}"}}"#, "x".repeat(1_000_000));
    let accepted = api.post("/subjects/s/versions", &json!({"schemaType": "JSON", "schema": schema})).await;
    assert_eq!(accepted.0, 200);
}

#[tokio::test]
async fn subjects_may_hold_slashes_and_colons() {
    let api = Api::start().await;
    let escaped = ":.ctx:a%2Fb%3Ac%20%25%C3%A9";
    api.register(escaped, &record("R")).await;
    assert_eq!(api.get("/subjects").await.1, json!([":.ctx:a/b:c %é"]));
    assert_eq!(api.get(&format!("/subjects/{escaped}/versions")).await, (200, json!([1])));
    assert_eq!(api.get("/contexts/ctx/subjects/a%2Fb%3Ac%20%25%C3%A9/versions").await, (200, json!([1])));
    let found = api.get("/schemas/ids/1?subject=%3A.ctx%3Aa%2Fb%3Ac+%25%C3%A9").await;
    assert_eq!(found.1["subject"], ":.ctx:a/b:c %é");
}

#[tokio::test]
async fn a_body_may_come_in_any_of_the_registrys_media_types() {
    let api = Api::start().await;
    for media_type in [
        "application/vnd.schemaregistry.v1+json",
        "application/vnd.schemaregistry+json",
        "application/json; charset=utf-8",
        "application/octet-stream",
    ] {
        let request = api.request(Method::POST, "/subjects/s/versions").header("Content-Type", media_type);
        let registered = answer(request.body(r#"{"schema":"\"string\""}"#).send().await.unwrap()).await;
        assert_eq!(registered.0, 200, "{media_type}");
    }
}
