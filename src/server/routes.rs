//! The HTTP API: which handler answers which path, and what happens around every request.

mod body;
mod compatibility;
mod contexts;
mod identity;
mod schemas;
mod settings;
mod subjects;
mod versions;

use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use axum::{Json, Router};

use super::error::Error;
use super::formatted_text::Format;
use super::lookup::Registered;
use super::measures::Requests;
use super::request::Parameters;
use super::{REQUEST_TIMEOUT, Registry, base_url, media};
use crate::listener::Peer;
use crate::schema::QualifiedNames;
use crate::telemetry::ACCESS;
use body::{Body, Text};

/// The whole API. The router proper sees requests only after [`exchange`] has rewritten their path.
pub(super) fn service(registry: Registry) -> Router {
    let around = Around { registry: registry.clone(), requests: Requests::default() };
    Router::new().fallback_service(router(registry)).layer(from_fn_with_state(around, exchange))
}

/// What is needed around every request.
#[derive(Debug, Clone)]
struct Around {
    registry: Registry,
    requests: Requests,
}

fn router(registry: Registry) -> Router {
    Router::new()
        .route("/subjects", get(subjects::list))
        .route("/subjects/{subject}", post(subjects::look_up).delete(subjects::delete))
        .route("/subjects/{subject}/metadata", get(subjects::by_metadata))
        .route("/subjects/{subject}/versions", get(versions::list).post(versions::register))
        .route("/subjects/{subject}/versions/{version}", get(versions::get).delete(versions::delete))
        .route("/subjects/{subject}/versions/{version}/schema", get(versions::text))
        .route("/subjects/{subject}/versions/{version}/referencedby", get(versions::referrers))
        .route("/subjects/{subject}/versions/{version}/tags", post(versions::update_tags))
        .route("/schemas", get(schemas::list))
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
        .route("/openapi.json", get(identity::description))
        .route("/v1/metadata/id", get(identity::id))
        .route("/v1/metadata/version", get(identity::version))
        .route("/v1/metadata/deployment", get(identity::deployment))
        .fallback(async || Error::NoSuchPath)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .route_layer(from_fn(name_route))
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

/// Leaves with the answer which route gave it.
async fn name_route(route: MatchedPath, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(route);
    response
}

/// What happens around every request: the base URL is resolved, time is limited, the answer gets the media type that the
/// client asked for, and is counted and logged.
async fn exchange(
    State(Around { registry, requests }): State<Around>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (mut response, media_type) = match media::negotiate(request.headers()) {
        Some(media_type) => (answer(registry.names(), request, next).await, media_type),
        None => (Error::NotAcceptable.into_response(), media::DEFAULT),
    };
    if let Some(content_type) = response.headers_mut().get_mut(CONTENT_TYPE) {
        *content_type = media_type;
    }
    let (status, elapsed) = (response.status(), started.elapsed());
    requests.count(&method, response.extensions().get::<MatchedPath>().map(MatchedPath::as_str), status, elapsed);
    tracing::info!(target: ACCESS, %peer, %method, %uri, status = status.as_u16(), ?elapsed);
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

/// A schema in the form that the request asks for.
async fn in_format(registry: &Registry, held: Registered, parameters: &Parameters) -> Result<Registered, Error> {
    match Format::parse(parameters.text("format"), held.schema.definition.schema_type) {
        None => Ok(held),
        Some(format) => {
            let registry = registry.clone();
            blocking(move || Ok(registry.in_format(held, format))).await
        }
    }
}

/// What a handler gives back.
type Answer<T> = Result<Json<T>, Error>;
