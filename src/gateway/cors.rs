//! Pages of other origins: what browsers are told that ask whether one may make a request, and those that did not ask.

use axum::http::header::{HOST, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::config::Cors;
use super::problem::Problem;

/// What a browser says of where a request comes from: [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/).
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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

/// Refuses a request of a page that may not make it. Many are made without a question, and even one whose answer the page
/// does not see may give records away or commit them.
pub(super) fn check(cors: Option<&Cors>, headers: &HeaderMap) -> Result<(), Problem> {
    let is_allowed = match headers.get(ORIGIN) {
        Some(origin) => {
            is_same(origin, headers) || origin.to_str().is_ok_and(|origin| cors.is_some_and(|cors| cors.allows(origin)))
        }
        None => headers.get(SITE).is_none_or(|site| site == "same-origin" || site == "none"),
    };
    let detail = "this is for pages of the same origin or of one in gateway.cors, and for other programs";
    if is_allowed { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, detail)) }
}

/// Whether this is the origin of the server's own pages.
fn is_same(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
    authority.is_some_and(|authority| headers.get(HOST).is_some_and(|host| host.as_bytes() == authority.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_origins_are_refused() {
        let is_allowed = |name: HeaderName, value: &'static str| {
            let headers = [(HOST, HeaderValue::from_static("localhost:8082")), (name, HeaderValue::from_static(value))];
            check(None, &HeaderMap::from_iter(headers)).is_ok()
        };
        assert!(check(None, &HeaderMap::new()).is_ok(), "no page at all");
        assert!(is_allowed(ORIGIN, "http://localhost:8082"));
        for other in ["http://localhost:80820", "https://example.com", "null"] {
            assert!(!is_allowed(ORIGIN, other), "{other}");
        }
        // What asks for no more than a page's picture has no origin.
        assert!(is_allowed(SITE, "same-origin") && is_allowed(SITE, "none"));
        assert!(!is_allowed(SITE, "cross-site") && !is_allowed(SITE, "same-site"));
    }
}
