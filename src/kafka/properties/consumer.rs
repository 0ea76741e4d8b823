//! Consumers: members of groups, and sessions of the gateway.

use super::{COMMON, Properties};
use crate::kafka::config::Config;
use crate::kafka::tokens::Tokens;

/// Who a consumer is in its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupIdentity {
    /// The group's id.
    pub group: String,
    /// The name that brokers log for this client.
    pub client: String,
    /// Which of the process's workers it is, counted from 0. Makes a static instance id unique.
    pub worker: usize,
}

/// The properties of one consumer.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumerSettings {
    properties: Vec<(String, String)>,
    tokens: Option<Tokens>,
}

/// Small queues: the throughput is the same, and what waits in them is memory and cache misses.
const CONSUMER: &[(&str, &str)] = &[
    // The library's default reads nothing of what was there before.
    ("auto.offset.reset", "earliest"),
    ("fetch.message.max.bytes", "1048576"),
    ("queued.min.messages", "20000"),
    ("queued.max.messages.kbytes", "16384"),
    // The default, a second, is a second of silence whenever the queue was full.
    ("fetch.queue.backoff.ms", "5"),
];

/// A session of the gateway is one of many and mostly waits: it fetches little ahead, and learns of a partition's end
/// without the half second for which a broker otherwise waits for more.
const SESSION: &[(&str, &str)] = &[
    ("fetch.message.max.bytes", "262144"),
    ("queued.min.messages", "500"),
    ("queued.max.messages.kbytes", "1024"),
    ("fetch.wait.max.ms", "100"),
];

/// What guarantees rest on; nothing overrides these.
const CONSUMER_FIXED: &[(&str, &str)] =
    &[("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("enable.partition.eof", "false")];

impl ConsumerSettings {
    /// The properties of a consumer of this group.
    pub fn new(config: &Config, identity: &GroupIdentity) -> Self {
        Self::with_defaults(config, identity, [COMMON, CONSUMER, &[]])
    }

    /// The properties of a consumer that a client of ours reads through for a while: no static member of its group, and one
    /// that tells the ends of partitions. `reset` says where to begin where nothing says it: `earliest`, `latest` or
    /// `error`; by default what the config says.
    pub fn of_session(config: &Config, identity: &GroupIdentity, reset: Option<&str>) -> Self {
        let mut config = config.clone();
        for section in [&mut config.properties, &mut config.consumer] {
            section.retain(|(name, _)| name != "group.instance.id");
        }
        let session = Self::with_defaults(&config, identity, [COMMON, CONSUMER, SESSION]);
        let mut all = Properties(session.properties);
        all.set("enable.partition.eof", "true");
        if let Some(reset) = reset {
            all.set("auto.offset.reset", reset);
        }
        Self { properties: all.0, ..session }
    }

    fn with_defaults(config: &Config, identity: &GroupIdentity, defaults: [&[(&str, &str)]; 3]) -> Self {
        let mut all = Properties::new(config, &identity.client, defaults);
        all.set_all(&config.properties);
        all.set_all(&config.consumer);
        for (name, value) in CONSUMER_FIXED {
            all.set(name, *value);
        }
        all.set("group.id", &identity.group);
        let instance = all.get("group.instance.id").map(|instance| format!("{instance}-{}", identity.worker));
        // In the newer protocol these are the group's and the broker's matter, and the library refuses them.
        if all.get("group.protocol") != Some("consumer") {
            if all.get("session.timeout.ms").is_none() {
                // A static member's partitions wait for it: long enough for a restart.
                all.set("session.timeout.ms", if instance.is_some() { "45000" } else { "10000" });
            }
            if all.get("heartbeat.interval.ms").is_none() {
                // A rebalance goes forward with each member's heartbeat, and a cooperative one takes two rounds.
                all.set("heartbeat.interval.ms", "1000");
            }
            if all.get("partition.assignment.strategy").is_none() {
                all.set("partition.assignment.strategy", "cooperative-sticky");
            }
        }
        if let Some(instance) = instance {
            all.set("group.instance.id", instance);
        }
        Self { properties: all.0, tokens: config.tokens.clone() }
    }

    /// The same, for a consumer that reads nothing of transactions that are open or were aborted, whatever the user says.
    #[must_use]
    pub fn read_committed(self) -> Self {
        let mut all = Properties(self.properties);
        all.set("isolation.level", "read_committed");
        Self { properties: all.0, ..self }
    }

    /// Whether the consumer is a static member of its group: one that keeps its place while it is away.
    pub fn is_static(&self) -> bool {
        self.properties.iter().any(|(name, _)| name == "group.instance.id")
    }

    pub(in crate::kafka) fn properties(&self) -> &[(String, String)] {
        &self.properties
    }

    /// Where tokens come from, if brokers ask for some.
    pub(in crate::kafka) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }
}

impl std::fmt::Debug for ConsumerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be passwords.
        f.debug_list().entries(self.properties.iter().map(|(name, _)| name)).finish()
    }
}
