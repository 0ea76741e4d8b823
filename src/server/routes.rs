//! The HTTP API: which handler answers which path, and what happens around every request.

mod compatibility;
mod contexts;
mod schemas;
mod settings;
mod subjects;
mod versions;

use std::time::Instant;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};
use serde::Serialize;

use super::definition::{Guid, Metadata, RuleSet};
use super::error::Error;
use super::lookup::Registered;
use super::request::MAX_BODY_BYTES;
use super::{REQUEST_TIMEOUT, Registry, base_url, media};
use crate::schema::{QualifiedNames, QualifiedSubject, SchemaId, SchemaReference, SchemaType};

/// The whole API. The router proper sees requests only after [`exchange`] has rewritten their path.
pub(super) fn service(registry: Registry) -> Router {
    Router::new().fallback_service(router(registry.clone())).layer(from_fn_with_state(registry, exchange))
}

fn router(registry: Registry) -> Router {
    Router::new()
        .route("/subjects", get(subjects::list))
        .route("/subjects/{subject}", post(subjects::look_up).delete(subjects::delete))
        .route("/subjects/{subject}/versions", get(versions::list).post(versions::register))
        .route("/subjects/{subject}/versions/{version}", get(versions::get).delete(versions::delete))
        .route("/subjects/{subject}/versions/{version}/schema", get(versions::text))
        .route("/subjects/{subject}/versions/{version}/referencedby", get(versions::referrers))
        .route("/compatibility/subjects/{subject}/versions", post(compatibility::all))
        .route("/compatibility/subjects/{subject}/versions/{version}", post(compatibility::one))
        .route("/schemas/types", get(schemas::types))
        .route("/schemas/ids/{id}", get(schemas::get))
        .route("/schemas/ids/{id}/schema", get(schemas::text))
        .route("/schemas/ids/{id}/subjects", get(schemas::subjects))
        .route("/schemas/ids/{id}/versions", get(schemas::versions))
        .route("/schemas/guids/{guid}", get(schemas::by_guid))
        .route("/schemas/guids/{guid}/ids", get(schemas::ids_of))
        .route("/contexts", get(contexts::list))
        .route("/contexts/{context}", delete(contexts::delete))
        .route("/config", config())
        .route("/config/{subject}", config())
        .route("/mode", mode())
        .route("/mode/{subject}", mode())
        .route("/status/ready", get(ready))
        .fallback(async || Error::NoSuchPath)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(registry)
}

fn config() -> MethodRouter<Registry> {
    get(settings::config).put(settings::update_config).delete(settings::clear_config)
}

fn mode() -> MethodRouter<Registry> {
    get(settings::mode).put(settings::set_mode).delete(settings::clear_mode)
}

/// Whoever gets an answer at all finds the registry ready: it has nothing to load.
async fn ready() {}

/// What happens around every request: the base URL is resolved, time is limited, the answer gets the media type that the
/// client asked for.
async fn exchange(State(registry): State<Registry>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (mut response, media_type) = match media::negotiate(request.headers()) {
        Some(media_type) => (answer(registry.names(), request, next).await, media_type),
        None => (Error::NotAcceptable.into_response(), media::DEFAULT),
    };
    if let Some(content_type) = response.headers_mut().get_mut(CONTENT_TYPE) {
        *content_type = media_type;
    }
    let status = response.status().as_u16();
    tracing::debug!(%method, path, status, elapsed = ?started.elapsed(), "registry request");
    response
}

async fn answer(names: QualifiedNames, mut request: Request, next: Next) -> Response {
    match base_url::rewrite(request.uri(), names) {
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Ok(None) => {}
        Err(error) => return error.into_response(),
    }
    let answered = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answered.unwrap_or_else(|_| Error::Timeout.into_response())
}

/// Does what may take long, or waits for the disk, on a thread that nobody else needs.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

/// What a handler gives back.
type Answer<T> = Result<Json<T>, Error>;

/// A schema's text as the whole body.
struct Text(std::sync::Arc<super::Schema>);

impl IntoResponse for Text {
    fn into_response(self) -> Response {
        let content_type: HeaderValue = media::DEFAULT;
        ([(CONTENT_TYPE, content_type)], self.0.definition.text.to_string()).into_response()
    }
}

/// A schema as answers show it; which members there are depends on the request. Empty ones are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<SchemaId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_id: Option<u32>,
    guid: Guid,
    schema_type: SchemaType,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<SchemaReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_set: Option<RuleSet>,
    schema: String,
    ts: i64,
    deleted: bool,
}

impl Body {
    /// The schema with its subject, version and id.
    fn whole(held: &Registered) -> Self {
        let subject = Some(held.subject.to_string());
        Self { subject, version: Some(held.version), id: Some(held.id), ..Self::bare(held) }
    }

    /// The schema alone.
    fn bare(held: &Registered) -> Self {
        let definition = &held.schema.definition;
        Self {
            subject: None,
            version: None,
            id: None,
            max_id: None,
            guid: held.schema.guid,
            schema_type: definition.schema_type,
            references: definition.references.clone(),
            metadata: definition.metadata.clone(),
            rule_set: definition.rule_set.clone(),
            schema: definition.text.to_string(),
            ts: held.registered,
            deleted: held.deleted,
        }
    }

    /// With `referenceFormat=qualified`, the subjects of references with the context that they are meant in.
    fn with_references(mut self, format: Option<&str>, held: &Registered, names: QualifiedNames) -> Self {
        if format.is_some_and(|format| format.eq_ignore_ascii_case("qualified")) {
            for reference in &mut self.references {
                let subject = QualifiedSubject::resolve(&reference.subject, &held.subject.context, names);
                // A name that is qualified stays as it was sent: `:.:s` would else lose what makes it so.
                if subject.subject.as_str() == reference.subject {
                    reference.subject = subject.to_string();
                }
            }
        }
        self
    }
}
