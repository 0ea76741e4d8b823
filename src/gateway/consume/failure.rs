//! Why records can't be given, in a form that a client can act on.

use crate::kafka::{self, Code};

/// Why records can't be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The broker has no such topic.
    #[error("there is no topic {0}")]
    NoTopic(String),
    /// The topic has no such partition.
    #[error("topic {topic} has no partition {partition}: it has {count}")]
    NoPartition { topic: String, partition: i32, count: i32 },
    /// The partition does not hold this offset, or no longer.
    #[error("{topic}[{partition}] holds the offsets from {low} to {high}, and {offset} is asked for")]
    OutOfRange { topic: String, partition: i32, offset: i64, low: i64, high: i64 },
    /// The records at which the reader stood are gone.
    #[error("the record that comes next is no longer there: {0}")]
    Gone(String),
    /// Brokers refuse us.
    #[error("{0}")]
    Forbidden(String),
    /// Brokers or the registry are away.
    #[error("{0}")]
    Unavailable(String),
    /// `on_invalid: stop`, before a record that can't be decoded.
    #[error("stopped before {topic}[{partition}] at offset {offset}: {why}")]
    Stopped { topic: String, partition: i32, offset: i64, why: String },
    /// No room for another session.
    #[error("all {0} sessions are taken")]
    Full(usize),
    /// The process is being stopped.
    #[error("the gateway is being stopped")]
    Stopping,
    /// A defect, or a setting that makes clients fail.
    #[error("{0}")]
    Broken(String),
}

impl Failure {
    /// What an error of a client means.
    pub(super) fn of_kafka(error: &kafka::Error) -> Self {
        let text = error.to_string();
        match error.code() {
            None => Self::Broken(text),
            Some(Code::AUTO_OFFSET_RESET) => Self::Gone(text),
            Some(code) if code.is_authorization() => Self::Forbidden(text),
            Some(_) => Self::Unavailable(text),
        }
    }

    /// The status of an answer that says so.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::NoTopic(_) | Self::NoPartition { .. } => 404,
            Self::OutOfRange { .. } => 416,
            Self::Gone(_) => 410,
            Self::Forbidden(_) => 403,
            Self::Unavailable(_) | Self::Stopping => 503,
            Self::Stopped { .. } => 409,
            Self::Full(_) => 429,
            Self::Broken(_) => 500,
        }
    }
}
