mod failing_disk;

use std::fs;

use tempfile::TempDir;

use super::super::super::config::StoreKind;
use super::super::super::settings::Mode;
use super::super::super::store::Store;
use super::super::Backend;
use super::*;
use crate::schema::{QualifiedNames, QualifiedSubject};

fn name(text: &str) -> QualifiedSubject {
    QualifiedSubject::parse(text, QualifiedNames::On)
}

fn set(subject: &str, mode: Mode) -> Change {
    Change::SetMode(name(subject), mode)
}

/// A folder, and the path of a store in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schemas.redb");
    (folder, path)
}

fn store(path: &Path) -> Store {
    Backend::open(&StoreKind::File(path.to_owned())).unwrap().1
}

fn open(path: &Path) -> Result<File, OpenError> {
    File::open(path, drop)
}

fn refused(path: &Path) -> String {
    open(path).map(drop).unwrap_err().to_string()
}

#[test]
fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let (_folder, path) = place();
    let mut file = open(&path).unwrap();
    file.commit(&[set("a", Mode::Import), set("b", Mode::ReadOnly)]).unwrap();
    file.commit(&[set("a", Mode::ReadWrite), Change::ClearMode(name("b")), Change::ClearMode(name("c"))]).unwrap();
    file.commit(&[Change::Reach(name(":.x:").context, 7)]).unwrap();
    drop(file);

    let found = store(&path);
    assert_eq!(found.modes.into_iter().collect::<Vec<_>>(), [(name("a"), Mode::ReadWrite)]);
    assert_eq!(found.namespaces[".x"].last_id, 7);
    assert!(!found.namespaces[".x"].listed);
}

#[test]
fn a_file_that_is_open_is_not_opened_twice() {
    let (folder, path) = place();
    let file = open(&path).unwrap();
    let message = format!("the store {} is in use: another registry has it open", path.display());
    assert_eq!(refused(&path), message);
    drop(file);
    drop(open(&path).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the store");
}

#[test]
fn a_file_whose_making_was_broken_off_is_made_anew() {
    let (_folder, path) = place();
    fs::write(path.with_extension("redb.new"), [7; 10_000]).unwrap();
    drop(open(&path).unwrap());
    assert_eq!(store(&path), Store::new());
}

#[test]
fn of_several_who_make_the_file_one_does() {
    let (_folder, path) = place();
    let barrier = std::sync::Barrier::new(8);
    let opened: Vec<Result<File, OpenError>> = std::thread::scope(|scope| {
        let open = || {
            barrier.wait();
            open(&path)
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    assert!(opened.iter().filter_map(|opened| opened.as_ref().err()).all(|error| matches!(error, OpenError::InUse(_))));
}

#[test]
fn what_is_no_store_is_left_as_it_is() {
    let (folder, path) = place();
    let left = "it is left as it is";
    for (content, message) in [
        (Vec::new(), format!("{} is not a registry's store (it is empty); {left}", path.display())),
        (
            b"{\"keytype\": \"SCHEMA\"}".to_vec(),
            format!("{} is not a registry's store (it is another kind of file); {left}", path.display()),
        ),
        (
            vec![b'x'; 100_000],
            format!("{} is not a registry's store (it is another kind of file); {left}", path.display()),
        ),
    ] {
        fs::write(&path, &content).unwrap();
        assert_eq!(refused(&path), message);
        assert!(fs::read(&path).unwrap() == content);
    }
    fs::remove_file(&path).unwrap();
    let transaction = Database::create(&path).unwrap().begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, u64>::new("other")).unwrap();
    transaction.commit().unwrap();
    let message = format!("{} is not a registry's store (it is another program's database); {left}", path.display());
    assert_eq!(refused(&path), message);
    assert!(refused(folder.path()).starts_with("can't open the store"));
    assert!(refused(&folder.path().join("none/x")).contains("No such file or directory"));
}

#[test]
fn a_newer_format_is_not_read() {
    let (_folder, path) = place();
    let file = open(&path).unwrap();
    let transaction = file.database.as_ref().unwrap().begin_write().unwrap();
    transaction.open_table(ABOUT).unwrap().insert("format", FORMAT + 1).unwrap();
    transaction.commit().unwrap();
    drop(file);
    assert_eq!(refused(&path), format!("the store {} has format 2; this version reads format 1", path.display()));
}

#[test]
fn a_record_that_says_nothing_is_named() {
    let (_folder, path) = place();
    let file = open(&path).unwrap();
    let transaction = file.database.as_ref().unwrap().begin_write().unwrap();
    let key: &[u8] = br#"{"keytype":"MODE","magic":0}"#;
    transaction.open_table(RECORDS).unwrap().insert(key, (0, &b"{}"[..])).unwrap();
    transaction.commit().unwrap();
    drop(file);
    let error = refused(&path);
    let damage = r#"is damaged: {"keytype":"MODE","magic":0}: missing field `mode`"#;
    assert!(error.contains(damage), "{error}");
}

const PAGE: usize = 4_096;

/// A file with some content, as a crash leaves it, and what is in it.
fn crashed(path: &Path) -> (Vec<u8>, Store) {
    let mut file = open(path).unwrap();
    for n in 0..40 {
        file.commit(&[set(&format!("subject-{n}"), Mode::Import)]).unwrap();
    }
    let bytes = fs::read(path).unwrap();
    drop(file);
    (bytes, store(path))
}

#[test]
fn damage_is_noticed_and_changes_nothing() {
    let (_folder, path) = place();
    let (whole, content) = crashed(&path);
    let mut random = fastrand::Rng::with_seed(5);
    let (mut noticed, mut harmless) = (0, 0);
    for round in 0..100 {
        let mut bytes = whole.clone();
        match round % 5 {
            0 => bytes.truncate(random.usize(0..whole.len() / PAGE) * PAGE),
            1 => bytes.truncate(random.usize(0..whole.len())),
            2 => bytes[random.usize(0..whole.len())] ^= 1 << random.u8(0..8),
            3 => bytes[random.usize(0..2 * PAGE)] = random.u8(..),
            _ => {
                let at = random.usize(0..whole.len());
                bytes[at..(at + PAGE).min(whole.len())].fill(random.u8(..));
            }
        }
        fs::write(&path, &bytes).unwrap();
        match Backend::open(&StoreKind::File(path.clone())) {
            // What was hit is not in use, or was restored from its copy.
            Ok((_, found)) => {
                assert_eq!(found, content, "round {round}");
                harmless += 1;
            }
            Err(OpenError::Damaged { .. } | OpenError::NotAStore { .. }) => {
                assert!(fs::read(&path).unwrap() == bytes, "round {round}");
                noticed += 1;
            }
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    assert!(noticed > 40 && harmless > 5, "{noticed} {harmless}");
}
