//! References between schemas, within a context and across.

use serde_json::{Value, json};

use crate::client::{Answer, Api, code, error};

const ADDRESS: &str = r#"{"type":"record","name":"Address","fields":[{"name":"f","type":"string"}]}"#;
const ADDRESS_2: &str = r#"{"type":"record","name":"Address","doc":"2","fields":[{"name":"f","type":"string"}]}"#;
const LEAF: &str = r#"{"type":"record","name":"Leaf","fields":[]}"#;

fn person(reference: &str, version: i32) -> Value {
    json!({
        "schema": r#"{"type":"record","name":"Person","fields":[{"name":"home","type":"Address"}]}"#,
        "references": [{"name": "Address", "subject": reference, "version": version}],
    })
}

async fn register(api: &Api, subject: &str, reference: &str, version: i32) -> Answer {
    api.post(&format!("/subjects/{subject}/versions"), &person(reference, version)).await
}

#[tokio::test]
async fn an_unqualified_reference_means_the_referrers_context() {
    let api = Api::start().await;
    api.register(":.ctx:address", ADDRESS).await;
    assert_eq!(register(&api, ":.ctx:person", "address", 1).await.0, 200);
    let refused = register(&api, "person", "address", 1).await;
    assert_eq!(error(&refused), (422, 42201, "No schema reference found for subject \"address\" and version 1"));

    let (_, found) = api.get("/subjects/:.ctx:person/versions/1").await;
    assert_eq!(found["references"], json!([{"name": "Address", "subject": "address", "version": 1}]));
    for path in ["/subjects/:.ctx:person/versions/1?", "/schemas/ids/2?subject=:.ctx:&"] {
        let (_, found) = api.get(&format!("{path}referenceFormat=qualified")).await;
        assert_eq!(found["references"][0]["subject"], ":.ctx:address");
    }
}

#[tokio::test]
async fn a_qualified_reference_reaches_any_context() {
    let api = Api::start().await;
    api.register("address", ADDRESS).await;
    api.register(":.shared:address", ADDRESS).await;
    for (reference, version, status) in
        [(":.shared:address", 1, 200), (":.:address", 1, 200), (":.shared:address", 2, 422), (":.none:address", 1, 422)]
    {
        let answer = register(&api, ":.ctx:person", reference, version).await;
        assert_eq!(answer.0, status, "{reference} {version}: {}", answer.1);
    }
    let (_, found) = api.get("/subjects/:.ctx:person/versions/2?referenceFormat=qualified").await;
    assert_eq!(found["references"][0]["subject"], ":.:address", "stays as it was sent");
}

#[tokio::test]
async fn the_latest_version_is_stored_as_the_one_it_meant() {
    let api = Api::start().await;
    api.register("address", ADDRESS).await;
    let (_, first) = register(&api, "person", "address", -1).await;
    assert_eq!(first["references"][0]["version"], 1);
    let found = api.post("/subjects/person", &person("address", -1)).await;
    assert_eq!((found.0, &found.1["version"]), (200, &json!(1)));

    let wider = r#"{"type":"record","name":"Address","fields":[]}"#;
    assert_eq!(api.register("address", wider).await, (3, 2));
    let (_, second) = register(&api, "person", "address", -1).await;
    assert_eq!((&second["id"], &second["references"][0]["version"]), (&json!(4), &json!(2)));
}

