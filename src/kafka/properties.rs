//! The properties that clients are made with: ours, tuned by measurement, then the user's, then those that carry a
//! guarantee.

mod consumer;
mod producer;

pub use consumer::{ConsumerSettings, GroupIdentity};
pub use producer::{Acks, ProducerLimits, ProducerSettings, transactional_id};

use super::config::{Bootstrap, Config};

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

#[cfg(test)]
mod tests;
