//! How often a record may arrive, and how often that is committed.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::{Faults, Period};

/// How often a record may arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Never lost; repeated after a crash.
    #[default]
    AtLeastOnce,
    /// Never lost, never repeated: records and offsets are written in transactions.
    ExactlyOnce,
}

/// Readers that read committed records alone see nothing of a transaction for so long.
const MAX_COMMIT_INTERVAL: Duration = Duration::from_secs(5);

impl Delivery {
    /// How often to commit if nothing is said. At least once, what was acknowledged since the last commit is repeated
    /// after a crash, and more often costs next to nothing; a transaction has a price.
    const fn commit_interval(self) -> Duration {
        match self {
            Self::AtLeastOnce => Duration::from_millis(50),
            Self::ExactlyOnce => Duration::from_millis(100),
        }
    }

    /// The interval that is given, checked, or the default.
    pub(super) fn check_interval(self, given: Option<Period>, pointer: &str, faults: &mut Faults) -> Option<Duration> {
        let interval = given.map_or_else(|| self.commit_interval(), |period| period.0);
        if interval > MAX_COMMIT_INTERVAL {
            faults.note(pointer, "longer than 5s: a transaction would last too long, a crash repeat too much");
            return None;
        }
        Some(interval)
    }
}
