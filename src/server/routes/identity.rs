//! `/v1/metadata`: what the registry is.

use axum::Json;
use serde::Serialize;

/// The name of the registry among those that share a cluster.
const CLUSTER: &str = "schema-registry";

#[derive(Debug, Serialize)]
pub(super) struct Identity {
    id: &'static str,
    scope: Scope,
}

#[derive(Debug, Serialize)]
struct Scope {
    path: [&'static str; 0],
    clusters: Clusters,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Clusters {
    /// Of a Kafka cluster; there is none.
    kafka_cluster: &'static str,
    schema_registry_cluster: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Release {
    version: &'static str,
    commit_id: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Deployment {
    attributes: [&'static str; 1],
}

/// `GET /v1/metadata/id`
pub(super) async fn id() -> Json<Identity> {
    let clusters = Clusters { kafka_cluster: "", schema_registry_cluster: CLUSTER };
    Json(Identity { id: "", scope: Scope { path: [], clusters } })
}

/// `GET /v1/metadata/version`
pub(super) async fn version() -> Json<Release> {
    Json(Release { version: env!("CARGO_PKG_VERSION"), commit_id: "" })
}

/// `GET /v1/metadata/deployment`
pub(super) async fn deployment() -> Json<Deployment> {
    Json(Deployment { attributes: ["opensource"] })
}
