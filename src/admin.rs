//! Health and metrics over HTTP: `/livez`, `/readyz` and `/metrics`.
//!
//! Probes must be answered while everything else is busy, so a request here waits for nothing: conditions are read from
//! memory, metrics are rendered on a thread of their own, and whatever takes longer than five seconds is cut off.
//! Connections, headers, bodies and the time a client may take are bounded: one that says nothing, or reads nothing,
//! soon makes room for others.

mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::metrics::{Exporter, Metric};
use crate::readiness::Readiness;
use crate::settings::Faults;

/// After this long a request is answered with 503.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long answers may take to leave once the server is told to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(2);
/// How many connections there may be at once; further ones wait.
const MAX_CONNECTIONS: usize = 128;
/// How large the head of a request may be, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// How many headers a request may have.
const MAX_HEADERS: usize = 64;
/// How often observations are folded into histograms when nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// From the end of one request, or the connection's start, to the end of the headers of the next.
    headers: Duration,
    /// From a connection's start to its end, whatever is under way.
    connection: Duration,
}

impl Patience {
    const USUAL: Self = Self { headers: Duration::from_secs(10), connection: Duration::from_secs(60) };
}

/// What this module measures.
pub const METRICS: &[Metric] = &[
    Metric::gauge("serdecar_build_info", &["version"], "Always 1; the label names the running version."),
    Metric::gauge("serdecar_ready", &[], "1 when /readyz answers 200, else 0."),
    Metric::gauge("serdecar_unready_conditions", &[], "Conditions that /readyz names as not met."),
];

/// The `admin` section as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// The IP address and port on which /livez, /readyz and /metrics answer. Default: 0.0.0.0:9404.
    listen: String,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self { listen: "0.0.0.0:9404".to_owned() }
    }
}

/// Where health and metrics are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl RawConfig {
    /// Checks the section, which stands at `pointer`.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let listen = self.listen.parse().map_err(|_| {
            format!("'{}' is not an IP address with a port, such as 0.0.0.0:9404 or [::]:9404", self.listen)
        });
        Some(Config { listen: faults.take(format!("{pointer}/listen"), listen)? })
    }
}

/// What the server reports on.
#[derive(Debug, Clone)]
pub struct State {
    /// The conditions behind `/readyz`.
    pub readiness: Readiness,
    /// The metrics behind `/metrics`.
    pub exporter: Exporter,
}

/// Serves on `listener` until `shutdown` completes, then finishes the answers that are under way.
///
/// Never fails: a connection that can't be accepted is tried again, one that breaks is the client's affair.
pub async fn run(listener: TcpListener, state: State, shutdown: impl Future<Output = ()>) {
    run_with(listener, state, shutdown, Patience::USUAL).await;
}

async fn run_with(listener: TcpListener, state: State, shutdown: impl Future<Output = ()>, patience: Patience) {
    metrics::gauge!("serdecar_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let exporter = state.exporter.clone();
    let router = routes::router(state);
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut upkeep = interval(UPKEEP_EVERY);
    upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            _ = upkeep.tick() => exporter.upkeep(),
            Some(_) = connections.join_next() => {}
            (stream, permit) = accept(&listener, &room) => {
                connections.spawn(serve(stream, router.clone(), stopped.clone(), patience, permit));
            }
        }
    }
    drop((listener, stop));
    let drained = timeout(DRAIN_WITHIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "closed admin connections that did not finish in time");
    }
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, permit),
            Err(error) => {
                // Out of file descriptors, mostly: a moment later there may be some.
                tracing::warn!(%error, "can't accept an admin connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Answers the requests of one connection until the client leaves, its time is up, or the sender of `stopped` is gone.
async fn serve(
    stream: TcpStream,
    router: axum::Router,
    mut stopped: watch::Receiver<()>,
    patience: Patience,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let whole = timeout(patience.connection, async {
        tokio::select! {
            ended = &mut connection => ended,
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    });
    if let Ok(Err(error)) = whole.await {
        tracing::debug!(%error, "an admin connection broke");
    }
}

#[cfg(test)]
mod tests;
