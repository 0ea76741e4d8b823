//! `serdecar registry`: a Schema Registry server with contexts.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, anyhow};

use super::{Exit, Failure, Outcome, signal};
use crate::server;
use crate::settings::Faults;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  serdecar registry --listen 127.0.0.1:8081\n  serdecar registry --config serdecar.yaml\n  \
    curl http://127.0.0.1:8081/contexts")]
pub(super) struct Args {
    /// A config, whose `server:` section counts; flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on; port 0 takes a free one. Default: 127.0.0.1:8081.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where schemas are kept: memory. (file:PATH and kafka:BOOTSTRAP are not available yet.)
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
}
