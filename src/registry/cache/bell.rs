//! How a worker, an OS thread, waits for what background tasks bring.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lock;

/// Why a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Something that was pending has settled: ask again.
    Settled,
    /// Nothing happened within the time.
    TimedOut,
    /// Nothing is pending, so there is nothing to wait for.
    Idle,
}

/// One worker's bell, rung by whatever it waits for.
#[derive(Default)]
pub(super) struct Bell {
    /// Held while a worker looks whether to sleep.
    looking: Mutex<()>,
    rung: Condvar,
}

impl Bell {
    /// Has the worker look again. What it is to find must stand before.
    pub(super) fn ring(&self) {
        // With the lock the ring cannot fall between a worker's look and its sleep.
        drop(lock(&self.looking));
        self.rung.notify_all();
    }

    /// Sleeps until `settled` says so after a ring, or `timeout` is over.
    pub(super) fn wait(&self, timeout: Duration, mut settled: impl FnMut() -> bool) -> Waited {
        let start = Instant::now();
        let mut looking = lock(&self.looking);
        loop {
            if settled() {
                return Waited::Settled;
            }
            let Some(rest) = timeout.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero()) else {
                return Waited::TimedOut;
            };
            (looking, _) = self.rung.wait_timeout(looking, rest).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
