//! Topics of the gateway, and what happens to their records.

use std::collections::BTreeMap;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Allow, Auth, HeaderRules, KeySource, RawAllow, RawHeaders, RawKey};
use crate::gateway::consume::{OnInvalid, RawOnInvalid};
use crate::kafka::Acks;
use crate::kafka::topic_name::{check_name, pattern};
use crate::settings::Faults;
use crate::transform::context::{ContextRule, RawContext};
use crate::transform::part::{Direction, Format, PartConfig, RawPart};
use crate::transform::rejection::Part;

/// Topics that are treated alike.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRoute {
    /// Topics; one that starts with `^` is a pattern.
    pub topics: Vec<String>,
    /// The registry context that ids and subjects belong to: a name, `{topic: REGEX}` with a group named `context`, or
    /// `{header: NAME}` for a header of the request. Default: `.`, the default context.
    pub context: Option<RawContext>,
    /// What happens to values.
    #[serde(default)]
    pub value: RawPart,
    /// What happens to keys, and where they come from when records are produced: `from` is `{pointer: /a/b}` into the value,
    /// `{header: NAME}` or `{query: NAME}`. Default: there are none.
    #[serde(default)]
    pub key: RawKey,
    /// Whether a record is answered for when the brokers have it (200), or when it is on its way (202). Default: true.
    pub wait: Option<bool>,
    /// Which brokers have to have a record before it counts as delivered: `all` (every in-sync replica; nothing is written
    /// twice), `leader`, or `none`. Default: `all`.
    #[serde(default)]
    pub acks: Acks,
    /// Which headers of a request become headers of its records.
    #[serde(default)]
    pub headers: RawHeaders,
    /// Whether the value is an object of `method`, `uri`, `headers` and `body`, which is what was sent. Default: false.
    #[serde(default)]
    pub envelope: bool,
    /// Takes records without a promise: 202 at once, and whatever can't be written is counted and dropped.
    pub log: Option<RawLogMode>,
    /// What becomes of a record that is read and can't be decoded: `error` (it has an `error` in place of its `value`),
    /// `stop` (nothing is given from it on), or `{dead_letter: TOPIC}`. Default: `error`.
    pub on_invalid: Option<RawOnInvalid>,
    /// Those who may write and read these topics, by the names in `auth`, or `{produce, consume}` with a list for each. One
    /// that starts with `^` is a pattern. Default: all of them.
    pub allow: Option<RawAllow>,
    /// Requests a second, of all clients together; a second's worth of them at once. Beyond it the answer is 429.
    pub max_requests_per_second: Option<u32>,
}

/// Records that are taken without a promise.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawLogMode {
    /// Members that are added to each value, which has to be an object.
    pub fields: BTreeMap<String, Value>,
    /// Records that wait to be written; further ones are dropped. Default: 10000.
    pub queue: Option<usize>,
}

/// Records that are taken without a promise, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogMode {
    /// Members that are added to each value, as JSON without the braces around them; empty for none.
    pub fields: String,
    /// Records that wait to be written.
    pub queue: usize,
}

/// Topics that are treated alike, checked.
#[derive(Debug, Clone)]
pub struct RouteConfig {
    /// Which topics.
    pub topics: Topics,
    /// How the context of a record is told.
    pub context: ContextRule,
    /// What happens to values.
    pub value: PartConfig,
    /// What happens to keys.
    pub key: PartConfig,
    /// Where keys come from; `None`: there are none.
    pub key_from: Option<KeySource>,
    /// Whether an answer waits for the brokers.
    pub wait: bool,
    /// Which brokers have to have a record.
    pub acks: Acks,
    /// Which headers of a request become headers of its records.
    pub headers: HeaderRules,
    /// Whether the value is the request as a whole.
    pub envelope: bool,
    /// Whether records are taken without a promise.
    pub log: Option<LogMode>,
    /// What becomes of a record that is read and can't be decoded.
    pub on_invalid: OnInvalid,
    /// Those who may use it, by name; `None`: all.
    pub allow: Option<Allow>,
    /// Requests a second; `None`: any number.
    pub max_requests_per_second: Option<u32>,
}

/// A set of topics.
#[derive(Debug, Clone)]
pub struct Topics {
    texts: Vec<String>,
    patterns: Vec<Regex>,
}

