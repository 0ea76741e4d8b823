//! Which path does what, and what happens around every request.

use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State as Extract};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use super::authentication::authenticate;
use super::problem::Problem;
use super::state::State;
use super::{consume, cors, head, openapi, produce};
use crate::listener::{Certificate, Peer};
use crate::telemetry::ACCESS;

/// The header that names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name of a request that is taken from a client.
const MAX_REQUEST_ID: usize = 128;

/// The whole service.
pub(super) fn service(state: &State) -> Router {
    let paths = produce::router(state).merge(consume::router(state)).merge(openapi::router());
    let paths = paths
        .fallback(async || Problem::no_such_path())
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "there is something at this path, but not for this method")
        })
        .layer(from_fn_with_state(state.clone(), admit));
    let shared = match &state.config().cors {
        Some(cors) => paths.layer(cors::layer(cors, REQUEST_ID)),
        None => paths,
    };
    shared.layer(from_fn_with_state(state.clone(), exchange))
}

/// Lets in requests that can be understood, of those who may make them.
async fn admit(Extract(state): Extract<State>, mut request: Request, next: Next) -> Response {
    let certificate = request.extensions().get::<Certificate>();
    let found = head::check(request.version(), request.headers())
        .and_then(|()| no_head(request.method()))
        .and_then(|()| cors::check(state.config().cors.as_ref(), request.headers()))
        .and_then(|()| authenticate(state.auth(), request.headers(), certificate));
    match found {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Refuses what would give records away that nobody sees: a HEAD is otherwise done as a GET.
fn no_head(method: &Method) -> Result<(), Problem> {
    let detail = "there is something at this path, but not for this method";
    if method == Method::HEAD { Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)) } else { Ok(()) }
}

/// What happens around every request: it gets a name, and is counted and logged.
async fn exchange(
    Extract(state): Extract<State>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    matched: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let pending = state.requests().enter();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = request_id(request.headers());
    let mut response = next.run(request).await;
    drop(pending);
    let (status, elapsed) = (response.status(), started.elapsed());
    state.requests().count(&method, matched.as_ref().map(MatchedPath::as_str), status, elapsed);
    // Without the query, which may hold a record's key.
    tracing::info!(target: ACCESS, %peer, %method, path, status = status.as_u16(), id = id.to_str().ok(), ?elapsed);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The name that the client gave the request, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_plain =
        |id: &&HeaderValue| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic);
    headers.get(REQUEST_ID).filter(is_plain).cloned().unwrap_or_else(|| {
        // Only digits.
        HeaderValue::from_str(&format!("{:032x}", fastrand::u128(..))).unwrap_or(HeaderValue::from_static("0"))
    })
}
