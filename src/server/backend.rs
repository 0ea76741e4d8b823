//! Where changes are made durable, and come back from when the registry starts.

mod file;

use std::io;
use std::path::{Path, PathBuf};

use super::config::StoreKind;
use super::store::{Change, Store};
use file::File;

/// A place that keeps what the registry holds.
#[derive(Debug)]
pub(super) enum Backend {
    /// Nowhere: all is gone when the registry stops.
    Memory,
    /// A file.
    File(File),
    /// It was given up: nothing can be stored any more.
    Closed,
}

/// Why a store could not be opened. Nothing has been changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another registry of this one, works on the file.
    #[error("the store {} is in use: another registry has it open", .0.display())]
    InUse(PathBuf),
    /// The system refused.
    #[error("can't open the store {}: {source}", path.display())]
    Io {
        /// The file, or the folder that it should be in.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is a file, but not one that a registry wrote.
    #[error("{} is not a registry's store ({found}); it is left as it is", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// A registry wrote the file, and it has been changed or cut short since.
    #[error("the store {} is damaged: {damage}; it is left as it is", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: String,
    },
    /// A newer version of this program wrote the file.
    #[error("the store {} has format {found}; this version reads format {}", path.display(), file::FORMAT)]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: u64,
    },
}

/// Why changes could not be made durable. None of them has been made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct CommitError(String);

impl Backend {
    /// Opens the store and reads everything in it.
    pub(super) fn open(kind: &StoreKind) -> Result<(Self, Store), OpenError> {
        match kind {
            StoreKind::Memory => Ok((Self::Memory, Store::new())),
            StoreKind::File(path) => Self::open_file(path),
        }
    }

    fn open_file(path: &Path) -> Result<(Self, Store), OpenError> {
        let mut store = Store::new();
        let file = File::open(path, |change| store.apply(change))?;
        Ok((Self::File(file), store))
    }

    /// Makes the changes durable, all of them or none.
    pub(super) fn commit(&mut self, changes: &[Change]) -> Result<(), CommitError> {
        match self {
            Self::Memory => Ok(()),
            Self::File(file) => file.commit(changes),
            Self::Closed => Err(CommitError("the store is closed".to_owned())),
        }
    }
}
