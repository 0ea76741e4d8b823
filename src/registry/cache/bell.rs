//! How a worker, an OS thread, waits for what background tasks bring.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lock;

/// Why a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Something that was pending has settled: ask again.
    Settled,
    /// An [`Interrupter`] said so.
    Interrupted,
    /// Nothing happened within the time.
    TimedOut,
    /// Nothing is pending, so there is nothing to wait for.
    Idle,
}

/// One worker's bell, rung by whatever it waits for.
pub(super) struct Bell {
    interrupted: Mutex<bool>,
    rung: Condvar,
}

/// Wakes a worker out of its wait, from any thread.
#[derive(Clone)]
pub struct Interrupter(pub(super) Arc<Bell>);

impl Interrupter {
    /// Ends the wait that is going on, or else the next one.
    pub fn interrupt(&self) {
        *lock(&self.0.interrupted) = true;
        self.0.rung.notify_all();
    }
}

impl Bell {
    pub(super) fn new() -> Self {
        Self { interrupted: Mutex::new(false), rung: Condvar::new() }
    }

    /// Has the worker look again. What it is to find must stand before.
    pub(super) fn ring(&self) {
        // With the lock the ring cannot fall between a worker's look and its sleep.
        drop(lock(&self.interrupted));
        self.rung.notify_all();
    }

    /// Sleeps until `settled` says so after a ring, or an interruption, or `timeout` is over.
    pub(super) fn wait(&self, timeout: Duration, mut settled: impl FnMut() -> bool) -> Waited {
        let start = Instant::now();
        let mut interrupted = lock(&self.interrupted);
        loop {
            if std::mem::take(&mut *interrupted) {
                return Waited::Interrupted;
            }
            if settled() {
                return Waited::Settled;
            }
            let Some(rest) = timeout.checked_sub(start.elapsed()).filter(|rest| !rest.is_zero()) else {
                return Waited::TimedOut;
            };
            let (guard, _) = self.rung.wait_timeout(interrupted, rest).unwrap_or_else(PoisonError::into_inner);
            interrupted = guard;
        }
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupter")
    }
}
