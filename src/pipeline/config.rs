//! The `pipelines:` section of the config.

mod delivery;
mod subjects;
mod topics;

pub use delivery::Delivery;
pub use topics::{RawSink, RawSource, Sink, Source};

use std::collections::HashMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::{ByteSize, Faults, Period};
use crate::transform::Step;
use crate::transform::context::{ContextRule, RawContext};
use crate::transform::dead_letter::{DeadLetter, RawDeadLetter};
use crate::transform::part::{Direction, Format, PartConfig, RawPart};
use crate::transform::rejection::Part;

/// One pipeline: where records come from, what happens to them, where they go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// A name of its own, for logs, metrics and dead letters.
    pub name: String,
    /// `serialize` (JSON to typed), `deserialize` (typed to JSON) or `verify` (typed to typed: checked, and passed on
    /// unchanged).
    pub direction: Direction,
    /// Where records come from.
    pub source: RawSource,
    /// Where records go.
    pub sink: RawSink,
    /// The registry context that ids and subjects belong to: a name, `{topic: REGEX}` with a group named `context`, or
    /// `{header: NAME}`. Default: `.`, the default context.
    pub context: Option<RawContext>,
    /// What happens to values.
    #[serde(default)]
    pub value: RawPart,
    /// What happens to keys. Default: they stay as they are.
    #[serde(default)]
    pub key: RawPart,
    /// What becomes of a record that can't be written: `stop`, `skip`, or `{dead_letter: TOPIC}`. Default: `stop`.
    pub on_invalid: Option<RawOnInvalid>,
    /// `at_least_once` or `exactly_once`. Default: `at_least_once`.
    #[serde(default)]
    pub delivery: Delivery,
    /// How often what was delivered is committed. Default: 50ms; with `exactly_once` 100ms.
    pub commit_interval: Option<Period>,
    /// Threads, each with a consumer of its own. Default: 1.
    pub workers: Option<usize>,
    /// How many records are handled at a time.
    #[serde(default)]
    pub batch: RawBatch,
    /// How long a stop may take to deliver and commit what was read. Default: 20s.
    pub shutdown_deadline: Option<Period>,
}

/// What becomes of a record that can't be written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawOnInvalid {
    /// `stop` or `skip`.
    Word(RawOnInvalidWord),
    /// It goes to a topic of dead letters.
    DeadLetter(RawDeadLetter),
}

/// What becomes of a record that can't be written, in a word.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawOnInvalidWord {
    /// The pipeline halts before the record.
    Stop,
    /// The record is counted and left out.
    Skip,
}

/// How many records are handled at a time.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBatch {
    /// Records at most. Default: 1000.
    pub max_records: Option<usize>,
    /// Bytes of keys and values, roughly, at most. Default: 1MiB.
    pub max_bytes: Option<ByteSize>,
    /// How long a batch waits to be full. Default: 5ms.
    pub max_wait: Option<Period>,
}

/// One pipeline, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name.
    pub name: String,
    /// Where records come from.
    pub source: Source,
    /// Where records go.
    pub sink: Sink,
    /// How the context of a record is told.
    pub context: ContextRule,
    /// What happens to keys.
    pub key: PartConfig,
    /// What happens to values.
    pub value: PartConfig,
    /// Whether `{topic}` in a subject is the sink's topic (when serializing) or the source's.
    pub typed_side: TypedSide,
    /// What becomes of a record that can't be written.
    pub on_invalid: OnInvalid,
    /// Threads; at least 1.
    pub workers: usize,
    /// How many records are handled at a time.
    pub batch: Batch,
    /// How often a record may arrive.
    pub delivery: Delivery,
    /// How often what was delivered is committed.
    pub commit_interval: Duration,
    /// How long a stop may take.
    pub shutdown_deadline: Duration,
}

impl Config {
    /// Whether it asks a registry for anything.
    pub fn needs_schemas(&self) -> bool {
        [self.key.step, self.value.step].into_iter().any(|step| step != Step::Pass)
    }
}

/// On which side of the pipeline data have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypedSide {
    /// They come in with one.
    Source,
    /// They go out with one.
    Sink,
}

/// What becomes of a record that can't be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnInvalid {
    /// The pipeline halts before it.
    Stop,
    /// It is counted and left out.
    Skip,
    /// It goes there.
    DeadLetter(DeadLetter),
}

/// How many records are handled at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Records at most; at least 1.
    pub max_records: usize,
    /// Bytes at most, judged by the records before.
    pub max_bytes: usize,
    /// How long a batch waits to be full.
    pub max_wait: Duration,
}

impl Default for Batch {
    fn default() -> Self {
        Self { max_records: 1000, max_bytes: 1 << 20, max_wait: Duration::from_millis(5) }
    }
}

