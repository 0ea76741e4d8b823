//! Connections: accepted, bounded in what they may take, and brought to an end when the server stops.
//!
//! A client may take so long to send the head of a request, and be silent for so long; then it loses its connection.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// How large the head of a request may be, in bytes: subjects may be long, and each of their characters nine times as long
/// when it is percent-encoded.
const MAX_HEAD: usize = 128 << 10;

/// How many headers a request may have.
const MAX_HEADERS: usize = 100;

/// How long a connection may be silent, and the head of a request take from the end of the one before. Longer than any
/// request takes.
const PATIENCE: Duration = Duration::from_secs(75);

/// How long requests that are under way may take to finish once the server is told to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// How long nobody is let in when the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A connection that fails with [`ErrorKind::TimedOut`] once nothing was read or written for too long.
#[derive(Debug)]
struct Connection {
    inner: TcpStream,
    idle: Duration,
    deadline: Pin<Box<Sleep>>,
}

/// Serves connections until `stop` completes, then answers what is under way and returns.
pub(super) async fn serve(listener: TcpListener, service: Router, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            (stream, peer) = accept(&listener) => {
                connections.spawn(converse(stream, peer, service.clone(), stopped.clone()));
            }
        }
    }
    drop((listener, stopping));
    let drained = timeout(DRAIN_WITHIN, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = connections.len(), "some requests to the schema registry did not finish in time");
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // Of one connection, which has gone again.
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the schema registry can't accept a connection");
                sleep(NO_ROOM).await;
            }
        }
    }
}

fn is_of_peer(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Answers the requests of one connection until the client leaves, its patience ends, or the sender of `stopped` is gone.
async fn converse(stream: TcpStream, peer: SocketAddr, service: Router, mut stopped: watch::Receiver<()>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::trace!(%error, "small answers may be delayed");
    }
    let service = TowerToHyperService::new(service);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(Connection::new(stream, PATIENCE)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection to the schema registry broke");
    }
}

impl Connection {
    fn new(inner: TcpStream, idle: Duration) -> Self {
        Self { inner, idle, deadline: Box::pin(sleep(idle)) }
    }

    /// Passes progress on and moves the deadline; while there is none, fails at the deadline.
    fn or_timeout<T>(&mut self, context: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.deadline.as_mut().reset(Instant::now() + self.idle);
            return progress;
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.or_timeout(context, progress)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.or_timeout(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.inner).poll_write_vectored(context, bytes);
        self.or_timeout(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_silent_peer_loses_its_connection() {
        let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(inner.local_addr().unwrap()).await.unwrap();
        let mut connection = Connection::new(inner.accept().await.unwrap().0, Duration::from_millis(20));

        let mut space = [0; 8];
        let mut buffer = ReadBuf::new(&mut space);
        let read = std::future::poll_fn(|context| Pin::new(&mut connection).poll_read(context, &mut buffer)).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(peer);
    }
}
