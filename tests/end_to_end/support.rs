//! What the tests stand on: a broker, its topics, a registry, the sidecar as a process, and other people's clients.
//!
//! Everything here panics when it fails, with the place of the log that tells why. Nothing sleeps for a fixed time:
//! whatever takes a while is asked for again until it is there or [`PATIENCE`] is over.

mod admin;
mod audit;
mod authority;
mod bad_registry;
mod broker;
mod config;
mod confined;
mod feeder;
mod gateway;
mod http;
mod javascript;
mod node;
pub(crate) mod orders;
mod peer;
mod proxy;
mod python;
mod registry;
mod sidecar;
mod topics;

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use audit::{Audit, Audited};
pub(crate) use authority::Authority;
pub(crate) use bad_registry::{Answer, BadRegistry};
pub(crate) use broker::Kafka;
pub(crate) use config::{config, deserialize, serialize};
pub(crate) use feeder::{Feeder, await_numbers};
pub(crate) use gateway::{Answer as GatewayAnswer, Gateway};
pub(crate) use javascript::javascript;
pub(crate) use peer::{Files, peer};
pub(crate) use proxy::{Flow, Proxy};
pub(crate) use python::{python, schemathesis};
pub(crate) use registry::SchemaRegistry;
pub(crate) use sidecar::{Sidecar, serdecar};
pub(crate) use topics::Record;

/// How long anything may take that a test waits for. A healthy run needs a small part of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again until there is an answer, and fails naming what did not happen.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A port of loopback that nothing listens on.
///
/// It lies below the range from which the system takes the ports of outgoing connections: a client that retries on a
/// stopped server's port inside that range sooner or later connects to itself.
pub(crate) fn free_port() -> u16 {
    // The standard library's hash seeds differ between processes and calls: the ports of two test runs seldom meet.
    std::iter::repeat_with(|| 20_000 + u16::try_from(RandomState::new().hash_one(()) % 12_000).expect("below 12,000"))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("an endless iterator")
}

/// A file of this repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The end of a log, for a panic's message.
fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map_or_else(|e| e.to_string(), |b| String::from_utf8_lossy(&b).into_owned());
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len().saturating_sub(40);
    format!("the end of {}:\n{}", log.display(), lines.split_at(last).1.join("\n"))
}
