//! Modes: their levels, and what they allow.

use serde_json::{Value, json};

use crate::client::{Answer, Api, Client, code, error, record};

fn mode(mode: &str) -> Answer {
    (200, json!({"mode": mode}))
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
