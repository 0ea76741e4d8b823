//! What the cache keeps, and what it counts.

use super::*;
use crate::metrics::{Exporter, Metric, local};
use crate::registry::METRICS;

/// Everything that this thread counts from now on, as long as the guard lives.
macro_rules! record {
    ($recorder:ident, $handle:ident, $guard:ident) => {
        let ($recorder, $handle) = local(&[METRICS]).unwrap();
        let $guard = metrics::set_default_local_recorder(&$recorder);
    };
}

/// The value of a metric as it is exported; 0 if it is not there.
fn value(handle: &Exporter, name: &str) -> u64 {
    let rendered = handle.render();
    let line = rendered.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
}

/// Asks as a worker that has nothing of its own yet.
async fn fetch(cache: &SchemaCache, number: u32) {
    let mut local = cache.local();
    while !matches!(local.by_id(&context("staging"), id(number)), Lookup::Ready(_)) {
        pass(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_schemas_leave_when_there_are_too_many_bytes() {
    record!(recorder, handle, _guard);
    let script = Script::new(|ask, _| Reply { after: Duration::ZERO, result: Ok(schema_of(ask, 1, 300_000)) });
    let cache = script.cache();
    for number in 0..20 {
        fetch(&cache, number).await;
    }
    assert_eq!(script.count(), 20);
    let bytes = value(&handle, "serdecar_schema_cache_bytes");
    assert!((600_000..=1_048_576).contains(&bytes), "{bytes}");
    let entries = value(&handle, "serdecar_schema_cache_entries");
    assert!((2..=3).contains(&entries), "{entries}");
    assert_eq!(value(&handle, "serdecar_schema_cache_evictions_total") + entries, 20);
    assert_eq!(value(&handle, "serdecar_schema_cache_oversized_total"), 0);
    for number in 0..20 {
        fetch(&cache, number).await;
    }
    assert!(script.count() >= 36, "{}", script.count());
}

#[tokio::test(start_paused = true)]
async fn a_schema_larger_than_the_cache_is_served_and_counted() {
    record!(recorder, handle, _guard);
    let script = Script::new(|ask, _| Reply { after: Duration::ZERO, result: Ok(schema_of(ask, 1, 2_000_000)) });
    let cache = script.cache();
    let mut local = cache.local();
    local.by_id(&context("staging"), id(1));
    pass(1_000).await;
    for _ in 0..3 {
        assert!(matches!(local.by_id(&context("staging"), id(1)), Lookup::Ready(_)));
    }
    assert_eq!(script.count(), 1);
    assert_eq!(value(&handle, "serdecar_schema_cache_oversized_total"), 1);
    assert_eq!(value(&handle, "serdecar_schema_cache_evictions_total"), 0);
    assert_eq!(value(&handle, "serdecar_schema_cache_entries"), 0);
    fetch(&cache, 1).await;
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn hits_and_misses_are_counted_by_context() {
    record!(recorder, handle, _guard);
    let script = Script::new(|ask, _| {
        let (Ask::Id(context, _)
        | Ask::Holder(QualifiedSubject { context, .. }, _)
        | Ask::Name(QualifiedSubject { context, .. }, _)) = ask;
        if context.as_str() == ".nowhere" { not_found(ask) } else { found(ask) }
    });
    let cache = script.cache();
    let mut local = cache.local();
    for context in [context("staging"), context("production"), context("nowhere")] {
        for number in [1, 2] {
            local.by_id(&context, id(number));
            local.by_version(&QualifiedSubject::new(context.clone(), Subject::new("s")), Version::Number(number));
        }
    }
    pass(6_000).await;
    for number in [1, 1, 1, 2, 2, 1] {
        assert!(matches!(local.by_id(&context("staging"), id(number)), Lookup::Ready(_)));
        assert!(matches!(local.by_id(&context("nowhere"), id(number)), Lookup::Unknown(_)));
    }
    let mut other = cache.local();
    assert!(matches!(other.by_id(&context("production"), id(1)), Lookup::Ready(_)));
    local.flush_metrics();
    local.flush_metrics();

    // The first sight of 1 and of 2 is what the flight brought; the other four are hits.
    let hits = |context: &str, level: &str| {
        value(&handle, &format!("serdecar_schema_cache_hits_total{{context=\"{context}\",level=\"{level}\"}}"))
    };
    let misses =
        |context: &str| value(&handle, &format!("serdecar_schema_cache_misses_total{{context=\"{context}\"}}"));
    assert_eq!((hits(".staging", "local"), hits(".staging", "shared")), (4, 0));
    assert_eq!((hits(".production", "local"), hits(".production", "shared")), (0, 1));
    assert_eq!((misses(".staging"), misses(".production"), misses("other")), (4, 4, 2));
    assert!(!handle.render().contains("context=\".nowhere\",level"), "{}", handle.render());
}

#[tokio::test(start_paused = true)]
async fn what_is_measured_is_what_the_table_says() {
    record!(recorder, handle, _guard);
    let script = Script::new(|ask, _| found(ask));
    fetch(&script.cache(), 1).await;
    let registry = crate::registry::measures::RequestMeasures::new();
    registry.request(Duration::from_millis(5), None);
    registry.retries.increment(1);
    let rendered = handle.render();
    let mut exported: Vec<&str> = rendered
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    exported.sort_unstable();
    let mut listed: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    listed.sort_unstable();
    assert_eq!(exported, listed);
    for Metric { name, kind, labels, .. } in METRICS {
        assert!(rendered.contains(&format!("# TYPE {name} {}\n", kind.name())), "{name}");
        for line in rendered.lines().filter(|line| line.starts_with(&format!("{name}{{"))) {
            assert_eq!(line.matches("=\"").count(), labels.len(), "{line}");
            assert!(labels.iter().all(|label| line.contains(&format!("{label}=\""))), "{line}");
        }
    }
}
