//! `serdecar run`: the pipelines of a config, and its gateway.

use std::path::PathBuf;

use super::signal::stop_signal;
use super::{Exit, Failure, Outcome};
use crate::app::{App, AppError};
use crate::config::Config;
use crate::gateway::StartError;
use crate::pipeline::{Ended, WorkerError};
use crate::telemetry;

#[derive(Debug, clap::Args)]
#[command(after_help = "SIGTERM or SIGINT drains what was read, commits it and exits with 0.\n\n\
    Example:\n  serdecar run --config serdecar.yaml")]
pub(super) struct Args {
    /// The config: where Kafka and the registry are, the pipelines and the gateway.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    let config = super::config::load(&args.config)?;
    if config.pipelines.is_empty() && config.gateway.is_none() {
        let message = format!("{}: there is nothing to run: it has no pipelines and no gateway", args.config.display());
        return Err(Failure::message(Exit::Usage, message));
    }
    telemetry::install(config.log).map_err(|error| Failure::new(Exit::Software, error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Software, error))?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Outcome {
    let stop = stop_signal().map_err(|error| Failure::new(Exit::Software, error))?;
    let app = App::prepare(config).await.map_err(failure)?;
    match app.run(stop).await.map_err(failure)? {
        Ended::Stopped => Ok(()),
        halted @ Ended::Halted(_) => Err(halt(&halted)),
    }
}

/// Every pipeline has come to its end, and one before a record that it could not write.
fn halt(ended: &Ended) -> Failure {
    match ended {
        Ended::Halted(halt) => Failure::message(Exit::Data, format!("no pipeline is left: {halt}")),
        Ended::Stopped => Failure::message(Exit::Data, "no pipeline is left"),
    }
}

fn failure(error: AppError) -> Failure {
    let exit = match &error {
        AppError::Listen { .. } | AppError::Gateway(StartError::Listen { .. }) => Exit::Unavailable,
        AppError::Pipeline { source, .. } => match source {
            WorkerError::FewerPartitions { .. } | WorkerError::Loop { .. } | WorkerError::Fenced { .. } => Exit::Usage,
            WorkerError::NoOffset(_) => Exit::Data,
            WorkerError::Kafka(_) | WorkerError::WrongPeer(_) | WorkerError::Failing(_) => Exit::Unavailable,
            WorkerError::Thread(_) | WorkerError::Panicked => Exit::Software,
        },
        AppError::Store(error) => super::registry::refusal(error),
        AppError::Metrics(_) | AppError::Broker(_) | AppError::Registry(_) | AppError::Gateway(_) => Exit::Software,
    };
    Failure::new(exit, error)
}
