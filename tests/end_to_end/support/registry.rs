//! Our schema registry inside the test process, for clients of every kind.

use std::net::SocketAddr;
use std::thread::{self, JoinHandle};

use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, run};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

/// An empty registry on a port of its own, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct SchemaRegistry {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl SchemaRegistry {
    pub(crate) fn start() -> Self {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let server = thread::spawn(move || {
            let serve = run(listener, Registry::new(QualifiedNames::On), async { drop(stopped.await) });
            runtime.block_on(serve).expect("the registry ends in good order");
        });
        Self { address, stop: Some(stop), server: Some(server) }
    }

    /// The base URL of the default context.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for SchemaRegistry {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.server.take().map(JoinHandle::join);
        assert!(thread::panicking() || !matches!(ended, Some(Err(_))), "the registry panicked");
    }
}
