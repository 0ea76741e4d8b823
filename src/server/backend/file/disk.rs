//! The file under the database, locked, and at first only looked at.
//!
//! A database writes while it is opened: that it is open, and what it repairs. Until [`Disk::release`] all of that is
//! kept in memory and only looks as if it were in the file, so that a file which turns out to be damaged is as it was.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::mem;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

const PAGE: usize = 4_096;

/// A locked file. Clones are the same file; the lock ends with the last one.
#[derive(Debug, Clone)]
pub(super) struct Disk(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    file: File,
    /// None once the file is written to.
    withheld: Mutex<Option<Withheld>>,
}

/// What the file would be by now.
#[derive(Debug)]
struct Withheld {
    length: u64,
    /// How much of the file itself counts: it was cut to this at the least.
    base: u64,
    /// The pages that were written to.
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
    /// How it came about. The order keeps the file whole if the process ends in the middle.
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Write(u64, Vec<u8>),
    Resize(u64),
    Sync,
}

/// Where bytes stand: page, start within it, and how many.
struct Span {
    page: u64,
    from: usize,
    count: usize,
}

fn spans(mut offset: u64, mut left: usize) -> impl Iterator<Item = Span> {
    std::iter::from_fn(move || {
        let from = usize::try_from(offset % PAGE as u64).unwrap_or_default();
        let count = left.min(PAGE - from);
        let span = Span { page: offset / PAGE as u64, from, count };
        offset += count as u64;
        left -= count;
        (count > 0).then_some(span)
    })
}

impl Disk {
    /// Locks the file; `None` if somebody else has.
    pub(super) fn lock(file: File) -> io::Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let length = file.metadata()?.len();
        let withheld = Withheld { length, base: length, pages: BTreeMap::new(), steps: Vec::new() };
        Ok(Some(Self(Arc::new(Shared { file, withheld: Mutex::new(Some(withheld)) }))))
    }

    /// Writes what was withheld, and everything else from now on.
    pub(super) fn release(&self) -> io::Result<()> {
        let mut withheld = self.withheld();
        if let Some(Withheld { steps, .. }) = withheld.as_mut() {
            for step in mem::take(steps) {
                match step {
                    Step::Write(offset, data) => self.0.file.write_all_at(&data, offset)?,
                    Step::Resize(length) => self.0.file.set_len(length)?,
                    Step::Sync => self.0.file.sync_data()?,
                }
            }
        }
        *withheld = None;
        Ok(())
    }

    fn withheld(&self) -> MutexGuard<'_, Option<Withheld>> {
        self.0.withheld.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Withheld {
    /// A page as it is in the file, with zeros behind its end.
    fn original(&self, file: &File, page: u64) -> io::Result<Box<[u8; PAGE]>> {
        let mut bytes = Box::new([0; PAGE]);
        let offset = page * PAGE as u64;
        let count = usize::try_from(self.base.saturating_sub(offset)).unwrap_or(PAGE).min(PAGE);
        file.read_exact_at(bytes.split_at_mut(count).0, offset)?;
        Ok(bytes)
    }

    fn read(&self, file: &File, offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > self.length) {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        for Span { page, from, count } in spans(offset, out.len()) {
            let (part, rest) = out.split_at_mut(count);
            match self.pages.get(&page) {
                Some(bytes) => part.copy_from_slice(bytes.split_at(from).1.split_at(count).0),
                None => part.copy_from_slice(self.original(file, page)?.split_at(from).1.split_at(count).0),
            }
            out = rest;
        }
        Ok(())
    }

    fn write(&mut self, file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut left = data;
        for Span { page, from, count } in spans(offset, data.len()) {
            let (part, rest) = left.split_at(count);
            let mut bytes = match self.pages.remove(&page) {
                Some(bytes) => bytes,
                None => self.original(file, page)?,
            };
            bytes.split_at_mut(from).1.split_at_mut(count).0.copy_from_slice(part);
            self.pages.insert(page, bytes);
            left = rest;
        }
        self.length = self.length.max(offset + data.len() as u64);
        self.steps.push(Step::Write(offset, data.to_vec()));
        Ok(())
    }

    fn resize(&mut self, length: u64) {
        self.pages.retain(|page, _| *page * (PAGE as u64) < length);
        if let Some((page, bytes)) = self.pages.last_key_value() {
            // What is cut off reads as zeros should the file grow again.
            let page = *page;
            let kept = usize::try_from(length - page * PAGE as u64).unwrap_or(PAGE).min(PAGE);
            let mut bytes = bytes.clone();
            bytes.split_at_mut(kept).1.fill(0);
            self.pages.insert(page, bytes);
        }
        self.base = self.base.min(length);
        self.length = length;
        self.steps.push(Step::Resize(length));
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        match &*self.withheld() {
            Some(withheld) => Ok(withheld.length),
            None => Ok(self.0.file.metadata()?.len()),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.withheld() {
            Some(withheld) => withheld.read(&self.0.file, offset, out),
            None => self.0.file.read_exact_at(out, offset),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        match &mut *self.withheld() {
            Some(withheld) => {
                withheld.resize(length);
                Ok(())
            }
            None => self.0.file.set_len(length),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        match &mut *self.withheld() {
            Some(withheld) => {
                withheld.steps.push(Step::Sync);
                Ok(())
            }
            None => self.0.file.sync_data(),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match &mut *self.withheld() {
            Some(withheld) => withheld.write(&self.0.file, offset, data),
            None => self.0.file.write_all_at(data, offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What a reader finds.
    fn content(disk: &Disk) -> Vec<u8> {
        let mut bytes = vec![1; usize::try_from(disk.len().unwrap()).unwrap()];
        disk.read(0, &mut bytes).unwrap();
        bytes
    }

    fn open(path: &std::path::Path) -> Disk {
        let file = File::options().read(true).write(true).open(path).unwrap();
        Disk::lock(file).unwrap().expect("nobody has it")
    }

    #[test]
    fn withheld_writes_look_as_if_they_were_made_and_then_are() {
        let folder = tempfile::tempdir().unwrap();
        let (path, twin) = (folder.path().join("a"), folder.path().join("b"));
        let mut random = fastrand::Rng::with_seed(3);
        for round in 0..200 {
            let original: Vec<u8> = (0..random.usize(0..20_000)).map(|_| random.u8(..)).collect();
            for path in [&path, &twin] {
                fs::write(path, &original).unwrap();
            }
            let (withholding, writing) = (open(&path), open(&twin));
            writing.release().unwrap();
            for _ in 0..random.usize(0..20) {
                let (offset, count) = (random.u64(0..20_000), random.usize(0..9_000));
                if random.bool() {
                    let data: Vec<u8> = (0..count).map(|_| random.u8(..)).collect();
                    for disk in [&withholding, &writing] {
                        disk.write(offset, &data).unwrap();
                    }
                } else {
                    for disk in [&withholding, &writing] {
                        disk.set_len(offset).unwrap();
                    }
                }
                assert!(content(&withholding) == content(&writing), "round {round}");
            }
            assert!(fs::read(&path).unwrap() == original, "round {round}: the file is as it was");
            withholding.release().unwrap();
            assert!(fs::read(&path).unwrap() == fs::read(&twin).unwrap(), "round {round}");
        }
    }

    #[test]
    fn behind_the_end_there_is_nothing_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [7; 10]).unwrap();
        let disk = open(&path);
        for (offset, count) in [(0, 11), (10, 1), (u64::MAX, 2)] {
            let error = disk.read(offset, &mut vec![0; count]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
    }
}
