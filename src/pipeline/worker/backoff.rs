//! How long to wait before something is tried again.

use std::time::{Duration, Instant};

/// A wait that grows from failure to failure and is over with the next success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    recent: Vec<Instant>,
}

impl Backoff {
    /// Another failure: how long to wait.
    pub(super) fn next(&mut self) -> Duration {
        self.failures = (self.failures + 1).min(6);
        Duration::from_millis(50 << self.failures)
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Notes an event, and says how many there were in the last minute.
    pub(super) fn count(&mut self) -> usize {
        let now = Instant::now();
        self.recent.retain(|then| now.duration_since(*then) < Duration::from_secs(60));
        self.recent.push(now);
        self.recent.len()
    }
}
