//! What requests to the gateway cost, beside a handler that produces what it is sent as it is, with the same producer.
//!
//! Gateway and handler are processes of their own and take turns; one thread of this process makes all requests.

pub(crate) mod bare;
mod load;
mod stream;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::contestants::Contestant;
use super::ground::{Ground, Process};
use super::measure::{Gauge, Usage};
use super::report::median;
use crate::end_to_end::support::{PATIENCE, eventually, free_port};
use load::{Load, Span};
use stream::Stream;

/// How often each side is asked; figures are medians.
const ROUNDS: usize = 5;

/// Connections that make one request after the other, where it is about how many requests there can be.
const CONNECTIONS: usize = 64;

/// Records of a stream before the one that counts.
const FEW: u64 = 1_000;

/// Who answers requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Bare,
    Gateway,
}

/// A running server, and the topic that it writes to.
struct Server {
    process: Process,
    address: SocketAddr,
    topic: String,
}

/// One side's figures, a round each.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    cpus: Vec<f64>,
    medians: Vec<f64>,
    slowest: Vec<f64>,
    generator: Vec<f64>,
}

/// What single records cost.
pub(crate) struct Requests {
    connections: usize,
    bare: Figures,
    gateway: Figures,
}

impl Side {
    fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare handler, rdkafka's FutureProducer",
            Self::Gateway => "gateway",
        }
    }
}

impl Ground {
    /// Posts orders one by one: over many connections, and over one, where it is about how long each takes.
    pub(crate) fn requests(&self) -> anyhow::Result<[Requests; 2]> {
        let sides = [self.serve(Side::Bare)?, self.serve(Side::Gateway)?];
        let mut found = [CONNECTIONS, 1].map(|connections| Requests {
            connections,
            bare: Figures::default(),
            gateway: Figures::default(),
        });
        for requests in &mut found {
            for _ in 0..ROUNDS {
                for (figures, server) in [&mut requests.bare, &mut requests.gateway].into_iter().zip(&sides) {
                    figures.note(&server.load(requests.connections)?);
                }
            }
        }
        Ok(found)
    }

    /// Streams orders as lines of one request; figures are medians of so many rounds.
    pub(crate) fn lines(&self, count: u64, rounds: u32, others: &[Contestant]) -> anyhow::Result<String> {
        let mut table = Lines::new(count);
        let server = self.serve(Side::Gateway)?;
        server.stream(FEW)?;
        for other in others {
            table.start(*other, self.start_cost(*other)?);
        }
        let gauge = Gauge::new(self.kafka(), &server.topic, self.partitions())?;
        for _ in 0..rounds {
            let before = gauge.records()?;
            table.note_stream(&server.stream(count)?);
            let written = gauge.records()? - before;
            anyhow::ensure!(written == count, "{written} of {count} records are written");
            for other in others {
                table.note_run(*other, self.run(*other)?);
            }
        }
        Ok(table.to_string())
    }

    /// Starts one side, and makes the first requests.
    fn serve(&self, side: Side) -> anyhow::Result<Server> {
        let topic = self.fresh("posted");
        self.kafka().create_topic(&topic, self.partitions());
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let process = match side {
            Side::Bare => Process::part(bare::arguments(&self.kafka().bootstrap(), address))?,
            Side::Gateway => Process::run(self.gateway_config(&topic, address))?,
        };
        let server = Server { process, address, topic };
        eventually(side.title(), || load::is_served(address, &server.topic).then_some(()));
        Ok(server)
    }
}

impl Server {
    fn load(&self, connections: usize) -> anyhow::Result<Load> {
        load::run(&Span { address: self.address, topic: &self.topic, connections, pid: self.process.id() })
    }

    fn stream(&self, count: u64) -> anyhow::Result<Stream> {
        let before = Usage::of(self.process.id())?;
        let took = stream::send(self.address, &self.topic, count, PATIENCE)?;
        let after = Usage::of(self.process.id())?;
        Ok(Stream { took, cpu: after.cpu.saturating_sub(before.cpu), peak_memory: after.peak_memory })
    }
}

