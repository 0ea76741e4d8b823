//! The description of the API, and whether the registry keeps to it.

use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::client::{Api, record};
use crate::process::{Process, undisturbed};

#[tokio::test]
async fn the_description_is_served_in_every_context() {
    let api = Api::start().await;
    for path in ["/openapi.json", "/contexts/staging/openapi.json"] {
        let (status, description) = api.get(path).await;
        assert_eq!((status, &description["openapi"]), (200, &json!("3.1.1")), "{path}");
        assert_eq!(description["paths"]["/subjects/{subject}"]["post"]["operationId"], "lookUpSchema");
    }
}

/// Thousands of requests, allowed and not: no answer but those that are described, nothing refused that is allowed,
/// nothing done that is not, and never a 500.
#[tokio::test]
async fn requests_of_every_kind_are_answered_as_described() {
    let python = run(Command::new("tests/python/install.sh").stderr(Stdio::inherit()));
    let python = String::from_utf8(python.stdout).unwrap();
    let schemathesis = python.trim_end().replace("/bin/python", "/bin/schemathesis");
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&folder.path().join("schemas.redb"));
    // The names that the description has for examples.
    for subject in ["orders-value", ":.staging:orders-value"] {
        for schema in ["R", "S"] {
            process.client.register(subject, &record(schema)).await;
        }
    }
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/schemathesis.toml");
    let location = process.client.url("/openapi.json");
    // One worker: Python 3.11 can't parse its own sources on two threads at once, which hypothesis does.
    let arguments =
        ["--config-file", config, "--no-color", "run", &location, "-c", "all", "-w", "1", "--warnings", "off"];
    let output = run(Command::new(schemathesis).args(arguments).current_dir(folder.path()));
    assert!(process.terminate().success());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("No issues found"), "{text}{:?}", output.stderr);
}

fn run(command: &mut Command) -> Output {
    let child = undisturbed(|| command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()).unwrap();
    child.wait_with_output().unwrap()
}
