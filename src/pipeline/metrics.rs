//! What pipelines measure. Handles are looked up once for each pipeline and context; counts are written once a batch.

use std::collections::HashMap;
use std::rc::Rc;

use metrics::{Counter, Gauge, Histogram, SharedString, Unit};

use crate::metrics::{Kind, Metric, RECORDS as RECORD_COUNTS, SECONDS, context_label};
use crate::schema::Context;
use crate::transform::rejection::Reason;

/// Every metric of pipelines.
pub const METRICS: &[Metric] = &[
    Metric {
        name: RECORDS,
        kind: Kind::Counter,
        labels: &["pipeline", "context", "outcome"],
        help: "Records by what became of them: written, dead_letter or skipped.",
        unit: None,
    },
    Metric {
        name: BYTES_IN,
        kind: Kind::Counter,
        labels: &["pipeline", "context"],
        help: "Bytes of keys and values read.",
        unit: Some(Unit::Bytes),
    },
    Metric {
        name: BYTES_OUT,
        kind: Kind::Counter,
        labels: &["pipeline", "context"],
        help: "Bytes of keys and values written to the sink.",
        unit: Some(Unit::Bytes),
    },
    Metric {
        name: REJECTED,
        kind: Kind::Counter,
        labels: &["pipeline", "context", "reason"],
        help: "Records that could not be written, by reason.",
        unit: None,
    },
    Metric {
        name: BATCH_RECORDS,
        kind: Kind::Histogram(RECORD_COUNTS),
        labels: &["pipeline"],
        help: "Records handled at a time.",
        unit: None,
    },
    Metric {
        name: TRANSFORM_SECONDS,
        kind: Kind::Histogram(SECONDS),
        labels: &["pipeline"],
        help: "Time to validate and transform a batch.",
        unit: Some(Unit::Seconds),
    },
    Metric {
        name: END_TO_END_SECONDS,
        kind: Kind::Histogram(SECONDS),
        labels: &["pipeline"],
        help: "Time from a record's timestamp to its acknowledgement in the sink; the oldest record of each acknowledged run.",
        unit: Some(Unit::Seconds),
    },
    Metric {
        name: LAG,
        kind: Kind::Gauge,
        labels: &["pipeline", "topic", "partition"],
        help: "Records of a source partition that are not yet acknowledged in the sink.",
        unit: None,
    },
    Metric {
        name: REBALANCES,
        kind: Kind::Counter,
        labels: &["pipeline", "kind"],
        help: "Rebalances of the group: assign, revoke or lost.",
        unit: None,
    },
    Metric {
        name: COMMITS,
        kind: Kind::Counter,
        labels: &["pipeline", "outcome"],
        help: "Offset commits by outcome: ok or failed.",
        unit: None,
    },
    Metric {
        name: PAUSED,
        kind: Kind::Gauge,
        labels: &["pipeline", "worker"],
        help: "Source partitions that are paused.",
        unit: None,
    },
    Metric {
        name: RECOVERIES,
        kind: Kind::Counter,
        labels: &["pipeline", "kind"],
        help: "Recoveries from a fault: rewind, producer (replaced) or consumer (replaced).",
        unit: None,
    },
];

const RECORDS: &str = "serdecar_records_total";
const BYTES_IN: &str = "serdecar_bytes_in_total";
const BYTES_OUT: &str = "serdecar_bytes_out_total";
const REJECTED: &str = "serdecar_rejected_total";
const BATCH_RECORDS: &str = "serdecar_batch_records";
const TRANSFORM_SECONDS: &str = "serdecar_transform_seconds";
const END_TO_END_SECONDS: &str = "serdecar_end_to_end_seconds";
const LAG: &str = "serdecar_consumer_lag";
const REBALANCES: &str = "serdecar_rebalances_total";
const COMMITS: &str = "serdecar_commits_total";
const PAUSED: &str = "serdecar_paused_partitions";
const RECOVERIES: &str = "serdecar_recoveries_total";

/// The label of records whose context did not resolve.
const OTHER: &str = "other";

/// The handles of one worker.
#[derive(Debug)]
pub(super) struct Metrics {
    pipeline: SharedString,
    contexts: HashMap<Context, Rc<ContextMetrics>>,
    other: Rc<ContextMetrics>,
    pub(super) batch_records: Histogram,
    pub(super) transform_seconds: Histogram,
    pub(super) end_to_end_seconds: Histogram,
    pub(super) assigned: Counter,
    pub(super) revoked: Counter,
    pub(super) lost: Counter,
    pub(super) commits_ok: Counter,
    pub(super) commits_failed: Counter,
    pub(super) paused: Gauge,
    pub(super) rewinds: Counter,
    pub(super) new_producers: Counter,
    pub(super) new_consumers: Counter,
}

