//! A TCP proxy that cuts, stalls and slows what goes through it.

use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc as std_mpsc;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::free_port;

/// What happens to bytes, in both directions, also on connections that are open already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// They go through.
    Open,
    /// Connections are closed, new ones as soon as they are made.
    Cut,
    /// Nothing goes through, and nobody is told; it goes on later.
    Stalled,
    /// Everything takes so much longer.
    Slowed(Duration),
}

/// Where new connections go, and how.
#[derive(Clone)]
struct Route {
    target: SocketAddr,
    tls: Option<TlsAcceptor>,
}

/// A proxy on a port of its own, which ends when it is dropped.
pub(crate) struct Proxy {
    port: u16,
    flow: watch::Sender<Flow>,
    route: watch::Sender<Route>,
    /// Ends it when it is dropped.
    _stop: oneshot::Sender<()>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("port", &self.port).field("flow", &*self.flow.borrow()).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Starts one to this address. Nobody needs to listen there yet.
    pub(crate) fn start(target: impl Into<SocketAddr>) -> Self {
        let (flow, route) =
            (watch::Sender::new(Flow::Open), watch::Sender::new(Route { target: target.into(), tls: None }));
        let (stop, stopped) = oneshot::channel();
        let (bound, port) = std_mpsc::channel();
        let (flows, routes) = (flow.clone(), route.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let port = free_port();
                let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
                listener.set_nonblocking(true).expect("a socket for tokio");
                bound.send(port).expect("somebody waits");
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, flows, routes) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { port: port.recv().expect("its port"), flow, route, _stop: stop }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Lets bytes go in another way from now on.
    pub(crate) fn set(&self, flow: Flow) {
        self.flow.send_replace(flow);
    }

    /// Sends connections to another address, also those that are open: they are closed.
    pub(crate) fn redirect(&self, target: SocketAddr) {
        self.route.send_modify(|route| route.target = target);
    }

    /// Speaks TLS with its clients, on connections from now on.
    pub(crate) fn secure(&self, tls: TlsAcceptor) {
        self.route.send_modify(|route| route.tls = Some(tls));
    }
}

async fn accept(listener: tokio::net::TcpListener, flow: watch::Sender<Flow>, route: watch::Sender<Route>) {
    loop {
        let (client, _) = listener.accept().await.expect("a connection");
        let (mut flow, mut route) = (flow.subscribe(), route.subscribe());
        tokio::spawn(async move {
            let to = route.borrow_and_update().clone();
            let pipes = flow.clone();
            tokio::select! {
                // Either side may fail at any time, which ends the connection.
                _ = connect(client, &to, pipes) => {}
                _ = flow.wait_for(|flow| *flow == Flow::Cut) => {}
                _ = route.changed() => {}
            }
        });
    }
}

async fn connect(client: TcpStream, to: &Route, flow: watch::Receiver<Flow>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    match &to.tls {
        None => join(client, to.target, flow).await,
        Some(tls) => join(tls.accept(client).await?, to.target, flow).await,
    }
}

async fn join(
    client: impl AsyncRead + AsyncWrite,
    target: SocketAddr,
    flow: watch::Receiver<Flow>,
) -> std::io::Result<()> {
    let server = TcpStream::connect(target).await?;
    server.set_nodelay(true)?;
    let (client_in, client_out) = tokio::io::split(client);
    let (server_in, server_out) = server.into_split();
    tokio::select! {
        ended = pipe(client_in, server_out, flow.clone()) => ended,
        ended = pipe(server_in, client_out, flow) => ended,
    }
}

/// Chunks on their way that take longer; beyond them the sender waits.
const ON_THE_WAY: usize = 1_000;

/// Copies one direction. What is slowed takes longer and is none the less many at a time.
async fn pipe(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut flow: watch::Receiver<Flow>,
) -> std::io::Result<()> {
    let (sender, mut chunks) = mpsc::channel::<(Instant, Vec<u8>)>(ON_THE_WAY);
    let times = flow.clone();
    let read = async move {
        loop {
            let mut chunk = Vec::with_capacity(64 << 10);
            if from.read_buf(&mut chunk).await? == 0 {
                return Ok(());
            }
            let delay = match *times.borrow() {
                Flow::Slowed(delay) => delay,
                Flow::Open | Flow::Cut | Flow::Stalled => Duration::ZERO,
            };
            if sender.send((Instant::now() + delay, chunk)).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async {
        while let Some((due, chunk)) = chunks.recv().await {
            tokio::time::sleep_until(due).await;
            if flow.wait_for(|flow| *flow != Flow::Stalled).await.is_err() {
                break;
            }
            to.write_all(&chunk).await?;
        }
        Ok(())
    };
    tokio::try_join!(read, write).map(drop)
}
