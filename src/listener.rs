//! HTTP connections: accepted over TCP or on a Unix socket, bounded in what they may take, and brought to an end when the
//! server stops.
//!
//! A client may take so long to send the head of a request, and be silent for so long; then it loses its connection. What a
//! request's body may take is the service's to say.

mod address;
mod certificate;
mod connection;
mod handshake;
mod measures;
mod tls;

pub use address::{Address, Listener, Peer};
pub use certificate::Certificate;
pub use measures::METRICS;
pub use tls::{RawTls, Tls};

use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, TRANSFER_ENCODING};
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use address::Stream;
use connection::Connection;

use crate::telemetry::ACCESS;

/// How long nobody is let in when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// What clients of a server may do.
#[derive(Debug, Clone)]
pub struct Terms {
    /// What the server is called in logs and metrics.
    pub name: &'static str,
    /// With which certificate clients are met over TCP; `None`: they speak without TLS.
    pub tls: Option<Tls>,
    /// How large the head of a request may be, in bytes.
    pub max_head: usize,
    /// How many headers a request may have.
    pub max_headers: usize,
    /// How long a connection may be silent, and the head of a request take from the end of the one before. Longer than any
    /// request is silent.
    pub patience: Duration,
    /// How many connections there may be at once; further ones wait.
    pub max_connections: usize,
    /// How long requests that are under way may take to finish once the server is told to stop.
    pub drain_within: Duration,
    /// Whether clients may speak HTTP/2, too.
    pub http2: bool,
}

/// Serves connections until `stop` completes, then answers what is under way and returns.
pub async fn serve(listener: Listener, service: Router, terms: Terms, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(());
    let room = Arc::new(Semaphore::new(terms.max_connections));
    let mut connections = JoinSet::new();
    let files = keep_up(&terms);
    tokio::pin!(stop, files);
    loop {
        tokio::select! {
            () = &mut stop => break,
            () = &mut files => {}
            Some(_) = connections.join_next() => {}
            (stream, peer, permit) = accept(&listener, &room, terms.name) => {
                let conversation = converse(stream, peer, service.clone(), terms.clone(), stopped.clone());
                connections.spawn(async move {
                    conversation.await;
                    drop(permit);
                });
            }
        }
    }
    drop((listener, stopping));
    let drained = timeout(terms.drain_within, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "some requests to the {} did not finish in time", terms.name);
    }
}

/// Takes up certificates that change, for ever.
async fn keep_up(terms: &Terms) {
    if let Some(tls) = &terms.tls {
        tls.keep_up(terms.name).await;
    }
    pending::<()>().await;
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &Listener,
    room: &Arc<Semaphore>,
    name: &str,
) -> (Stream, Peer, Option<OwnedSemaphorePermit>) {
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            // Of one connection, which has gone again.
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the {name} can't accept a connection");
                sleep(NO_ROOM).await;
            }
        }
    }
}

fn is_of_peer(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Answers the requests of one connection until the client leaves, its patience ends, or the sender of `stopped` is gone.
async fn converse(stream: Stream, peer: Peer, service: Router, terms: Terms, mut stopped: watch::Receiver<()>) {
    let (stream, certificate) = match (stream, &terms.tls) {
        (Stream::Tcp(stream), Some(tls)) => {
            let secured = tokio::select! {
                secured = handshake::secure(stream, tls) => secured,
                _ = stopped.changed() => return,
            };
            match secured {
                Ok(secured) => secured,
                Err(failure) => {
                    measures::count(terms.name, failure.reason());
                    return tracing::debug!(%peer, %failure, "a connection to the {} came to nothing", terms.name);
                }
            }
        }
        (stream, _) => (stream, None),
    };
    let service = TowerToHyperService::new(service);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let is_last = may_have_two_lengths(&request);
        let answer = service.call(request);
        async move {
            let mut answer = answer.await;
            if let (true, Ok(answer)) = (is_last, &mut answer) {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            answer
        }
    });
    let builder = builder(&terms);
    let connection =
        builder.serve_connection_with_upgrades(TokioIo::new(Connection::new(stream, terms.patience)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        if let Some(reason) = refusal(&*error) {
            measures::count(terms.name, reason);
            tracing::info!(target: ACCESS, %peer, reason, "a request was refused");
        }
        tracing::debug!(%peer, error, "a connection to the {} broke", terms.name);
    }
}

/// Whether a body in chunks may have had a `Content-Length` as well, which is no longer to be seen here. Whoever passed it on
/// may have gone by that: what follows is not to be taken for a request (RFC 9112, 6.1).
fn may_have_two_lengths(request: &http::Request<Incoming>) -> bool {
    request.version() == http::Version::HTTP_11 && request.headers().contains_key(TRANSFER_ENCODING)
}

/// Why the head of a request was refused, if that is why a connection ended.
fn refusal(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<&'static str> {
    let error = error.downcast_ref::<hyper::Error>()?;
    if error.is_parse_too_large() {
        return Some("head_too_large");
    }
    error.is_parse().then_some("malformed")
}

fn builder(terms: &Terms) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(terms.patience)
        .max_buf_size(terms.max_head)
        .max_headers(terms.max_headers);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(terms.max_head).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS);
    if terms.http2 { builder } else { builder.http1_only() }
}

/// How many requests an HTTP/2 connection may have under way.
const MAX_STREAMS: u32 = 128;

#[cfg(test)]
mod tests;
