//! `docs/METRICS.md` lists exactly what the modules declare.

use std::collections::{BTreeMap, BTreeSet};

use serdecar::app::METRICS;
use serdecar::metrics::{Kind, Metric};
use serdecar::transform::rejection::Reason;

fn declared() -> impl Iterator<Item = Metric> {
    METRICS.iter().copied().flatten().copied()
}

/// A line of the table for each metric, by name.
fn expected() -> BTreeMap<String, String> {
    declared()
        .map(|Metric { name, kind, labels, help, .. }| {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = format!(" {}", labels.join(", "));
            (name.to_owned(), format!("| `{name}` | {} |{} | {help} |", kind.name(), labels.trim_end()))
        })
        .collect()
}

/// The lines of the tables in the documentation, by the name that they begin with.
fn lines() -> impl Iterator<Item = (String, String)> {
    include_str!("../docs/METRICS.md").lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("| `")?.split_once('`')?;
        Some((name.to_owned(), line.to_owned()))
    })
}

fn documented() -> BTreeMap<String, String> {
    lines().filter(|(name, _)| name.starts_with("serdecar_")).collect()
}

#[test]
fn the_documented_reasons_are_those_that_there_are() {
    let documented: Vec<String> = lines().map(|(name, _)| name).filter(|name| !name.starts_with("serdecar_")).collect();
    let reasons: Vec<&str> = Reason::all().map(Reason::as_str).collect();
    assert_eq!(documented, reasons);
}

#[test]
fn the_documented_metrics_are_the_declared_ones() {
    let (expected, documented) = (expected(), documented());
    let wrong: Vec<&String> =
        expected.iter().filter(|(name, line)| documented.get(*name) != Some(line)).map(|(_, line)| line).collect();
    let stale: Vec<&String> = documented.keys().filter(|name| !expected.contains_key(*name)).collect();
    assert!(wrong.is_empty() && stale.is_empty(), "lines to write: {wrong:#?}\nmetrics that are gone: {stale:#?}");
}

#[test]
fn names_follow_prometheus() {
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let mut seen = BTreeSet::new();
    for Metric { name, kind, labels, help, .. } in declared() {
        assert!(name.starts_with("serdecar_") && is_plain(name), "{name}");
        assert!(labels.iter().all(|label| is_plain(label)), "{name}");
        assert_eq!(kind == Kind::Counter, name.ends_with("_total"), "{name} is a {}", kind.name());
        assert!(help.ends_with('.') && !help.contains('|'), "{name}: {help}");
        assert!(seen.insert(name), "{name} is declared twice");
    }
}

#[test]
fn every_histogram_has_bounds() {
    for Metric { name, kind, .. } in declared() {
        if let Kind::Histogram(bounds) = kind {
            assert!(!bounds.is_empty() && bounds.is_sorted(), "{name}");
        }
    }
}
