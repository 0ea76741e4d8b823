//! Opening the file of a store, or making it; and why not.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase, StorageBackend};

use super::disk::Disk;
use super::{ABOUT, FORMAT, OpenError, RECORDS};

/// How much of the file is kept in memory, in bytes: little, since it is read once.
const CACHE_BYTES: usize = 4 << 20;

/// What the new file is called until it is complete: the name with this behind it.
const UNFINISHED: &str = ".new";

/// Opens the file, or makes it. Nothing is written to one that was there until the disk is released.
pub(super) fn open_or_create(path: &Path) -> Result<(Database, Disk), OpenError> {
    if path.exists() {
        return open(path);
    }
    let created = create(path)?;
    created.map_or_else(|| open(path), Ok)
}

/// Opens a file that is there, and checks all of it. Nothing is written to it until the disk is released.
pub(super) fn open(path: &Path) -> Result<(Database, Disk), OpenError> {
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.map_err(|source| unreadable(path, source))?;
    let length = file.metadata().map_err(|source| unreadable(path, source))?.len();
    let disk = lock(path, file)?;
    if length == 0 {
        return Err(OpenError::NotAStore { path: path.to_owned(), found: "it is empty".to_owned() });
    }
    let opened = builder().set_check_integrity_on_open(true).create_with_backend(disk.clone());
    let database = opened.map_err(|error| match redb::Error::from(error) {
        redb::Error::Io(error) if error.kind() == ErrorKind::InvalidData => {
            OpenError::NotAStore { path: path.to_owned(), found: "it is another kind of file".to_owned() }
        }
        redb::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            OpenError::Damaged { path: path.to_owned(), damage: format!("it ends too early, after {length} bytes") }
        }
        error => refusal(path, error.into()),
    })?;
    match format(&database) {
        Ok(Some(FORMAT)) => Ok((database, disk)),
        Ok(Some(found)) => Err(OpenError::Newer { path: path.to_owned(), found }),
        Ok(None) => {
            Err(OpenError::NotAStore { path: path.to_owned(), found: "it is another program's database".to_owned() })
        }
        Err(error) => Err(refusal(path, error)),
    }
}

/// Makes the file; `None` if somebody else was faster.
///
/// Locked from before its first byte, so that of several who make it one does; and complete before it gets its name.
fn create(path: &Path) -> Result<Option<(Database, Disk)>, OpenError> {
    let unfinished = unfinished(path);
    let failed = |source: io::Error| unreadable(path, source);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&unfinished);
    let disk = lock(path, file.map_err(failed)?)?;
    if path.exists() {
        return Ok(None);
    }
    disk.release().and_then(|()| disk.set_len(0)).map_err(failed)?;
    let database = builder().create_with_backend(disk.clone()).map_err(|error| refusal(path, error.into()))?;
    prepare(&database).map_err(|error| refusal(path, error))?;
    fs::rename(&unfinished, path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    Ok(Some((database, disk)))
}

fn lock(path: &Path, file: fs::File) -> Result<Disk, OpenError> {
    let locked = Disk::lock(file).map_err(|source| unreadable(path, source))?;
    locked.ok_or_else(|| OpenError::InUse(path.to_owned()))
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(UNFINISHED);
    PathBuf::from(name)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Makes the tables and says whose they are.
fn prepare(database: &Database) -> Result<(), Fault> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(true);
    transaction.open_table(RECORDS)?;
    transaction.open_table(ABOUT)?.insert("format", FORMAT)?;
    Ok(transaction.commit()?)
}

/// The format of a store; `None` for what is none.
fn format(database: &Database) -> Result<Option<u64>, Fault> {
    let transaction = database.begin_read()?;
    match transaction.open_table(ABOUT) {
        Ok(about) => Ok(about.get("format")?.map(|format| format.value())),
        Err(redb::TableError::TableDoesNotExist(_) | redb::TableError::TableTypeMismatch { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source }
}

/// An error of the database, of whichever of its operations.
#[derive(Debug)]
pub(super) struct Fault(Box<redb::Error>);

impl<E: Into<redb::Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self(Box::new(error.into()))
    }
}

/// What an error of the database means for its file.
pub(super) fn refusal(path: &Path, Fault(error): Fault) -> OpenError {
    match *error {
        redb::Error::Io(source) => unreadable(path, source),
        redb::Error::Corrupted(damage) => OpenError::Damaged { path: path.to_owned(), damage },
        error => OpenError::Damaged { path: path.to_owned(), damage: error.to_string() },
    }
}