#[tokio::test]
async fn what_is_referred_to_is_not_deleted() {
    let api = Api::start().await;
    api.register(":.shared:address", ADDRESS).await;
    register(&api, ":.ctx:person", ":.shared:address", 1).await;
    assert_eq!(api.get("/subjects/:.shared:address/versions/latest/referencedby").await, (200, json!([1])));

    let message = "One or more references exist to the schema \
                   {magic=1,keytype=SCHEMA,subject=:.shared:address,version=1}.";
    assert_eq!(error(&api.delete("/subjects/:.shared:address/versions/1").await), (422, 42206, message));
    assert_eq!(error(&api.delete("/subjects/:.shared:address").await), (422, 42206, message));

    api.delete("/subjects/:.ctx:person").await;
    assert_eq!(api.get("/subjects/:.shared:address/versions/1/referencedby").await, (200, json!([])));
    assert_eq!(api.get("/subjects/:.shared:address/versions/1/referencedby?deleted=true").await, (200, json!([1])));
    assert_eq!(api.delete("/subjects/:.shared:address").await, (200, json!([1])), "a soft-deleted referrer is no bar");
    let kept = api.delete("/subjects/:.shared:address?permanent=true").await;
    assert_eq!(code(&kept), 42206, "unless for good: its records may still be read");
    api.delete("/subjects/:.ctx:person?permanent=true").await;
    assert_eq!(api.delete("/subjects/:.shared:address?permanent=true").await, (200, json!([1])));
}

#[tokio::test]
async fn a_subject_goes_together_with_its_references_to_itself() {
    let api = Api::start().await;
    api.put("/config/s", &json!({"compatibility": "NONE"})).await;
    api.register("s", ADDRESS).await;
    register(&api, "s", "s", 1).await;
    assert_eq!(code(&api.delete("/subjects/s/versions/1").await), 42206);
    assert_eq!(api.delete("/subjects/s").await, (200, json!([1, 2])));
    assert_eq!(api.delete("/subjects/s?permanent=true").await, (200, json!([1, 2])));
    assert_eq!(api.get("/subjects?deleted=true").await, (200, json!([])));
}

#[tokio::test]
async fn a_soft_deleted_version_cannot_be_referred_to_anew() {
    let api = Api::start().await;
    api.register("address", ADDRESS).await;
    api.register("address", ADDRESS_2).await;
    api.delete("/subjects/address/versions/1").await;
    assert_eq!(code(&register(&api, "person", "address", 1).await), 42201);
}

#[tokio::test]
async fn references_are_followed_through_a_diamond() {
    let api = Api::start().await;
    let refers = |name: &str, to: &[(&str, &str)]| {
        let fields: Vec<Value> = to.iter().map(|(name, _)| json!({"name": name, "type": name})).collect();
        let references: Vec<Value> =
            to.iter().map(|(name, subject)| json!({"name": name, "subject": subject, "version": 1})).collect();
        let schema = json!({"type": "record", "name": name, "fields": fields}).to_string();
        json!({"schema": schema, "references": references})
    };
    api.register(":.shared:leaf", LEAF).await;
    for (subject, body) in [
        (":.shared:left", refers("Left", &[("Leaf", "leaf")])),
        (":.shared:right", refers("Right", &[("Leaf", ":.shared:leaf")])),
        ("root", refers("Root", &[("Left", ":.shared:left"), ("Right", ":.shared:right")])),
    ] {
        let (status, answer) = api.post(&format!("/subjects/{subject}/versions"), &body).await;
        assert_eq!(status, 200, "{subject}: {answer}");
    }
}

#[tokio::test]
async fn a_schema_refers_to_a_thousand_others_at_most() {
    let api = Api::start().await;
    api.post("/subjects/leaf/versions", &json!({"schemaType": "PROTOBUF", "schema": "// leaf"})).await;
    let refers = |count: usize| {
        let reference = |n: usize| json!({"name": format!("r{n}"), "subject": "leaf", "version": 1});
        let references: Vec<Value> = (0..count).map(reference).collect();
        json!({"schemaType": "PROTOBUF", "schema": "// root", "references": references})
    };
    let refused = api.post("/subjects/root/versions", &refers(1_001)).await;
    assert_eq!(error(&refused), (422, 42201, "The schema refers to more than 1000 others"));
    assert_eq!(api.post("/subjects/root/versions", &refers(999)).await.0, 200);
    let through_root = json!({
        "schemaType": "PROTOBUF",
        "schema": "// top",
        "references": [{"name": "root", "subject": "root", "version": 1}, {"name": "x", "subject": "leaf", "version": 1}],
    });
    let refused = api.post("/subjects/top/versions", &through_root).await;
    assert_eq!(code(&refused), 42201, "those that others refer to count too");
}
