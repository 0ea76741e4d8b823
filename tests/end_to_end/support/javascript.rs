//! The official JavaScript client's serializers and deserializers.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{SchemaRegistry, repository};

/// Gives `tests/js/serializers.js` a job in a context, and returns what it prints.
pub(crate) fn javascript(registry: &SchemaRegistry, context: &str, job: &Value) -> Vec<Value> {
    let install =
        Command::new(repository("tests/js/install.sh")).stderr(Stdio::inherit()).output().expect("tests/js/install.sh");
    assert!(install.status.success(), "tests/js/install.sh: {}", install.status);
    let modules = String::from_utf8(install.stdout).expect("a path");
    let output = Command::new("node")
        .arg(repository("tests/js/serializers.js"))
        .arg(format!("{}/contexts/{context}", registry.url()))
        .arg(job.to_string())
        .env("NODE_PATH", modules.trim_end())
        .stdin(Stdio::null())
        .output()
        .expect("node");
    assert!(output.status.success(), "{job}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
