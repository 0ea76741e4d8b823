//! Producers, with and without transactions, and what topics allow them.

mod requests;

pub use requests::Acks;

use super::{COMMON, GroupIdentity, Properties};
use crate::kafka::config::Config;
use crate::kafka::tokens::Tokens;

/// What the topics that a producer writes to allow, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProducerLimits {
    /// The smallest `max.message.bytes` among the topics, which every batch has to stay below: a broker refuses the whole
    /// batch above it, and the library does not split one.
    pub batch_bytes: Option<usize>,
    /// The largest `max.message.bytes` among the topics: what a record may have that is sent alone.
    pub message_bytes: Option<usize>,
    /// Send each record alone, so that a refused batch is one record.
    pub one_by_one: bool,
}

impl ProducerLimits {
    /// The same, with one more topic of this `max.message.bytes`.
    #[must_use]
    pub fn with_topic(self, bytes: usize) -> Self {
        let batch_bytes = Some(self.batch_bytes.map_or(bytes, |known| known.min(bytes)));
        let message_bytes = Some(self.message_bytes.map_or(bytes, |known| known.max(bytes)));
        Self { batch_bytes, message_bytes, ..self }
    }

    /// Bytes that key and value of a record may have in a topic of this `max.message.bytes`.
    pub fn record_bytes(topic_bytes: usize) -> usize {
        topic_bytes.saturating_sub(BATCH_OVERHEAD).max(MESSAGE_MIN_BYTES)
    }
}

/// The properties of one producer.
#[derive(Clone, PartialEq, Eq)]
pub struct ProducerSettings {
    properties: Vec<(String, String)>,
    tokens: Option<Tokens>,
}

const PRODUCER: &[(&str, &str)] = &[
    ("linger.ms", "5"),
    // Far enough below the queue's size that batches leave before it is full.
    ("batch.num.messages", "4000"),
    ("queue.buffering.max.messages", "30000"),
    // Never give a record up: a broker that is away is waited for.
    ("message.timeout.ms", "0"),
    ("retry.backoff.ms", "5"),
];

const PRODUCER_FIXED: &[(&str, &str)] =
    &[("enable.idempotence", "true"), ("acks", "all"), ("delivery.report.only.error", "false")];

/// A transaction that nobody goes on with blocks readers of the sink for so long. Not less: a broker that stalls longer
/// than this costs the producer.
const TRANSACTION_TIMEOUT: (&str, &str) = ("transaction.timeout.ms", "10000");

/// Bytes that may wait in a producer, unless one record needs more.
const PRODUCER_QUEUE_BYTES: usize = 32 << 20;

/// Bytes that a broker counts on top of key and value: the batch's header, the record's, and small headers of the user's.
const BATCH_OVERHEAD: usize = 512;

/// The library's default of `message.max.bytes` and `batch.size`.
const MESSAGE_MAX_BYTES: usize = 1_000_000;

/// The smallest `message.max.bytes` that the library takes.
const MESSAGE_MIN_BYTES: usize = 1_000;

impl ProducerSettings {
    /// The properties of a producer for topics with these limits.
    pub fn new(config: &Config, client: &str, limits: ProducerLimits) -> Self {
        let mut all = Properties::new(config, client, [COMMON, PRODUCER]);
        all.set_all(&config.properties);
        all.set_all(&config.producer);
        for (name, value) in PRODUCER_FIXED {
            all.set(name, *value);
        }
        if let Some(bytes) = limits.message_bytes {
            let room = ProducerLimits::record_bytes(bytes);
            let message = all.number("message.max.bytes").map_or(room, |given| given.min(room));
            all.set("message.max.bytes", message.to_string());
        }
        if let Some(bytes) = limits.batch_bytes {
            let batch = all.number("batch.size").unwrap_or(MESSAGE_MAX_BYTES).min(ProducerLimits::record_bytes(bytes));
            all.set("batch.size", batch.to_string());
        }
        if limits.one_by_one {
            all.set("batch.num.messages", "1");
        }
        if all.get("queue.buffering.max.kbytes").is_none() {
            let message = all.number("message.max.bytes").unwrap_or(MESSAGE_MAX_BYTES);
            let kbytes = PRODUCER_QUEUE_BYTES.max(message.saturating_mul(2)) / 1024;
            all.set("queue.buffering.max.kbytes", kbytes.to_string());
        }
        Self { properties: all.0, tokens: config.tokens.clone() }
    }

    /// The same, for a producer of transactions under this id.
    #[must_use]
    pub fn transactional(self, id: &str) -> Self {
        let mut all = Properties(self.properties);
        // A record can't wait longer than its transaction; the library bounds it by that if we don't.
        all.0.retain(|(name, value)| name != "message.timeout.ms" || value != "0");
        if all.get(TRANSACTION_TIMEOUT.0).is_none() {
            all.set(TRANSACTION_TIMEOUT.0, TRANSACTION_TIMEOUT.1);
        }
        // The library wants requests to be given up before the transaction is.
        let longest = all.number(TRANSACTION_TIMEOUT.0).unwrap_or(usize::MAX);
        if all.number("socket.timeout.ms").is_some_and(|given| given > longest) {
            all.set("socket.timeout.ms", longest.to_string());
        }
        all.set("transactional.id", id);
        Self { properties: all.0, ..self }
    }

    pub(in crate::kafka) fn properties(&self) -> &[(String, String)] {
        &self.properties
    }

    /// Where tokens come from, if brokers ask for some.
    pub(in crate::kafka) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }
}

/// The transactional id of a worker: the same after each restart, and no other live worker's as long as instances have
/// names of their own. The instance's name is its `group.instance.id`, else that of the host.
pub fn transactional_id(config: &Config, identity: &GroupIdentity) -> String {
    let given = config.consumer.iter().chain(&config.properties).find(|(name, _)| name == "group.instance.id");
    let instance = match given {
        Some((_, instance)) => instance.clone(),
        None => rustix::system::uname().nodename().to_string_lossy().into_owned(),
    };
    format!("{}-{instance}-{}", identity.group, identity.worker)
}

impl std::fmt::Debug for ProducerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be passwords.
        f.debug_list().entries(self.properties.iter().map(|(name, _)| name)).finish()
    }
}
