//! What may follow the versions of a subject: asked for, and when something is registered.

use serde_json::{Value, json};

use crate::client::{Api, Client, code, error};

/// A record with a string and other fields.
fn with(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"R","fields":[{{"name":"f","type":"string"}}{fields}]}}"#)
}

const REQUIRED: &str = r#",{"name":"n","type":"int"}"#;
const OPTIONAL: &str = r#",{"name":"n","type":"int","default":0}"#;

async fn ask(api: &Client, path: &str, schema: &str) -> Value {
    let (status, answer) = api.post(&format!("/compatibility/subjects/{path}"), &json!({"schema": schema})).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn set(api: &Client, subject: &str, level: &str) {
    assert_eq!(api.put(&format!("/config/{subject}"), &json!({"compatibility": level})).await.0, 200);
}

#[tokio::test]
async fn an_incompatible_schema_is_not_registered() {
    let api = Api::start().await;
    api.register(":.ctx:s", &with("")).await;
    let body = json!({"schema": with(REQUIRED)});
    let refused = api.post("/subjects/:.ctx:s/versions", &body).await;
    let message = format!(
        "Schema being registered is incompatible with an earlier schema for subject \":.ctx:s\", details: \
         [{{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'n' at path '/fields/1' in the new \
         schema has no default value and is missing in the old schema', additionalInfo:'n'}}, {{oldSchemaVersion: 1}}, \
         {{oldSchema: '{}'}}, {{validateFields: 'false', compatibility: 'BACKWARD'}}]",
        with("")
    );
    assert_eq!(error(&refused), (409, 40901, message.as_str()));
    assert_eq!(api.get("/subjects/:.ctx:s/versions").await, (200, json!([1])));
    assert_eq!(api.register(":.ctx:s", &with(OPTIONAL)).await, (2, 2));
    assert_eq!(api.register(":.ctx:other", &with(REQUIRED)).await, (3, 1), "another subject goes its own way");
}

#[tokio::test]
async fn the_level_that_counts_is_the_nearest() {
    let api = Api::start().await;
    api.register(":.ctx:s", &with("")).await;
    let body = json!({"schema": with(REQUIRED)});
    let register = async || api.post("/subjects/:.ctx:s/versions", &body).await.0;
    set(&api, ":.__GLOBAL:", "FULL_TRANSITIVE").await;
    assert_eq!(register().await, 409);
    set(&api, ":.ctx:", "NONE").await;
    set(&api, ":.ctx:s", "FULL").await;
    assert_eq!(register().await, 409);
    api.delete("/config/:.ctx:s").await;
    assert_eq!(register().await, 200, "the level of the context");
}

#[tokio::test]
async fn import_mode_asks_for_nothing() {
    let api = Api::start().await;
    api.register("s", &with("")).await;
    api.put("/mode/s?force=true", &json!({"mode": "IMPORT"})).await;
    let body = json!({"schema": with(REQUIRED), "id": 7, "version": 2});
    assert_eq!(api.post("/subjects/s/versions", &body).await.0, 200);
}

#[tokio::test]
async fn what_was_registered_once_is_answered_for_again() {
    let api = Api::start().await;
    set(&api, "s", "NONE").await;
    api.register("s", &with("")).await;
    api.register("s", &with(REQUIRED)).await;
    set(&api, "s", "FULL").await;
    assert_eq!(api.register("s", &with("")).await, (1, 1));
}

#[tokio::test]
async fn a_version_is_compared_as_the_level_says() {
    let api = Api::start().await;
    set(&api, "s", "NONE").await;
    api.register("s", &with("")).await;
    api.register("s", &with(REQUIRED)).await;
    set(&api, "s", "BACKWARD").await;
    assert_eq!(ask(&api, "s/versions/1", &with(REQUIRED)).await, json!({"is_compatible": false}));
    assert_eq!(ask(&api, "s/versions/2", &with(REQUIRED)).await, json!({"is_compatible": true}));
    for latest in ["latest", "-1"] {
        assert_eq!(ask(&api, &format!("s/versions/{latest}"), &with(REQUIRED)).await, json!({"is_compatible": true}));
    }
    let path = "s/versions/1?verbose=true";
    let verdict = ask(&api, path, &with(REQUIRED)).await;
    assert_eq!(verdict["is_compatible"], false);
    let messages = verdict["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert!(messages[0].as_str().unwrap().starts_with("{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE'"));
    assert_eq!(messages[1], "{oldSchemaVersion: 1}");
    assert_eq!(messages[3], "{validateFields: 'false', compatibility: 'BACKWARD'}");
    let verdict = ask(&api, "s/versions/2?verbose=True", &with(REQUIRED)).await;
    assert_eq!(verdict, json!({"is_compatible": true, "messages": []}));
    set(&api, "s", "NONE").await;
    assert_eq!(ask(&api, path, &with(REQUIRED)).await["is_compatible"], true);
}

#[tokio::test]
async fn all_versions_are_those_that_the_level_looks_at() {
    let api = Api::start().await;
    set(&api, "s", "NONE").await;
    api.register("s", &with("")).await;
    api.register("s", &with(REQUIRED)).await;
    for (level, compatible) in [("BACKWARD", true), ("BACKWARD_TRANSITIVE", false), ("FORWARD_TRANSITIVE", true)] {
        set(&api, "s", level).await;
        let verdict = ask(&api, "s/versions", &with(REQUIRED)).await;
        assert_eq!(verdict, json!({ "is_compatible": compatible }), "{level}");
    }
    api.delete("/subjects/s/versions/1").await;
    set(&api, "s", "BACKWARD_TRANSITIVE").await;
    assert_eq!(ask(&api, "s/versions", &with(REQUIRED)).await["is_compatible"], true, "deleted ones don't count");
}

#[tokio::test]
async fn a_subject_without_versions_takes_anything_but_has_no_numbers() {
    let api = Api::start().await;
    for path in ["s/versions", "s/versions/latest", ":.ctx:s/versions/-1"] {
        assert_eq!(ask(&api, path, &with("")).await, json!({"is_compatible": true}));
    }
    let body = json!({"schema": with("")});
    let missing = api.post("/compatibility/subjects/s/versions/1", &body).await;
    assert_eq!(error(&missing), (404, 40402, "Version 1 not found."));
    api.register("s", &with("")).await;
    assert_eq!(code(&api.post("/compatibility/subjects/s/versions/2", &body).await), 40402);
    assert_eq!(code(&api.post("/compatibility/subjects/s/versions/0", &body).await), 42202);
    assert_eq!(code(&api.post("/compatibility/subjects/__GLOBAL/versions/1", &body).await), 42208);
    assert_eq!(api.get("/subjects").await, (200, json!(["s"])), "asking registers nothing");
    assert_eq!(api.get("/contexts").await, (200, json!(["."])));
}

#[tokio::test]
async fn an_invalid_schema_is_an_error_or_with_verbose_a_reason() {
    let api = Api::start().await;
    api.register("s", &with("")).await;
    for (body, reason) in [
        (json!({"schema": "{\"type\":\"recor\"}"}), "Invalid AVRO schema: "),
        (json!({}), "Empty schema"),
        (json!({"schema": "\"int\"", "schemaType": "XML"}), "Invalid schema type XML"),
        (
            json!({"schema": "\"int\"", "references": [{"name": "n", "subject": "none", "version": 1}]}),
            "No schema reference found for subject \"none\" and version 1",
        ),
    ] {
        for path in ["/compatibility/subjects/s/versions", "/compatibility/subjects/s/versions/1"] {
            assert_eq!(code(&api.post(path, &body).await), 42201, "{body}");
            let (status, verdict) = api.post(&format!("{path}?verbose=true"), &body).await;
            assert_eq!((status, &verdict["is_compatible"]), (200, &json!(false)));
            assert!(verdict["messages"][0].as_str().unwrap().starts_with(reason), "{verdict}");
        }
    }
    assert_eq!(code(&api.post("/compatibility/subjects/s/versions/1", &json!(1)).await), 400);
}

#[tokio::test]
async fn qualified_names_and_the_base_url_lead_to_the_same_subject() {
    let api = Api::start().await;
    api.register(":.ctx:s", "\"int\"").await;
    for path in ["/compatibility/subjects/:.ctx:s/versions/latest", "/contexts/ctx/compatibility/subjects/s/versions/1"]
    {
        assert_eq!(api.post(path, &json!({"schema": "\"string\""})).await, (200, json!({"is_compatible": false})));
        assert_eq!(api.post(path, &json!({"schema": "\"long\""})).await, (200, json!({"is_compatible": true})));
    }
}

#[tokio::test]
async fn json_schemas_are_compared_too_and_nothing_follows_another_language() {
    let api = Api::start().await;
    let body = |text: &str| json!({"schemaType": "JSON", "schema": text});
    let closed =
        |properties: &str| format!(r#"{{"type":"object","properties":{{{properties}}},"additionalProperties":false}}"#);
    let first = closed(r#""a":{"type":"string"}"#);
    let second = closed(r#""a":{"type":"string"},"b":{"type":"integer"}"#);
    assert_eq!(api.post("/subjects/s/versions", &body(&first)).await.0, 200);
    assert_eq!(api.post("/subjects/s/versions", &body(&second)).await.0, 200);
    let refused = api.post("/subjects/s/versions", &body(&closed(""))).await;
    assert_eq!(code(&refused), 40901);
    assert!(error(&refused).2.contains("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL"), "{}", refused.1);
    let refused = api.post("/subjects/s/versions", &json!({"schema": "\"int\""})).await;
    assert!(error(&refused).2.contains("[Incompatible because of different schema type, {oldSchemaVersion: 2}"));
    let refused = api.post("/subjects/t/versions", &body(r#"{"type":"strin"}"#)).await;
    assert!(error(&refused).2.starts_with("Invalid JSON schema: /type: "), "{}", refused.1);
}

#[tokio::test]
async fn only_versions_of_the_same_group_must_get_along() {
    let api = Api::start().await;
    api.put("/config/s", &json!({"compatibilityGroup": "major"})).await;
    let body = |schema: &str, major: &str| json!({"schema": schema, "metadata": {"properties": {"major": major}}});
    let register = async |schema: &str, major: &str| api.post("/subjects/s/versions", &body(schema, major)).await.0;
    assert_eq!(register("\"int\"", "1").await, 200);
    assert_eq!(register("\"string\"", "1").await, 409);
    assert_eq!(register("\"string\"", "2").await, 200);
    assert_eq!(register("\"long\"", "1").await, 200);
    assert_eq!(
        api.post("/subjects/s/versions", &json!({"schema": "\"bytes\""})).await.0,
        409,
        "of group 1 like the latest"
    );
}

#[tokio::test]
async fn a_config_normalizes_what_is_registered_and_looked_up() {
    let api = Api::start().await;
    api.put("/config", &json!({"normalize": true})).await;
    let body = json!({"schemaType": "JSON", "schema": r#"{"type":"string","title":"T"}"#});
    assert_eq!(api.post("/subjects/s/versions", &body).await.1["schema"], r#"{"title":"T","type":"string"}"#);
    assert_eq!(api.post("/subjects/s", &body).await.1["version"], 1);
}

#[tokio::test]
async fn of_two_that_do_not_get_along_one_is_registered() {
    let api = Api::start().await;
    let texts: Vec<String> = (0..16).map(|n| with(&format!(r#",{{"name":"n{n}","type":"int"}}"#))).collect();
    let register = |subject: String, text: String| {
        let api: Client = (*api).clone();
        async move { api.post(&format!("/subjects/{subject}/versions"), &json!({"schema": text})).await.0 }
    };
    for round in 0..8 {
        let tasks = texts.iter().map(|text| tokio::spawn(register(format!("s{round}"), text.clone())));
        let mut registered = 0;
        for task in tasks.collect::<Vec<_>>() {
            registered += usize::from(task.await.unwrap() == 200);
        }
        assert_eq!(registered, 1, "each of them asks for a field that the others lack");
    }
}
