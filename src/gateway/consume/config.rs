//! What reading over HTTP may take, in the config.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::{ByteSize, Faults, Period};

/// What reading records over HTTP may take.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawConsumption {
    /// Consumers at a time: one for each stream, each WebSocket, each poll without a group, and each group that is polled.
    /// Beyond it the answer is 429. Default: 64.
    pub sessions: Option<usize>,
    /// After which time without a poll the consumer of a polled group leaves it. Default: 60s.
    pub idle: Option<Period>,
    /// Records that one poll may ask for. Default: 1000.
    pub max_records: Option<usize>,
    /// How long one poll may wait. Default: 30s.
    pub max_wait: Option<Period>,
    /// Bytes of records that wait for a client, and that one poll answers with, unless one record has more. Default: 1MiB.
    pub buffer: Option<ByteSize>,
}

/// What reading records over HTTP may take, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// Consumers at a time.
    pub sessions: usize,
    /// After which time without a poll a consumer leaves its group.
    pub idle: Duration,
    /// Records that one poll may ask for.
    pub max_records: usize,
    /// How long one poll may wait.
    pub max_wait: Duration,
    /// Bytes of records that wait for a client.
    pub buffer: usize,
}

impl Default for Consumption {
    fn default() -> Self {
        Self {
            sessions: 64,
            idle: Duration::from_secs(60),
            max_records: 1000,
            max_wait: Duration::from_secs(30),
            buffer: 1 << 20,
        }
    }
}

/// Each session is a thread and a Kafka client.
const MAX_SESSIONS: usize = 4096;

/// Answers stand in memory.
const MAX_RECORDS: usize = 100_000;

/// A connection that is silent for longer is closed.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The least and the most that may wait for a client.
const BUFFER: std::ops::RangeInclusive<u64> = 4096..=(1 << 30);

impl RawConsumption {
    /// Checks the section, which stands at `pointer`.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Consumption> {
        let defaults = Consumption::default();
        let sessions =
            faults.bounded(format!("{pointer}/sessions"), self.sessions.unwrap_or(defaults.sessions), MAX_SESSIONS);
        let max_records = faults.bounded(
            format!("{pointer}/max_records"),
            self.max_records.unwrap_or(defaults.max_records),
            MAX_RECORDS,
        );
        let idle = self.idle.map_or(defaults.idle, |period| period.0);
        if idle < Duration::from_secs(1) {
            faults.note(format!("{pointer}/idle"), "less than 1s: a client could not come back in time");
        }
        let max_wait = self.max_wait.map_or(defaults.max_wait, |period| period.0);
        if max_wait > MAX_WAIT {
            faults.note(format!("{pointer}/max_wait"), "longer than 60s: the connection would be taken for dead");
        }
        let buffer = self.buffer.map_or(defaults.buffer as u64, |size| size.0);
        if !BUFFER.contains(&buffer) {
            faults.note(format!("{pointer}/buffer"), "has to be from 4KiB to 1GiB");
        }
        let buffer = usize::try_from(buffer).ok();
        Some(Consumption { sessions: sessions?, idle, max_records: max_records?, max_wait, buffer: buffer? })
    }
}

/// A number from 1 to `max`.
#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Option<Consumption>, Vec<String>) {
        let raw: RawConsumption = serde_json::from_str(json).unwrap();
        let mut faults = Faults::default();
        let config = raw.validate("/c", &mut faults);
        (config, faults.into_vec().into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn everything_has_a_default_and_bounds() {
        assert_eq!(read("{}"), (Some(Consumption::default()), vec![]));
        let (config, faults) = read(r#"{"sessions": 2, "idle": "5s", "max_wait": "1m", "buffer": "64KiB"}"#);
        assert_eq!(faults, [""; 0]);
        let config = config.unwrap();
        assert_eq!((config.sessions, config.idle, config.buffer), (2, Duration::from_secs(5), 65_536));
        let wrong = r#"{"sessions": 0, "idle": "10ms", "max_records": 1000000, "max_wait": "2m", "buffer": 1}"#;
        assert_eq!(read(wrong).1, ["/c/sessions", "/c/max_records", "/c/idle", "/c/max_wait", "/c/buffer"]);
    }
}
