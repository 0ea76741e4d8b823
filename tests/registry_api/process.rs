//! `serdecar registry` as a child process, with its schemas in a file.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};

use crate::client::Client;

/// A registry that runs. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) client: Client,
    _output: (ChildStdout, BufReader<ChildStderr>),
}

fn arguments(store: &Path) -> [String; 5] {
    let store = format!("file:{}", store.display());
    ["registry", "--listen", "127.0.0.1:0", "--store", &store].map(str::to_owned)
}

/// Runs a registry that must end by itself.
pub(crate) fn refused(store: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_serdecar")).args(arguments(store)).output().expect("serdecar starts")
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
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("serdecar starts");
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
        Self { child, client: Client::new(format!("http://{address}")), _output: (stdout, log) }
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
    let done = Command::new(program).args(arguments).status().expect("it runs");
    assert!(done.success(), "{command:?}");
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
