//! Checks what is left of a config after its faulty parts are taken out, so that one fault hides no other.
//!
//! The schema reports all its violations at once, but `serde` stops at the first fault and a module's `validate` needs
//! the whole raw config. So every faulty value is left out, then whatever can't be without it, until the rest
//! deserializes; `validate` sees the rest, and what it says about the gaps themselves is dropped.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::Validator;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::pointer;
use super::violations::{Departure, DepartureKind, departures};
use crate::settings::{Fault, Faults};

/// After so many rounds, what was found is enough for one reading.
const MAX_ROUNDS: usize = 200;

/// What a check has found.
pub(super) struct Checked<C> {
    /// The config, if nothing at all is wrong with it.
    pub(super) config: Option<C>,
    /// Everything that is wrong.
    pub(super) departures: Vec<Departure>,
}

/// Checks `config` against its schema, then as `R`, then by `validate`.
pub(super) fn check<R: DeserializeOwned, C>(
    validator: &Validator,
    schema: &Value,
    config: &Value,
    validate: impl FnOnce(R, &mut Faults) -> Option<C>,
) -> Checked<C> {
    let mut found = departures(validator, schema, config);
    let mut gaps = Gaps::default();
    for departure in &found {
        gaps.leave_out(config, departure);
    }
    let Some((raw, rest)) = deserialize::<R>(validator, schema, config, &mut gaps, &mut found) else {
        return Checked { config: None, departures: found };
    };
    let mut faults = Faults::default();
    let valid = validate(raw, &mut faults);
    for Fault { pointer, message } in faults.into_vec() {
        let pointer = rest.original(&pointer);
        if !gaps.touch(&pointer) {
            found.push(Departure { pointer, message, kind: DepartureKind::Value });
        }
    }
    let config = valid.filter(|_| found.is_empty());
    Checked { config, departures: found }
}

/// The raw config of what can be read at all; faults that only serde sees are added to `found`.
fn deserialize<R: DeserializeOwned>(
    validator: &Validator,
    schema: &Value,
    config: &Value,
    gaps: &mut Gaps,
    found: &mut Vec<Departure>,
) -> Option<(R, Rest)> {
    for _ in 0..MAX_ROUNDS {
        let rest = Rest::of(config, &gaps.left_out)?;
        let broken = departures(validator, schema, &rest.value);
        if !broken.is_empty() {
            for departure in broken {
                let pointer = rest.original(&departure.pointer);
                gaps.leave_out(config, &Departure { pointer, ..departure });
            }
            continue;
        }
        match serde_path_to_error::deserialize(&rest.value) {
            Ok(raw) => return Some((raw, rest)),
            Err(error) => {
                let pointer = rest.original(pointer::existing(&rest.value, &pointer_of(error.path())));
                let departure =
                    Departure { pointer, message: without_values(error.inner()), kind: DepartureKind::Value };
                gaps.leave_out(config, &departure);
                found.push(departure);
            }
        }
    }
    None
}

/// The path at which serde stopped.
fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |at, segment| match segment {
        Segment::Seq { index } => pointer::join(&at, &index.to_string()),
        Segment::Map { key } => pointer::join(&at, key),
        Segment::Enum { .. } | Segment::Unknown => at,
    })
}

/// What serde says, without the value that it quotes: it may be a secret.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let quotes = ["invalid type: ", "invalid value: ", "unknown variant ", "invalid length "];
    match text.split_once(", expected ") {
        Some((_, wanted)) if quotes.iter().any(|start| text.starts_with(start)) => {
            let range = match wanted {
                "u8" => "a whole number from 0 to 255",
                "u16" => "a whole number from 0 to 65535",
                "u32" => "a whole number from 0 to 4294967295",
                "u64" | "usize" => "a whole number that is not negative",
                "i32" => "a whole number from -2147483648 to 2147483647",
                "i64" | "isize" => "a whole number",
                other => other,
            };
            format!("expected {range}")
        }
        _ => text,
    }
}

/// The parts of a config that are left out because they are wrong.
#[derive(Default)]
struct Gaps {
    left_out: BTreeSet<String>,
    /// What is missing for it: what was left out, save for keys that nobody knows; and keys that were misspelt.
    lacking: BTreeSet<String>,
}

impl Gaps {
    fn leave_out(&mut self, config: &Value, departure: &Departure) {
        let parent = pointer::parent(&departure.pointer).unwrap_or_default();
        let gap = match &departure.kind {
            DepartureKind::Value | DepartureKind::Unknown { .. } => departure.pointer.as_str(),
            DepartureKind::Missing => parent,
        };
        let gap = pointer::existing(config, gap);
        self.left_out.insert(gap.to_owned());
        match &departure.kind {
            DepartureKind::Value | DepartureKind::Missing => self.lacking.insert(gap.to_owned()),
            DepartureKind::Unknown { meant: Some(key) } => self.lacking.insert(pointer::join(parent, key)),
            DepartureKind::Unknown { meant: None } => false,
        };
    }

    /// Whether a fault at `pointer` is, or may be, only the lack of something that was left out.
    fn touch(&self, pointer: &str) -> bool {
        self.lacking.iter().any(|gap| pointer::is_within(pointer, gap) || pointer::is_within(gap, pointer))
    }
}

/// A config without its gaps.
struct Rest {
    value: Value,
    /// For each list that lost items, by its pointer in `value`: the indexes that its items had.
    indexes: BTreeMap<String, Vec<usize>>,
}

impl Rest {
    /// `config` without what stands at the pointers in `left_out`; none if that is all of it.
    fn of(config: &Value, left_out: &BTreeSet<String>) -> Option<Self> {
        if left_out.contains("") {
            return None;
        }
        let mut rest = Self { value: Value::Null, indexes: BTreeMap::new() };
        rest.value = rest.copy(config, "", "", left_out);
        Some(rest)
    }

    /// A copy of `value`, which stands at `from` in the config and will stand at `to` here.
    fn copy(&mut self, value: &Value, from: &str, to: &str, left_out: &BTreeSet<String>) -> Value {
        match value {
            Value::Object(members) => {
                let mut copies = serde_json::Map::new();
                for (key, member) in members {
                    let from = pointer::join(from, key);
                    if !left_out.contains(&from) {
                        let copy = self.copy(member, &from, &pointer::join(to, key), left_out);
                        copies.insert(key.clone(), copy);
                    }
                }
                Value::Object(copies)
            }
            Value::Array(items) => {
                let mut copies = Vec::with_capacity(items.len());
                let mut kept = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let from = pointer::join(from, &index.to_string());
                    if !left_out.contains(&from) {
                        let to = pointer::join(to, &copies.len().to_string());
                        copies.push(self.copy(item, &from, &to, left_out));
                        kept.push(index);
                    }
                }
                if kept.len() < items.len() {
                    self.indexes.insert(to.to_owned(), kept);
                }
                Value::Array(copies)
            }
            single => single.clone(),
        }
    }

    /// Where in the whole config the value at `pointer` stands.
    fn original(&self, pointer: &str) -> String {
        let (mut here, mut there) = (String::new(), String::new());
        for token in pointer::tokens(pointer) {
            let index = self.indexes.get(&here).and_then(|indexes| indexes.get(token.parse::<usize>().ok()?));
            there = match index {
                Some(index) => pointer::join(&there, &index.to_string()),
                None => pointer::join(&there, &token),
            };
            here = pointer::join(&here, &token);
        }
        there
    }
}
