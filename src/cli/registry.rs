//! `serdecar registry`: a Schema Registry server with contexts.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;

use super::signal::stop_signal;
use super::{Exit, Failure, Outcome};
use crate::server::{self, OpenError, Registry};
use crate::settings::Faults;
use crate::telemetry;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  serdecar registry --store file:schemas.redb\n  \
    serdecar registry --config serdecar.yaml --listen 127.0.0.1:8081\n  curl http://127.0.0.1:8081/contexts")]
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
}

pub(super) fn run(args: &Args) -> Outcome {
    let (mut config, log) = match &args.config {
        Some(path) => {
            let config = super::config::load(path)?;
            (config.server, config.log)
        }
        None => (flags_alone()?, telemetry::Config::default()),
    };
    if let Some(store) = &args.store {
        config.store = store.parse().map_err(|error: server::StoreError| {
            Failure::new(Exit::Usage, anyhow::Error::from(error).context("--store"))
        })?;
    }
    config.listen = args.listen.unwrap_or(config.listen);
    telemetry::install(log).map_err(|error| Failure::new(Exit::Software, error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Software, error))?;
    runtime.block_on(serve(config))
}

fn flags_alone() -> Result<server::Config, Failure> {
    let mut faults = Faults::default();
    let defaults = server::RawConfig::default().validate("/server", &mut faults);
    defaults.ok_or_else(|| Failure::message(Exit::Software, "the server's defaults are not valid"))
}

fn open(config: &server::Config) -> Result<Registry, Failure> {
    Registry::open(&config.store, config.names).map_err(|error| Failure::new(refusal(&error), error))
}

/// The exit code for a store that can't be opened.
pub(super) fn refusal(error: &OpenError) -> Exit {
    match error {
        OpenError::InUse(_) | OpenError::Io { .. } => Exit::NoInput,
        OpenError::NotAStore { .. } | OpenError::Damaged { .. } | OpenError::Newer { .. } => Exit::Data,
    }
}

async fn serve(config: server::Config) -> Outcome {
    let stop = stop_signal().map_err(|error| Failure::new(Exit::Software, error))?;
    // Whoever can connect finds everything loaded.
    let registry = open(&config)?;
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("can't listen on {}", config.listen))
        .map_err(|error| Failure::new(Exit::Unavailable, error))?;
    let address = listener.local_addr().map_err(|error| Failure::new(Exit::Software, error))?;
    // Whoever starts it with port 0 learns here where it is.
    tracing::info!(%address, "the schema registry listens");
    server::run(listener, registry, stop).await.map_err(|error| Failure::new(Exit::Software, error))
}
