//! What can go wrong with Kafka, and what to do about it.

use std::fmt;

use super::native;
use crate::disposition::Disposition;

/// An error code of librdkafka (negative) or of a broker (positive), as a plain number: a newer broker may send codes
/// that this library has no name for.
///
/// Names and meanings: [Kafka protocol](https://kafka.apache.org/protocol.html#protocol_error_codes) and librdkafka's
/// `rd_kafka_resp_err_t`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub i32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Self = Self($number);)*
        }
    };
}

codes! {
    /// The message is damaged.
    BAD_MESSAGE = -199;
    /// A connection broke; clients reconnect by themselves.
    TRANSPORT = -195;
    /// A host name did not resolve.
    RESOLVE = -193;
    /// A produced record was not acknowledged in time.
    MESSAGE_TIMED_OUT = -192;
    /// There is nothing more in the partition for now: no fault.
    PARTITION_EOF = -191;
    /// No such partition, found out locally.
    UNKNOWN_PARTITION_LOCAL = -190;
    /// No such topic, found out locally.
    UNKNOWN_TOPIC_LOCAL = -188;
    /// Not one broker answers; clients go on trying by themselves.
    ALL_BROKERS_DOWN = -187;
    /// A call did not finish in time.
    TIMED_OUT = -185;
    /// The producer's queue is full: backpressure.
    QUEUE_FULL = -184;
    /// TLS failed.
    SSL = -181;
    /// The group has no coordinator yet.
    WAIT_COORDINATOR = -180;
    /// Partitions are to be taken over.
    ASSIGN_PARTITIONS = -175;
    /// Partitions are to be given up.
    REVOKE_PARTITIONS = -174;
    /// An earlier call has not ended.
    CONFLICT = -173;
    /// Not allowed in this state.
    STATE = -172;
    /// SASL refused us.
    AUTHENTICATION = -169;
    /// There is no offset to commit.
    NO_OFFSET = -168;
    /// The broker can't do this.
    UNSUPPORTED = -165;
    /// The record was purged from the producer's queue.
    PURGE_QUEUE = -152;
    /// The record was purged while it was on its way.
    PURGE_INFLIGHT = -151;
    /// The client is beyond repair: a new one has to be made.
    FATAL = -150;
    /// Another producer has taken over the transactional id.
    FENCED = -144;
    /// There is no offset to read on from, and `auto.offset.reset` forbids to choose one.
    AUTO_OFFSET_RESET = -140;
    /// The group gave up on us because we polled too rarely.
    MAX_POLL_EXCEEDED = -147;
    /// A broker does not know the topic or partition.
    UNKNOWN_TOPIC_OR_PARTITION = 3;
    /// The partition is moving between brokers.
    NOT_LEADER = 6;
    /// A request timed out on the broker's side.
    REQUEST_TIMED_OUT = 7;
    /// A record is larger than allowed.
    MESSAGE_TOO_LARGE = 10;
    /// The group's coordinator is loading.
    COORDINATOR_LOADING = 14;
    /// The group's coordinator is not there.
    COORDINATOR_NOT_AVAILABLE = 15;
    /// The group's coordinator has moved.
    NOT_COORDINATOR = 16;
    /// A topic name that is not allowed.
    INVALID_TOPIC = 17;
    /// We commit for a generation that is over.
    ILLEGAL_GENERATION = 22;
    /// The group no longer knows us.
    UNKNOWN_MEMBER = 25;
    /// The group is rebalancing.
    REBALANCE_IN_PROGRESS = 27;
    /// No right to use the topic.
    TOPIC_AUTHORIZATION = 29;
    /// No right to use the group.
    GROUP_AUTHORIZATION = 30;
    /// No right to use the cluster.
    CLUSTER_AUTHORIZATION = 31;
    /// The broker lacks a feature that we depend on.
    UNSUPPORTED_VERSION = 35;
    /// No right to use the transactional id.
    TRANSACTIONAL_ID_AUTHORIZATION = 53;
    /// Another process took over our static instance id.
    FENCED_INSTANCE = 82;
    /// The broker's own rules for this topic refuse the record.
    INVALID_RECORD = 87;
    /// Our static instance id is not free yet.
    UNRELEASED_INSTANCE = 111;
}

