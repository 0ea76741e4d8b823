//! Assembly: builds the parts that a config names, starts them, watches them, and drains them in order.
//!
//! Order of starting: recorder, embedded parts, schema cache, admin, gateway, pipelines. Order of stopping: gateway and
//! pipelines (intake, batches, flush, commit, leave the group), admin, embedded parts. Nothing here handles a record.

mod embedded;
mod error;
mod gateway;
mod reachability;
mod tokens;
mod watch;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use error::AppError;

use crate::config::Config;
use crate::metrics::Metric;
use crate::pipeline::{Ended, Pipeline};
use crate::readiness::Readiness;
use crate::registry::{Client, Location, SchemaCache, TokenSource};
use crate::{admin, kafka, listener, metrics, pipeline, registry, server};
use embedded::EmbeddedRegistry;
use gateway::RunningGateway;
use watch::Watched;

/// Everything that is measured, by module.
pub const METRICS: &[&[Metric]] = &[
    admin::METRICS,
    registry::METRICS,
    pipeline::METRICS,
    crate::gateway::METRICS,
    server::METRICS,
    listener::METRICS,
];

/// The parts that everything else needs, ready to run pipelines.
#[derive(Debug)]
pub struct App {
    config: Config,
    exporter: metrics::Exporter,
    broker: Option<kafka::EmbeddedBroker>,
    registry: Option<EmbeddedRegistry>,
    cache: SchemaCache,
}

impl App {
    /// Installs the recorder, starts the embedded parts that the config asks for, and makes the client of the registry.
    /// Must run on a runtime, and only once a process.
    pub async fn prepare(mut config: Config) -> Result<Self, AppError> {
        let exporter = metrics::install(METRICS)?;
        let broker = match config.kafka.bootstrap {
            kafka::Bootstrap::Embedded => {
                let broker = kafka::EmbeddedBroker::start()?;
                config.kafka = config.kafka.at(&broker.bootstrap_servers());
                Some(broker)
            }
            kafka::Bootstrap::Servers(_) => None,
        };
        let registry = match config.registry.location {
            Location::Embedded => {
                let registry = EmbeddedRegistry::start(&config.server).await?;
                config.registry = config.registry.at(registry.url());
                Some(registry)
            }
            Location::At(_) => None,
        };
        if config.kafka.asks_for_tokens() {
            let source = match config.kafka.oauth2.clone() {
                Some(settings) => Some(TokenSource::new(settings).map_err(registry::RegistryError::Token)?),
                None => config.registry.auth.tokens().cloned(),
            };
            if let Some(source) = source {
                let tokens = kafka::Tokens::default();
                tokio::spawn(tokens::supply(source, tokens.clone()));
                config.kafka = config.kafka.with_tokens(tokens);
            }
        }
        let client = Client::new(&config.registry)?;
        let cache = SchemaCache::new(client, &config.registry, Handle::current());
        Ok(Self { config, exporter, broker, registry, cache })
    }

    /// The config, with the addresses of the embedded parts filled in.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The embedded broker, if there is one.
    pub fn broker(&self) -> Option<&kafka::EmbeddedBroker> {
        self.broker.as_ref()
    }

    /// The embedded registry, if there is one.
    pub fn registry(&self) -> Option<&server::Registry> {
        self.registry.as_ref().map(EmbeddedRegistry::registry)
    }

    /// Runs gateway and pipelines until `shutdown` completes or, without a gateway, the last pipeline has come to its end;
    /// then drains everything.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<Ended, AppError> {
        let readiness = Readiness::new();
        let admin = Admin::start(self.config.admin, &readiness, self.exporter).await?;
        let needs_schemas = self.config.pipelines.iter().any(pipeline::Config::needs_schemas)
            || self.config.gateway.as_ref().is_some_and(crate::gateway::Config::needs_schemas);
        let reachability = needs_schemas.then(|| {
            let condition = readiness.condition("registry");
            tokio::spawn(reachability::watch(self.cache.clone(), condition))
        });
        let mut gateway = match self.config.gateway {
            None => None,
            Some(config) => Some(RunningGateway::start(config, &self.config.kafka, &self.cache, &readiness).await?),
        };
        let mut watched = Vec::with_capacity(self.config.pipelines.len());
        for config in self.config.pipelines {
            let condition = readiness.condition(format!("pipeline {}", config.name));
            let (name, cache) = (config.name.clone(), self.cache.clone());
            match Pipeline::start(config, &self.config.kafka, move || cache.local()) {
                Ok(pipeline) => watched.push(Watched::new(name, pipeline, condition)),
                Err(source) => {
                    // Those that run already are drained all the same.
                    let ended = watch::drain(watched).await;
                    drop(ended);
                    if let Some(gateway) = gateway {
                        gateway.stop().await;
                    }
                    return Err(AppError::Pipeline { name, source });
                }
            }
        }
        let goes_on = gateway.is_some();
        let shutdown = async {
            shutdown.await;
            if let Some(gateway) = &mut gateway {
                gateway.tell();
            }
        };
        let ended = watch::until_the_end(watched, goes_on, shutdown).await;
        if let Some(gateway) = gateway {
            gateway.stop().await;
        }
        if let Some(reachability) = reachability {
            reachability.abort();
        }
        admin.stop().await;
        if let Some(registry) = self.registry {
            registry.stop().await;
        }
        ended
    }
}

/// The running admin server.
struct Admin {
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Admin {
    async fn start(
        config: admin::Config,
        readiness: &Readiness,
        exporter: metrics::Exporter,
    ) -> Result<Self, AppError> {
        let listener = listen(config.listen).await?;
        tracing::info!(address = ?listener.local_addr().ok(), "health and metrics are served");
        let (stop, stopped) = oneshot::channel();
        let state = admin::State { readiness: readiness.clone(), exporter };
        let server = tokio::spawn(admin::run(listener, state, async {
            // The sender is dropped or used; either way it is over.
            drop(stopped.await);
        }));
        Ok(Self { stop, server })
    }

    async fn stop(self) {
        drop(self.stop);
        drop(self.server.await);
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(address).await.map_err(|source| AppError::Listen { address, source })
}
