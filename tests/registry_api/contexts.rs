//! Contexts: ids of their own, lists, lookup by id, and the base URL.

use serde_json::json;
use serdecar::schema::QualifiedNames;
use serdecar::server::Registry;

use crate::client::{Api, code, error, record};

#[tokio::test]
async fn every_context_counts_its_own_ids_from_one() {
    let api = Api::start().await;
    assert_eq!(api.get("/contexts").await, (200, json!(["."])));
    for n in 1..=10 {
        assert_eq!(api.register(":.ctx1:testTopic1", &record(&format!("A{n}"))).await, (n, n));
    }
    for n in 1..=5 {
        assert_eq!(api.register(":.ctx2:testTopic2", &record(&format!("B{n}"))).await, (n, n));
    }
    assert_eq!(api.register(":.ctx3:testTopic3", &record("C")).await, (1, 1));
    assert_eq!(api.register("testTopic", &record("D")).await, (1, 1));
    assert_eq!(api.get("/contexts").await, (200, json!([".", ".ctx1", ".ctx2", ".ctx3"])));
}

#[tokio::test]
async fn only_a_successful_registration_makes_a_context() {
    let api = Api::start().await;
    let refused = api.post("/subjects/:.ctx:s/versions", &json!({"schema": "{"})).await;
    assert_eq!(code(&refused), 42201);
    api.get("/subjects/:.ctx:s/versions").await;
    assert_eq!(api.get("/contexts").await, (200, json!(["."])));
}

#[tokio::test]
async fn a_prefix_selects_subjects_by_context_and_name() {
    let api = Api::start().await;
    for subject in ["my-a", "other", ":.staging:my-b", ":.test:c"] {
        api.register(subject, &record("R")).await;
    }
    let all = json!([":.staging:my-b", ":.test:c", "my-a", "other"]);
    for (query, expected) in [
        ("", all.clone()),
        ("?subjectPrefix=:*:", all),
        ("?subjectPrefix=", json!(["my-a", "other"])),
        ("?subjectPrefix=:.:", json!(["my-a", "other"])),
        ("?subjectPrefix=my-", json!(["my-a"])),
        ("?subjectPrefix=:.staging:", json!([":.staging:my-b"])),
        ("?subjectPrefix=%3A*%3Amy-", json!([":.staging:my-b", "my-a"])),
        ("?offset=1&limit=2", json!([":.test:c", "my-a"])),
    ] {
        assert_eq!(api.get(&format!("/subjects{query}")).await, (200, expected), "{query}");
    }
}

#[tokio::test]
async fn the_list_of_contexts_is_paged() {
    let api = Api::start().await;
    for context in ["gamma", "alpha", "delta", "beta"] {
        api.register(&format!(":.{context}:s"), &record("R")).await;
    }
    let listed = api.get("/contexts?contextPrefix=.&offset=2&limit=2").await;
    assert_eq!(listed, (200, json!([".beta", ".delta"])));
    assert_eq!(api.get("/contexts?contextPrefix=.al").await, (200, json!([".alpha"])));
    assert_eq!(code(&api.get("/contexts?limit=x").await), 400);
}

#[tokio::test]
async fn the_base_url_makes_any_client_work_in_a_context() {
    let api = Api::start().await;
    api.register("testTopic1", &record("Default")).await;
    for subject in ["testTopic2A", "testTopic2B", "testTopic2C"] {
        let path = format!("/contexts/.ctx2/subjects/{subject}/versions");
        let (status, body) = api.post(&path, &json!({"schema": record("R")})).await;
        assert_eq!((status, &body["id"], &body["version"]), (200, &json!(1), &json!(1)));
    }
    api.register(":.ctx1:testTopic1", &record("R")).await;
    assert_eq!(api.get("/contexts/.ctx1/subjects").await, (200, json!([":.ctx1:testTopic1"])));
    for context in ["ctx2", ".ctx2", ":.ctx2:", "%3A.ctx2%3A"] {
        let (_, found) = api.get(&format!("/contexts/{context}/schemas/ids/1")).await;
        assert_eq!(found["schema"], record("R"), "{context}");
        let (_, found) = api.get(&format!("/contexts/{context}/subjects/testTopic2A/versions/latest")).await;
        assert_eq!(found["subject"], ":.ctx2:testTopic2A", "{context}");
    }
    let elsewhere = api.get("/contexts/.ctx2/subjects/%3A.ctx1%3AtestTopic1/versions").await;
    assert_eq!(elsewhere, (200, json!([1])), "a qualified name keeps its context");
    assert_eq!(api.get("/contexts/:.:/subjects").await, (200, json!(["testTopic1"])));
    assert_eq!(
        error(&api.get("/contexts/foo:bar/subjects").await),
        (400, 400, "Context name 'foo:bar' cannot contain a colon")
    );
}

