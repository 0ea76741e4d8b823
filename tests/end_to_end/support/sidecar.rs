//! The `serdecar` binary as a child process.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

use super::{PATIENCE, eventually, free_port, tail};

/// Runs `serdecar` to its end.
pub(crate) fn serdecar(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_serdecar")).args(args).stdin(Stdio::null()).output().expect("serdecar starts")
}

/// `serdecar run` or `serdecar registry` in the background. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Sidecar {
    /// Holds the config and the log.
    _dir: TempDir,
    log: PathBuf,
    admin: SocketAddr,
    child: Child,
}

impl Sidecar {
    /// Starts `serdecar run` on this config, with the admin listener moved to a free port.
    pub(crate) fn run(config: &str) -> Self {
        let dir = TempDir::new().expect("a folder");
        let file = dir.path().join("serdecar.yaml");
        std::fs::write(&file, config).expect("the config");
        let log = dir.path().join("serdecar.log");
        let admin = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let output = File::create(&log).expect("the log");
        let child = Command::new(env!("CARGO_BIN_EXE_serdecar"))
            .args([OsStr::new("run"), OsStr::new("--config"), file.as_os_str()])
            .env("SERDECAR__ADMIN__LISTEN", admin.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log"))
            .stderr(output)
            .spawn()
            .expect("serdecar starts");
        Self { _dir: dir, log, admin, child }
    }

    /// Waits until `/readyz` answers 200.
    pub(crate) fn await_ready(&mut self) -> &mut Self {
        let (log, admin, child) = (&self.log, self.admin, &mut self.child);
        eventually(&format!("ready; {}", log.display()), || {
            if let Some(status) = child.try_wait().expect("its state") {
                panic!("serdecar ended before it was ready ({status}); {}", tail(log));
            }
            get(admin, "/readyz").filter(|(status, _)| *status == 200)
        });
        self
    }

    /// Status and body of a path of the admin listener, once it answers.
    pub(crate) fn admin(&self, path: &str) -> (u16, String) {
        eventually(path, || get(self.admin, path))
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it has ended before; {}", tail(&self.log));
        self.wait()
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("serdecar ends", || child.try_wait().expect("its state"))
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a process");
        self.child.wait().expect("its end");
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", tail(&self.log));
        }
        self.child.kill().and_then(|()| self.child.wait().map(drop)).ok();
    }
}

/// One HTTP request; `None` when nobody answers. HTTP/1.0, so that the body comes unchunked and ends with the stream.
fn get(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
