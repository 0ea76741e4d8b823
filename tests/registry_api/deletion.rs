//! Soft and permanent deletes.

use serde_json::json;

use crate::client::{Api, code, error, record};

#[tokio::test]
async fn a_soft_deleted_version_is_hidden_but_its_id_stays_readable() {
    let api = Api::start().await;
    api.register("s", &record("A")).await;
    api.register("s", &record("B")).await;
    assert_eq!(api.delete("/subjects/s/versions/latest").await, (200, json!(2)));
    assert_eq!(api.get("/subjects/s/versions").await.1, json!([1]));
    assert_eq!(api.get("/subjects/s/versions?deleted=True").await.1, json!([1, 2]));
    assert_eq!(api.get("/subjects/s/versions?deletedOnly=true").await.1, json!([2]));
    assert_eq!(api.get("/subjects/s/versions/latest").await.1["version"], 1);
    assert_eq!(code(&api.get("/subjects/s/versions/2").await), 40402);
    let (_, found) = api.get("/subjects/s/versions/2?deleted=true").await;
    assert_eq!((&found["id"], &found["deleted"]), (&json!(2), &json!(true)));
    assert_eq!(api.get("/schemas/ids/2").await.1["schema"], record("B"));
    assert_eq!(api.get("/schemas/ids/2/subjects").await, (200, json!([])));
    assert_eq!(api.get("/schemas/ids/2/versions?deleted=true").await.1, json!([{"subject": "s", "version": 2}]));
    assert_eq!(code(&api.post("/subjects/s", &json!({"schema": record("B")})).await), 40403);
    assert_eq!(api.post("/subjects/s?deleted=true", &json!({"schema": record("B")})).await.0, 200);
}

#[tokio::test]
async fn versions_are_deleted_in_two_steps() {
    let api = Api::start().await;
    api.register("s", &record("A")).await;
    api.register("s", &record("B")).await;
    assert_eq!(
        error(&api.delete("/subjects/s/versions/1?permanent=true").await),
        (404, 40407, "Subject 's' Version 1 was not deleted first before being permanently deleted")
    );
    assert_eq!(api.delete("/subjects/s/versions/1").await, (200, json!(1)));
    assert_eq!(
        error(&api.delete("/subjects/s/versions/1").await),
        (404, 40406, "Subject 's' Version 1 was soft deleted.Set permanent=true to delete permanently")
    );
    assert_eq!(api.delete("/subjects/s/versions/1?permanent=true").await, (200, json!(1)));
    assert_eq!(code(&api.delete("/subjects/s/versions/1").await), 40402);
    assert_eq!(code(&api.get("/schemas/ids/1").await), 40403, "the last version takes the id along");
    assert_eq!(code(&api.delete("/subjects/none/versions/1").await), 40401);
    assert_eq!(code(&api.delete("/subjects/s/versions/x").await), 42202);
    assert_eq!(api.register("s", &record("A")).await, (3, 3), "neither ids nor numbers come back");
}

#[tokio::test]
async fn subjects_are_deleted_in_two_steps() {
    let api = Api::start().await;
    api.register("s", &record("A")).await;
    api.register("s", &record("B")).await;
    assert_eq!(
        error(&api.delete("/subjects/s?permanent=true").await),
        (404, 40405, "Subject 's' was not deleted first before being permanently deleted")
    );
    assert_eq!(api.delete("/subjects/s").await, (200, json!([1, 2])));
    assert_eq!(
        error(&api.delete("/subjects/s").await),
        (404, 40404, "Subject 's' was soft deleted.Set permanent=true to delete permanently")
    );
    assert_eq!(api.get("/subjects").await.1, json!([]));
    assert_eq!(api.get("/subjects?deleted=true").await.1, json!(["s"]));
    assert_eq!(api.get("/subjects?deletedOnly=true").await.1, json!(["s"]));
    assert_eq!(code(&api.get("/subjects/s/versions").await), 40401);
    assert_eq!(api.delete("/subjects/s?permanent=TRUE").await, (200, json!([1, 2])));
    assert_eq!(code(&api.delete("/subjects/s").await), 40401);
    assert_eq!(api.get("/subjects?deleted=true").await.1, json!([]));
    assert_eq!(api.register("s", &record("A")).await, (3, 1));
}

#[tokio::test]
async fn deleted_content_comes_back_under_its_id_as_a_new_version() {
    let api = Api::start().await;
    api.register("s", &record("A")).await;
    api.register("s", &record("B")).await;
    api.delete("/subjects/s/versions/1").await;
    api.delete("/subjects/s/versions/2").await;
    assert_eq!(api.register("s", &record("A")).await, (1, 3));
    assert_eq!(api.register("s", &record("B")).await, (2, 4));
    assert_eq!(code(&api.get("/subjects/s/versions/1").await), 40402);
    assert_eq!(api.get("/subjects/s/versions?deleted=true").await.1, json!([3, 4]), "the old versions are gone");
}
