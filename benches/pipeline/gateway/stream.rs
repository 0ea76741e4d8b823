//! Orders as lines of one request, whose answer is read while they are sent.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::pipeline::orders::{JSON_BYTES, order};

/// Orders that differ.
const ORDERS: u64 = 10_000;

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
        let reader = scope.spawn(|| read(answer));
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

/// Reads an answer to its end, and looks whether it is one.
fn read(mut answer: impl Read) -> anyhow::Result<()> {
    let (mut buffer, mut first, mut last) = (vec![0; 64 << 10], Vec::new(), Vec::new());
    loop {
        let length = answer.read(&mut buffer).context("the answer")?;
        let data = &buffer[..length];
        if data.is_empty() {
            break;
        }
        if first.len() < 12 {
            first.extend_from_slice(data);
        }
        last.extend_from_slice(&data[data.len().saturating_sub(8)..]);
        last.drain(..last.len().saturating_sub(8));
    }
    ensure!(first.starts_with(b"HTTP/1.1 200") && last.ends_with(b"\r\n0\r\n\r\n"), "the answer broke off");
    Ok(())
}