#[tokio::test]
async fn an_id_is_looked_up_where_the_subject_says() {
    let api = Api::start().await;
    api.register("a", &record("DefaultOne")).await;
    api.register("a", &record("DefaultTwo")).await;
    api.register(":.ctx1:b", &record("One")).await;
    api.register(":.ctx2:b", &record("Two")).await;
    api.register(":.ctx2:c", &record("Three")).await;

    for (id, subject, schema) in [
        (1, None, Some("DefaultOne")),
        (3, None, None),
        (1, Some(":.ctx1:"), Some("One")),
        (1, Some(":.ctx2:"), Some("Two")),
        (2, Some(":.ctx1:"), None),
        (1, Some(":.none:"), None),
        (2, Some(":.ctx2:c"), Some("Three")),
        (1, Some(":.ctx2:c"), None),
        (1, Some(":.:b"), None),
        (1, Some("a"), Some("DefaultOne")),
        (1, Some("b"), Some("One")),
        (2, Some("c"), Some("Three")),
        (2, Some("b"), Some("DefaultTwo")),
        (1, Some("unknown"), Some("DefaultOne")),
        (9, Some("a"), None),
    ] {
        let query = subject.map_or_else(String::new, |subject| format!("?subject={subject}"));
        let found = api.get(&format!("/schemas/ids/{id}{query}")).await;
        if let Some(name) = schema {
            assert_eq!((found.0, &found.1["schema"]), (200, &json!(record(name))), "{id} {subject:?}");
        } else {
            let message = format!("Schema {id} not found");
            assert_eq!(error(&found), (404, 40403, message.as_str()), "{id} {subject:?}");
        }
    }
    let (_, found) = api.get("/schemas/ids/2?subject=c").await;
    assert_eq!((&found["subject"], &found["version"]), (&json!(":.ctx2:c"), &json!(1)));
    let (_, found) = api.get("/schemas/ids/1").await;
    assert_eq!((found.get("subject"), found.get("version")), (None, None));
    assert_eq!(api.get("/schemas/ids/1?subject=:.ctx2:&fetchMaxId=true").await.1["maxId"], 2);
}

#[tokio::test]
async fn an_id_names_its_subjects_and_versions_within_its_context() {
    let api = Api::start().await;
    for subject in [":.ctx:b", ":.ctx:a", "a"] {
        api.register(subject, &record("R")).await;
    }
    assert_eq!(api.get("/schemas/ids/1/subjects").await, (200, json!(["a"])));
    assert_eq!(api.get("/schemas/ids/1/subjects?subject=:.ctx:").await, (200, json!([":.ctx:a", ":.ctx:b"])));
    assert_eq!(
        api.get("/contexts/ctx/schemas/ids/1/versions").await,
        (200, json!([{"subject": ":.ctx:a", "version": 1}, {"subject": ":.ctx:b", "version": 1}]))
    );
    assert_eq!(code(&api.get("/schemas/ids/2/subjects").await), 40403);
}

#[tokio::test]
async fn a_guid_is_the_same_in_every_context() {
    let api = Api::start().await;
    api.register(":.myctx:other", &record("Other")).await;
    let (_, first) = api.post("/subjects/s/versions", &json!({"schema": "\"string\""})).await;
    assert_eq!(first["guid"], "095d71cf-1255-6b9d-5e33-0ad575b3df5d");
    api.register(":.myctx:s", "\"string\"").await;

    let path = "/schemas/guids/095d71cf-1255-6b9d-5e33-0ad575b3df5d";
    let ids = api.get(&format!("{path}/ids")).await;
    assert_eq!(ids, (200, json!([{"context": ".", "id": 1}, {"context": ".myctx", "id": 2}])));
    let (status, found) = api.get(path).await;
    assert_eq!((status, &found["schema"], found.get("subject")), (200, &json!("\"string\""), None));

    api.delete("/subjects/s").await;
    api.delete("/subjects/s?permanent=true").await;
    assert_eq!(api.get(&format!("{path}/ids")).await.1, json!([{"context": ".myctx", "id": 2}]));
    assert_eq!(api.get(path).await.0, 200);
    let unknown = "/schemas/guids/00000000-0000-0000-0000-000000000000";
    assert_eq!(error(&api.get(unknown).await), (404, 40403, "Schema not found"));
    assert_eq!(api.get(&format!("{unknown}/ids")).await, (200, json!([])));
    assert_eq!(code(&api.get("/schemas/guids/x").await), 40403);
}