impl Figures {
    fn note(&mut self, load: &Load) {
        let seconds = load.took.as_secs_f64();
        self.rates.push(load.requests as f64 / seconds);
        self.cpus.push(micros(load.cpu) / load.requests as f64);
        self.medians.push(micros(load.latencies.at(0.5)) / 1e3);
        self.slowest.push(micros(load.latencies.at(0.99)) / 1e3);
        self.generator.push(load.generator.as_secs_f64() / seconds);
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, bare, gateway } = self;
        writeln!(
            f,
            "| {connections} connections | requests/s | | CPU µs/request | | median ms | | slowest percent ms | | CPU of the load |"
        )?;
        write!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for (side, own) in [(Side::Bare, bare), (Side::Gateway, gateway)] {
            let of = |of: fn(&Figures) -> &Vec<f64>| {
                let ratios = of(own).iter().zip(of(bare)).map(|(own, bare)| own / bare);
                (middle(of(own)), median(ratios).unwrap_or(f64::NAN))
            };
            let (rate, rates) = of(|figures| &figures.rates);
            let (cpu, cpus) = of(|figures| &figures.cpus);
            let (half, halves) = of(|figures| &figures.medians);
            let (slow, slows) = of(|figures| &figures.slowest);
            write!(
                f,
                "\n| {} | {rate:.0} | {rates:.2} | {cpu:.1} | {cpus:.2} | {half:.2} | {halves:.2} | {slow:.2} | {slows:.2} | {:.0} % |",
                side.title(),
                middle(&own.generator) * 100.0
            )?;
        }
        Ok(())
    }
}

/// What a stream of records costs, and what others do in the same time.
struct Lines {
    count: u64,
    streams: Vec<Stream>,
    others: Vec<(Contestant, Usage, Vec<super::ground::Run>)>,
}

impl Lines {
    fn new(count: u64) -> Self {
        Self { count, streams: Vec::new(), others: Vec::new() }
    }

    fn start(&mut self, other: Contestant, usage: Usage) {
        self.others.push((other, usage, Vec::new()));
    }

    fn note_stream(&mut self, stream: &Stream) {
        self.streams.push(*stream);
    }

    fn note_run(&mut self, other: Contestant, run: super::ground::Run) {
        if let Some((_, _, runs)) = self.others.iter_mut().find(|(known, ..)| *known == other) {
            runs.push(run);
        }
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count as f64;
        writeln!(
            f,
            "| {} orders | records/s | gateway's to this | CPU µs/record | gateway's to this | peak MB |",
            self.count
        )?;
        write!(f, "|---|--:|--:|--:|--:|--:|")?;
        let rates: Vec<_> = self.streams.iter().map(|stream| count / stream.took.as_secs_f64()).collect();
        let cpus: Vec<_> = self.streams.iter().map(|stream| micros(stream.cpu) / count).collect();
        let peak = self.streams.iter().map(|stream| stream.peak_memory).max().unwrap_or_default() as f64 / 1e6;
        write!(
            f,
            "\n| gateway, lines of one request | {:.0} | | {:.2} | | {peak:.0} |",
            middle(&rates),
            middle(&cpus)
        )?;
        for (other, start, runs) in &self.others {
            let other_rates: Vec<_> = runs.iter().map(|run| run.rate).collect();
            let other_cpus: Vec<_> =
                runs.iter().map(|run| micros(run.usage.cpu.saturating_sub(start.cpu)) / count).collect();
            let to = |own: &[f64], other: &[f64]| {
                median(own.iter().zip(other).map(|(own, other)| own / other)).unwrap_or(f64::NAN)
            };
            let peak = runs.iter().map(|run| run.usage.peak_memory).max().unwrap_or_default() as f64 / 1e6;
            write!(
                f,
                "\n| {} | {:.0} | {:.2} | {:.2} | {:.2} | {peak:.0} |",
                other.title(),
                middle(&other_rates),
                to(&rates, &other_rates),
                middle(&other_cpus),
                to(&cpus, &other_cpus)
            )?;
        }
        Ok(())
    }
}

fn middle(values: &[f64]) -> f64 {
    median(values.iter().copied()).unwrap_or(f64::NAN)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
