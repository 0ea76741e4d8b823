//! Other people's clients and readers, from Python.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::repository;

/// Runs a script of `tests/python/` to its end, in an environment with the packages that it needs.
///
/// Its output is printed, so that a failing test shows it.
pub(crate) fn python(script: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let output = Command::new(interpreter())
        .arg(repository("tests/python").join(script))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("python");
    println!("{script}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}

/// Makes requests of every kind to what has a description here, as a file of `tests/python/` says.
pub(crate) fn schemathesis(config: &str, description: &str) -> Output {
    let folder = TempDir::new().expect("a folder");
    let config = repository("tests/python").join(config);
    Command::new(interpreter().replace("/bin/python", "/bin/schemathesis"))
        .arg("--config-file")
        .arg(config)
        // One worker: Python 3.11 can't parse its own sources on two threads at once, which hypothesis does.
        .args(["--no-color", "run", description, "-c", "all", "-w", "1", "--warnings", "off"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("schemathesis")
}

/// The interpreter of an environment with the packages that the tests need.
fn interpreter() -> String {
    let install = Command::new(repository("tests/python/install.sh"))
        .stderr(Stdio::inherit())
        .output()
        .expect("tests/python/install.sh");
    assert!(install.status.success(), "tests/python/install.sh: {}", install.status);
    let path = String::from_utf8(install.stdout).expect("a path");
    path.trim_end().to_owned()
}
