//! Other people's registry clients against our registry: Confluent's for Python and JavaScript, and franz-go's.
//!
//! Each script registers, looks up and reads back in several contexts, which it names in every way that its client knows,
//! and ends with an error at the first answer that is not what it should be.

#![expect(clippy::expect_used, reason = "a test ends where an expectation does not hold")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, run};
use tokio::net::TcpListener;
use tokio::task;

/// A path in the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a command to its end and returns the last line that it prints.
fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().expect("a program");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().last().unwrap_or_default().to_owned()
}

/// What a client says of a fresh registry, whose URL is its last argument.
async fn says(client: impl FnOnce(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let server = tokio::spawn(run(listener, Registry::new(QualifiedNames::On), std::future::pending()));
    let said = task::spawn_blocking(move || client(&url)).await.expect("the client's verdict");
    server.abort();
    said
}

fn python(script: &'static str) -> impl FnOnce(&str) -> String {
    move |url| {
        let interpreter = output(&mut Command::new(repository("tests/python/install.sh")));
        output(Command::new(interpreter).args([repository("tests/python").join(script).as_os_str(), OsStr::new(url)]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn confluents_python_client() {
    let said = says(python("registry_client.py")).await;
    assert_eq!(said, "the registry answers the Confluent Python client as it should");
}

#[tokio::test(flavor = "multi_thread")]
async fn confluents_python_serializers() {
    let said = says(python("registry_serializers.py")).await;
    assert_eq!(said, "the registry answers the Confluent Python serializers as it should");
}

#[tokio::test(flavor = "multi_thread")]
async fn confluents_javascript_client() {
    let said = says(|url| {
        let modules = output(&mut Command::new(repository("tests/js/install.sh")));
        output(Command::new("node").arg(repository("tests/js/registry_client.js")).arg(url).env("NODE_PATH", modules))
    });
    assert_eq!(said.await, "the registry answers the Confluent JavaScript client as it should");
}

#[tokio::test(flavor = "multi_thread")]
async fn franz_go() {
    let said = says(|url| {
        output(Command::new("go").args(["run", ".", url]).current_dir(repository("tests/go")).env("GOWORK", "off"))
    });
    assert_eq!(said.await, "the registry answers franz-go as it should");
}
