//! Topics in the config: where records come from and where they go.

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::OnInvalid;
use crate::kafka::topic_name::{check_name, pattern};
use crate::pipeline::partition::Partitioning;
use crate::settings::Faults;
use crate::transform::dead_letter::DeadLetter;
use crate::transform::template::Template;

/// Where records come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSource {
    /// Topics; one that starts with `^` is a pattern.
    pub topics: Vec<String>,
    /// The consumer group. Default: `serdecar-NAME`, with the pipeline's name.
    pub group: Option<String>,
}

/// Where records go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSink {
    /// The topic; `{source}` in it stands for the topic that the record came from.
    pub topic: String,
    /// The partition: `preserve` (the number of the source's) or `key` (as Java's producer does it). Default: `preserve`.
    #[serde(default)]
    pub partition: Partitioning,
}

/// Where records come from, checked.
#[derive(Debug, Clone)]
pub struct Source {
    /// Topics as the group subscribes to them; one that starts with `^` is a pattern.
    pub topics: Vec<String>,
    /// The consumer group.
    pub group: String,
    patterns: Vec<Regex>,
}

/// Where records go, checked.
#[derive(Debug, Clone)]
pub struct Sink {
    /// The topic.
    pub topic: Template,
    /// How the partition is chosen.
    pub partition: Partitioning,
}

impl RawSource {
    /// The group that is given, or the default for a pipeline of this name.
    pub(super) fn group_of(&self, pipeline: &str) -> String {
        self.group.clone().unwrap_or_else(|| format!("serdecar-{pipeline}"))
    }

    pub(super) fn validate(self, pipeline: &str, pointer: &str, faults: &mut Faults) -> Option<Source> {
        let group = self.group_of(pipeline);
        if group.is_empty() || group.contains('\0') {
            faults.note(format!("{pointer}/group"), "a group needs a name");
        }
        if self.topics.is_empty() {
            faults.note(format!("{pointer}/topics"), "no topic to read from");
            return None;
        }
        let mut patterns = Vec::new();
        for (index, topic) in self.topics.iter().enumerate() {
            let pointer = format!("{pointer}/topics/{index}");
            if topic.starts_with('^') {
                patterns.extend(faults.take(pointer, pattern(topic)));
            } else {
                faults.take(pointer, check_name(topic));
            }
        }
        Some(Source { topics: self.topics, group, patterns })
    }
}

impl RawSink {
    pub(super) fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Sink> {
        let pointer = format!("{pointer}/topic");
        let topic = faults.take(&pointer, Template::parse(&self.topic, "{source}"))?;
        // A legal name in the placeholder's place: what is wrong then is the text around it.
        faults.take(&pointer, check_name(&topic.fill("x")))?;
        Some(Sink { topic, partition: self.partition })
    }
}

impl Source {
    /// The topics that are named, not matched.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(String::as_str).filter(|topic| !topic.starts_with('^'))
    }

    /// Whether records of this topic are read.
    pub fn reads(&self, topic: &str) -> bool {
        self.names().any(|name| name == topic) || self.patterns.iter().any(|pattern| pattern.is_match(topic))
    }
}

/// A pipeline that reads what it writes never comes to an end.
pub(super) fn check_loops(source: &Source, sink: &Sink, on_invalid: &OnInvalid, pointer: &str, faults: &mut Faults) {
    let sinks: Vec<String> = match sink.topic.literal() {
        Some(name) => vec![name.to_owned()],
        None => source.names().map(|name| sink.topic.fill(name)).collect(),
    };
    for name in sinks.iter().filter(|name| source.reads(name)) {
        faults.note(
            format!("{pointer}/sink/topic"),
            format!("'{name}' is read by this pipeline's own source: its output would come back as input"),
        );
    }
    if let OnInvalid::DeadLetter(DeadLetter { topic }) = on_invalid {
        let pointer = format!("{pointer}/on_invalid/dead_letter");
        if source.reads(topic) {
            faults.note(
                &pointer,
                format!("'{topic}' is read by this pipeline's own source: a dead letter would come back"),
            );
        }
        if sinks.contains(topic) {
            faults.note(pointer, format!("'{topic}' is the sink: dead letters would stand among good records"));
        }
    }
}
