//! A Kafka broker inside this process, for the demo and for tests: librdkafka's mock cluster.
//!
//! It speaks the protocol well enough for groups, idempotent and transactional producers, on a real port of the loopback
//! interface. Its limits: everything is in memory; it keeps only the last 5 MB or so of each partition, so whoever
//! writes must not outrun whoever reads; a rebalance after the first waits for a second less than the session; it has no
//! topic configuration, no authorization and no compaction.

use std::time::Duration;

use super::error::{Code, Error};
use super::native::MockCluster;

/// Enough for the workers that start together, and not noticed by who waits for them.
const REBALANCE_DELAY: Duration = Duration::from_millis(100);

/// A running broker; it stops when this is dropped.
#[derive(Debug)]
pub struct EmbeddedBroker(MockCluster);

/// A kind of request that can be made to fail, by its number in the
/// [protocol](https://kafka.apache.org/protocol.html#protocol_api_keys).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Records to be stored.
    Produce = 0,
    /// Records to be read.
    Fetch = 1,
    /// Offsets to be committed.
    OffsetCommit = 8,
}

impl EmbeddedBroker {
    /// Starts a broker on a free port of the loopback interface.
    pub fn start() -> Result<Self, Error> {
        MockCluster::start(REBALANCE_DELAY).map(Self)
    }

    /// Where clients find it: `127.0.0.1:PORT`.
    pub fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }

    /// Makes a topic. A client that asks for one that is not there makes it too, with four partitions.
    pub fn create_topic(&self, name: &str, partitions: i32) -> Result<(), Error> {
        self.0.create_topic(name, partitions)
    }

    /// Takes the broker down: connections break and new ones are refused.
    pub fn go_down(&self) -> Result<(), Error> {
        self.0.set_up(false)
    }

    /// Brings the broker back up, with everything that it held.
    pub fn come_up(&self) -> Result<(), Error> {
        self.0.set_up(true)
    }

    /// Answers the next requests of one kind with these codes, one each.
    pub fn fail_next(&self, request: Request, codes: &[Code]) {
        let codes: Vec<_> = codes.iter().map(|code| code.0).collect();
        self.0.fail_next(request as i16, &codes);
    }
}