impl Code {
    /// What an error with this code asks for, wherever it appears.
    ///
    /// Codes nobody has named here count as `Retry`: to wait loses nothing, to reject would.
    pub const fn disposition(self) -> Disposition {
        match self {
            Self::MESSAGE_TOO_LARGE | Self::INVALID_RECORD | Self::BAD_MESSAGE => Disposition::Reject,
            Self::UNSUPPORTED_VERSION | Self::UNSUPPORTED | Self::INVALID_TOPIC => Disposition::Fatal,
            _ => Disposition::Retry,
        }
    }

    /// Whether this is about a missing right, which only an operator can mend.
    pub const fn is_authorization(self) -> bool {
        matches!(
            self,
            Self::TOPIC_AUTHORIZATION
                | Self::GROUP_AUTHORIZATION
                | Self::CLUSTER_AUTHORIZATION
                | Self::TRANSACTIONAL_ID_AUTHORIZATION
        )
    }

    /// Whether this says that a broker can't be reached, or lets nobody in. Clients go on trying by themselves.
    pub const fn is_connection(self) -> bool {
        matches!(
            self,
            Self::ALL_BROKERS_DOWN
                | Self::TRANSPORT
                | Self::RESOLVE
                | Self::SSL
                | Self::AUTHENTICATION
                | Self::TIMED_OUT
        )
    }

    /// Whether this only says that the group is about to rebalance, or has; the rebalance itself follows.
    pub const fn is_rebalance(self) -> bool {
        matches!(
            self,
            Self::MAX_POLL_EXCEEDED | Self::UNKNOWN_MEMBER | Self::ILLEGAL_GENERATION | Self::REBALANCE_IN_PROGRESS
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&native::code_description(*self))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({}: {})", self.0, native::code_description(*self))
    }
}

/// What went wrong with a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// librdkafka refuses a property, or the properties together.
    #[error("{0}")]
    Settings(String),
    /// A text with a NUL byte can't be a topic, group or property.
    #[error("{0:?} holds a NUL byte")]
    Nul(String),
    /// A call failed.
    #[error("{operation}: {message}")]
    Call {
        /// What was tried: `commit`.
        operation: &'static str,
        /// The code, to decide by.
        code: Code,
        /// librdkafka's text, which never holds payloads.
        message: String,
    },
}

impl Error {
    /// A failed call, described by its code alone.
    pub(super) fn call(operation: &'static str, code: Code) -> Self {
        Self::Call { operation, code, message: code.to_string() }
    }

    /// The code, if a call failed.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Call { code, .. } => Some(*code),
            Self::Settings(_) | Self::Nul(_) => None,
        }
    }

    /// What to do about it.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Settings(_) | Self::Nul(_) => Disposition::Fatal,
            Self::Call { code, .. } => code.disposition(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_broker_may_mend_is_retried_and_what_only_the_record_can_is_rejected() {
        for code in [Code::TRANSPORT, Code::ALL_BROKERS_DOWN, Code::NOT_COORDINATOR, Code::UNKNOWN_TOPIC_OR_PARTITION] {
            assert_eq!(code.disposition(), Disposition::Retry, "{code:?}");
        }
        assert_eq!(Code::MESSAGE_TOO_LARGE.disposition(), Disposition::Reject);
        assert_eq!(Code::UNSUPPORTED_VERSION.disposition(), Disposition::Fatal);
    }

    #[test]
    fn a_code_that_nobody_knows_is_still_a_code() {
        let code = Code(32_000);
        assert_eq!(code.disposition(), Disposition::Retry);
        assert!(code.to_string().contains("32000"), "{code}");
    }

    #[test]
    fn codes_have_librdkafkas_description() {
        assert_eq!(Code::MESSAGE_TOO_LARGE.to_string(), "Broker: Message size too large");
        assert_eq!(Code::QUEUE_FULL.to_string(), "Local: Queue full");
    }
}
