//! What the README shows of `serdecar demo` is what it prints.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

/// A line whose counts and speeds are one and the same, and whose columns are a space apart.
fn without_counts(line: &str) -> String {
    let is_count = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let words = line.split_whitespace().map(|word| if is_count(word) { "#" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let output = Command::new(env!("CARGO_BIN_EXE_serdecar")).args(["demo", "--records", "2000"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, shown) = readme.split_once("\nTwo contexts, one id, two schemas\n").unwrap();
    let (shown, _) = shown.split_once("\nTook ").unwrap();
    let printed_lines: HashSet<String> = printed.lines().map(without_counts).collect();
    for line in shown.lines() {
        assert!(printed_lines.contains(&without_counts(line)), "{line}\nis not in\n{printed}");
    }
    for title in ["JSON to Avro and back", "JSON Schema: ", "Protobuf: "] {
        assert!(shown.contains(title), "{title}");
    }
}