/// The handles of one pipeline and context.
#[derive(Debug)]
pub(super) struct ContextMetrics {
    written: Counter,
    dead_letter: Counter,
    skipped: Counter,
    bytes_in: Counter,
    bytes_out: Counter,
    rejected: Vec<(Reason, Counter)>,
}

/// What was counted since the last batch, for one context.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) written: u64,
    pub(super) dead_letter: u64,
    pub(super) skipped: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) rejected: Vec<Reason>,
}

impl Metrics {
    pub(super) fn new(pipeline: &str, worker: usize) -> Self {
        let pipeline = SharedString::from(pipeline.to_owned());
        let histogram = |name: &'static str| metrics::histogram!(name, "pipeline" => pipeline.clone());
        let counter = |name: &'static str, label: &'static str, value: &'static str| metrics::counter!(name, "pipeline" => pipeline.clone(), label => value);
        Self {
            contexts: HashMap::new(),
            other: Rc::new(ContextMetrics::new(&pipeline, &SharedString::const_str(OTHER))),
            batch_records: histogram(BATCH_RECORDS),
            transform_seconds: histogram(TRANSFORM_SECONDS),
            end_to_end_seconds: histogram(END_TO_END_SECONDS),
            assigned: counter(REBALANCES, "kind", "assign"),
            revoked: counter(REBALANCES, "kind", "revoke"),
            lost: counter(REBALANCES, "kind", "lost"),
            commits_ok: counter(COMMITS, "outcome", "ok"),
            commits_failed: counter(COMMITS, "outcome", "failed"),
            paused: metrics::gauge!(PAUSED, "pipeline" => pipeline.clone(), "worker" => worker.to_string()),
            rewinds: counter(RECOVERIES, "kind", "rewind"),
            new_producers: counter(RECOVERIES, "kind", "producer"),
            new_consumers: counter(RECOVERIES, "kind", "consumer"),
            pipeline,
        }
    }

    /// The handles of a context that is known to exist.
    pub(super) fn context(&mut self, context: &Context) -> Rc<ContextMetrics> {
        if let Some(known) = self.contexts.get(context) {
            return Rc::clone(known);
        }
        let made = Rc::new(ContextMetrics::new(&self.pipeline, &context_label(context.as_str())));
        self.contexts.insert(context.clone(), Rc::clone(&made));
        made
    }

    /// The handles of contexts that are not known to exist: a header could say anything.
    pub(super) fn other(&self) -> Rc<ContextMetrics> {
        Rc::clone(&self.other)
    }

    /// The lag of a source partition.
    pub(super) fn lag(&self, topic: &str, partition: i32) -> Gauge {
        metrics::gauge!(
            LAG,
            "pipeline" => self.pipeline.clone(),
            "topic" => topic.to_owned(),
            "partition" => partition.to_string()
        )
    }
}

impl ContextMetrics {
    fn new(pipeline: &SharedString, context: &SharedString) -> Self {
        let counter =
            |name: &'static str| metrics::counter!(name, "pipeline" => pipeline.clone(), "context" => context.clone());
        let outcome = |outcome: &'static str| metrics::counter!(RECORDS, "pipeline" => pipeline.clone(), "context" => context.clone(), "outcome" => outcome);
        let rejected = |reason: Reason| metrics::counter!(REJECTED, "pipeline" => pipeline.clone(), "context" => context.clone(), "reason" => reason.as_str());
        Self {
            written: outcome("written"),
            dead_letter: outcome("dead_letter"),
            skipped: outcome("skipped"),
            bytes_in: counter(BYTES_IN),
            bytes_out: counter(BYTES_OUT),
            rejected: Reason::all().map(|reason| (reason, rejected(reason))).collect(),
        }
    }

    /// Writes out what was counted, and starts from zero.
    pub(super) fn flush(&self, tally: &mut Tally) {
        for (counter, count) in [
            (&self.written, &mut tally.written),
            (&self.dead_letter, &mut tally.dead_letter),
            (&self.skipped, &mut tally.skipped),
            (&self.bytes_in, &mut tally.bytes_in),
            (&self.bytes_out, &mut tally.bytes_out),
        ] {
            if *count > 0 {
                counter.increment(std::mem::take(count));
            }
        }
        for reason in tally.rejected.drain(..) {
            if let Some((_, counter)) = self.rejected.iter().find(|(known, _)| *known == reason) {
                counter.increment(1);
            }
        }
    }
}