/// A stop is expected to take no longer than this; below Kubernetes's default grace period of 30 s.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(20);

/// The most records a batch may have: they all stand in memory.
const MAX_BATCH: usize = 100_000;

/// The most threads a pipeline may have.
const MAX_WORKERS: usize = 256;

impl RawConfig {
    /// Checks all pipelines, each by itself and beside the others.
    pub fn validate_all(pipelines: Vec<Self>, pointer: &str, faults: &mut Faults) -> Option<Vec<Config>> {
        let count = pipelines.len();
        let (mut names, mut groups) = (HashMap::new(), HashMap::new());
        let mut configs = Vec::with_capacity(count);
        for (index, raw) in pipelines.into_iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            if let Some(first) = names.insert(raw.name.clone(), index) {
                faults.note(
                    format!("{pointer}/name"),
                    format!(
                        "'{}' is the name of pipeline {first} already; metrics and logs could not tell them apart",
                        raw.name
                    ),
                );
            }
            let group = raw.source.group_of(&raw.name);
            if let Some(first) = groups.insert(group.clone(), index) {
                faults.note(
                    format!("{pointer}/source/group"),
                    format!(
                        "'{group}' is the group of pipeline {first} already; each would get only some of the partitions"
                    ),
                );
            }
            configs.extend(raw.validate(&pointer, faults));
        }
        (configs.len() == count).then_some(configs)
    }

    /// Checks one pipeline.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let at = |key: &str| format!("{pointer}/{key}");
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.contains(char::is_control) {
            faults.note(at("name"), "a pipeline needs a name of visible characters");
        }
        let typed_side = match self.direction {
            Direction::Serialize => TypedSide::Sink,
            Direction::Deserialize | Direction::Verify => TypedSide::Source,
        };
        let source = self.source.validate(&self.name, &at("source"), faults);
        let sink = self.sink.validate(&at("sink"), faults);
        let names = source.as_ref().map(|source| source.names().collect()).unwrap_or_default();
        let context = RawContext::validate(self.context, names, &at("context"), faults);
        let value = self.value.validate(Part::Value, Format::Avro, self.direction, &at("value"), faults);
        let key = self.key.validate(Part::Key, Format::None, self.direction, &at("key"), faults);
        if let (Direction::Verify, Some(value), Some(key)) = (self.direction, &value, &key)
            && [key.step, value.step] == [Step::Pass, Step::Pass]
        {
            faults.note(at("direction"), "there is nothing to verify: neither value nor key has a format");
        }
        let on_invalid = match self.on_invalid {
            None | Some(RawOnInvalid::Word(RawOnInvalidWord::Stop)) => Some(OnInvalid::Stop),
            Some(RawOnInvalid::Word(RawOnInvalidWord::Skip)) => Some(OnInvalid::Skip),
            Some(RawOnInvalid::DeadLetter(dead)) => dead.validate(&at("on_invalid"), faults).map(OnInvalid::DeadLetter),
        };
        if let (Some(source), Some(sink), Some(on_invalid)) = (&source, &sink, &on_invalid) {
            topics::check_loops(source, sink, on_invalid, pointer, faults);
        }
        let workers = faults.bounded(at("workers"), self.workers.unwrap_or(1), MAX_WORKERS);
        let batch = self.batch.validate(&at("batch"), faults);
        let commit_interval = self.delivery.check_interval(self.commit_interval, &at("commit_interval"), faults);
        Some(Config {
            name,
            source: source?,
            sink: sink?,
            context: context?,
            key: key?,
            value: value?,
            typed_side,
            on_invalid: on_invalid?,
            workers: workers?,
            batch: batch?,
            delivery: self.delivery,
            commit_interval: commit_interval?,
            shutdown_deadline: self.shutdown_deadline.map_or(SHUTDOWN_DEADLINE, |period| period.0),
        })
    }
}

/// A number from 1 to `max`.
impl RawBatch {
    fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Batch> {
        let defaults = Batch::default();
        let max_records = faults.bounded(
            format!("{pointer}/max_records"),
            self.max_records.unwrap_or(defaults.max_records),
            MAX_BATCH,
        );
        let max_bytes = self.max_bytes.map_or(defaults.max_bytes as u64, |size| size.0);
        if max_bytes == 0 {
            faults.note(format!("{pointer}/max_bytes"), "a batch of no bytes holds no record");
        }
        let max_wait = self.max_wait.map_or(defaults.max_wait, |period| period.0);
        if max_wait > Duration::from_secs(10) {
            faults.note(format!("{pointer}/max_wait"), "longer than 10s: the group would take the worker for dead");
        }
        Some(Batch { max_records: max_records?, max_bytes: usize::try_from(max_bytes).ok()?, max_wait })
    }
}

#[cfg(test)]
mod tests;
