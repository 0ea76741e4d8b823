//! Whether the process can do its work: named conditions that its parts keep up to date and that `/readyz` reports.
//!
//! A part asks for its [`Condition`]s when it starts and sets them as things change. A reason says what is lacking
//! ("no partitions assigned"), never what a record holds. Setting one takes a short lock of its own, so it is cheap
//! enough for every batch, though a change is all that matters.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a condition says before its part has said anything.
const STARTING: &str = "starting";

/// The conditions of one process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<Vec<Arc<Slot>>>>);

/// One thing that must hold for the process to be ready. Clones set the same one.
///
/// Dropping it changes nothing: a part that is lost leaves the process as unready as it last said.
#[derive(Debug, Clone)]
pub struct Condition(Arc<Slot>);

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unready {
    /// The condition's name.
    pub name: String,
    /// What is lacking.
    pub reason: Cow<'static, str>,
}

#[derive(Debug)]
struct Slot {
    name: String,
    /// Why it does not hold; none while it does.
    lacking: Mutex<Option<Cow<'static, str>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can panic half-way, so what a poisoned lock guards is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Readiness {
    /// No conditions yet, and so not ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new condition, which does not hold until its owner says so. The name appears in `/readyz`; two conditions of
    /// one name are two conditions.
    pub fn condition(&self, name: impl Into<String>) -> Condition {
        let slot = Arc::new(Slot { name: name.into(), lacking: Mutex::new(Some(Cow::Borrowed(STARTING))) });
        lock(&self.0).push(Arc::clone(&slot));
        Condition(slot)
    }

    /// Every condition that does not hold; empty when the process is ready. A process that has no condition at all has
    /// not come far enough to be ready.
    pub fn unready(&self) -> Vec<Unready> {
        let slots = lock(&self.0);
        if slots.is_empty() {
            return vec![Unready { name: "process".to_owned(), reason: Cow::Borrowed(STARTING) }];
        }
        let lacking =
            |slot: &Arc<Slot>| lock(&slot.lacking).clone().map(|reason| Unready { name: slot.name.clone(), reason });
        slots.iter().filter_map(lacking).collect()
    }
}

impl Condition {
    /// The condition holds.
    pub fn ready(&self) {
        *lock(&self.0.lacking) = None;
    }

    /// The condition does not hold, for this reason.
    pub fn not_ready(&self, reason: impl Into<Cow<'static, str>>) {
        *lock(&self.0.lacking) = Some(reason.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(readiness: &Readiness) -> Vec<(String, String)> {
        readiness.unready().into_iter().map(|unready| (unready.name, unready.reason.into_owned())).collect()
    }

    #[test]
    fn a_process_without_conditions_is_not_ready() {
        assert_eq!(names(&Readiness::new()), [("process".to_owned(), "starting".to_owned())]);
    }

    #[test]
    fn a_process_is_ready_when_every_condition_holds() {
        let readiness = Readiness::new();
        let (broker, registry) = (readiness.condition("broker"), readiness.condition("registry"));
        assert_eq!(readiness.unready().len(), 2);
        broker.ready();
        registry.clone().ready();
        assert_eq!(readiness.unready(), []);
        registry.not_ready(format!("answered {}", 503));
        assert_eq!(names(&readiness), [("registry".to_owned(), "answered 503".to_owned())]);
    }

    #[test]
    fn a_condition_that_is_lost_stays_as_it_was() {
        let readiness = Readiness::new();
        readiness.condition("worker 0").ready();
        let lost = readiness.condition("worker 1");
        lost.not_ready("halted");
        drop(lost);
        assert_eq!(names(&readiness), [("worker 1".to_owned(), "halted".to_owned())]);
    }
}
