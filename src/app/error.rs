//! Why the process can't run.

use std::io;
use std::net::SocketAddr;

use crate::pipeline::WorkerError;
use crate::registry::RegistryError;
use crate::{gateway, kafka, metrics, server};

/// Why the process can't run.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Somebody else has the address, or it is not ours.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The recorder stands already.
    #[error(transparent)]
    Metrics(#[from] metrics::MetricsError),
    /// The embedded broker can't be started.
    #[error("the embedded broker: {0}")]
    Broker(#[from] kafka::Error),
    /// The store of the embedded registry can't be opened.
    #[error(transparent)]
    Store(#[from] server::OpenError),
    /// The client of the registry can't be made.
    #[error("the registry: {0}")]
    Registry(#[from] RegistryError),
    /// The gateway can't serve.
    #[error("the gateway: {0}")]
    Gateway(#[from] gateway::StartError),
    /// A pipeline can't go on.
    #[error("pipeline {name}: {source}")]
    Pipeline {
        /// Its name.
        name: String,
        /// Why.
        source: WorkerError,
    },
}
