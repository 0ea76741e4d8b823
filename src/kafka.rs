//! The Kafka adapter: clients made for batches, their settings, and an embedded broker.
//!
//! Everything is built on librdkafka's batch calls through [`rdkafka::bindings`], because the safe wrappers cost half as
//! much again per record and lose rebalances next to batch calls. `native` is the only place with `unsafe`; what it
//! exports is safe, owned by one thread, and cleans up after itself.
//!
//! Invariants: a message keeps its consumer alive and a topic its producer; no callback does work (it notes what happened
//! and the owner asks later); nothing here decides what becomes of an error, [`Error::disposition`] says it.

mod config;
mod embedded;
mod error;
mod files;
mod native;
mod properties;
mod tokens;
pub mod topic_name;

pub use config::{Bootstrap, Config, PropertyValue, RawConfig};
pub use embedded::{EmbeddedBroker, Request};
pub use error::{Code, Error};
pub use native::{
    ANY_PARTITION, Commits, Consumer, Delivery, Dispatcher, DispatcherEvent, Header, Headers, Message, Moment, Offset,
    PartitionOffset, ProduceError, Producer, ProducerEvent, Protocol, Rebalance, RebalanceKind, Record, Timestamp,
    TimestampKind, Topic, TopicId, TransactionError, Undelivered, Written,
};
pub use properties::{Acks, ConsumerSettings, GroupIdentity, ProducerLimits, ProducerSettings, transactional_id};
pub use tokens::{Token, Tokens};

#[cfg(test)]
mod tests;
