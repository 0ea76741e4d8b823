//! Configs: their levels, and what they do.

use serde_json::json;

use crate::client::{Answer, Api, code, error, record};

fn level(level: &str) -> Answer {
    (200, json!({"compatibilityLevel": level}))
}

#[tokio::test]
async fn a_config_counts_from_the_subject_to_the_global_context() {
    let api = Api::start().await;
    for (name, level) in [("/:.__GLOBAL:", "NONE"), ("/:.ctx:", "full"), ("/:.ctx:s", "Forward_Transitive")] {
        let answer = api.put(&format!("/config{name}"), &json!({"compatibility": level, "unknown": 1})).await;
        assert_eq!(answer, (200, json!({"compatibility": level})));
    }
    for (name, expected) in [
        ("", level("BACKWARD")),
        ("?defaultToGlobal=true", level("NONE")),
        ("/:.__GLOBAL:", level("NONE")),
        ("/:.ctx:", level("FULL")),
        ("/:.ctx:s", level("FORWARD_TRANSITIVE")),
        ("/:.ctx:t?defaultToGlobal=true", level("FULL")),
        ("/:.other:t?defaultToGlobal=true", level("NONE")),
    ] {
        assert_eq!(api.get(&format!("/config{name}")).await, expected, "{name}");
    }
    assert_eq!(
        error(&api.get("/config/:.ctx:t").await),
        (404, 40408, "Subject ':.ctx:t' does not have subject-level compatibility configured")
    );
    api.put("/config/:.:", &json!({"compatibility": "FORWARD_TRANSITIVE"})).await;
    assert_eq!(api.get("/config?defaultToGlobal=true").await, level("FORWARD_TRANSITIVE"));
    assert_eq!(api.delete("/config").await, level("FORWARD_TRANSITIVE"));
    assert_eq!(api.delete("/config").await, level("BACKWARD"));
    assert_eq!(api.delete("/config/:.ctx:s").await, level("FORWARD_TRANSITIVE"));
    assert_eq!(error(&api.delete("/config/:.ctx:s").await), (404, 40401, "Subject ':.ctx:s' not found."));
    assert_eq!(api.delete("/contexts/ctx/config").await, level("FULL"));
}

#[tokio::test]
async fn a_config_has_more_members_than_the_level() {
    let api = Api::start().await;
    let update = json!({
        "alias": "t", "normalize": true, "validateFields": false, "compatibilityGroup": "major",
        "defaultMetadata": {"properties": {"owner": "me"}},
        "overrideMetadata": {"tags": {"a.b": ["PII"]}, "sensitive": ["key"]},
        "defaultRuleSet": {"domainRules": [{"name": "r", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "disabled": false}]},
    });
    assert_eq!(api.put("/config/s", &update).await, (200, update.clone()));
    let (_, found) = api.get("/config/s").await;
    for (member, value) in update.as_object().unwrap() {
        assert_eq!(&found[member], value);
    }
    assert_eq!(found["compatibilityLevel"], "BACKWARD", "the level that counts");
    api.put("/config/s", &json!({"compatibility": "FULL", "alias": null})).await;
    let (_, found) = api.get("/config/s").await;
    assert_eq!((&found["compatibilityLevel"], &found["normalize"]), (&json!("FULL"), &json!(true)));
    assert_eq!(found.get("alias"), None);

    let message = "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, \
                   forward_transitive, and full_transitive";
    assert_eq!(error(&api.put("/config/s", &json!({"compatibility": "SOME"})).await), (422, 42203, message));
    assert_eq!(api.get("/config/s").await.1, found, "a refused update changes nothing");
    assert_eq!(code(&api.put("/config/s", &json!([])).await), 400);
}

#[tokio::test]
async fn schemas_get_the_metadata_of_their_config() {
    let api = Api::start().await;
    let config = json!({
        "defaultMetadata": {"properties": {"owner": "nobody", "tier": "3"}},
        "overrideMetadata": {"properties": {"tier": "1"}},
    });
    api.put("/config/:.ctx:", &config).await;
    let plain = json!({"schema": record("R")});
    let (_, registered) = api.post("/subjects/:.ctx:s/versions", &plain).await;
    assert_eq!(registered["metadata"], json!({"properties": {"owner": "nobody", "tier": "1"}}));
    let again = api.post("/subjects/:.ctx:s/versions", &plain).await.1;
    assert_eq!((&again["id"], &again["version"]), (&json!(1), &json!(1)));
    let own = json!({"schema": record("S"), "metadata": {"properties": {"owner": "me"}}});
    let (_, registered) = api.post("/subjects/:.ctx:s/versions", &own).await;
    assert_eq!(registered["metadata"], json!({"properties": {"owner": "me", "tier": "1"}}));
}

#[tokio::test]
async fn a_config_can_ask_for_normalized_schemas() {
    let api = Api::start().await;
    api.put("/config/:.ctx:", &json!({"normalize": true})).await;
    let body = json!({"schemaType": "JSON", "schema": r#"{"type":"object","additionalProperties":false}"#});
    let (_, registered) = api.post("/subjects/:.ctx:s/versions", &body).await;
    assert_eq!(registered["schema"], r#"{"additionalProperties":false,"type":"object"}"#);
    assert_eq!(api.post("/subjects/:.ctx:s", &body).await.1["version"], 1);
    assert_eq!(api.post("/subjects/s/versions", &body).await.1["schema"], body["schema"]);

    api.put("/mode/:.ctx:?force=true", &json!({"mode": "IMPORT"})).await;
    let imported = json!({"schemaType": "JSON", "schema": body["schema"], "id": 9});
    let (_, registered) = api.post("/subjects/:.ctx:s/versions", &imported).await;
    assert_eq!((&registered["id"], &registered["schema"]), (&json!(9), &body["schema"]), "as its source has it");
}

#[tokio::test]
async fn settings_go_with_the_last_version_of_their_subject() {
    let api = Api::start().await;
    api.register(":.ctx:s", &record("A")).await;
    api.register(":.ctx:s", &record("B")).await;
    api.put("/config/:.ctx:s", &json!({"compatibility": "NONE"})).await;
    api.put("/mode/:.ctx:s", &json!({"mode": "READWRITE"})).await;
    api.put("/mode/:.ctx:", &json!({"mode": "READWRITE"})).await;
    api.delete("/subjects/:.ctx:s").await;
    assert_eq!(api.get("/config/:.ctx:s").await, level("NONE"), "kept through a soft delete");
    api.delete("/subjects/:.ctx:s/versions/1?permanent=true").await;
    assert_eq!(api.get("/config/:.ctx:s").await, level("NONE"));
    api.delete("/subjects/:.ctx:s/versions/2?permanent=true").await;
    assert_eq!(code(&api.get("/config/:.ctx:s").await), 40408);
    assert_eq!(code(&api.get("/mode/:.ctx:s").await), 40409);
    assert_eq!(api.get("/mode/:.ctx:").await, (200, json!({"mode": "READWRITE"})), "those of the context stay");

    api.register(":.ctx:", &record("A")).await;
    for query in ["", "?permanent=true"] {
        assert_eq!(api.delete(&format!("/subjects/:.ctx:{query}")).await.0, 200);
    }
    assert_eq!(
        api.get("/mode/:.ctx:").await,
        (200, json!({"mode": "READWRITE"})),
        "though a subject without a name went"
    );
    assert_eq!(api.delete("/contexts/ctx").await.0, 204);
    assert_eq!(api.get("/mode/:.ctx:").await, (200, json!({"mode": "READWRITE"})));
}
