//! What the process measures: how a metric is declared, and the exporter that renders all of them for Prometheus.
//!
//! Each module declares a table of its [`Metric`]s; `app` hands the tables to [`install`] before the first handle is
//! looked up. Handles are looked up once and kept: nothing here is for the hot path. Label values come from closed sets,
//! from the config, or from [`ContextLabels`], which bounds what a registry can add.

mod context_labels;

pub use context_labels::{ContextLabels, context_label};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// Bounds of histograms of seconds: 100 µs to a minute.
pub const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0,
];
/// Bounds of histograms of records in a batch: 1 to 100,000.
pub const RECORDS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0,
    100_000.0,
];
/// Bounds of histograms of bytes: 64 B to 64 MiB, by fours.
pub const BYTES: &[f64] = &[
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// One metric as it is exported and as `docs/METRICS.md` lists it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// The full name, in Prometheus's manner: `serdecar_…`, the unit at the end, `_total` for a counter.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it counts, in a sentence.
    pub help: &'static str,
    /// The unit, if it has one.
    pub unit: Option<metrics::Unit>,
}

impl Metric {
    /// A number that only grows.
    pub const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, labels, help, unit: None }
    }

    /// A number that goes up and down.
    pub const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, labels, help, unit: None }
    }

    /// Observations, counted up to each of `bounds`: [`SECONDS`], [`RECORDS`], [`BYTES`] or others, ascending.
    pub const fn histogram(
        name: &'static str,
        labels: &'static [&'static str],
        bounds: &'static [f64],
        help: &'static str,
    ) -> Self {
        Self { name, kind: Kind::Histogram(bounds), labels, help, unit: None }
    }

    /// The same metric, in this unit.
    #[must_use]
    pub const fn in_unit(self, unit: metrics::Unit) -> Self {
        Self { unit: Some(unit), ..self }
    }
}

/// The kinds of metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations by size, up to each of these bounds (ascending). The exporter would make a summary of a
    /// histogram without bounds, which can't be added up over processes.
    Histogram(&'static [f64]),
}

impl Kind {
    /// The kind's name in Prometheus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Why metrics are not exported.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// A histogram was declared without bounds.
    #[error("the metric {0} needs bounds for its histogram")]
    NoBounds(&'static str),
    /// The process has one recorder, and it was set before.
    #[error("metrics are set up already")]
    Installed,
}

/// Renders what has been measured.
#[derive(Clone)]
pub struct Exporter(PrometheusHandle);

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exporter")
    }
}

impl Exporter {
    /// All metrics in Prometheus's [text format](https://prometheus.io/docs/instrumenting/exposition_formats/). Takes
    /// time in proportion to the number of series: not for a thread that must answer at once.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds the observations of histograms into their buckets. Rendering does so too; where nobody scrapes, this must
    /// run every few seconds, or observations pile up.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Makes the recorder of this process and describes every metric in `tables`; once a process.
pub fn install(tables: &[&[Metric]]) -> Result<Exporter, MetricsError> {
    let recorder = recorder(tables)?;
    let exporter = Exporter(recorder.handle());
    metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Installed)?;
    for table in tables {
        describe(table);
    }
    Ok(exporter)
}

/// A recorder that is not the process's own, for a test: `metrics::with_local_recorder(&recorder, || …)` measures with
/// it, and the exporter renders it.
pub fn local(tables: &[&[Metric]]) -> Result<(PrometheusRecorder, Exporter), MetricsError> {
    let recorder = recorder(tables)?;
    metrics::with_local_recorder(&recorder, || {
        for table in tables {
            describe(table);
        }
    });
    let exporter = Exporter(recorder.handle());
    Ok((recorder, exporter))
}

/// Gives the current recorder the help text and the unit of each metric.
pub fn describe(table: &[Metric]) {
    for &Metric { name, kind, help, unit, .. } in table {
        match (kind, unit) {
            (Kind::Counter, Some(unit)) => metrics::describe_counter!(name, unit, help),
            (Kind::Counter, None) => metrics::describe_counter!(name, help),
            (Kind::Gauge, Some(unit)) => metrics::describe_gauge!(name, unit, help),
            (Kind::Gauge, None) => metrics::describe_gauge!(name, help),
            (Kind::Histogram(_), Some(unit)) => metrics::describe_histogram!(name, unit, help),
            (Kind::Histogram(_), None) => metrics::describe_histogram!(name, help),
        }
    }
}

fn recorder(tables: &[&[Metric]]) -> Result<PrometheusRecorder, MetricsError> {
    // The bounds for what no table declares: still no summary.
    let mut builder = PrometheusBuilder::new()
        .set_buckets(SECONDS)
        .map_err(|_| MetricsError::NoBounds("of undeclared histograms"))?;
    for metric in tables.iter().copied().flatten() {
        if let Kind::Histogram(bounds) = metric.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)
                .map_err(|_| MetricsError::NoBounds(metric.name))?;
        }
    }
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Metric] = &[
        Metric::counter("serdecar_test_records_total", &["pipeline"], "Records seen."),
        Metric::histogram("serdecar_test_seconds", &[], &[0.5, 1.0], "How long.").in_unit(metrics::Unit::Seconds),
    ];

    #[test]
    fn a_declared_histogram_is_rendered_with_its_own_buckets() {
        let (recorder, exporter) = local(&[TABLE]).unwrap();
        metrics::with_local_recorder(&recorder, || {
            metrics::counter!("serdecar_test_records_total", "pipeline" => "orders").increment(3);
            metrics::histogram!("serdecar_test_seconds").record(0.75);
        });
        let text = exporter.render();
        for line in [
            "# HELP serdecar_test_records_total Records seen.",
            "# TYPE serdecar_test_records_total counter",
            "serdecar_test_records_total{pipeline=\"orders\"} 3",
            "# HELP serdecar_test_seconds How long.",
            "# TYPE serdecar_test_seconds histogram",
            "serdecar_test_seconds_bucket{le=\"0.5\"} 0",
            "serdecar_test_seconds_bucket{le=\"1\"} 1",
            "serdecar_test_seconds_bucket{le=\"+Inf\"} 1",
            "serdecar_test_seconds_sum 0.75",
            "serdecar_test_seconds_count 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn an_undeclared_histogram_is_not_a_summary_either() {
        let (recorder, exporter) = local(&[]).unwrap();
        metrics::with_local_recorder(&recorder, || metrics::histogram!("forgotten_seconds").record(0.75));
        assert!(exporter.render().contains("# TYPE forgotten_seconds histogram"));
    }

    #[test]
    fn a_histogram_without_bounds_is_an_error() {
        let table: &[Metric] = &[Metric { kind: Kind::Histogram(&[]), ..TABLE[1] }];
        let error = local(&[table]).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the metric serdecar_test_seconds needs bounds for its histogram");
    }

    #[test]
    fn upkeep_keeps_every_observation() {
        let (recorder, exporter) = local(&[TABLE]).unwrap();
        metrics::with_local_recorder(&recorder, || {
            let seconds = metrics::histogram!("serdecar_test_seconds");
            seconds.record(0.1);
            exporter.upkeep();
            seconds.record(0.2);
        });
        assert!(exporter.render().contains("serdecar_test_seconds_bucket{le=\"0.5\"} 2"));
    }

    #[test]
    fn shared_bounds_ascend() {
        for bounds in [SECONDS, RECORDS, BYTES] {
            assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
        }
        assert_eq!((SECONDS[0], SECONDS[SECONDS.len() - 1]), (0.000_1, 60.0));
    }
}
