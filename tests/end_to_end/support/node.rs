//! One node of a Kafka cluster as a child process, through `tests/kafka/broker.sh`.
//!
//! The script's standard input is the leash: the node stops when it is told to, and also when this process dies in
//! whatever way, since the kernel then closes the pipe.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::{free_port, repository, tail};

/// A broker that is a controller too, with a data folder of its own.
#[derive(Debug)]
pub(super) struct Node {
    dir: TempDir,
    pub(super) log: PathBuf,
    pub(super) port: u16,
    pub(super) controller_port: u16,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    script: Child,
    leash: ChildStdin,
}

impl Node {
    /// A node that does not run yet.
    pub(super) fn new() -> Self {
        static CREATED: AtomicUsize = AtomicUsize::new(0);
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let dir = tempfile::Builder::new().prefix("kafka-").tempdir_in(&root).expect("a folder for the broker");
        let log = root.join(format!("kafka-{}.log", CREATED.fetch_add(1, Ordering::Relaxed)));
        File::create(&log).expect("the broker's log");
        Self { dir, log, port: free_port(), controller_port: free_port(), process: None }
    }

    /// Settings beside those of the script.
    pub(super) fn configure(&self, settings: &str) {
        std::fs::write(self.dir.path().join("more.properties"), settings).expect("its settings");
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it (again) on its port and records. Returns at once.
    pub(super) fn start(&mut self) {
        assert!(self.process.is_none(), "the broker is running");
        let log = File::options().append(true).open(&self.log).expect("the broker's log");
        let mut script = Command::new(repository("tests/kafka/broker.sh"))
            .arg("--tied")
            .arg(self.dir.path())
            .args([self.port.to_string(), self.controller_port.to_string()])
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("the broker's log"))
            .stderr(log)
            .spawn()
            .expect("tests/kafka/broker.sh");
        let leash = script.stdin.take().expect("standard input is piped");
        self.process = Some(Process { script, leash });
    }

    /// Whether it was started and not ended. It must not have ended by itself.
    pub(super) fn is_running(&mut self) -> bool {
        let Some(process) = self.process.as_mut() else { return false };
        if let Some(status) = process.script.try_wait().expect("the broker's state") {
            panic!("the broker ended by itself ({status}); {}", tail(&self.log));
        }
        true
    }

    /// Ends it: `stop` in good order, `kill` with SIGKILL. Its records stay.
    pub(super) fn end(&mut self, word: &str) {
        let Process { mut script, mut leash } = self.process.take().expect("the broker is not running");
        writeln!(leash, "{word}").expect("the broker's leash");
        let status = script.wait().expect("the broker's end");
        assert_eq!(status.success(), word == "stop", "told to {word}: {status}; {}", tail(&self.log));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(Process { mut script, leash }) = self.process.take() {
            drop(leash);
            if let Err(error) = script.wait() {
                eprintln!("the broker did not end: {error}");
            }
        }
    }
}
