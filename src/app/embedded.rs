//! The embedded registry: the server, in this process, on its usual address.

use std::net::SocketAddr;

use reqwest::Url;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{AppError, listen};
use crate::server::{self, Registry};

/// A registry that runs beside the pipelines.
#[derive(Debug)]
pub(super) struct EmbeddedRegistry {
    registry: Registry,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl EmbeddedRegistry {
    pub(super) async fn start(config: &server::Config) -> Result<Self, AppError> {
        let listener = listen(config.listen).await?;
        let address = listener.local_addr().map_err(|source| AppError::Listen { address: config.listen, source })?;
        let registry = Registry::open(&config.store, config.names)?;
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(server::run(listener, registry.clone(), async {
            // The sender is dropped or used; either way it is over.
            drop(stopped.await);
        }));
        tracing::info!(%address, "the embedded schema registry listens");
        Ok(Self { registry, address, stop, server })
    }

    /// Its base URL.
    pub(super) fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.address)).expect("an IP address and a port make a URL")
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.server.await {
            tracing::error!("the embedded schema registry: {error}");
        }
    }
}
