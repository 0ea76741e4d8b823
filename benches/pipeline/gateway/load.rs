//! Requests over connections that stay open, all made by one thread.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::pipeline::latency::Latencies;
use crate::pipeline::measure::Usage;
use crate::pipeline::orders::order;

/// What comes first is not counted.
const WARM_UP: Duration = Duration::from_secs(1);
/// How long requests are counted.
const SPAN: Duration = Duration::from_secs(4);
/// Requests that differ.
const ORDERS: u64 = 1_024;

/// What is asked of whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) address: SocketAddr,
    pub(super) topic: &'a str,
    pub(super) connections: usize,
    /// The server's process.
    pub(super) pid: u32,
}

/// What it came to.
#[derive(Debug)]
pub(super) struct Load {
    /// Requests that were answered in the time that counts.
    pub(super) requests: u64,
    pub(super) took: Duration,
    /// What the server used.
    pub(super) cpu: Duration,
    /// What this process used.
    pub(super) generator: Duration,
    pub(super) latencies: Latencies,
}

/// Where a run is.
#[derive(Debug, Default)]
struct Pace {
    stage: AtomicU8,
    answered: AtomicU64,
}

const WARMING_UP: u8 = 0;
const COUNTING: u8 = 1;
const OVER: u8 = 2;

/// Whether somebody takes orders for this topic already.
pub(super) fn is_served(address: SocketAddr, topic: &str) -> bool {
    let asked = || -> std::io::Result<bool> {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(&request(topic, 0))?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer == *b"HTTP/1.1 200")
    };
    asked().unwrap_or(false)
}

/// Makes requests for a while.
pub(super) fn run(span: &Span<'_>) -> anyhow::Result<Load> {
    let requests: Arc<[Vec<u8>]> = (0..ORDERS).map(|number| request(span.topic, number)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let pace = Arc::new(Pace::default());
        let mut connections = JoinSet::new();
        for number in 0..span.connections {
            let stream = TcpStream::connect(span.address).await?;
            stream.set_nodelay(true)?;
            let first = number * requests.len() / span.connections;
            connections.spawn(converse(stream, Arc::clone(&requests), first, Arc::clone(&pace)));
        }
        tokio::time::sleep(WARM_UP).await;
        pace.stage.store(COUNTING, Ordering::Relaxed);
        let usage = || anyhow::Ok((Usage::of(span.pid)?, Usage::of(std::process::id())?));
        let (start, (before, own_before)) = (Instant::now(), usage()?);
        tokio::time::sleep(SPAN).await;
        pace.stage.store(OVER, Ordering::Relaxed);
        let (took, (after, own_after)) = (start.elapsed(), usage()?);
        let answered = pace.answered.load(Ordering::Relaxed);
        let mut latencies = Vec::new();
        while let Some(taken) = connections.join_next().await {
            latencies.extend(taken??);
        }
        ensure!(!latencies.is_empty(), "no request was answered within {SPAN:?}");
        let (cpu, generator) = (after.cpu.saturating_sub(before.cpu), own_after.cpu.saturating_sub(own_before.cpu));
        Ok(Load { requests: answered, took, cpu, generator, latencies: Latencies::of(latencies) })
    })
}

fn request(topic: &str, number: u64) -> Vec<u8> {
    let value = order(number).value;
    let head = "Host: localhost\r\nContent-Type: application/json";
    format!("POST /topics/{topic} HTTP/1.1\r\n{head}\r\nContent-Length: {}\r\n\r\n{value}", value.len()).into_bytes()
}

/// One request after the other; returns how long each took that counts.
async fn converse(
    mut stream: TcpStream,
    requests: Arc<[Vec<u8>]>,
    first: usize,
    pace: Arc<Pace>,
) -> anyhow::Result<Vec<Duration>> {
    let (mut latencies, mut answer) = (Vec::new(), Vec::with_capacity(4096));
    for request in requests.iter().cycle().skip(first) {
        let stage = pace.stage.load(Ordering::Relaxed);
        if stage == OVER {
            break;
        }
        let start = Instant::now();
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut answer).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        if stage != WARMING_UP {
            latencies.push(start.elapsed());
            pace.answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(latencies)
}

/// Reads a whole answer, whose length its head says.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<()> {
    answer.clear();
    let mut whole = usize::MAX;
    while answer.len() < whole {
        ensure!(stream.read_buf(answer).await? > 0, "the connection was closed");
        if whole == usize::MAX
            && let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n")
        {
            let text = std::str::from_utf8(&answer[..head])?.to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            whole = head + 4 + length.context("an answer without a length")?.trim().parse::<usize>()?;
        }
    }
    Ok(())
}