#[tokio::test]
async fn an_empty_context_can_be_deleted_but_its_ids_go_on() {
    let api = Api::start().await;
    api.register(":.ctx1:s", &record("A")).await;
    assert_eq!(
        error(&api.delete("/contexts/.ctx1").await),
        (422, 42211, "The specified context ':.ctx1:' is not empty.")
    );
    api.delete("/subjects/:.ctx1:s").await;
    assert_eq!(code(&api.delete("/contexts/.ctx1").await), 42211, "soft-deleted subjects count");
    api.delete("/subjects/:.ctx1:s?permanent=true").await;
    assert_eq!(api.get("/contexts").await.1, json!([".", ".ctx1"]), "kept until it is deleted");
    assert_eq!(api.delete("/contexts/:.ctx1:").await.0, 204);
    assert_eq!(api.get("/contexts").await.1, json!(["."]));
    assert_eq!(error(&api.delete("/contexts/.ctx1").await), (404, 40401, "Context '.ctx1' not found"));
    assert_eq!(code(&api.delete("/contexts/:.:").await), 42205);
    assert_eq!(api.register(":.ctx1:s", &record("B")).await, (2, 1));
}

#[tokio::test]
async fn with_qualified_names_off_every_name_is_a_literal() {
    let api = Api::serve(Registry::new(QualifiedNames::Off)).await;
    assert_eq!(api.register(":.staging:s", &record("A")).await, (1, 1));
    assert_eq!(api.register("s", &record("B")).await, (2, 1));
    assert_eq!(api.get("/contexts").await.1, json!(["."]));
    assert_eq!(api.get("/subjects?subjectPrefix=:.staging").await.1, json!([":.staging:s"]));
    assert_eq!(api.get("/schemas/ids/1/subjects").await.1, json!([":.staging:s"]));
    assert_eq!(code(&api.get("/contexts/.staging/subjects").await), 404);
}

#[tokio::test]
async fn qualified_names_go_off_and_on_while_the_registry_runs() {
    let registry = Registry::new(QualifiedNames::On);
    let api = Api::serve(registry.clone()).await;
    api.register(":.staging:s", &record("Staged")).await;
    let guid = api.get("/subjects/:.staging:s/versions/1").await.1["guid"].as_str().unwrap().to_owned();

    registry.set_names(QualifiedNames::Off);
    assert_eq!(api.get("/contexts").await.1, json!(["."]));
    assert_eq!(api.get("/subjects").await.1, json!([]), "other contexts can't be named");
    assert_eq!(code(&api.get("/subjects/:.staging:s/versions").await), 40401);
    assert_eq!(code(&api.get("/schemas/ids/1?subject=s").await), 40403);
    assert_eq!(code(&api.get(&format!("/schemas/guids/{guid}")).await), 40403);
    assert_eq!(api.get(&format!("/schemas/guids/{guid}/ids")).await.1, json!([]));
    assert_eq!(code(&api.delete("/contexts/.staging").await), 40401);
    let reference = json!({
        "schema": r#"{"type":"record","name":"P","fields":[{"name":"f","type":"R"}]}"#,
        "references": [{"name": "R", "subject": ":.staging:s", "version": 1}],
    });
    assert_eq!(api.register(":.staging:s", &record("Literal")).await, (1, 1));
    assert_eq!(api.post("/subjects/p/versions", &reference).await.0, 200, "a reference is a literal too");
    assert_eq!(api.get("/subjects").await.1, json!([":.staging:s", "p"]));

    registry.set_names(QualifiedNames::On);
    assert_eq!(api.get("/contexts").await.1, json!([".", ".staging"]));
    assert_eq!(api.get("/subjects/:.staging:s/versions/1").await.1["schema"], record("Staged"));
    assert_eq!(
        api.get("/subjects").await.1,
        json!([":.::.staging:s", ":.staging:s", "p"]),
        "each has a name of its own"
    );
    assert_eq!(api.get("/subjects/:.::.staging:s/versions/1").await.1["schema"], record("Literal"));
    assert_eq!(code(&api.delete("/subjects/:.::.staging:s").await), 42206, "what it meant is what it means");
    assert_eq!(api.delete("/subjects/:.staging:s").await.0, 200);
}
