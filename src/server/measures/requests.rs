//! The requests that the registry answers.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Counter, Histogram, SharedString};

use super::{LATENCY, REQUESTS};

/// The label value of whatever has none of its own: paths that are no route, methods that are none of the usual ones.
const OTHER: &str = "other";

/// The handles of requests so far. Routes, methods and status codes are few, so they stay few. Clones share them.
#[derive(Debug, Clone, Default)]
pub(in crate::server) struct Requests(Arc<RwLock<Routes>>);

/// By route, then by method and status.
type Routes = HashMap<Box<str>, HashMap<(&'static str, StatusCode), Handles>>;

#[derive(Debug, Clone)]
struct Handles {
    count: Counter,
    latency: Histogram,
}

impl Requests {
    /// Counts an answer. The route is the path as it is written in the router; none for a path that is not there.
    pub(in crate::server) fn count(&self, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
        let (route, kind) = (route.unwrap_or(OTHER), (name(method), status));
        let known = {
            let routes = self.0.read().unwrap_or_else(PoisonError::into_inner);
            routes.get(route).and_then(|kinds| kinds.get(&kind)).cloned()
        };
        let handles = known.unwrap_or_else(|| {
            let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let kinds = routes.entry(route.into()).or_default();
            kinds.entry(kind).or_insert_with(|| Handles::new(route, kind)).clone()
        });
        handles.count.increment(1);
        handles.latency.record(took);
    }
}

impl Handles {
    fn new(route: &str, (method, status): (&'static str, StatusCode)) -> Self {
        let (route, status) = (SharedString::from(route.to_owned()), status.as_str().to_owned());
        Self {
            count: metrics::counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status),
            latency: metrics::histogram!(LATENCY, "method" => method, "route" => route),
        }
    }
}

fn name(method: &Method) -> &'static str {
    let usual = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    usual.into_iter().find(|usual| *usual == method.as_str()).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::local;

    #[test]
    fn requests_are_counted_by_method_route_and_status() {
        let (recorder, exporter) = local(&[super::super::METRICS]).unwrap();
        metrics::with_local_recorder(&recorder, || {
            let requests = Requests::default();
            for status in [StatusCode::OK, StatusCode::OK, StatusCode::NOT_FOUND] {
                requests.count(&Method::POST, Some("/subjects/{subject}"), status, Duration::from_millis(3));
            }
            let strange = Method::from_bytes(b"BREW").unwrap();
            requests.count(&strange, None, StatusCode::METHOD_NOT_ALLOWED, Duration::ZERO);
        });
        let text = exporter.render();
        for line in [
            r#"serdecar_server_requests_total{method="POST",route="/subjects/{subject}",status="200"} 2"#,
            r#"serdecar_server_requests_total{method="POST",route="/subjects/{subject}",status="404"} 1"#,
            r#"serdecar_server_requests_total{method="other",route="other",status="405"} 1"#,
            r#"serdecar_server_request_seconds_count{method="POST",route="/subjects/{subject}"} 3"#,
            r#"serdecar_server_request_seconds_bucket{method="POST",route="/subjects/{subject}",le="0.005"} 3"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
