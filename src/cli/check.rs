//! `serdecar check`: every fault of a config at once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::config::load;
use super::{Exit, Failure, Outcome, files};
use crate::codec::avro::{JsonOptions, ambiguities};
use crate::config::{self, Config};
use crate::disposition::Disposition;
use crate::registry::{CachedSchema, Client, Compiled, Location, RegistryError, Version};
use crate::schema::QualifiedSubject;
use crate::transform::{Step, Work};
use crate::{gateway, pipeline};

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
    let pipelines = match names.len() {
        0 => "no pipelines".to_owned(),
        1 => format!("1 pipeline ({})", names.join("")),
        count => format!("{count} pipelines ({})", names.join(", ")),
    };
    let gateway = config.gateway.as_ref().map(|gateway| format!(", a gateway ({})", gateway.listen));
    let summary = pipelines + &gateway.unwrap_or_default();
    files::print(format!("ok: {summary}\n").as_bytes())
}

/// Ambiguities that are printed of a schema.
const MAX_WARNINGS: usize = 10;

/// Fetches and compiles every schema that the config names; prints what is wrong with each, and warns of unions whose
/// branches JSON can't tell apart.
async fn ask_registry(config: &Config) -> Outcome {
    if config.registry.location == Location::Embedded {
        // It starts empty with `run`, so there is nobody to ask.
        return Ok(());
    }
    let client = Client::new(&config.registry).map_err(|error| Failure::new(Exit::Usage, error))?;
    // What is done with each version; the same is only done once.
    let mut subjects: BTreeMap<_, Vec<Work>> = BTreeMap::new();
    let named = |pipeline| pipeline::Config::subjects(pipeline).into_iter().chain(pipeline::Config::readers(pipeline));
    let of_gateway = config.gateway.iter().flat_map(gateway::Config::subjects);
    for (subject, version, part) in config.pipelines.iter().flat_map(named).chain(of_gateway) {
        let all = subjects.entry((subject, version)).or_default();
        let work = part.work();
        if !all.contains(&work) {
            all.push(work);
        }
    }
    let mut worst = None;
    for ((subject, version), all) in subjects {
        let mut refuse = |error: &RegistryError| {
            eprintln!("{subject}, version {version}: {error}");
            worst = worst.max(Some(exit(error)));
        };
        let schema = client.by_version(&subject, version).await.and_then(CachedSchema::compile);
        let schema = match schema {
            Ok(schema) => schema,
            Err(error) => {
                refuse(&error);
                continue;
            }
        };
        for work in all {
            match work.check(&schema) {
                Ok(()) if matches!(work.step, Step::Encode(..)) => warn(&subject, version, &schema, work.options),
                Ok(()) => {}
                Err(error) => refuse(&error),
            }
        }
    }
    worst.map_or(Ok(()), |exit| Err(Failure::told(exit)))
}

fn warn(subject: &QualifiedSubject, version: Version, schema: &CachedSchema, options: JsonOptions) {
    // Only Avro has unions that JSON can't tell apart.
    let Compiled::Avro(plan) = &schema.compiled else { return };
    let found = ambiguities(plan, options);
    for ambiguity in found.iter().take(MAX_WARNINGS) {
        eprintln!("warning: {subject}, version {version}: {ambiguity}");
    }
    if found.len() > MAX_WARNINGS {
        eprintln!("warning: {subject}, version {version}: and {} more like these", found.len() - MAX_WARNINGS);
    }
}

/// What the registry has but can't be used, or definitely does not have, is not the same as no answer.
fn exit(error: &RegistryError) -> Exit {
    match error {
        RegistryError::NotFound(_) | RegistryError::ReferenceMissing { .. } => Exit::Data,
        other if other.disposition() == Disposition::Reject => Exit::Data,
        _ => Exit::Unavailable,
    }
}
