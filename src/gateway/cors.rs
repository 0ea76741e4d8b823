//! What browsers are told that ask whether a page of another origin may make a request.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::config::Cors;

/// Answers browsers' questions, and says with each answer who may see it. Questions need no authentication: browsers send
/// none with them.
pub(super) fn layer(cors: &Cors, request_id: HeaderName) -> CorsLayer {
    let origin = if cors.origins.is_none() {
        AllowOrigin::any()
    } else {
        let cors = cors.clone();
        AllowOrigin::predicate(move |origin: &HeaderValue, _| origin.to_str().is_ok_and(|origin| cors.allows(origin)))
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        // Routes take keys, topics and contexts out of headers of any name.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([request_id, RETRY_AFTER])
        .allow_credentials(cors.credentials)
        .max_age(cors.max_age)
}
