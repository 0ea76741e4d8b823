//! A store in a file: one key-value database of [`LogRecord`]s, one transaction a commit.
//!
//! Invariants:
//! - a commit is on the disk when it returns (two phases: a crash leaves either all of it or nothing, and never makes an
//!   earlier commit pass for the latest);
//! - the file is checked as a whole whenever it is opened, before anything in it is believed, and written to only when
//!   all of it has been read;
//! - a new file comes into being under another name and gets its own once it is complete, so that one which is not is
//!   damaged, not new;
//! - a commit that failed is undone before the next one, also where it had reached the disk after all.

mod disk;
mod opening;

use std::fmt;
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition};

use super::super::log_record::LogRecord;
use super::super::store::Change;
use super::{CommitError, OpenError};
use opening::Fault;

/// What this version reads and writes.
pub(super) const FORMAT: u64 = 1;

/// `"format"` → [`FORMAT`].
const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");

/// Key → timestamp and value, of each [`LogRecord`] that is no tombstone.
const RECORDS: TableDefinition<'_, &[u8], (i64, &[u8])> = TableDefinition::new("records");

/// What was under a key before.
type Before = (Vec<u8>, Option<(i64, Vec<u8>)>);

/// An open store.
#[derive(Debug)]
pub(in crate::server) struct File {
    path: PathBuf,
    /// None after a failure: the next commit opens it anew.
    database: Option<Database>,
    /// What commits that failed would have replaced.
    undo: Vec<Before>,
}

impl File {
    /// Opens the file, or makes it, and reads everything in it, in the order of its keys.
    pub(super) fn open(path: &Path, change: impl FnMut(Change)) -> Result<Self, OpenError> {
        let (database, disk) = opening::open_or_create(path)?;
        replay(&database, change).map_err(|fault| opening::refusal(path, fault))?;
        disk.release().map_err(|source| opening::unreadable(path, source))?;
        Ok(Self { path: path.to_owned(), database: Some(database), undo: Vec::new() })
    }

    /// Makes changes durable, all of them or none.
    pub(super) fn commit(&mut self, changes: &[Change]) -> Result<(), CommitError> {
        let mut before = Vec::new();
        let committed = self.write(changes, &mut before);
        if committed.is_ok() {
            self.undo.clear();
        } else {
            // After a failed write the database refuses further ones until it is opened again.
            self.database = None;
            self.undo.extend(before);
        }
        committed
    }

    fn write(&mut self, changes: &[Change], before: &mut Vec<Before>) -> Result<(), CommitError> {
        let database = match &self.database {
            Some(database) => database,
            None => self.database.insert(reopen(&self.path)?),
        };
        let mut transaction = database.begin_write().map_err(failed)?;
        transaction.set_two_phase_commit(true);
        {
            let mut records = transaction.open_table(RECORDS).map_err(failed)?;
            // The latest first, so that the oldest state has the last word.
            for (key, old) in self.undo.iter().rev() {
                put(&mut records, key, old.as_ref().map(|(timestamp, value)| (*timestamp, value.as_slice())))?;
            }
            for change in changes {
                let LogRecord { key, value, timestamp } = LogRecord::of(change).map_err(failed)?;
                let old = put(&mut records, &key, value.as_deref().map(|value| (timestamp, value)))?;
                before.push((key, old));
            }
        }
        transaction.commit().map_err(failed)
    }
}

/// Opens the file again after a failure.
fn reopen(path: &Path) -> Result<Database, CommitError> {
    let (database, disk) = opening::open(path).map_err(failed)?;
    disk.release().map_err(failed)?;
    Ok(database)
}

fn replay(database: &Database, mut change: impl FnMut(Change)) -> Result<(), Fault> {
    let transaction = database.begin_read()?;
    for entry in transaction.open_table(RECORDS)?.iter()? {
        let (key, value) = entry?;
        let (timestamp, value) = value.value();
        let read = LogRecord::read(key.value(), value, timestamp);
        let damage = |error| redb::Error::Corrupted(format!("{}: {error}", String::from_utf8_lossy(key.value())));
        change(read.map_err(damage)?);
    }
    Ok(())
}

/// Puts or removes, and returns what was there.
fn put(
    records: &mut Table<'_, &[u8], (i64, &[u8])>,
    key: &[u8],
    value: Option<(i64, &[u8])>,
) -> Result<Option<(i64, Vec<u8>)>, CommitError> {
    let old = match value {
        Some(value) => records.insert(key, value),
        None => records.remove(key),
    };
    let old = old.map_err(failed)?;
    Ok(old.map(|old| {
        let (timestamp, value) = old.value();
        (timestamp, value.to_vec())
    }))
}

fn failed(error: impl fmt::Display) -> CommitError {
    CommitError(error.to_string())
}

#[cfg(test)]
mod tests;
