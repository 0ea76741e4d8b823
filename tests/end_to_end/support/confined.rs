//! `serdecar run` where it may write no file, in the directory that it starts in or elsewhere.
//!
//! A user without rights (where the tests run as root, it is made one) meets a limit of no bytes for files, which ends a
//! process that writes to one, a home and a temporary directory that are not there, and, where the tests may mount, a root
//! file system that is read-only.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use super::Sidecar;

/// Runs a command where the root file system is mounted read-only.
const READ_ONLY_ROOT: [&str; 6] = ["unshare", "--mount", "sh", "-c", "mount -o remount,bind,ro / && exec \"$@\"", "sh"];

/// The user of our image.
const NOBODY: u32 = 65_532;

impl Sidecar {
    /// Starts `serdecar run` on this config, confined.
    pub(crate) fn run_confined(config: &str) -> Self {
        Self::start(config, |dir, mut log| {
            let (mut output, log_of_child) = io::pipe().expect("a pipe");
            // It ends with the child.
            thread::spawn(move || io::copy(&mut output, &mut log));
            let mut command = Command::new("sh");
            command.args(["-c", "exec \"$@\"", "sh"]);
            if has_read_only_root() {
                command.args(READ_ONLY_ROOT);
            }
            command.args(["sh", "-c", "ulimit -f 0 && exec \"$@\"", "sh"]);
            if is_root() {
                command.args(["setpriv", "--clear-groups", "--no-new-privs"]);
                command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            }
            command.arg(program(dir)).current_dir("/").env("HOME", "/nowhere").env("TMPDIR", "/nowhere");
            command.stdout(log_of_child.try_clone().expect("a pipe")).stderr(log_of_child);
            command
        })
    }

    /// The user that it runs as, and the files that it has open for writing. Needs Linux.
    pub(crate) fn footprint(&self) -> (u32, Vec<String>) {
        let process = self.process();
        let open = fs::read_dir(process.join("fd")).expect("its files").map(|entry| entry.expect("a file"));
        let written = open.filter_map(|entry| {
            let path = fs::read_link(entry.path()).ok()?;
            let info = fs::read_to_string(process.join("fdinfo").join(entry.file_name())).ok()?;
            let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?.trim();
            let may_write = u32::from_str_radix(flags, 8).expect("octal") & 0b11 != 0;
            (may_write && path.starts_with("/") && !path.starts_with("/dev")).then(|| path.display().to_string())
        });
        (fs::metadata(&process).expect("a process").uid(), written.collect())
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Whether this machine lets us mount.
fn has_read_only_root() -> bool {
    let [unshare, arguments @ ..] = READ_ONLY_ROOT;
    Command::new(unshare).args(arguments).arg("true").output().is_ok_and(|output| output.status.success())
}

/// The program where another user finds it, who may also read the config.
fn program(dir: &Path) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_serdecar"));
    if !is_root() {
        return built.to_owned();
    }
    let program = dir.join("serdecar");
    fs::copy(built, &program).expect("a copy");
    for (path, mode) in [(dir, 0o755), (&dir.join("serdecar.yaml"), 0o644)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("rights");
    }
    program
}
