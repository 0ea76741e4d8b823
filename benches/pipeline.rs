//! What moving records through serdecar costs on a real broker, beside programs that do the same or less.
//!
//! `make bench-pipeline`; every contestant is a process of its own, and only the table is printed. See
//! `docs/BENCHMARKS.md`.

#![expect(clippy::cast_precision_loss, reason = "figures that people read have few digits")]

mod pipeline {
    pub(crate) mod contestants;
    pub(crate) mod floor;
    pub(crate) mod ground;
    pub(crate) mod measure;
    pub(crate) mod orders;
    pub(crate) mod report;
}

/// The broker and the registry of the tests.
#[path = "../tests/end_to_end"]
#[expect(dead_code, unused_imports, reason = "the bench needs a part of it")]
mod end_to_end {
    pub(crate) mod support;
}

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use pipeline::contestants::Contestant;
use pipeline::floor;
use pipeline::ground::Ground;
use pipeline::report::Report;

/// Moves generated orders through serdecar and its peers, and prints what each costs.
#[derive(Debug, Parser)]
struct Cli {
    /// How many orders each run moves.
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// How often each contestant runs; figures are medians.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// The program that plays the peers (`benches/peers`); without it they are left out.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Only these contestants.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "CONTESTANT,…")]
    only: Vec<Contestant>,
    /// What `cargo bench` says, and `cargo test` does not.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

/// The parts that this program plays itself.
#[derive(Debug, Subcommand)]
#[command(hide = true)]
enum Part {
    Floor(floor::Route),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.part {
        Some(Part::Floor(route)) => match floor::run(&route)? {},
        None if cli.bench => race(&cli),
        // As a test it would take minutes and prove nothing.
        None => Ok(()),
    }
}

fn race(cli: &Cli) -> anyhow::Result<()> {
    let chosen = if cli.only.is_empty() { Contestant::value_variants() } else { &cli.only };
    let contestants: Vec<_> = chosen.iter().copied().filter(|c| !c.is_peer() || cli.peers.is_some()).collect();
    let runs = contestants.len() as u64 * u64::from(1 + cli.rounds);
    // On a terminal alone.
    let progress = ProgressBar::new(runs);
    progress.set_style(ProgressStyle::with_template("{pos}/{len} {wide_msg}")?);

    progress.set_message("starting Kafka and filling its topics");
    let ground = Ground::prepare(cli.records, cli.peers.clone())?;
    let mut report = Report::new(cli.records, ground.avro_bytes());
    for &contestant in &contestants {
        progress.set_message(format!("start of {}", contestant.title()));
        report.note_start(contestant, ground.start_cost(contestant)?);
        progress.inc(1);
    }
    for _ in 0..cli.rounds {
        for &contestant in &contestants {
            progress.set_message(contestant.title());
            report.note_run(contestant, ground.run(contestant)?);
            progress.inc(1);
        }
    }
    progress.finish_and_clear();
    println!("{report}");
    Ok(())
}
