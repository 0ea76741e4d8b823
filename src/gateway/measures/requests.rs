//! The requests that the gateway answers.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram, SharedString};

use super::{IN_FLIGHT, LATENCY, REQUESTS};

/// The label value of whatever has none of its own: paths that are none of ours, methods that are none of the usual ones.
const OTHER: &str = "other";

/// The handles of requests so far. Paths, methods and status codes are few, so they stay few. Clones share them.
#[derive(Clone)]
pub(in crate::gateway) struct Requests {
    paths: Arc<RwLock<Paths>>,
    in_flight: Gauge,
}

/// By path, then by method and status. There are so few that they are found sooner by comparing than by hashing.
type Paths = Vec<(Box<str>, Vec<(Kind, Handles)>)>;

/// Method and status.
type Kind = (&'static str, StatusCode);

#[derive(Clone)]
struct Handles {
    count: Counter,
    latency: Histogram,
}

/// A request that is not answered yet.
pub(in crate::gateway) struct Pending(Gauge);

impl Default for Requests {
    fn default() -> Self {
        Self { paths: Arc::default(), in_flight: metrics::gauge!(IN_FLIGHT) }
    }
}

impl Requests {
    /// A request has come; it is answered, or given up, when this is dropped.
    pub(in crate::gateway) fn enter(&self) -> Pending {
        self.in_flight.increment(1);
        Pending(self.in_flight.clone())
    }

    /// Counts an answer. The path is as it is written in the router; none for one that is not there.
    pub(in crate::gateway) fn count(&self, method: &Method, path: Option<&str>, status: StatusCode, took: Duration) {
        let (path, kind) = (path.unwrap_or(OTHER), (name(method), status));
        if let Some(handles) = find(&self.paths.read().unwrap_or_else(PoisonError::into_inner), path, kind) {
            return handles.count(took);
        }
        let handles = Handles::new(path, kind);
        handles.count(took);
        let mut paths = self.paths.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have been faster; both count in the same place.
        match paths.iter_mut().find(|(known, _)| **known == *path) {
            Some((_, kinds)) => kinds.push((kind, handles)),
            None => paths.push((path.into(), vec![(kind, handles)])),
        }
    }
}

fn find<'p>(paths: &'p Paths, path: &str, kind: Kind) -> Option<&'p Handles> {
    let (_, kinds) = paths.iter().find(|(known, _)| **known == *path)?;
    kinds.iter().find(|(known, _)| *known == kind).map(|(_, handles)| handles)
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

impl Handles {
    fn count(&self, took: Duration) {
        self.count.increment(1);
        self.latency.record(took);
    }

    fn new(path: &str, (method, status): Kind) -> Self {
        let (path, status) = (SharedString::from(path.to_owned()), status.as_str().to_owned());
        Self {
            count: metrics::counter!(REQUESTS, "method" => method, "path" => path.clone(), "status" => status),
            latency: metrics::histogram!(LATENCY, "method" => method, "path" => path),
        }
    }
}

fn name(method: &Method) -> &'static str {
    let usual = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
    usual.into_iter().find(|usual| *usual == method.as_str()).unwrap_or(OTHER)
}
