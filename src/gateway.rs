//! Topics over HTTP: records are validated, serialized and produced, or consumed, deserialized and returned.
//!
//! Every request finds the route of its topic in the config; what is not there is answered as if it did not exist.
//! Whatever is refused is answered with a problem (RFC 9457), which says what to do about it and never reaches a log.
//!
//! A request holds no more than its body and what is made of it, and all of them together no more than the config allows.
//! What a client says is on the way is on the way: an answer that a record is written is given when the brokers said so.

mod authentication;
pub mod config;
mod consume;
mod cors;
mod deliveries;
mod head;
mod measures;
mod openapi;
mod problem;
mod produce;
mod producers;
mod rate;
mod room;
mod route;
mod router;
mod state;
mod topic;
mod whole;

pub use config::{Config, RawConfig};
pub use measures::METRICS;

use std::io;
use std::time::Duration;

use crate::kafka;
use crate::listener::{self, Listener, Terms};
use crate::readiness::Readiness;
use crate::registry::SchemaCache;
use state::State;

/// Why the gateway can't serve.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is somebody else's, or not ours.
    #[error("can't listen on {address}: {source}")]
    Listen {
        /// Where it was to listen.
        address: listener::Address,
        /// What the system said.
        source: io::Error,
    },
    /// A producer can't be made.
    #[error("kafka: {0}")]
    Kafka(#[from] kafka::Error),
    /// A thread can't be started.
    #[error("can't start a thread: {0}")]
    Thread(io::Error),
}

/// A gateway that listens, and serves once it is [run](Gateway::run).
#[derive(Debug)]
pub struct Gateway {
    listener: Listener,
    state: State,
}

/// How large the head of a request may be, in bytes.
const MAX_HEAD: usize = 32 << 10;

/// How many headers a request may have.
const MAX_HEADERS: usize = 100;

/// How long a connection may be silent.
const PATIENCE: Duration = Duration::from_secs(75);

impl Gateway {
    /// Listens, and makes the clients. `readiness` learns from then on whether Kafka can be reached.
    pub async fn start(
        config: Config,
        kafka: kafka::Config,
        cache: SchemaCache,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let address = config.listen.clone();
        let listen = |source| StartError::Listen { address: address.clone(), source };
        let listener = address.bind().await.map_err(listen)?;
        let found = listener.address().map_err(listen)?;
        let in_the_clear = config.takes_secrets_in_the_clear();
        let state = State::new(config, kafka, cache, readiness)?;
        tracing::info!(address = %found, "the gateway listens");
        if in_the_clear {
            tracing::warn!(
                "passwords and tokens come without TLS: let a proxy before the gateway have it, or set gateway.tls"
            );
        }
        Ok(Self { listener, state })
    }

    /// Serves until `stop` completes, then answers what is under way, delivers what was taken, and returns.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { listener, state } = self;
        let terms = Terms {
            name: "gateway",
            tls: state.config().tls.clone(),
            max_head: MAX_HEAD,
            max_headers: MAX_HEADERS,
            patience: PATIENCE,
            max_connections: state.config().max_connections,
            drain_within: state.config().shutdown_deadline,
            http2: true,
        };
        let stop = async {
            stop.await;
            state.stop();
        };
        listener::serve(listener, router::service(&state), terms, stop).await;
        state.drain().await;
    }
}

#[cfg(test)]
mod tests;
