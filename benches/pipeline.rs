//! What moving records through serdecar costs on a real broker, beside programs that do the same or less.
//!
//! `make bench-pipeline`; every contestant is a process of its own, and only the table is printed. See
//! `docs/BENCHMARKS.md`.

#![expect(clippy::cast_precision_loss, reason = "figures that people read have few digits")]

mod pipeline {
    pub(crate) mod contestants;
    pub(crate) mod floor;
    pub(crate) mod gateway;
    pub(crate) mod ground;
    pub(crate) mod latency;
    pub(crate) mod measure;
    pub(crate) mod orders;
    pub(crate) mod report;
    pub(crate) mod rest;
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
use pipeline::gateway::bare;
use pipeline::ground::{Ground, PARTITIONS, Setting};
use pipeline::report::{Report, median};

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
    /// How many partitions each topic has.
    #[arg(long, default_value_t = PARTITIONS)]
    partitions: i32,
    /// How many processes of a contestant share the work.
    #[arg(long, default_value_t = 1)]
    processes: usize,
    /// What is measured.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "table,latency,rest", value_name = "MEASURE,…")]
    measure: Vec<Measure>,
    /// Only these contestants in the table.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "CONTESTANT,…")]
    only: Vec<Contestant>,
    /// What `cargo bench` says, and `cargo test` does not.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

/// What there is to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    /// What moving all records costs each contestant.
    Table,
    /// How long a record takes at 1,000 a second.
    Latency,
    /// Memory and CPU without records, and the time to the first one.
    Rest,
    /// What posting orders to the gateway costs, one by one.
    Requests,
    /// What posting all records to the gateway as one stream costs.
    Lines,
}

/// The parts that this program plays itself.
#[derive(Debug, Subcommand)]
#[command(hide = true)]
enum Part {
    Floor(floor::Route),
    Bare(bare::Place),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.part {
        Some(Part::Floor(route)) => match floor::run(&route)? {},
        Some(Part::Bare(place)) => match bare::run(&place)? {},
        None if cli.bench => race(&cli),
        // As a test it would take minutes and prove nothing.
        None => Ok(()),
    }
}

fn race(cli: &Cli) -> anyhow::Result<()> {
    let Cli { records, partitions, processes, .. } = *cli;
    let ground = Ground::prepare(Setting { records, partitions, processes, peers: cli.peers.clone() })?;
    for measure in &cli.measure {
        match measure {
            Measure::Table => table(cli, &ground)?,
            Measure::Latency => latency(cli, &ground)?,
            Measure::Rest => rest(cli, &ground)?,
            Measure::Requests => requests(&ground)?,
            Measure::Lines => lines(cli, &ground)?,
        }
    }
    Ok(())
}

fn table(cli: &Cli, ground: &Ground) -> anyhow::Result<()> {
    let chosen = if cli.only.is_empty() { Contestant::value_variants() } else { &cli.only };
    let contestants: Vec<_> = chosen.iter().copied().filter(|c| !c.is_peer() || cli.peers.is_some()).collect();
    let runs = contestants.len() as u64 * u64::from(1 + cli.rounds);
    // On a terminal alone.
    let progress = ProgressBar::new(runs);
    progress.set_style(ProgressStyle::with_template("{pos}/{len} {wide_msg}")?);

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
    println!("{report}\n");
    Ok(())
}

/// How often each contestant's latency is taken; figures are medians.
const LATENCY_ROUNDS: usize = 5;

fn latency(cli: &Cli, ground: &Ground) -> anyhow::Result<()> {
    let contestants: Vec<_> = [None, Some(Contestant::Copy), Some(Contestant::Serdecar)]
        .into_iter()
        .filter(|c| c.is_none_or(|c| !c.is_peer() || cli.peers.is_some()))
        .collect();
    let mut taken = vec![Vec::new(); contestants.len()];
    for _ in 0..LATENCY_ROUNDS {
        for (contestant, rounds) in contestants.iter().zip(&mut taken) {
            let latencies = ground.latencies(*contestant)?;
            rounds.push([0.5, 0.99].map(|part| latencies.at(part).as_secs_f64() * 1e3));
        }
    }
    println!("| at 1,000 records a second | median ms | slowest percent ms |\n|---|--:|--:|");
    for (contestant, rounds) in contestants.iter().zip(&taken) {
        let of = |index: usize| median(rounds.iter().map(|round| round[index])).unwrap_or(f64::NAN);
        let title = contestant.map_or("nobody in between", Contestant::title);
        println!("| {title} | {:.1} | {:.1} |", of(0), of(1));
    }
    println!();
    Ok(())
}

fn rest(cli: &Cli, ground: &Ground) -> anyhow::Result<()> {
    println!("| without records | resident MB | CPU of a core |\n|---|--:|--:|");
    for pipelines in [1, 100] {
        let found = ground.rest(pipelines)?;
        println!("| {pipelines} pipelines | {:.0} | {:.1} % |", found.memory as f64 / 1e6, found.cpu * 100.0);
    }
    let starts = (0..cli.rounds).map(|_| Ok(ground.first_record(Contestant::Serdecar)?.as_secs_f64() * 1e3));
    let starts = starts.collect::<anyhow::Result<Vec<_>>>()?;
    println!(
        "\nFrom the start of the process to its first record: {:.0} ms",
        median(starts.into_iter()).unwrap_or(f64::NAN)
    );
    Ok(())
}

fn requests(ground: &Ground) -> anyhow::Result<()> {
    for requests in ground.requests()? {
        println!("{requests}\n");
    }
    Ok(())
}

fn lines(cli: &Cli, ground: &Ground) -> anyhow::Result<()> {
    let others = [Contestant::Floor, Contestant::Copy];
    let others: Vec<_> = others.into_iter().filter(|c| !c.is_peer() || cli.peers.is_some()).collect();
    println!("{}\n", ground.lines(cli.records, cli.rounds, &others)?);
    Ok(())
}
