//! Commits on a disk that fails.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use redb::StorageBackend;

use super::super::disk::Disk;
use super::*;
use crate::server::error::Error;
use crate::server::ledger::Ledger;

/// A disk that fails from some write or sync on.
#[derive(Debug)]
struct FailingDisk {
    inner: Disk,
    left: Arc<AtomicUsize>,
}

impl FailingDisk {
    fn step(&self) -> io::Result<()> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| io::Error::from(io::ErrorKind::StorageFull))
    }
}

type Step<T> = Result<T, io::Error>;

impl StorageBackend for FailingDisk {
    fn len(&self) -> Step<u64> {
        self.inner.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Step<()> {
        self.inner.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Step<()> {
        self.step()?;
        self.inner.set_len(len)
    }

    fn sync_data(&self) -> Step<()> {
        self.inner.sync_data()?;
        // It may all be on the disk, and the answer says that it is not.
        self.step()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Step<()> {
        self.step()?;
        self.inner.write(offset, data)
    }
}

impl FailingDisk {
    /// Puts one under an open store; it fails once nothing is left.
    fn under(file: &mut File) -> Arc<AtomicUsize> {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        drop(file.database.take());
        let inner = fs::File::options().read(true).write(true).open(&file.path).unwrap();
        let inner = Disk::lock(inner).unwrap().unwrap();
        inner.release().unwrap();
        let disk = Self { inner, left: Arc::clone(&left) };
        file.database = Some(redb::Builder::new().create_with_backend(disk).unwrap());
        left
    }
}

#[test]
fn a_commit_that_fails_has_not_happened_wherever_the_disk_fails() {
    let (_folder, path) = place();
    let mut file = open(&path).unwrap();
    file.commit(&[set("kept", Mode::Import), set("changed", Mode::Import)]).unwrap();
    let mut failures = 0;
    for steps in 0.. {
        let left = FailingDisk::under(&mut file);
        left.store(steps, Ordering::SeqCst);
        let changes = [set("changed", Mode::ReadOnly), set("new", Mode::ReadOnly), Change::ClearMode(name("kept"))];
        let committed = file.commit(&changes);
        left.store(usize::MAX, Ordering::SeqCst);
        if committed.is_ok() {
            break;
        }
        failures += 1;
        file.commit(&[set("next", Mode::Forward)]).unwrap();
        drop(file);
        let mut found = Store::new();
        file = File::open(&path, |change| found.apply(change)).unwrap();
        let modes: Vec<_> = found.modes.into_iter().map(|(name, mode)| (name.to_string(), mode)).collect();
        let expected = [("changed", Mode::Import), ("kept", Mode::Import), ("next", Mode::Forward)];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)), "failed at step {steps}");
    }
    assert!(failures > 3, "{failures}");
}

/// Counts up a mode: each step is decided on the one before it.
fn step(ledger: &Ledger, name: &QualifiedSubject) -> Result<u32, Error> {
    ledger.change(|store| {
        let next = store.namespaces.get(&name.context).map_or(0, |namespace| namespace.last_id) + 1;
        Ok((vec![Change::Reach(name.context.clone(), next)], next))
    })
}

#[test]
fn what_was_decided_on_a_change_that_failed_has_not_happened_either() {
    let (_folder, path) = place();
    for steps in (0..200).step_by(7) {
        let mut held = Store::new();
        let mut file = File::open(&path, |change| held.apply(change)).unwrap();
        let left = FailingDisk::under(&mut file);
        let ledger = Ledger::new(Backend::File(file), held);
        let counted = name(":.x:");
        let before = step(&ledger, &counted).unwrap();
        left.store(steps, Ordering::SeqCst);
        let results: Vec<Result<u32, Error>> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..5).map(|_| step(&ledger, &counted)).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        left.store(usize::MAX, Ordering::SeqCst);
        let mut acknowledged: Vec<u32> = results.into_iter().filter_map(Result::ok).collect();
        acknowledged.sort_unstable();
        let last = before + u32::try_from(acknowledged.len()).unwrap();
        assert_eq!(acknowledged, (before + 1..=last).collect::<Vec<_>>(), "each number once, and none left out");
        // What failed is undone with the next change, should it have reached the disk.
        step(&ledger, &name(":.y:")).unwrap();
        assert_eq!(ledger.read().namespaces[".x"].last_id, last);
        drop(ledger);
        assert_eq!(store(&path).namespaces[".x"].last_id, last);
    }
}
