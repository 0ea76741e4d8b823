//! What a worker measures.

use std::sync::Arc;

use super::Bed;
use crate::metrics::{Kind, local};
use crate::pipeline::worker::{Setup, Worker};
use crate::pipeline::{Ended, METRICS, Status, Stop};

#[test]
fn a_worker_exports_what_the_table_says_and_counts_each_record_once() {
    let bed = Bed::new(1);
    bed.put_orders(0, 0..30);
    bed.put("raw", 0, None, None);
    bed.put("raw", 0, None, Some(b"{}"));
    bed.flush();
    let config = Arc::new(Bed::config(r#""context": "staging","#));
    bed.schemas.register("staging", "typed-value", 17, super::bed::ORDER);
    let status = Status::new("p", 1);
    let setup = Setup {
        config,
        kafka: Arc::new(bed.kafka.clone()),
        index: 0,
        stop: Stop::default(),
        status: status.worker(0),
        schemas: bed.schemas.clone(),
    };
    let (recorder, exporter) = local(&[METRICS]).unwrap();
    // A recorder of the test's own is known to its thread only, so the worker runs here until it halts.
    let ended = metrics::with_local_recorder(&recorder, || Worker::run(setup)).unwrap();
    assert!(matches!(ended, Ended::Halted(halt) if halt.offset == 31));

    let text = exporter.render();
    for metric in METRICS {
        assert!(text.contains(&format!("# TYPE {} {}", metric.name, metric.kind.name())), "{} in\n{text}", metric.name);
        let series = text.lines().find(|line| line.starts_with(metric.name) && line.contains('{')).unwrap_or_default();
        for label in metric.labels {
            assert!(series.contains(&format!("{label}=\"")), "{label} of {}: {series}", metric.name);
        }
        assert!(!matches!(metric.kind, Kind::Histogram(_)) || series.contains("_bucket"), "{series}");
    }
    let bytes_in: usize = (0..30).map(|n| super::order(n).len()).sum::<usize>() + 2;
    for line in [
        r#"serdecar_records_total{pipeline="p",context=".staging",outcome="written"} 31"#.to_owned(),
        r#"serdecar_rejected_total{pipeline="p",context=".staging",reason="missing"} 1"#.to_owned(),
        format!(r#"serdecar_bytes_in_total{{pipeline="p",context=".staging"}} {bytes_in}"#),
        // Five bytes of header and one of number each; a tombstone has none.
        r#"serdecar_bytes_out_total{pipeline="p",context=".staging"} 180"#.to_owned(),
        r#"serdecar_rebalances_total{pipeline="p",kind="assign"} 1"#.to_owned(),
        r#"serdecar_recoveries_total{pipeline="p",kind="rewind"} 0"#.to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