impl Topics {
    /// Whether a topic is among them.
    pub fn contains(&self, topic: &str) -> bool {
        self.names().any(|name| name == topic) || self.patterns.iter().any(|pattern| pattern.is_match(topic))
    }

    /// The topics that are named, not matched.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str).filter(|topic| !topic.starts_with('^'))
    }

    /// What they are called in metrics: the first of them as it is written in the config.
    pub fn label(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }

    fn validate(texts: Vec<String>, pointer: &str, faults: &mut Faults) -> Option<Self> {
        if texts.is_empty() {
            faults.note(pointer, "no topic");
            return None;
        }
        let mut patterns = Vec::new();
        for (index, topic) in texts.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            if topic.starts_with('^') {
                patterns.extend(faults.take(pointer, pattern(topic)));
            } else {
                faults.take(pointer, check_name(topic));
            }
        }
        Some(Self { texts, patterns })
    }
}

impl RawRoute {
    /// Checks one route; `auth` says which names there are, as far as that is known.
    pub(super) fn validate(self, pointer: &str, auth: Option<&Auth>, faults: &mut Faults) -> Option<RouteConfig> {
        let at = |key: &str| format!("{pointer}/{key}");
        let topics = Topics::validate(self.topics, &at("topics"), faults);
        let names = topics.as_ref().map(|topics| topics.names().collect()).unwrap_or_default();
        let context = RawContext::validate(self.context, names, &at("context"), faults);
        let value = self.value.validate(Part::Value, Format::Avro, Direction::Serialize, &at("value"), faults);
        let RawKey { part, from } = self.key;
        let key = part.validate(Part::Key, Format::None, Direction::Serialize, &at("key"), faults);
        let key_from = match from {
            None => Some(None),
            Some(from) => from.validate(&at("key/from"), faults).map(Some),
        };
        let of_context = match &context {
            Some(ContextRule::Header(name)) => Some(name.as_str()),
            _ => None,
        };
        let headers = self.headers.validate(of_context, &at("headers"), faults);
        let log = match self.log {
            None => Some(None),
            Some(log) => log.validate(&at("log"), faults).map(Some),
        };
        if matches!(log, Some(Some(_))) && self.wait == Some(true) {
            faults.note(at("wait"), "records that are taken without a promise are not waited for");
        }
        let allow = match self.allow {
            None => Some(None),
            Some(allow) => allow.validate(auth, &at("allow"), faults).map(Some),
        };
        if self.max_requests_per_second == Some(0) {
            faults.note(at("max_requests_per_second"), "nobody could make a request");
        }
        let on_invalid = match self.on_invalid {
            None => Some(OnInvalid::default()),
            Some(raw) => raw.validate(&at("on_invalid"), faults),
        };
        if let (Some(topics), Some(OnInvalid::DeadLetter(dead))) = (&topics, &on_invalid)
            && topics.contains(&dead.topic)
        {
            let message = format!("'{}' is a topic of this route: a dead letter would come back", dead.topic);
            faults.note(at("on_invalid/dead_letter"), message);
        }
        let wait = self.wait.unwrap_or(matches!(log, Some(None)));
        Some(RouteConfig {
            topics: topics?,
            context: context?,
            value: value?,
            key: key?,
            key_from: key_from?,
            wait,
            acks: self.acks,
            headers: headers?,
            envelope: self.envelope,
            log: log?,
            on_invalid: on_invalid?,
            allow: allow?,
            max_requests_per_second: self.max_requests_per_second,
        })
    }
}

/// The most records that may wait to be written.
const MAX_QUEUE: usize = 1_000_000;

impl RawLogMode {
    fn validate(self, pointer: &str, faults: &mut Faults) -> Option<LogMode> {
        let queue = self.queue.unwrap_or(10_000);
        if !(1..=MAX_QUEUE).contains(&queue) {
            faults.note(format!("{pointer}/queue"), format!("{queue} is not a number from 1 to {MAX_QUEUE}"));
            return None;
        }
        let members: Vec<_> =
            self.fields.into_iter().map(|(name, value)| format!("{}:{value}", Value::String(name))).collect();
        Some(LogMode { fields: members.join(","), queue })
    }
}
