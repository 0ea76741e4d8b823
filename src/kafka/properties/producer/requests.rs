//! The properties of a producer whose records are answered for one by one.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ProducerLimits, ProducerSettings, Properties};
use crate::kafka::Config;

/// Which brokers have to have a record before it counts as delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Acks {
    /// Every in-sync replica; a retry duplicates nothing.
    #[default]
    All,
    /// The partition's leader.
    Leader,
    /// None: whether and where it was written is not known.
    None,
}

impl Acks {
    fn property(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Leader => "1",
            Self::None => "0",
        }
    }
}

impl ProducerSettings {
    /// The same, for records that somebody waits for: each is tried for so long, and goes to the partition that Java's
    /// producer would choose.
    #[must_use]
    pub fn for_requests(config: &Config, client: &str, acks: Acks, timeout: Duration) -> Self {
        // Batches are those that are there together anyway.
        Self::for_answers(config, client, acks, timeout, ("linger.ms", "1"))
    }

    /// The same, for records that come in long rows, in batches as large as those of pipelines. Those without keys go to all
    /// partitions at a time, since only few batches may be on their way to one.
    #[must_use]
    pub fn for_streams(config: &Config, client: &str, acks: Acks, timeout: Duration) -> Self {
        Self::for_answers(config, client, acks, timeout, ("sticky.partitioning.linger.ms", "0"))
    }

    fn for_answers(config: &Config, client: &str, acks: Acks, timeout: Duration, own: (&str, &str)) -> Self {
        let Self { properties, tokens } = Self::new(config, client, ProducerLimits::default());
        let mut all = Properties(properties);
        let given = |name: &str| config.producer.iter().chain(&config.properties).any(|(known, _)| known == name);
        if !given(own.0) && (own.0 != "linger.ms" || !given("queue.buffering.max.ms")) {
            all.set(own.0, own.1);
        }
        if !given("topic.metadata.propagation.max.ms") {
            // A topic that is not there is said to be missing well within the time.
            all.set("topic.metadata.propagation.max.ms", (timeout.as_millis() / 3).max(1).to_string());
        }
        all.0.retain(|(name, _)| name != "delivery.timeout.ms");
        all.set("message.timeout.ms", timeout.as_millis().max(1).to_string());
        all.set("partitioner", "murmur2_random");
        all.set("acks", acks.property());
        all.set("enable.idempotence", if acks == Acks::All { "true" } else { "false" });
        Self { properties: all.0, tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Bootstrap;

    fn property(given: &[(&str, &str)], acks: Acks, name: &str) -> Option<String> {
        let mut config = Config::new(Bootstrap::Servers("b:9092".into()));
        config.producer = given.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let settings = ProducerSettings::for_requests(&config, "c", acks, Duration::from_secs(6));
        let found: Vec<_> = settings.properties().iter().filter(|(known, _)| known == name).collect();
        assert!(found.len() <= 1, "{name} is set twice");
        found.first().map(|(_, value)| value.clone())
    }

    #[test]
    fn a_record_that_somebody_waits_for_is_not_tried_for_ever() {
        assert_eq!(property(&[], Acks::All, "message.timeout.ms").as_deref(), Some("6000"));
        assert_eq!(property(&[("delivery.timeout.ms", "1")], Acks::All, "delivery.timeout.ms"), None);
        assert_eq!(property(&[], Acks::All, "topic.metadata.propagation.max.ms").as_deref(), Some("2000"));
        assert_eq!(property(&[], Acks::All, "linger.ms").as_deref(), Some("1"));
        assert_eq!(property(&[("linger.ms", "7")], Acks::All, "linger.ms").as_deref(), Some("7"));
    }

    #[test]
    fn records_that_come_in_rows_are_sent_in_rows() {
        let config = Config::new(Bootstrap::Servers("b:9092".into()));
        let streams = ProducerSettings::for_streams(&config, "c", Acks::All, Duration::from_secs(6));
        let found = |name: &str| streams.properties().iter().find(|(known, _)| known == name).map(|(_, v)| v.as_str());
        assert_eq!([found("linger.ms"), found("sticky.partitioning.linger.ms")], [Some("5"), Some("0")]);
        assert_eq!([found("message.timeout.ms"), found("acks")], [Some("6000"), Some("all")]);
    }

    #[test]
    fn only_records_that_all_replicas_have_are_written_once() {
        for (acks, value, idempotent) in
            [(Acks::All, "all", "true"), (Acks::Leader, "1", "false"), (Acks::None, "0", "false")]
        {
            assert_eq!(property(&[], acks, "acks").as_deref(), Some(value));
            assert_eq!(property(&[], acks, "enable.idempotence").as_deref(), Some(idempotent));
            assert_eq!(property(&[], acks, "partitioner").as_deref(), Some("murmur2_random"));
        }
    }
}
