//! `serdecar check`: every fault of a config at once.

use std::path::PathBuf;

use super::config::load;
use super::{Exit, Failure, Outcome, files};
use crate::config;

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
    let names: Vec<_> = config.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
    let summary = match names.len() {
        0 => "no pipelines".to_owned(),
        1 => format!("1 pipeline ({})", names.join("")),
        count => format!("{count} pipelines ({})", names.join(", ")),
    };
    files::print(format!("ok: {summary}\n").as_bytes())
}
