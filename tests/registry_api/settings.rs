//! Modes and configs: their levels, and what they do.

use serde_json::{Value, json};

use crate::client::{Answer, Api, Client, code, error, record};

fn mode(mode: &str) -> Answer {
    (200, json!({"mode": mode}))
}

fn level(level: &str) -> Answer {
    (200, json!({"compatibilityLevel": level}))
}

async fn set_mode(api: &Client, name: &str, mode: &str) {
    let answer = api.put(&format!("/mode{name}"), &json!({"mode": mode})).await;
    assert_eq!(answer, (200, json!({"mode": mode})), "{name}");
}

#[tokio::test]
async fn a_mode_counts_from_the_subject_to_the_global_context() {
    let api = Api::start().await;
    for (name, mode) in [("/:.__GLOBAL:", "READONLY"), ("/:.ctx:", "IMPORT"), ("/:.ctx:s", "READWRITE")] {
        set_mode(&api, name, mode).await;
    }
    for (name, expected) in [
        ("", mode("READWRITE")),
        ("/:.:", mode("READWRITE")),
        ("?defaultToGlobal=true", mode("READONLY")),
        ("/:.__GLOBAL:", mode("READONLY")),
        ("/:.__GLOBAL", mode("READONLY")),
        ("/:.ctx:", mode("IMPORT")),
        ("/:.ctx:s", mode("READWRITE")),
        ("/:.ctx:t?defaultToGlobal=true", mode("IMPORT")),
        ("/:.other:t?defaultToGlobal=TRUE", mode("READONLY")),
        ("/s?defaultToGlobal=true", mode("READONLY")),
    ] {
        assert_eq!(api.get(&format!("/mode{name}")).await, expected, "{name}");
    }
    assert_eq!(
        error(&api.get("/mode/:.ctx:t").await),
        (404, 40409, "Subject ':.ctx:t' does not have subject-level mode configured")
    );
    assert_eq!(code(&api.get("/mode/:.other:").await), 40409);
    assert_eq!(api.get("/contexts/ctx/mode").await, mode("IMPORT"));
    assert_eq!(api.get("/contexts").await.1, json!(["."]), "a mode makes no context");
}

#[tokio::test]
async fn a_cleared_mode_is_told_and_inherited_again() {
    let api = Api::start().await;
    set_mode(&api, "/:.ctx:", "READONLY").await;
    set_mode(&api, "/:.ctx:s", "IMPORT").await;
    assert_eq!(api.delete("/mode/:.ctx:s").await, mode("IMPORT"));
    assert_eq!(api.get("/mode/:.ctx:s?defaultToGlobal=true").await, mode("READONLY"));
    assert_eq!(error(&api.delete("/mode/:.ctx:s").await), (404, 40401, "Subject ':.ctx:s' not found."));
    for name in ["", "/:.:", "/:.__GLOBAL:"] {
        assert_eq!(api.delete(&format!("/mode{name}")).await, mode("READWRITE"), "{name}");
    }
    set_mode(&api, "", "READONLY").await;
    assert_eq!(api.delete("/mode").await, mode("READONLY"));
    assert_eq!(api.get("/mode").await, mode("READWRITE"));
    set_mode(&api, "/s", "READONLY").await;
    assert_eq!(api.put("/mode/s", &json!({"mode": null})).await, (200, json!({"mode": null})));
    assert_eq!(code(&api.get("/mode/s").await), 40409);
}

#[tokio::test]
async fn the_modes_of_a_contexts_subjects_are_cleared_on_request_alone() {
    let api = Api::start().await;
    for name in ["/:.ctx:", "/:.ctx:s", "/:.other:s", "/s"] {
        set_mode(&api, name, "READONLY").await;
    }
    assert_eq!(api.delete("/mode/:.ctx:").await, mode("READONLY"));
    assert_eq!(api.get("/mode/:.ctx:s").await, mode("READONLY"), "subjects keep theirs");
    assert_eq!(api.delete("/mode/:.ctx:?recursive=true").await, mode("READWRITE"), "though the context has none");
    assert_eq!(code(&api.get("/mode/:.ctx:s").await), 40409);
    assert_eq!(api.get("/mode/:.other:s").await, mode("READONLY"));
    api.delete("/mode?recursive=True").await;
    assert_eq!(code(&api.get("/mode/s").await), 40409);
    assert_eq!(code(&api.delete("/mode/:.other:t?recursive=true").await), 40401, "a subject has nothing below it");
}

#[tokio::test]
async fn what_is_no_mode_is_refused() {
    let api = Api::start().await;
    let invalid = (422, 42204, "Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.");
    for body in [json!({"mode": "x"}), json!({"mode": ""}), json!({"mode": 1}), json!({})] {
        assert_eq!(error(&api.put("/mode/s", &body).await), invalid, "{body}");
    }
    assert_eq!(code(&api.put("/mode/s", &Value::Null).await), 422);
    assert_eq!(code(&api.put("/mode/__GLOBAL", &json!({"mode": "READONLY"})).await), 42208);
    for name in ["", "/s", "/:.ctx:", "/:.:"] {
        let refused = api.put(&format!("/mode{name}"), &json!({"mode": "FORWARD"})).await;
        assert_eq!(error(&refused), (422, 42204, "Forward mode only supported on global level"), "{name}");
    }
    set_mode(&api, "/:.__GLOBAL", "FORWARD").await;
    assert_eq!(code(&api.post("/subjects/s/versions", &json!({"schema": record("R")})).await), 42205);
    assert_eq!(api.put("/mode/s", &json!({"mode": "readonly"})).await, mode("READONLY"));
}

