//! HTTP connections: accepted over TCP or on a Unix socket, bounded in what they may take, and brought to an end when the
//! server stops.
//!
//! A client may take so long to send the head of a request, and be silent for so long; then it loses its connection. What a
//! request's body may take is the service's to say.

mod address;
mod connection;

pub use address::{Address, Listener, Peer};

use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http;
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

/// How long nobody is let in when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// What clients of a server may do.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What the server is called in logs.
    pub name: &'static str,
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
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            (stream, peer, permit) = accept(&listener, &room, terms) => {
                connections.spawn(converse(stream, peer, service.clone(), terms, stopped.clone(), permit));
            }
        }
    }
    drop((listener, stopping));
    let drained = timeout(terms.drain_within, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "some requests to {} did not finish in time", terms.name);
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &Listener,
    room: &Arc<Semaphore>,
    terms: Terms,
) -> (Stream, Peer, Option<OwnedSemaphorePermit>) {
    let permit = Arc::clone(room).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            // Of one connection, which has gone again.
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "{} can't accept a connection", terms.name);
                sleep(NO_ROOM).await;
            }
        }
    }
}

fn is_of_peer(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Answers the requests of one connection until the client leaves, its patience ends, or the sender of `stopped` is gone.
async fn converse(
    stream: Stream,
    peer: Peer,
    service: Router,
    terms: Terms,
    mut stopped: watch::Receiver<()>,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let service = TowerToHyperService::new(service);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        service.call(request)
    });
    let builder = builder(terms);
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
        tracing::debug!(%peer, error, "a connection to {} broke", terms.name);
    }
}

fn builder(terms: Terms) -> auto::Builder<TokioExecutor> {
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
