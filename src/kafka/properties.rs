//! The properties that clients are made with: ours, tuned by measurement, then the user's, then those that carry a
//! guarantee.

mod requests;

pub use requests::Acks;

use super::config::{Bootstrap, Config};
use super::tokens::Tokens;

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

/// The properties of one consumer.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumerSettings {
    properties: Vec<(String, String)>,
    tokens: Option<Tokens>,
}

/// The properties of one producer.
#[derive(Clone, PartialEq, Eq)]
pub struct ProducerSettings {
    properties: Vec<(String, String)>,
    tokens: Option<Tokens>,
}

/// Both kinds of client.
const COMMON: &[(&str, &str)] = &[
    // The library backs off to 10 s; a broker that is up again should be noticed within one.
    ("reconnect.backoff.max.ms", "1000"),
    // Requests into a broker that stalls wait for this; 60 s would be a minute of silence.
    ("socket.timeout.ms", "15000"),
    // The default, 100 MB, is a fetch that never ends before a record of that size. Still below what the answer of an
    // HTTP server looks like ("HTTP" as a length), so that such a peer is told from a broker.
    ("receive.message.max.bytes", "1000000000"),
];

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

/// Why a user's property is refused, if it is.
pub(super) fn forbidden(name: &str, value: &str) -> Option<&'static str> {
    let truthy = matches!(value, "true" | "t" | "1");
    match name {
        "bootstrap.servers" | "metadata.broker.list" => Some("kafka.bootstrap_servers says where the brokers are"),
        "group.id" => Some("a pipeline's source.group says which group it is in"),
        "transactional.id" => Some("a pipeline's delivery decides about transactions"),
        "partitioner" => Some("a pipeline's sink.partition decides where a record goes"),
        "enable.auto.commit" | "enable.auto.offset.store" if truthy => {
            Some("an offset is committed only after everything up to it is delivered")
        }
        "enable.partition.eof" if truthy => Some("ends of partitions are not records"),
        "enable.idempotence" if !truthy => Some("without it a retry duplicates and reorders records"),
        "acks" | "request.required.acks" if !matches!(value, "all" | "-1") => {
            Some("an offset is committed only after every in-sync replica has the record")
        }
        "queuing.strategy" if value != "fifo" => Some("records keep their order"),
        "delivery.report.only.error" if truthy => Some("commits follow delivery reports"),
        _ => None,
    }
}

/// Properties in the order in which they are set; a later one overrides.
struct Properties(Vec<(String, String)>);

impl Properties {
    fn new<const N: usize>(config: &Config, client: &str, defaults: [&[(&str, &str)]; N]) -> Self {
        let mut all = Self(Vec::new());
        if let Bootstrap::Servers(servers) = &config.bootstrap {
            all.set("bootstrap.servers", servers);
        }
        all.set("client.id", client);
        for (name, value) in defaults.into_iter().flatten() {
            all.set(name, *value);
        }
        all
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    fn set_all(&mut self, properties: &[(String, String)]) {
        for (name, value) in properties {
            self.set(name, value);
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(|value| value.parse().ok())
    }
}

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

    pub(super) fn properties(&self) -> &[(String, String)] {
        &self.properties
    }

    /// Where tokens come from, if brokers ask for some.
    pub(super) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }
}

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

    pub(super) fn properties(&self) -> &[(String, String)] {
        &self.properties
    }

    /// Where tokens come from, if brokers ask for some.
    pub(super) fn tokens(&self) -> Option<&Tokens> {
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

impl std::fmt::Debug for ConsumerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be passwords.
        f.debug_list().entries(self.properties.iter().map(|(name, _)| name)).finish()
    }
}