#[tokio::test]
async fn in_read_only_mode_nothing_changes() {
    let api = Api::start().await;
    api.register("s", &record("R")).await;
    api.register(":.ctx:s", &record("R")).await;
    set_mode(&api, "/:.__GLOBAL:", "READONLY").await;
    let message = "Subject :.ctx:s in context :.ctx: is in read-only mode";
    let new = json!({"schema": record("New")});
    assert_eq!(error(&api.post("/subjects/:.ctx:s/versions", &new).await), (422, 42205, message));
    let with_id = json!({"schema": record("New"), "id": 9});
    for answer in [
        api.post("/subjects/s/versions", &with_id).await,
        api.delete("/subjects/s").await,
        api.delete("/subjects/s/versions/1").await,
        api.delete("/subjects/s/versions/1?permanent=true").await,
        api.put("/config/s", &json!({"compatibility": "FULL"})).await,
        api.delete("/config/s").await,
    ] {
        assert_eq!(error(&answer), (422, 42205, "Subject s in context  is in read-only mode"));
    }
    assert_eq!(code(&api.delete("/subjects/none").await), 40401);
    assert_eq!(api.register("s", &record("R")).await, (1, 1), "what is there already is answered all the same");
    assert_eq!(api.post("/subjects/s", &json!({"schema": record("R")})).await.0, 200);

    set_mode(&api, "/s", "READONLY_OVERRIDE").await;
    assert_eq!(code(&api.post("/subjects/s/versions", &new).await), 42205);
    set_mode(&api, "/s", "READWRITE").await;
    assert_eq!(api.post("/subjects/s/versions", &new).await.0, 200, "the subject's own mode comes first");
}

#[tokio::test]
async fn in_import_mode_the_client_gives_the_ids() {
    let api = Api::start().await;
    set_mode(&api, "/:.ctx:", "IMPORT").await;
    let path = "/subjects/:.ctx:s/versions";
    let import = |name: &str, version: i32, id: i32| json!({"schema": record(name), "version": version, "id": id});
    let refused = api.post(path, &json!({"schema": record("A")})).await;
    assert_eq!(error(&refused), (422, 42205, "Subject :.ctx:s in context :.ctx: is not in read-write mode"));
    for (body, id, version) in [
        (import("A", 1, 100), 100, 1),
        (import("A", 2, 100), 100, 2),
        (import("A", 2, 100), 100, 2),
        (import("A", -1, 100), 100, 2),
        (import("Zero", 7, 0), 0, 7),
        (import("A", 8, 50), 50, 8),
        (import("B", -1, 200), 200, 9),
        (import("C", 4, 201), 201, 4),
    ] {
        let (status, answer) = api.post(path, &body).await;
        assert_eq!((status, &answer["id"], &answer["version"]), (200, &json!(id), &json!(version)), "{body}: {answer}");
    }
    assert_eq!(api.get(path).await.1, json!([1, 2, 4, 7, 8, 9]));
    assert_eq!(
        error(&api.post(path, &import("Other", 10, 100)).await),
        (422, 42205, "Overwrite new schema with id 100 in context :.ctx: is not permitted.")
    );
    assert_eq!(api.post("/subjects/other/versions", &import("Other", 1, 100)).await.0, 422, "import mode counts there");
    set_mode(&api, "/other", "IMPORT").await;
    assert_eq!(api.post("/subjects/other/versions", &import("Other", 1, 100)).await.0, 200, "another context");
    assert_eq!(api.post(path, &json!({"schema": record("A")})).await.1["version"], 8, "what is there is answered");

    set_mode(&api, "/:.ctx:", "READWRITE").await;
    assert_eq!(api.register(":.ctx:s", &record("D")).await, (202, 10), "counting goes on behind the highest id");
    assert_eq!(api.register(":.ctx:t", &record("A")).await, (100, 1), "of several ids of a content the highest");
}

