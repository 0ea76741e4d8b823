//! Lays environment variables over a config: `SERDECAR__SECTION__KEY=value`.
//!
//! A name is the path of a key, its parts joined by two underscores; list items go by their index from 0:
//! `SERDECAR__PIPELINES__0__SINK__TOPIC`. Parts match keys without regard to case. A single underscore stands for a
//! dot as well, which is how the keys of librdkafka are written:
//! `SERDECAR__KAFKA__PROPERTIES__SECURITY_PROTOCOL` sets `security.protocol`. Where keys are free, as they are there,
//! one that the file has already is set as it is spelled there, and any other is taken in lower case with dots.
//!
//! A value is text as it stands where the key takes only text, so that a password needs no quotes; elsewhere it is
//! read as YAML (`3`, `true`, `[a, b]`). A variable that fits no key is a fault, as an unknown key of the file is.

use std::collections::HashMap;

use serde_json::Value;

use super::document::{Document, LocatedFault, Place, Step};
use super::shape::{Kind, Shape};
use super::violations::unknown_key;
use super::{pointer, scalar, yaml};

/// What the name of every variable begins with.
const PREFIX: &str = "SERDECAR__";

/// The variables of this process that could set a key; text that is not UTF-8 has replacement characters.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, _)| path_of(name).is_some())
}

/// The part of a variable's name that is the path of a key.
fn path_of(name: &str) -> Option<&str> {
    let (prefix, path) = name.split_at_checked(PREFIX.len())?;
    prefix.eq_ignore_ascii_case(PREFIX).then_some(path)
}

/// One variable, its name taken apart.
struct Variable {
    name: String,
    parts: Vec<Part>,
    value: String,
}

/// A part of a name. The order puts list items in that of their indexes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Index(usize),
    Key(String),
}

impl Part {
    fn of(text: &str) -> Self {
        match text.parse() {
            Ok(index) if text.bytes().all(|byte| byte.is_ascii_digit()) => Self::Index(index),
            _ => Self::Key(text.to_ascii_lowercase()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Index(index) => index.to_string(),
            Self::Key(key) => key.clone(),
        }
    }
}

/// Sets what `variables` say in `document`; gives the faults of those that can't be.
pub(super) fn overlay(
    document: &mut Document,
    schema: &Value,
    variables: impl Iterator<Item = (String, String)>,
) -> Vec<LocatedFault> {
    let mut variables: Vec<Variable> = variables
        .filter_map(|(name, value)| {
            let parts = path_of(&name)?.split("__").map(Part::of).collect();
            Some(Variable { name, parts, value })
        })
        .collect();
    // A mapping as a whole comes before its members, an item before the next: each can build on the one before.
    variables.sort_by(|a, b| a.parts.cmp(&b.parts).then_with(|| a.name.cmp(&b.name)));

    if !document.root().is_object() {
        return Vec::new(); // The schema says so.
    }
    let mut faults = Vec::new();
    let mut set: HashMap<String, String> = HashMap::new();
    for variable in variables {
        if let Err((pointer, message)) = apply(document, schema, &variable, &mut set) {
            faults.push(LocatedFault { place: Place::Variable(variable.name), pointer, message });
        }
    }
    faults
}

/// Sets one variable; `set` knows which variable has set which key.
fn apply(
    document: &mut Document,
    schema: &Value,
    variable: &Variable,
    set: &mut HashMap<String, String>,
) -> Result<(), (String, String)> {
    let target = locate(document, schema, &variable.parts)?;
    if let Some(other) = set.get(&target.pointer) {
        return Err((target.pointer, format!("{other} sets the same key")));
    }
    let value = value_for(&target.shape, &variable.value).map_err(|message| (target.pointer.clone(), message))?;
    document.set(&target.path, value, &variable.name);
    set.insert(target.pointer, variable.name.clone());
    Ok(())
}

/// The key that a variable's name means.
struct Target<'s> {
    path: Vec<Step>,
    pointer: String,
    shape: Shape<'s>,
}

fn locate<'s>(document: &Document, schema: &'s Value, parts: &[Part]) -> Result<Target<'s>, (String, String)> {
    let mut target = Target { path: Vec::new(), pointer: String::new(), shape: Shape::of(schema) };
    for part in parts {
        let step = step(&target, document.root().pointer(&target.pointer), part)?;
        let token = step.to_string();
        target.shape = target.shape.child(&token);
        target.pointer = pointer::join(&target.pointer, &token);
        target.path.push(step);
    }
    Ok(target)
}

/// The step that `part` means from `target`, where the config holds `value` so far.
fn step(target: &Target<'_>, value: Option<&Value>, part: &Part) -> Result<Step, (String, String)> {
    let text = part.text();
    let here = || pointer::join(&target.pointer, &text);
    if let Part::Index(index) = part
        && target.shape.admits(Kind::Array)
        && !value.is_some_and(Value::is_object)
    {
        let length = value.and_then(Value::as_array).map_or(0, Vec::len);
        if *index > length {
            return Err((here(), format!("no such item; the next index is {length}")));
        }
        return Ok(Step::Index(*index));
    }
    let same = |key: &&str| fold(key) == fold(&text);
    if let Some(key) = target.shape.keys().into_iter().find(same) {
        return Ok(Step::Key(key.to_owned()));
    }
    if target.shape.has_free_keys() && !text.is_empty() {
        let written =
            value.and_then(Value::as_object).and_then(|members| members.keys().map(String::as_str).find(same));
        return Ok(Step::Key(written.map_or_else(|| text.replace('_', "."), str::to_owned)));
    }
    if target.shape.admits(Kind::Array) && target.shape.keys().is_empty() {
        return Err((here(), "expected an index into the list, from 0".to_owned()));
    }
    Err((here(), unknown_key(&text, &target.shape).message))
}

/// What two spellings of a key have in common.
fn fold(key: &str) -> String {
    key.to_ascii_lowercase().replace(['.', '-'], "_")
}

/// The value that `text` is in a place of this shape.
fn value_for(shape: &Shape<'_>, text: &str) -> Result<Value, String> {
    let as_text = || Value::String(text.to_owned());
    if shape.is_compound() && !text.trim().is_empty() {
        match yaml::read_value(text) {
            Ok(value) if shape.holds(&value) => return Ok(value),
            Err(message) if !shape.admits(Kind::String) => return Err(message),
            _ => {}
        }
    }
    if shape.takes_any_text() {
        return Ok(as_text());
    }
    let value = scalar::plain(text);
    Ok(if shape.admits(Kind::String) && !shape.admits(Kind::of(&value)) { as_text() } else { value })
}
