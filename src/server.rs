//! A Schema Registry with contexts: the HTTP API that the clients of Confluent's and Redpanda's registries speak.
//!
//! The API is [Confluent's](https://docs.confluent.io/platform/current/schema-registry/develop/api.html); contexts behave
//! as in [Redpanda's](https://docs.redpanda.com/current/manage/schema-reg/schema-reg-contexts/) where the two differ:
//! every context counts its own ids from 1, `:.context:subject` names a subject of a context, and
//! `/contexts/{context}/…` as a base URL makes any client work in one.
//!
//! Two departures from Confluent's registry follow from that: an unqualified subject is not searched for in other
//! contexts (id lookup aside), and the reference `:.:subject` reaches the default context from everywhere.
//!
//! Not here yet: compatibility checks, changing mode and compatibility level, import mode, canonical text of Protobuf
//! schemas, and stores other than memory.
//!
//! ```no_run
//! use serdecar::schema::QualifiedNames;
//! use serdecar::server::{Registry, Submission, run};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let registry = Registry::new(QualifiedNames::On);
//! registry.register(":.staging:orders-value", Submission::avro(r#""string""#))?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
//! run(listener, registry, async { drop(tokio::signal::ctrl_c().await) }).await?;
//! # Ok(())
//! # }
//! ```

mod base_url;
mod config;
mod definition;
mod deletion;
mod error;
mod listener;
mod lookup;
mod media;
mod names;
mod references;
mod registration;
mod request;
mod routes;
mod store;
mod stored_text;

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

pub use config::{Config, RawConfig, StoreError, StoreKind};
pub use definition::{Definition, Guid, GuidError, Metadata, Rule, RuleError, RuleKind, RuleMode, RuleSet};
pub use error::Error;
pub use lookup::Registered;
pub use registration::Submission;
pub use store::Schema;

use crate::schema::QualifiedNames;
use store::Store;

/// How long a request may take, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may be silent. Longer than any request takes, so that it ends only connections at rest.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long requests that are under way may take to finish once the server is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The state of a registry. Cheap to clone; all clones are the same registry.
#[derive(Debug, Clone)]
pub struct Registry {
    names: QualifiedNames,
    store: Arc<RwLock<Store>>,
}

impl Registry {
    /// An empty registry in memory.
    pub fn new(names: QualifiedNames) -> Self {
        Self { names, store: Arc::new(RwLock::new(Store::new())) }
    }

    /// Readers share the lock and hold it for lookups alone.
    ///
    /// A poisoned lock is used on: changes fail before the first step or not at all, so a panic leaves nothing half done.
    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the server stopped although nobody told it to.
#[derive(Debug, thiserror::Error)]
#[error("the schema registry stopped: {0}")]
pub struct ServeError(#[from] std::io::Error);

/// Serves a registry until `shutdown` completes, then answers what is under way and returns.
///
/// The caller owns the socket and the stop signal.
pub async fn run(
    listener: TcpListener,
    registry: Registry,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let stopped = Arc::new(Notify::new());
    let stop = {
        let stopped = Arc::clone(&stopped);
        async move {
            shutdown.await;
            stopped.notify_one();
        }
    };
    let listener = listener::Listener::new(listener, IDLE_TIMEOUT);
    let serve = axum::serve(listener, routes::service(registry)).with_graceful_shutdown(stop).into_future();
    let deadline = async {
        stopped.notified().await;
        tokio::time::sleep(DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        served = serve => Ok(served?),
        () = deadline => {
            tracing::warn!("some requests to the schema registry did not finish in time");
            Ok(())
        }
    }
}