#[tokio::test]
async fn what_is_imported_is_not_checked() {
    let api = Api::start().await;
    api.register("address", &record("Address")).await;
    api.delete("/subjects/address").await;
    let person = json!({
        "schema": r#"{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"}]}"#,
        "references": [{"name": "Address", "subject": "address", "version": 1}],
        "id": 5,
    });
    api.put("/mode", &json!({"mode": "IMPORT"})).await;
    assert_eq!(code(&api.get("/subjects/address/versions/1?deleted=true").await), 40401, "gone on entering the mode");
    let refused = api.post("/subjects/person/versions", &person).await;
    assert_eq!(code(&refused), 42201, "a reference must lead somewhere");

    let address = json!({"schema": record("Address"), "id": 4, "version": 1});
    api.post("/subjects/address/versions", &address).await;
    api.delete("/subjects/address").await;
    assert_eq!(api.post("/subjects/person/versions", &person).await.0, 200, "to what the source had soft-deleted too");
    let replaced = json!({"schema": record("Address2"), "id": 6, "version": 1});
    assert_eq!(code(&api.post("/subjects/address/versions", &replaced).await), 42206);
    assert_eq!(api.post("/subjects/address/versions", &address).await.0, 200, "the same again revives it");
    assert_eq!(api.get("/subjects/address/versions").await.1, json!([1]));
}

#[tokio::test]
async fn import_mode_is_for_where_nothing_is() {
    let api = Api::start().await;
    for subject in ["s", ":.ctx:s", ":.ctx:t", ":.far:u"] {
        api.register(subject, &record("R")).await;
    }
    let import = json!({"mode": "IMPORT"});
    for name in ["", "/s", "/:.ctx:", "/:.ctx:s", "/:.__GLOBAL:"] {
        let refused = api.put(&format!("/mode{name}"), &import).await;
        assert_eq!(error(&refused), (422, 42205, "Cannot import since found existing subjects"), "{name}");
    }
    assert_eq!(api.put("/mode/:.ctx:none", &import).await.0, 200);
    assert_eq!(api.put("/mode/:.ctx:?force=true", &import).await.0, 200);
    assert_eq!(
        api.get("/subjects?subjectPrefix=:.ctx:").await.1,
        json!([":.ctx:s", ":.ctx:t"]),
        "force deletes nothing"
    );
    assert_eq!(api.put("/mode/:.ctx:s", &import).await.0, 200, "it is in import mode already");

    api.delete("/subjects/:.far:u").await;
    assert_eq!(api.put("/mode/:.far:", &import).await.0, 200);
    assert_eq!(api.get("/subjects?subjectPrefix=:.far:&deleted=true").await.1, json!([]), "soft-deleted ones are gone");
}

#[tokio::test]
async fn import_mode_takes_nothing_away_that_others_refer_to() {
    let api = Api::start().await;
    let refers = |to: &str| {
        json!({
            "schema": r#"{"type":"record","name":"P","fields":[{"name":"f","type":"R"}]}"#,
            "references": [{"name": "R", "subject": to, "version": 1}],
        })
    };
    api.register(":.a:leaf", &record("R")).await;
    api.post("/subjects/:.a:root/versions", &refers("leaf")).await;
    api.post("/subjects/:.b:root/versions", &refers(":.a:leaf")).await;
    for subject in [":.b:root", ":.a:root", ":.a:leaf"] {
        assert_eq!(api.delete(&format!("/subjects/{subject}")).await.0, 200);
    }
    let import = json!({"mode": "IMPORT"});
    assert_eq!(code(&api.put("/mode/:.a:", &import).await), 42206);
    assert_eq!(api.get("/subjects?subjectPrefix=:.a:&deleted=true").await.1, json!([":.a:leaf", ":.a:root"]));
    api.delete("/subjects/:.b:root?permanent=true").await;
    assert_eq!(api.put("/mode/:.a:", &import).await.0, 200, "what goes together is no bar");
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
        "defaultRuleSet": {
            "domainRules": [{"name": "r", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "disabled": false}]
        },
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
async fn settings_go_with_the_last_version_of_their_subject() {
    let api = Api::start().await;
    api.register(":.ctx:s", &record("A")).await;
    api.register(":.ctx:s", &record("B")).await;
    api.put("/config/:.ctx:s", &json!({"compatibility": "NONE"})).await;
    set_mode(&api, "/:.ctx:s", "READWRITE").await;
    set_mode(&api, "/:.ctx:", "READWRITE").await;
    api.delete("/subjects/:.ctx:s").await;
    assert_eq!(api.get("/config/:.ctx:s").await, level("NONE"), "kept through a soft delete");
    api.delete("/subjects/:.ctx:s/versions/1?permanent=true").await;
    assert_eq!(api.get("/config/:.ctx:s").await, level("NONE"));
    api.delete("/subjects/:.ctx:s/versions/2?permanent=true").await;
    assert_eq!(code(&api.get("/config/:.ctx:s").await), 40408);
    assert_eq!(code(&api.get("/mode/:.ctx:s").await), 40409);
    assert_eq!(api.get("/mode/:.ctx:").await, mode("READWRITE"), "those of the context stay");

    api.register(":.ctx:", &record("A")).await;
    for query in ["", "?permanent=true"] {
        assert_eq!(api.delete(&format!("/subjects/:.ctx:{query}")).await.0, 200);
    }
    assert_eq!(api.get("/mode/:.ctx:").await, mode("READWRITE"), "though a subject without a name went");
    assert_eq!(api.delete("/contexts/ctx").await.0, 204);
    assert_eq!(api.get("/mode/:.ctx:").await, mode("READWRITE"));
}
