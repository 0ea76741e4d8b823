//! `docs/METRICS.md` lists exactly what the modules declare.

use std::collections::{BTreeMap, BTreeSet};

use serdecar::metrics::{Kind, Metric};
use serdecar::{admin, registry};

/// Name, kind, labels, description.
type Row = (&'static str, &'static str, &'static [&'static str], &'static str);

/// Every module's table.
const TABLES: &[&[Metric]] = &[admin::METRICS];
/// Tables that do not say more than the docs.
const PLAIN_TABLES: &[&[Row]] = &[registry::METRICS];

fn rows() -> impl Iterator<Item = Row> {
    let rows = TABLES.iter().copied().flatten();
    let rows = rows.map(|&Metric { name, kind, labels, help, .. }| (name, kind.name(), labels, help));
    rows.chain(PLAIN_TABLES.iter().copied().flatten().copied())
}

/// A line of the table for each metric, by name.
fn expected() -> BTreeMap<String, String> {
    rows()
        .map(|(name, kind, labels, help)| {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = format!(" {}", labels.join(", "));
            (name.to_owned(), format!("| `{name}` | {kind} |{} | {help} |", labels.trim_end()))
        })
        .collect()
}

fn documented() -> BTreeMap<String, String> {
    include_str!("../docs/METRICS.md")
        .lines()
        .filter_map(|line| {
            let (name, _) = line.strip_prefix("| `")?.split_once('`')?;
            Some((name.to_owned(), line.to_owned()))
        })
        .collect()
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
    for (name, kind, labels, help) in rows() {
        assert!(name.starts_with("serdecar_") && is_plain(name), "{name}");
        assert!(labels.iter().all(|label| is_plain(label)), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(help.ends_with('.') && !help.contains('|'), "{name}: {help}");
        assert!(seen.insert(name), "{name} is declared twice");
    }
}

#[test]
fn every_histogram_has_bounds() {
    for &Metric { name, kind, .. } in TABLES.iter().copied().flatten() {
        if let Kind::Histogram(bounds) = kind {
            assert!(!bounds.is_empty() && bounds.is_sorted(), "{name}");
        }
    }
}
