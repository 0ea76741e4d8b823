//! Apache Kafka as a child process, through `tests/kafka/broker.sh`.
//!
//! The script's standard input is the leash: the broker stops when it is told to, and also when this process dies in
//! whatever way, since the kernel then closes the pipe.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;

use super::{PATIENCE, free_port, repository, tail};

/// One Kafka broker on loopback, with a data folder of its own.
#[derive(Debug)]
pub(crate) struct Kafka {
    dir: TempDir,
    log: PathBuf,
    port: u16,
    controller_port: u16,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    script: Child,
    leash: ChildStdin,
}

impl Kafka {
    /// The broker that all tests of this binary share. It must not be stopped.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Kafka> = OnceLock::new();
        let kafka = SHARED.get_or_init(Self::start);
        eprintln!("broker {}, log {}", kafka.bootstrap(), kafka.log.display());
        kafka
    }

    /// Starts a broker of one's own, which ends when it is dropped.
    pub(crate) fn start() -> Self {
        Self::start_with(|_, _| String::new())
    }

    /// The same with more settings, which are told the ports for clients and for the controller.
    pub(crate) fn start_with(settings: impl Fn(u16, u16) -> String) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let install = Command::new(repository("tests/jars.sh")).arg("kafka").stdout(Stdio::null()).status();
        assert!(install.as_ref().is_ok_and(ExitStatus::success), "tests/jars.sh: {install:?}");

        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let (port, controller_port) = (free_port(), free_port());
        let dir = tempfile::Builder::new().prefix("kafka-").tempdir_in(&root).expect("a folder for the broker");
        std::fs::write(dir.path().join("more.properties"), settings(port, controller_port)).expect("its settings");
        let log = root.join(format!("kafka-{}.log", STARTED.fetch_add(1, Ordering::Relaxed)));
        File::create(&log).expect("the broker's log");
        let mut kafka = Self { dir, log, port, controller_port, process: None };
        kafka.restart();
        kafka
    }

    /// The address that clients are given.
    pub(crate) fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops the broker in good order. Its records stay, for [`Kafka::restart`].
    pub(crate) fn stop(&mut self) {
        self.end("stop");
    }

    /// Ends the broker with SIGKILL. Its records stay, for [`Kafka::restart`].
    pub(crate) fn kill(&mut self) {
        self.end("kill");
    }

    /// Starts the stopped broker again, on the same port and records, and waits until it answers.
    pub(crate) fn restart(&mut self) {
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
        self.await_answer();
    }

    /// Waits for an answer to a metadata request that names the broker.
    fn await_answer(&mut self) {
        // Short back-offs: the first connections are refused, and the default would wait for up to 10 s after that.
        let client: BaseConsumer = self
            .client()
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "100")
            .create()
            .expect("a client");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let process = self.process.as_mut().expect("started above");
            if let Some(status) = process.script.try_wait().expect("the broker's state") {
                panic!("the broker ended while starting ({status}); {}", tail(&self.log));
            }
            if client.fetch_metadata(None, Duration::from_millis(500)).is_ok_and(|m| !m.brokers().is_empty()) {
                return;
            }
            assert!(Instant::now() < deadline, "no answer within {PATIENCE:?}; {}", tail(&self.log));
        }
    }

    fn end(&mut self, word: &str) {
        let Process { mut script, mut leash } = self.process.take().expect("the broker is not running");
        writeln!(leash, "{word}").expect("the broker's leash");
        let status = script.wait().expect("the broker's end");
        assert_eq!(status.success(), word == "stop", "told to {word}: {status}; {}", tail(&self.log));
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        if let Some(Process { mut script, leash }) = self.process.take() {
            drop(leash);
            if let Err(error) = script.wait() {
                eprintln!("the broker did not end: {error}");
            }
        }
    }
}
