//! The `serdecar` binary as a child process.

use std::ffi::OsStr;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

use super::{eventually, free_port, http, tail};

/// Runs `serdecar` to its end.
pub(crate) fn serdecar(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_serdecar")).args(args).stdin(Stdio::null()).output().expect("serdecar starts")
}

/// `serdecar run` in the background. It is killed when it is dropped.
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
        Self::start(config, |_, log| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
            command.stdout(log.try_clone().expect("the log")).stderr(log);
            command
        })
    }

    /// The same with the command that `make` gives for it, which lacks the arguments. It is told a folder of its own and
    /// the log.
    pub(super) fn start(config: &str, make: impl FnOnce(&Path, File) -> Command) -> Self {
        let dir = TempDir::new().expect("a folder");
        let file = dir.path().join("serdecar.yaml");
        std::fs::write(&file, config).expect("the config");
        let log = dir.path().join("serdecar.log");
        let admin = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let child = make(dir.path(), File::create(&log).expect("the log"))
            .args([OsStr::new("run"), OsStr::new("--config"), file.as_os_str()])
            .env("SERDECAR__ADMIN__LISTEN", admin.to_string())
            .stdin(Stdio::null())
            .spawn()
            .expect("serdecar starts");
        Self { _dir: dir, log, admin, child }
    }

    /// What the system tells of it. Needs Linux.
    pub(super) fn process(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.child.id()))
    }

    /// Its arguments, as everybody on the machine may see them. Needs Linux.
    pub(crate) fn arguments(&self) -> String {
        std::fs::read_to_string(self.process().join("cmdline")).expect("its arguments")
    }

    /// Waits until `/readyz` answers 200.
    pub(crate) fn await_ready(&mut self) -> &mut Self {
        self.await_readiness("ready", |status, _| status == 200)
    }

    /// Waits until `/readyz` answers 503 with a report that names all of these.
    pub(crate) fn await_unready(&mut self, names: &[&str]) -> &mut Self {
        let what = format!("not ready for {names:?}");
        self.await_readiness(&what, |status, report| status == 503 && names.iter().all(|name| report.contains(name)))
    }

    fn await_readiness(&mut self, what: &str, is: impl Fn(u16, &str) -> bool) -> &mut Self {
        let (log, admin, child) = (&self.log, self.admin, &mut self.child);
        eventually(what, || {
            if let Some(status) = child.try_wait().expect("its state") {
                panic!("serdecar ended before it was {what} ({status}); {}", tail(log));
            }
            http::request(admin, "GET", "/readyz", "").filter(|(status, report)| is(*status, report))
        });
        self
    }

    /// Status and body of a path of the admin listener, once it answers.
    pub(crate) fn admin(&self, path: &str) -> (u16, String) {
        eventually(path, || http::request(self.admin, "GET", path, ""))
    }

    /// The sum of a metric's series that have all of these labels; `None` if there are none.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        let (status, text) = self.admin("/metrics");
        assert_eq!(status, 200, "{text}");
        let series = text.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (series, labeled) = series.split_once('{').unwrap_or((series, ""));
            let all = labels.iter().all(|label| labeled.trim_end_matches('}').split(',').any(|l| l == label));
            (series == name && all).then(|| value.parse::<f64>().expect("a number"))
        });
        series.fold(None, |sum, value| Some(sum.unwrap_or_default() + value))
    }

    /// Waits until a metric has this value.
    pub(crate) fn await_metric(&self, name: &str, labels: &[(&str, &str)], value: f64) {
        let mut last = None;
        eventually(&format!("{name} {labels:?} is {value}"), || {
            last = self.metric(name, labels);
            last.filter(|found| (found - value).abs() < f64::EPSILON)
        });
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }

    /// The most memory that it has taken so far, in bytes, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(self.process().join("status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib << 10)
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal("-TERM")
    }

    /// Sends SIGINT and waits for the end.
    pub(crate) fn interrupt(&mut self) -> ExitStatus {
        self.signal("-INT")
    }

    /// Freezes it, as a machine that stalls would: SIGSTOP.
    pub(crate) fn freeze(&self) {
        self.send("-STOP");
    }

    /// Lets it go on: SIGCONT.
    pub(crate) fn thaw(&self) {
        self.send("-CONT");
    }

    fn signal(&mut self, signal: &str) -> ExitStatus {
        self.send(signal);
        self.wait()
    }

    fn send(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it has ended before; {}", tail(&self.log));
    }

    /// Waits until it ends by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("serdecar ends", || child.try_wait().expect("its state"))
    }

    /// How it ended, if it has.
    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its state")
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
