//! `serdecar check`: every fault of a config at once.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::config::load;
use super::{Exit, Failure, Outcome, files};
use crate::config::{self, Config};
use crate::disposition::Disposition;
use crate::pipeline;
use crate::registry::{CachedSchema, Client, Location, RegistryError};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Faults go to stderr as FILE:LINE:COLUMN: /pointer: message, one a line, and the exit code is 64.\n\n\
    Examples:\n  serdecar check --config serdecar.yaml\n  serdecar check --print-schema > serdecar.schema.json"
)]
pub(super) struct Args {
    /// The config to check.
    #[arg(long, value_name = "FILE", required_unless_present = "print_schema")]
    config: Option<PathBuf>,
    /// Also ask the registry for every schema that the config names.
    #[arg(long)]
    online: bool,
    /// Print the config's JSON Schema instead.
    #[arg(long)]
    print_schema: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    if args.print_schema {
        let mut text = serde_json::to_vec_pretty(&config::schema()).map_err(|e| Failure::new(Exit::Software, e))?;
        text.push(b'\n');
        return files::print(&text);
    }
    let Some(path) = &args.config else {
        return Err(Failure::message(Exit::Usage, "--config is missing"));
    };
    let config = load(path)?;
    if args.online {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::new(Exit::Software, error))?;
        runtime.block_on(ask_registry(&config))?;
    }
    let names: Vec<_> = config.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
    let summary = match names.len() {
        0 => "no pipelines".to_owned(),
        1 => format!("1 pipeline ({})", names.join("")),
        count => format!("{count} pipelines ({})", names.join(", ")),
    };
    files::print(format!("ok: {summary}\n").as_bytes())
}

/// Fetches and compiles every schema that the config names; prints what is wrong with each.
async fn ask_registry(config: &Config) -> Outcome {
    if config.registry.location == Location::Embedded {
        // It starts empty with `run`, so there is nobody to ask.
        return Ok(());
    }
    let client = Client::new(&config.registry).map_err(|error| Failure::new(Exit::Usage, error))?;
    let subjects: BTreeSet<_> = config.pipelines.iter().flat_map(pipeline::Config::subjects).collect();
    let mut worst = None;
    for (subject, version) in subjects {
        let schema = client.by_version(&subject, version).await.and_then(CachedSchema::compile);
        if let Err(error) = schema.and_then(|schema| schema.check_writable()) {
            eprintln!("{subject}, version {version}: {error}");
            worst = worst.max(Some(exit(&error)));
        }
    }
    worst.map_or(Ok(()), |exit| Err(Failure::told(exit)))
}

/// What the registry has but can't be used, or definitely does not have, is not the same as no answer.
fn exit(error: &RegistryError) -> Exit {
    match error {
        RegistryError::NotFound(_) | RegistryError::ReferenceMissing { .. } => Exit::Data,
        other if other.disposition() == Disposition::Reject => Exit::Data,
        _ => Exit::Unavailable,
    }
}
