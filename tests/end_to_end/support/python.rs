//! Other people's clients and readers, from Python.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};

use super::repository;

/// Runs a script of `tests/python/` to its end, in an environment with the packages that it needs.
///
/// Its output is printed, so that a failing test shows it.
pub(crate) fn python(script: &str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let install = Command::new(repository("tests/python/install.sh"))
        .stderr(Stdio::inherit())
        .output()
        .expect("tests/python/install.sh");
    assert!(install.status.success(), "tests/python/install.sh: {}", install.status);
    let interpreter = String::from_utf8(install.stdout).expect("a path");
    let output = Command::new(interpreter.trim_end())
        .arg(repository("tests/python").join(script))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("python");
    println!("{script}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    output
}
