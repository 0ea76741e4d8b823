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
//! All of it is served from memory; a store ([`StoreKind`]) makes every change durable before it shows.
//!
//! Not here yet: canonical text and compatibility of Protobuf schemas.
//!
//! ```no_run
//! use serdecar::schema::QualifiedNames;
//! use serdecar::server::{Registry, Submission, run};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let registry = Registry::new(QualifiedNames::On);
//! registry.register(":.staging:orders-value", Submission::avro(r#""string""#))?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
//! run(listener, registry, async { drop(tokio::signal::ctrl_c().await) }).await;
//! # Ok(())
//! # }
//! ```

mod alias;
mod backend;
mod base_url;
mod compatibility;
mod config;
mod definition;
mod deletion;
mod error;
mod formatted_text;
mod ledger;
mod log_record;
mod lookup;
mod measures;
mod media;
mod member;
mod names;
mod openapi;
mod parsed;
mod references;
mod registration;
mod request;
mod routes;
mod settings;
mod store;
mod stored_text;
mod tags;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLockReadGuard};
use std::time::Duration;

use tokio::net::TcpListener;

pub use backend::OpenError;
pub use config::{Config, RawConfig, StoreError, StoreKind};
pub use definition::{Definition, Metadata, Rule, RuleError, RuleKind, RuleMode, RuleSet, Schema};
pub use error::Error;
pub use lookup::Registered;
pub use measures::METRICS;
pub use registration::Submission;

use crate::listener::{self, Listener, Terms};
use crate::schema::QualifiedNames;
use backend::Backend;
use ledger::Ledger;
use store::{Change, Store};

/// How long a request may take, its body included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// What clients may do. Heads may be large: subjects may be long, and each of their characters nine times as long when it
/// is percent-encoded.
const TERMS: Terms = Terms {
    name: "registry",
    tls: None,
    max_head: 128 << 10,
    max_headers: 100,
    patience: Duration::from_secs(75),
    max_connections: 10_000,
    drain_within: Duration::from_secs(10),
    http2: false,
};

/// A registry. Cheap to clone; all clones are the same registry.
#[derive(Debug, Clone)]
pub struct Registry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    qualified_names: AtomicBool,
    ledger: Ledger,
}

impl Registry {
    /// An empty registry in memory.
    pub fn new(names: QualifiedNames) -> Self {
        Self::with(Backend::Memory, Store::new(), names)
    }

    /// The registry that the store holds. Reads all of it; blocks the thread for as long.
    pub fn open(store: &StoreKind, names: QualifiedNames) -> Result<Self, OpenError> {
        let (backend, store) = Backend::open(store)?;
        Ok(Self::with(backend, store, names))
    }

    /// Gives up the store, so that another registry can open it, although clones of this one may be about. It stores
    /// nothing more from then on.
    pub fn close(&self) {
        self.0.ledger.close();
    }

    fn with(backend: Backend, store: Store, names: QualifiedNames) -> Self {
        let qualified_names = AtomicBool::new(names == QualifiedNames::On);
        Self(Arc::new(Shared { qualified_names, ledger: Ledger::new(backend, store) }))
    }

    /// How names are read.
    pub fn names(&self) -> QualifiedNames {
        if self.0.qualified_names.load(Ordering::Relaxed) { QualifiedNames::On } else { QualifiedNames::Off }
    }

    /// Reads names in another way from now on. What is stored keeps its names; while they are literals, only the default
    /// context can be named.
    pub fn set_names(&self, names: QualifiedNames) {
        self.0.qualified_names.store(names == QualifiedNames::On, Ordering::Relaxed);
    }

    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.0.ledger.read()
    }

    fn change<T>(&self, decide: impl FnOnce(&Store) -> Result<(Vec<Change>, T), Error>) -> Result<T, Error> {
        self.0.ledger.change(decide)
    }
}

/// Serves a registry until `shutdown` completes, then answers what is under way and returns.
///
/// The caller owns the socket and the stop signal.
pub async fn run(listener: TcpListener, registry: Registry, shutdown: impl Future<Output = ()>) {
    listener::serve(Listener::Tcp(listener), routes::service(registry), TERMS, shutdown).await;
}
