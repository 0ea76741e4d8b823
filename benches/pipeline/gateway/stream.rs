//! Orders as lines of one request, whose answer is read while they are sent.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::pipeline::orders::{JSON_BYTES, order};

/// Orders that differ.
const ORDERS: u64 = 10_000;

/// What the line of a record that was written has.
const OFFSET: &[u8] = b"\"offset\":";

/// What a stream came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    /// From the first byte sent to the last one of the answer.
    pub(super) took: Duration,
    /// What the server used.
    pub(super) cpu: Duration,
    /// The most memory that it had.
    pub(super) peak_memory: u64,
}

/// Sends so many orders, and waits until all are answered.
pub(super) fn send(address: SocketAddr, topic: &str, count: u64, patience: Duration) -> anyhow::Result<Duration> {
    let lines: Vec<u8> = (0..ORDERS.min(count)).flat_map(|number| (order(number).value + "\n").into_bytes()).collect();
    let length = count * (JSON_BYTES as u64 + 1);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    let head = "Host: localhost\r\nConnection: close\r\nContent-Type: application/x-ndjson";
    let head = format!("POST /topics/{topic} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n");
    let answer = stream.try_clone()?;
    let start = Instant::now();
    thread::scope(|scope| {
        let reader = scope.spawn(|| read(answer, count));
        stream.write_all(head.as_bytes())?;
        let mut left = usize::try_from(length)?;
        while left > 0 {
            let part = lines.get(..left).unwrap_or(&lines);
            stream.write_all(part)?;
            left -= part.len();
        }
        reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?
    })?;
    Ok(start.elapsed())
}

/// Reads an answer to its end, in which every line has to tell where its record was written.
fn read(mut answer: impl Read, count: u64) -> anyhow::Result<()> {
    let mut whole = Vec::new();
    answer.read_to_end(&mut whole).context("the answer")?;
    ensure!(whole.starts_with(b"HTTP/1.1 200") && whole.ends_with(b"\r\n0\r\n\r\n"), "the answer broke off");
    let lines = whole.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{"));
    let is_written = |line: &&[u8]| line.windows(OFFSET.len()).any(|window| window == OFFSET);
    let (written, refused): (Vec<_>, Vec<_>) = lines.partition(is_written);
    let first = refused.first().map(|line| String::from_utf8_lossy(line));
    ensure!(written.len() as u64 == count, "{} of {count} lines are written; refused first: {first:?}", written.len());
    Ok(())
}
