//! The command line: one file a subcommand, and the exit codes they share.

mod bench;
mod check;
mod config;
mod decode;
mod demo;
mod encode;
mod files;
mod json;
mod language;
mod registry;
mod run;
mod signal;

use std::fmt;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// JSON in, schema-validated Avro out, and back: a SerDe sidecar for Kafka that knows registry contexts.
#[derive(Debug, Parser)]
#[command(name = "serdecar", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job on an embedded broker and an embedded registry.
    Demo(demo::Args),
    /// Run the pipelines of a config.
    Run(run::Args),
    /// Report everything that is wrong with a config.
    Check(check::Args),
    /// Encode NDJSON into an Avro Object Container File, or check it against a JSON Schema.
    Encode(encode::Args),
    /// Decode an Avro Object Container File into NDJSON.
    Decode(decode::Args),
    /// Measure what this machine does with your own records.
    Bench(bench::Args),
    /// Run a Schema Registry with contexts.
    Registry(registry::Args),
    /// Print completions for a shell.
    #[command(after_help = "Example:\n  serdecar completions bash > /etc/bash_completion.d/serdecar")]
    Completions {
        /// The shell to complete in.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    #[command(after_help = "Example:\n  serdecar man | man -l -")]
    Man,
}

/// How a command ends, as an exit code (those of `sysexits.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    /// The command line or the config is wrong.
    Usage = 64,
    /// Data or a schema was refused.
    Data = 65,
    /// An input can't be opened.
    NoInput = 66,
    /// A peer can't be reached.
    Unavailable = 69,
    /// Anything else.
    Software = 70,
    /// A write failed.
    Io = 74,
}

/// Why a command failed, and with which code it ends.
#[derive(Debug)]
struct Failure {
    exit: Exit,
    /// `None` where everything was said already.
    error: Option<anyhow::Error>,
}

type Outcome = Result<(), Failure>;

impl Failure {
    fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: Some(error.into()) }
    }

    fn message(exit: Exit, message: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self::new(exit, anyhow::Error::msg(message))
    }

    /// What was wrong stands on stderr already.
    fn told(exit: Exit) -> Self {
        Self { exit, error: None }
    }
}

/// Parses the command line, runs the command and gives the code to exit with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; whether they could be printed changes nothing.
            drop(error.print());
            return if error.use_stderr() { ExitCode::from(Exit::Usage as u8) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { exit, error }) => {
            if let Some(error) = error {
                eprintln!("serdecar: {}", causes(&error));
            }
            ExitCode::from(exit as u8)
        }
    }
}

/// An error and its causes in one line. Some errors tell their cause themselves; it is not told twice.
fn causes(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |told, cause| {
        let cause = cause.to_string();
        if told.contains(&cause) { told } else { format!("{told}: {cause}") }
    })
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Registry(args) => registry::run(&args),
        Command::Encode(args) => encode::run(&args),
        Command::Decode(args) => decode::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "serdecar", &mut script);
            files::print(&script)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(|e| Failure::new(Exit::Software, e))?;
            files::print(&page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cause_is_told_twice() {
        let error = anyhow::anyhow!("no such file").context("can't read x: no such file").context("can't start");
        assert_eq!(causes(&error), "can't start: can't read x: no such file");
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
