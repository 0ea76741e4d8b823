//! What each path answers.

use std::sync::Arc;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::{ANSWER_WITHIN, State};
use crate::readiness::Unready;

/// The media type of Prometheus's text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// No request here has a body that anyone reads.
const MAX_BODY: usize = 1024;
/// How many scrapes are rendered at once; each takes a thread while it lasts.
const MAX_RENDERS: usize = 2;

/// The body of `/readyz`.
#[derive(Debug, Serialize)]
struct Report {
    ready: bool,
    /// Every condition that is not met.
    conditions: Vec<Unready>,
}

#[derive(Clone)]
struct Scrapes {
    state: State,
    renders: Arc<Semaphore>,
}

/// The paths of the admin server; GET and HEAD only.
pub(super) fn router(state: State) -> Router {
    let scrapes = Scrapes { state: state.clone(), renders: Arc::new(Semaphore::new(MAX_RENDERS)) };
    let metrics = get(metrics).with_state(scrapes);
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz).with_state(state))
        .route("/metrics", metrics)
        .fallback(async || (StatusCode::NOT_FOUND, "not found; there are /livez, /readyz and /metrics\n"))
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN))
}

async fn readyz(Shared(state): Shared<State>) -> Response {
    let conditions = state.readiness.unready();
    let ready = conditions.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Report { ready, conditions })).into_response()
}

async fn metrics(Shared(Scrapes { state, renders }): Shared<Scrapes>) -> Response {
    let unready = state.readiness.unready().len();
    metrics::gauge!("serdecar_ready").set(if unready == 0 { 1.0 } else { 0.0 });
    metrics::gauge!("serdecar_unready_conditions").set(u32::try_from(unready).unwrap_or(u32::MAX));
    let Ok(permit) = renders.acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // Rendering many series takes a while, in which probes must be answered.
    let rendered = tokio::task::spawn_blocking(move || {
        let text = state.exporter.render();
        drop(permit);
        text
    });
    match rendered.await {
        Ok(text) => ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "rendering the metrics failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
