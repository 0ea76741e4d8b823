//! Why something is not there yet, for readiness and for the log.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use crate::registry::error::RegistryError;

use super::lock;

/// How long the answer for an id may take before its lack is a problem.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// Why something is not there yet.
pub(super) struct Trouble(Mutex<State>);

enum State {
    /// No answer since then.
    Silence(Instant),
    /// The last answer, in words.
    Failure(String),
    /// The registry answers, and there is nothing to be done but wait.
    Calm,
}

impl Trouble {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Silence(Instant::now())))
    }

    /// Notes a failure, and logs it when it is news. Whether the registry answers at all is logged elsewhere, once for all.
    pub(super) fn note(&self, error: &RegistryError) {
        let message = error.to_string();
        let mut state = lock(&self.0);
        if !matches!(&*state, State::Failure(last) if *last == message) {
            if !error.is_transient() {
                warn!(%error, "a schema is not to be had yet; asking again");
            }
            *state = State::Failure(message);
        }
    }

    /// Notes an answer that is no failure of the registry, nor of those who run it.
    pub(super) fn clear(&self) {
        *lock(&self.0) = State::Calm;
    }

    /// What is wrong, in words; silence is, after `patience`.
    pub(super) fn problem(&self, patience: Duration, what: impl FnOnce() -> String) -> Option<String> {
        match &*lock(&self.0) {
            State::Silence(since) if since.elapsed() >= patience => {
                Some(format!("{}: no answer from the registry yet", what()))
            }
            State::Failure(message) => Some(message.clone()),
            State::Silence(_) | State::Calm => None,
        }
    }
}
