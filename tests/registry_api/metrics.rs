//! What the registry measures, as it is scraped.

use reqwest::Method;

use crate::client::{Client, record};
use crate::process::Process;

async fn scrape(admin: &Client) -> String {
    let (status, text) = admin.text(admin.request(Method::GET, "/metrics")).await;
    assert_eq!(status, 200, "{text}");
    text
}

#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn what_it_holds_is_counted_by_context() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schemas.redb");
    let (process, admin) = Process::observed(&path);
    let api = &process.client;
    assert_eq!(admin.get("/readyz").await.0, 200);
    api.register("s", &record("A")).await;
    for name in ["A", "B"] {
        api.register(":.ctx:s", &record(name)).await;
        api.register(":.ctx:t", &record(name)).await;
    }
    api.delete("/subjects/:.ctx:s/versions/1").await;
    api.delete("/subjects/:.ctx:t").await;
    let held = [
        r#"serdecar_server_schemas{context="."} 1"#,
        r#"serdecar_server_schemas{context=".ctx"} 2"#,
        r#"serdecar_server_subjects{context=".ctx",deleted="false"} 1"#,
        r#"serdecar_server_subjects{context=".ctx",deleted="true"} 1"#,
        r#"serdecar_server_subject_versions{context=".ctx",subject="s",deleted="false"} 1"#,
        r#"serdecar_server_subject_versions{context=".ctx",subject="s",deleted="true"} 1"#,
        r#"serdecar_server_subject_versions{context=".ctx",subject="t",deleted="false"} 0"#,
    ];
    assert_lines(&scrape(&admin).await, &held);
    assert!(process.terminate().success());

    let (process, admin) = Process::observed(&path);
    assert_lines(&scrape(&admin).await, &held);
    for path in ["/subjects/:.ctx:t", "/subjects/s", "/subjects/s"] {
        process.client.delete(&format!("{path}?permanent=true")).await;
    }
    process.client.delete("/subjects/s").await;
    process.client.delete("/subjects/s?permanent=true").await;
    assert_lines(
        &scrape(&admin).await,
        &[
            r#"serdecar_server_schemas{context="."} 0"#,
            r#"serdecar_server_subjects{context=".",deleted="false"} 0"#,
            r#"serdecar_server_subjects{context=".ctx",deleted="true"} 0"#,
            r#"serdecar_server_subject_versions{context=".ctx",subject="t",deleted="true"} 0"#,
        ],
    );
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let folder = tempfile::tempdir().unwrap();
    let (process, admin) = Process::observed(&folder.path().join("schemas.redb"));
    let api = &process.client;
    api.register(":.ctx:s", &record("A")).await;
    for path in ["/contexts/ctx/schemas/ids/1", "/schemas/ids/1?subject=:.ctx:", "/schemas/ids/9", "/nothing"] {
        api.get(path).await;
    }
    api.delete("/schemas/types").await;
    assert_lines(
        &scrape(&admin).await,
        &[
            r#"serdecar_server_requests_total{method="POST",route="/subjects/{subject}/versions",status="200"} 1"#,
            r#"serdecar_server_requests_total{method="GET",route="/schemas/ids/{id}",status="200"} 2"#,
            r#"serdecar_server_requests_total{method="GET",route="/schemas/ids/{id}",status="404"} 1"#,
            r#"serdecar_server_requests_total{method="GET",route="other",status="404"} 1"#,
            r#"serdecar_server_requests_total{method="DELETE",route="/schemas/types",status="405"} 1"#,
            r#"serdecar_server_request_seconds_count{method="GET",route="/schemas/ids/{id}"} 3"#,
        ],
    );
}
