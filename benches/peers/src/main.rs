//! The pipeline bench's peers: each moves records from one topic to another, at least once, until it is killed.

mod copy;
mod order;
mod tree;

use clap::{Parser, Subcommand};

use copy::{Clients, Route};

/// Moves records from one topic to another.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Pass records on unchanged, with the library's default settings.
    Copy(Route),
    /// Turn JSON into Avro through a struct.
    Structs(Typed),
    /// Turn JSON into Avro through `serde_json::Value`.
    Values(Typed),
}

#[derive(Debug, clap::Args)]
struct Typed {
    #[command(flatten)]
    route: Route,
    /// The schema registry's URL.
    #[arg(long)]
    registry: String,
    /// The subject whose latest version records are written in.
    #[arg(long)]
    subject: String,
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().job {
        Job::Copy(route) => copy::run(&route, Clients::Default, |value| Ok(value.into())),
        Job::Structs(Typed { route, registry, subject }) => {
            let encoder = order::Encoder::new(registry, subject);
            copy::run(&route, Clients::Tuned, |value| encoder.encode(value))
        }
        Job::Values(Typed { route, registry, subject }) => {
            let encoder = tree::Encoder::new(registry, subject)?;
            copy::run(&route, Clients::Tuned, |value| encoder.encode(value))
        }
    }
}
