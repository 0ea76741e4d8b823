//! What is served, and how it changes: decided on, made durable, and only then shown.
//!
//! Decisions are made one after another, each on the outcome of those before it. While the disk is busy with some, the
//! next ones gather; whoever comes first then writes them all. Nobody gets an answer, and no reader sees a change, before
//! it is durable; if it can't be made so, neither it nor any decision that was built on it has happened.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use super::backend::{Backend, CommitError};
use super::error::Error;
use super::measures;
use super::store::{Change, Store};
use crate::schema::QualifiedSubject;

/// The state of a registry, for any number of readers and writers.
#[derive(Debug)]
pub(super) struct Ledger {
    served: RwLock<Store>,
    /// Taken after `backend` where both are.
    staged: Mutex<Staged>,
    backend: Mutex<Backend>,
}

/// What will be served once everything decided is durable.
#[derive(Debug)]
struct Staged {
    store: Store,
    /// What nobody is writing yet.
    changes: Vec<Change>,
    batch: Arc<Batch>,
}

/// Decisions that become durable together.
#[derive(Debug, Default)]
struct Batch {
    outcome: OnceLock<Result<(), CommitError>>,
}

impl Ledger {
    /// Goes on from what the backend had.
    pub(super) fn new(backend: Backend, store: Store) -> Self {
        measures::observe_all(&store);
        let staged = Staged { store: store.clone(), changes: Vec::new(), batch: Arc::default() };
        Self { served: RwLock::new(store), staged: Mutex::new(staged), backend: Mutex::new(backend) }
    }

    /// What is durable. Readers share the lock and hold it for lookups alone.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Store> {
        // A panic leaves nothing half done: changes are checked before the first is applied.
        self.served.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides on changes by the latest state, and returns once they are durable and served.
    ///
    /// Blocks the thread for as long as the disk takes. `decide` must be quick: everybody else waits for it.
    pub(super) fn change<T>(&self, decide: impl FnOnce(&Store) -> Result<(Vec<Change>, T), Error>) -> Result<T, Error> {
        let (batch, answer) = {
            let mut staged = lock(&self.staged);
            let (changes, answer) = decide(&staged.store)?;
            for change in &changes {
                staged.store.apply(change.clone());
            }
            staged.changes.extend(changes);
            (Arc::clone(&staged.batch), answer)
        };
        // Also without a change of its own: what the answer tells may be on its way to the disk.
        self.settle(&batch).map_err(|error| Error::NotStored(error.to_string()))?;
        Ok(answer)
    }

    /// Closes the store once what is being written is written; later changes are refused.
    pub(super) fn close(&self) {
        *lock(&self.backend) = Backend::Closed;
    }

    /// Waits until a batch is durable; the first to come writes it.
    fn settle(&self, batch: &Batch) -> Result<(), CommitError> {
        let mut backend = lock(&self.backend);
        if let Some(outcome) = batch.outcome.get() {
            return outcome.clone();
        }
        // Batches get their outcome one after another, so this is the one that is open.
        let changes = {
            let mut staged = lock(&self.staged);
            staged.batch = Arc::default();
            mem::take(&mut staged.changes)
        };
        let outcome = if changes.is_empty() { Ok(()) } else { backend.commit(&changes) };
        match &outcome {
            Ok(()) => {
                let subjects: BTreeSet<QualifiedSubject> =
                    changes.iter().filter_map(Change::subject).cloned().collect();
                self.serve(changes);
                measures::observe(&self.read(), &subjects);
            }
            Err(error) => {
                tracing::error!(%error, "the registry can't store changes");
                self.take_back(error);
            }
        }
        batch.outcome.get_or_init(|| outcome).clone()
    }

    fn serve(&self, changes: Vec<Change>) {
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            served.apply(change);
        }
    }

    /// Forgets what is decided and not served: it was built on changes that have not happened.
    fn take_back(&self, error: &CommitError) {
        let mut staged = lock(&self.staged);
        staged.store = self.read().clone();
        staged.changes.clear();
        let batch = mem::take(&mut staged.batch);
        batch.outcome.get_or_init(|| Err(error.clone()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
