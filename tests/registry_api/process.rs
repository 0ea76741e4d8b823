//! `serdecar registry` as a child process, with its schemas in a file.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::client::Client;

/// A registry that runs. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) client: Client,
    /// What it said before it listened.
    said: String,
    /// Kept open: who writes into a closed pipe ends.
    output: (ChildStdout, BufReader<ChildStderr>),
}

fn arguments(store: &Path) -> [String; 5] {
    let store = format!("file:{}", store.display());
    ["registry", "--listen", "127.0.0.1:0", "--store", &store].map(str::to_owned)
}

/// Held while a process comes into being: until it has become another program it has everything open that this one has,
/// and a file that is closed here stays locked.
static SPAWNING: Mutex<()> = Mutex::new(());

/// Does something while no process comes into being.
pub(crate) fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _guard = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

fn spawn(command: &mut Command) -> Child {
    undisturbed(|| command.spawn()).expect("it starts")
}

/// Runs a registry that must end by itself.
pub(crate) fn refused(store: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
    let command = command.args(arguments(store)).stdout(Stdio::piped()).stderr(Stdio::piped());
    spawn(command).wait_with_output().expect("its end")
}

impl Process {
    /// Starts a registry and waits until it listens.
    pub(crate) fn start(store: &Path) -> Self {
        Self::started(Command::new(env!("CARGO_BIN_EXE_serdecar")).args(arguments(store)))
    }

    /// The same with no file larger than so many KiB, until [`Self::lift_limit`].
    pub(crate) fn limited(store: &Path, kib: u32) -> Self {
        // Ignored, the signal becomes an error of the write.
        let script = format!("trap '' XFSZ; ulimit -S -f {kib}; exec \"$0\" \"$@\"");
        let bash = ["-c", &script, env!("CARGO_BIN_EXE_serdecar")];
        Self::started(Command::new("bash").args(bash).args(arguments(store)))
    }

    fn started(command: &mut Command) -> Self {
        let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let stdout = child.stdout.take().expect("a pipe");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("text") > 0, "the registry ended: {said}");
            if let Some((_, address)) = line.split_once("the schema registry listens address=") {
                break address.trim().to_owned();
            }
            said.push_str(&line);
        };
        Self { child, client: Client::new(format!("http://{address}")), said, output: (stdout, log) }
    }

    /// The same with an admin listener, and a client for that.
    pub(crate) fn observed(store: &Path) -> (Self, Client) {
        let admin = ["--admin", "127.0.0.1:0"];
        let process = Self::started(Command::new(env!("CARGO_BIN_EXE_serdecar")).args(arguments(store)).args(admin));
        let (_, address) = process.said.split_once("health and metrics are served address=Some(").expect("an address");
        let (address, _) = address.split_once(')').expect("an address");
        let client = Client::new(format!("http://{address}"));
        (process, client)
    }

    /// Starts one with a config file alone.
    pub(crate) fn configured(config: &Path) -> Self {
        let config = config.to_str().expect("text");
        Self::started(Command::new(env!("CARGO_BIN_EXE_serdecar")).args(["registry", "--config", config]))
    }

    /// Starts one that logs each request.
    pub(crate) fn logged(store: &Path) -> Self {
        Self::started(Command::new(env!("CARGO_BIN_EXE_serdecar")).args(arguments(store)).arg("--access-log"))
    }

    /// The next line of its log.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.output.1.read_line(&mut line).expect("text") > 0, "the registry ended");
        line
    }

    /// Sends SIGHUP and waits until the registry has said something with this text in it.
    pub(crate) fn reload(&mut self, said: &str) {
        run(&["kill", "-HUP", &self.child.id().to_string()]);
        while !self.line().contains(said) {}
    }

    /// Ends it as a power cut of the process would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a child");
        self.child.wait().expect("its end");
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        run(&["kill", "-TERM", &self.child.id().to_string()]);
        self.child.wait().expect("its end")
    }

    pub(crate) fn lift_limit(&self) {
        run(&["prlimit", "--pid", &self.child.id().to_string(), "--fsize=unlimited"]);
    }
}

fn run(command: &[&str]) {
    let [program, arguments @ ..] = command else { panic!("a command") };
    let done = spawn(Command::new(program).args(arguments)).wait().expect("its end");
    assert!(done.success(), "{command:?}");
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
