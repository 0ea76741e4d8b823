//! Imports run downward only: main → cli → app → config → services → transformation → adapters → core.
//!
//! Every path in `src/` that starts at the crate's root is an arrow from the module that it stands in to the module
//! that it names. An arrow that runs up fails here; so does one between two services, between two adapters, from the
//! core to a leaf, and one from or to a module that has no layer yet. Tests inside `src/` are bound as well: one that
//! needs an upper layer belongs there, or in `tests/`.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::Path;

/// The layers, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Main,
    CommandLine,
    Assembly,
    Config,
    Service,
    Transformation,
    Adapter,
    Core,
    /// Stands beside the layers: anyone but the core may import it.
    Leaf,
}

impl Layer {
    fn of(module: &str) -> Option<Self> {
        Some(match module {
            "main" => Self::Main,
            "cli" => Self::CommandLine,
            "app" => Self::Assembly,
            "config" => Self::Config,
            "pipeline" | "gateway" | "server" | "admin" => Self::Service,
            "transform" => Self::Transformation,
            "kafka" | "registry" => Self::Adapter,
            "block" | "codec" | "schema" | "wire" => Self::Core,
            "disposition" | "listener" | "metrics" | "readiness" | "settings" | "telemetry" => Self::Leaf,
            _ => return None,
        })
    }

    fn may_import(self, target: Self) -> bool {
        match (self, target) {
            // Services and adapters know nothing of each other: `app` wires them. The core is pure: no logs, metrics, settings.
            (Self::Service, Self::Service) | (Self::Adapter, Self::Adapter) | (Self::Core, Self::Leaf) => false,
            (from, to) => from <= to,
        }
    }
}

/// A path in one module that names another one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrow {
    from: String,
    to: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.from, self.to)
    }
}

impl Arrow {
    fn is_allowed(&self) -> bool {
        match (Layer::of(&self.from), Layer::of(&self.to)) {
            (Some(from), Some(to)) => self.from == self.to || from.may_import(to),
            _ => false,
        }
    }
}

/// The arrows of one source file.
fn arrows(from: &str, source: &str) -> BTreeSet<Arrow> {
    // The binary sees the library's root under the crate's name, and its own as `crate`.
    let root = if from == "main" { "serdecar::" } else { "crate::" };
    let code = without_comments(source);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(root) {
        let (before, path) = code.split_at(at);
        if before.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let path = path.split_at(root.len()).1;
        for module in first_segments(path) {
            found.insert(Arrow { from: from.to_owned(), to: module });
        }
    }
    found
}

/// The names that follow the root: one, or those of a group `{a::b, c::{d, e}, f}`.
fn first_segments(path: &str) -> Vec<String> {
    let name =
        |text: &str| -> String { text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0_usize;
    let mut names = vec![name(group)];
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            '{' => depth += 1,
            ',' if depth == 0 => names.push(name(group.split_at(at + 1).1)),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Links in doc comments are no imports.
fn without_comments(source: &str) -> String {
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The module of the crate's root that a file belongs to: `pipeline` for both `pipeline.rs` and `pipeline/worker.rs`.
fn root_module(relative: &Path) -> String {
    let first = relative.components().next().map(|c| c.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

/// The arrows of every file below `folder`, and how many files that were.
fn arrows_below(source: &Path, folder: &Path) -> (BTreeSet<Arrow>, usize) {
    let mut found = BTreeSet::new();
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let module = root_module(path.strip_prefix(source).expect("below the source"));
        if path.is_dir() {
            let (below, count) = arrows_below(source, &path);
            found.extend(below);
            files += count;
        } else if path.extension().is_some_and(|e| e == "rs") && module != "lib" {
            assert!(Layer::of(&module).is_some(), "give the module `{module}` a layer in this file");
            found.extend(arrows(&module, &fs::read_to_string(&path).expect("text")));
            files += 1;
        }
    }
    (found, files)
}

#[test]
fn imports_run_downward() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (found, files) = arrows_below(&source, &source);
    assert!(files > 5 && !found.is_empty(), "only {files} files read");
    let upward: Vec<String> = found.iter().filter(|arrow| !arrow.is_allowed()).map(Arrow::to_string).collect();
    assert_eq!(upward, [""; 0]);
}

/// What the checker finds wrong with a source text.
fn faults(from: &str, source: &str) -> Vec<String> {
    arrows(from, source).iter().filter(|arrow| !arrow.is_allowed()).map(Arrow::to_string).collect()
}

#[test]
fn an_arrow_that_runs_up_is_found() {
    assert_eq!(faults("codec", "use crate::pipeline::worker::Worker;"), ["codec → pipeline"]);
    assert_eq!(faults("wire", "use crate::settings::Faults;"), ["wire → settings"]);
    assert_eq!(faults("settings", "use crate::config::Config;"), ["settings → config"]);
    assert_eq!(faults("config", "use crate::app::App;"), ["config → app"]);
    assert_eq!(faults("pipeline", "fn f(s: &crate::server::Store) {}"), ["pipeline → server"]);
    assert_eq!(faults("kafka", "pub(in crate::registry) fn f() {}"), ["kafka → registry"]);
    assert_eq!(faults("kafka", "use crate::helpers::f;"), ["kafka → helpers"]);
    assert_eq!(faults("cli", "use\n    crate::main::run;"), ["cli → main"]);
}

#[test]
fn an_arrow_inside_a_group_is_found() {
    let source = "use crate::{\n    codec::{self, avro::{Encoder, Limits}},\n    server, settings::Faults,\n};";
    assert_eq!(faults("pipeline", source), ["pipeline → server"]);
    assert_eq!(arrows("pipeline", source).len(), 3);
}

#[test]
fn arrows_that_run_down_are_allowed() {
    assert_eq!(faults("main", "use serdecar::cli; use anyhow::Result;"), [""; 0]);
    assert_eq!(faults("app", "use crate::{config::Config, pipeline, server, kafka, wire, telemetry};"), [""; 0]);
    assert_eq!(faults("pipeline", "use crate::pipeline::offsets; use crate::metrics; use crate::kafka;"), [""; 0]);
    assert_eq!(faults("codec", "/// See [`Worker`](crate::pipeline::Worker).\nuse crate::schema::Schema;"), [""; 0]);
}
