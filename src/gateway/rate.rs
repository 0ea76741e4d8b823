//! How often something may be done.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// So many times a second, a second's worth of them at once.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: u32,
    left: Mutex<Left>,
}

/// What may be done at once, at a moment.
#[derive(Debug, Clone, Copy)]
struct Left {
    times: f64,
    at: Instant,
}

impl Rate {
    /// So many times a second, from now on.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        Self { per_second, left: Mutex::new(Left { times: per_second.into(), at: now }) }
    }

    /// How many times a second.
    pub(super) fn per_second(&self) -> u32 {
        self.per_second
    }

    /// Whether it may be done now; then it counts as done.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let most = f64::from(self.per_second);
        // Whole after each of its steps.
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(left.at).as_secs_f64();
        let times = (left.times + since * most).min(most);
        let admits = times >= 1.0;
        *left = Left { times: if admits { times - 1.0 } else { times }, at: left.at.max(now) };
        admits
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_seconds_worth_may_come_at_once_and_then_as_many_as_time_allows() {
        let start = Instant::now();
        let rate = Rate::new(4, start);
        let admitted = |millis: u64| {
            let now = start + Duration::from_millis(millis);
            std::iter::repeat_with(|| rate.admits(now)).take(10).filter(|admits| *admits).count()
        };
        assert_eq!([admitted(0), admitted(249), admitted(251), admitted(900), admitted(100_000)], [4, 0, 1, 2, 4]);
        // A clock that another thread read earlier gives nothing back.
        assert_eq!(admitted(99_000), 0);
    }
}
