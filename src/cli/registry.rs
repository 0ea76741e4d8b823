//! `serdecar registry`: a Schema Registry server with contexts.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

use super::signal::stop_signal;
use super::{Exit, Failure, Outcome};
use crate::readiness::Readiness;
use crate::schema::QualifiedNames;
use crate::server::{self, OpenError, Registry};
use crate::settings::Faults;
use crate::{admin, listener, metrics, telemetry};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  serdecar registry --store file:schemas.redb\n  \
    serdecar registry --config serdecar.yaml --listen 127.0.0.1:8081\n  curl http://127.0.0.1:8081/contexts\n\n\
    SIGHUP reloads server.qualified_subjects from the config.")]
pub(super) struct Args {
    /// A config, whose server: section counts; flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on; port 0 takes a free one. Default: 127.0.0.1:8081.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where schemas are kept: memory, which forgets them on exit, or `file:PATH`. Default: memory.
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// The address for /livez, /readyz and /metrics. Default: none, or the config's `admin.listen`.
    #[arg(long, value_name = "ADDR")]
    admin: Option<SocketAddr>,
    /// Log each request.
    #[arg(long)]
    access_log: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (mut config, admin, log) = match &args.config {
        Some(path) => {
            let config = super::config::load(path)?;
            (config.server, Some(config.admin.listen), config.log)
        }
        None => (flags_alone()?, None, telemetry::Config::default()),
    };
    if let Some(store) = &args.store {
        config.store = store.parse().map_err(|error: server::StoreError| {
            Failure::new(Exit::Usage, anyhow::Error::from(error).context("--store"))
        })?;
    }
    config.listen = args.listen.unwrap_or(config.listen);
    let log = telemetry::Config { access: log.access || args.access_log, ..log };
    telemetry::install(log).map_err(|error| Failure::new(Exit::Software, error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Software, error))?;
    runtime.block_on(serve(args, config, admin))
}

fn flags_alone() -> Result<server::Config, Failure> {
    let mut faults = Faults::default();
    let defaults = server::RawConfig::default().validate("/server", &mut faults);
    defaults.ok_or_else(|| Failure::message(Exit::Software, "the server's defaults are not valid"))
}

/// The exit code for a store that can't be opened.
pub(super) fn refusal(error: &OpenError) -> Exit {
    match error {
        OpenError::InUse(_) | OpenError::Io { .. } => Exit::NoInput,
        OpenError::NotAStore { .. } | OpenError::Damaged { .. } | OpenError::Newer { .. } => Exit::Data,
    }
}

async fn serve(args: &Args, config: server::Config, admin: Option<SocketAddr>) -> Outcome {
    let hangups = signal(SignalKind::hangup()).map_err(|error| Failure::new(Exit::Software, error))?;
    let stop = stop_signal().map_err(|error| Failure::new(Exit::Software, error))?;
    let readiness = Readiness::new();
    let loaded = readiness.condition("registry");
    let admin = match (args.admin, admin) {
        (Some(address), _) => Some(observe(address, readiness).await?),
        // Two registries of one machine may have configs that say nothing of it; neither is worth less for that.
        (None, Some(address)) => match observe(address, readiness).await {
            Ok(admin) => Some(admin),
            Err(failure) => {
                tracing::warn!(error = reason(&failure), "health and metrics are not served");
                None
            }
        },
        (None, None) => None,
    };
    // Whoever can connect finds everything loaded.
    let registry = open(&config).await?;
    let listener = listen(config.listen).await?;
    let address = listener.local_addr().map_err(|error| Failure::new(Exit::Software, error))?;
    // Whoever starts it with port 0 learns here where it is.
    tracing::info!(%address, "the schema registry listens");
    loaded.ready();
    let reload = tokio::spawn(reload(hangups, args.config.clone(), registry.clone()));
    server::run(listener, registry.clone(), stop).await;
    registry.close();
    reload.abort();
    if let Some(admin) = admin {
        admin.abort();
    }
    Ok(())
}

/// Serves health and metrics until it is aborted.
async fn observe(address: SocketAddr, readiness: Readiness) -> Result<JoinHandle<()>, Failure> {
    let listener = listen(address).await?;
    tracing::info!(address = ?listener.local_addr().ok(), "health and metrics are served");
    let tables = &[admin::METRICS, server::METRICS, listener::METRICS];
    let exporter = metrics::install(tables).map_err(|error| Failure::new(Exit::Software, error))?;
    Ok(tokio::spawn(admin::run(listener, admin::State { readiness, exporter }, std::future::pending())))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("can't listen on {address}"));
    listener.map_err(|error| Failure::new(Exit::Unavailable, error))
}

/// Loads the registry on a thread that may block.
async fn open(config: &server::Config) -> Result<Registry, Failure> {
    let server::Config { store, names, .. } = config.clone();
    let opened = tokio::task::spawn_blocking(move || Registry::open(&store, names)).await;
    let opened = opened.map_err(|error| Failure::new(Exit::Software, error))?;
    opened.map_err(|error| Failure::new(refusal(&error), error))
}

fn reason(failure: &Failure) -> String {
    failure.error.as_ref().map_or_else(|| "it has faults".to_owned(), super::causes)
}

/// Takes over from the config, at each SIGHUP, what may change while the registry runs.
async fn reload(mut hangups: Signal, config: Option<PathBuf>, registry: Registry) {
    while hangups.recv().await.is_some() {
        let Some(path) = &config else {
            tracing::warn!("there is nothing to reload: the registry was started without --config");
            continue;
        };
        match super::config::load(path) {
            Ok(config) => {
                registry.set_names(config.server.names);
                tracing::info!(
                    qualified_subjects = config.server.names == QualifiedNames::On,
                    "the config is reloaded"
                );
            }
            Err(failure) => {
                tracing::error!(error = reason(&failure), "the config is not reloaded");
            }
        }
    }
}