impl std::fmt::Debug for ProducerSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be passwords.
        f.debug_list().entries(self.properties.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(properties: &[(&str, &str)]) -> Config {
        let mut config = Config::new(Bootstrap::Servers("b:9092".into()));
        config.properties = properties.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        config
    }

    fn consumer(properties: &[(&str, &str)], name: &str) -> Option<String> {
        let identity = GroupIdentity { group: "g".into(), client: "c".into(), worker: 3 };
        let settings = ConsumerSettings::new(&config(properties), &identity);
        let found: Vec<_> = settings.properties().iter().filter(|(known, _)| known == name).collect();
        assert!(found.len() <= 1, "{name} is set twice");
        found.first().map(|(_, value)| value.clone())
    }

    fn producer(properties: &[(&str, &str)], limits: ProducerLimits, name: &str) -> Option<String> {
        let settings = ProducerSettings::new(&config(properties), "c", limits);
        settings.properties().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn the_users_properties_override_ours() {
        assert_eq!(consumer(&[], "fetch.queue.backoff.ms").as_deref(), Some("5"));
        assert_eq!(consumer(&[("fetch.queue.backoff.ms", "1")], "fetch.queue.backoff.ms").as_deref(), Some("1"));
        assert_eq!(consumer(&[], "auto.offset.reset").as_deref(), Some("earliest"));
    }

    #[test]
    fn a_static_member_has_an_id_of_its_own_and_time_to_come_back() {
        assert_eq!(consumer(&[], "session.timeout.ms").as_deref(), Some("10000"));
        let fixed = [("group.instance.id", "pod-0")];
        assert_eq!(consumer(&fixed, "group.instance.id").as_deref(), Some("pod-0-3"));
        assert_eq!(consumer(&fixed, "session.timeout.ms").as_deref(), Some("45000"));
    }

    #[test]
    fn a_session_is_no_static_member_and_begins_where_its_client_says() {
        let identity = GroupIdentity { group: "g".into(), client: "c".into(), worker: 0 };
        let value = |reset, name: &str| {
            let config = config(&[("group.instance.id", "pod-0"), ("auto.offset.reset", "latest")]);
            let settings = ConsumerSettings::of_session(&config, &identity, reset);
            let found: Vec<_> = settings.properties().iter().filter(|(known, _)| known == name).collect();
            assert!(found.len() <= 1, "{name} is set twice");
            found.first().map(|(_, value)| value.clone())
        };
        assert_eq!(value(None, "group.instance.id"), None);
        assert_eq!(value(None, "session.timeout.ms").as_deref(), Some("10000"));
        assert_eq!(value(None, "queued.max.messages.kbytes").as_deref(), Some("1024"));
        assert_eq!(value(None, "auto.offset.reset").as_deref(), Some("latest"));
        assert_eq!(value(Some("error"), "auto.offset.reset").as_deref(), Some("error"));
        assert_eq!(value(None, "enable.partition.eof").as_deref(), Some("true"));
    }

    #[test]
    fn the_newer_group_protocol_gets_no_property_that_it_refuses() {
        let newer = [("group.protocol", "consumer")];
        assert_eq!(consumer(&newer, "session.timeout.ms"), None);
        assert_eq!(consumer(&newer, "partition.assignment.strategy"), None);
        assert_eq!(consumer(&newer, "heartbeat.interval.ms"), None);
        assert_eq!(consumer(&[], "partition.assignment.strategy").as_deref(), Some("cooperative-sticky"));
    }

    #[test]
    fn batches_stay_below_what_the_smallest_topic_allows_and_records_below_the_largest() {
        let limits = ProducerLimits::default().with_topic(100_000);
        assert_eq!(producer(&[], limits, "batch.size").as_deref(), Some("99488"));
        assert_eq!(producer(&[], limits, "message.max.bytes").as_deref(), Some("99488"));
        assert_eq!(producer(&[("message.max.bytes", "5000")], limits, "message.max.bytes").as_deref(), Some("5000"));
        let both = limits.with_topic(50_000_000);
        assert_eq!(producer(&[], both, "batch.size").as_deref(), Some("99488"));
        assert_eq!(producer(&[], both, "message.max.bytes").as_deref(), Some("49999488"));
        assert_eq!(producer(&[], both, "queue.buffering.max.kbytes").as_deref(), Some("97655"));
        let large = ProducerLimits::default().with_topic(50_000_000);
        assert_eq!(producer(&[], large, "batch.size").as_deref(), Some("1000000"));
    }

    #[test]
    fn a_producer_of_transactions_waits_no_longer_than_its_transaction() {
        let settings = |properties: &[(&str, &str)]| {
            ProducerSettings::new(&config(properties), "c", ProducerLimits::default()).transactional("g-i-0")
        };
        let value = |settings: &ProducerSettings, name: &str| {
            settings.properties().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let ours = settings(&[]);
        assert_eq!(value(&ours, "transactional.id").as_deref(), Some("g-i-0"));
        assert_eq!(value(&ours, "transaction.timeout.ms").as_deref(), Some("10000"));
        assert_eq!(value(&ours, "message.timeout.ms"), None);
        assert_eq!(value(&ours, "socket.timeout.ms").as_deref(), Some("10000"));
        let users = settings(&[("transaction.timeout.ms", "30000"), ("message.timeout.ms", "20000")]);
        assert_eq!(value(&users, "transaction.timeout.ms").as_deref(), Some("30000"));
        assert_eq!(value(&users, "message.timeout.ms").as_deref(), Some("20000"));
    }

    #[test]
    fn a_transactional_id_names_group_instance_and_worker() {
        let identity = GroupIdentity { group: "orders".into(), client: "c".into(), worker: 3 };
        assert_eq!(transactional_id(&config(&[("group.instance.id", "pod-0")]), &identity), "orders-pod-0-3");
        let host = transactional_id(&config(&[]), &identity);
        assert!(host.starts_with("orders-") && host.ends_with("-3") && host.len() > "orders--3".len(), "{host}");
    }

    #[test]
    fn properties_that_would_break_a_guarantee_are_refused() {
        for (name, bad, good) in [
            ("enable.auto.commit", "true", "false"),
            ("enable.auto.offset.store", "1", "0"),
            ("enable.idempotence", "false", "true"),
            ("acks", "1", "all"),
            ("request.required.acks", "0", "-1"),
            ("queuing.strategy", "lifo", "fifo"),
            ("delivery.report.only.error", "true", "false"),
        ] {
            assert!(forbidden(name, bad).is_some(), "{name}={bad}");
            assert!(forbidden(name, good).is_none(), "{name}={good}");
        }
        for name in ["bootstrap.servers", "group.id", "transactional.id", "partitioner"] {
            assert!(forbidden(name, "x").is_some(), "{name}");
        }
    }
}
