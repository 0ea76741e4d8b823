//! A config as a tree of values, each of which remembers where it was written.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use super::pointer;
use super::shape::{Kind, Shape};

/// Where a part of the config was written. Places in the file come before variables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A position in the file; both numbers count from 1, columns in characters.
    File {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// The environment variable of this name.
    Variable(String),
}

/// One thing that is wrong with a config, where it was written, and which key it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocatedFault {
    /// Where the cause was written.
    pub place: Place,
    /// The key as a JSON Pointer from the root of the config; empty for the config as a whole.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl LocatedFault {
    /// A fault of the file as a whole, which stands at its first character.
    pub(super) fn of_the_file(message: impl Into<String>) -> Self {
        Self { place: Place::START, pointer: String::new(), message: message.into() }
    }
}

impl Place {
    const START: Self = Self::File { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { line, column } => write!(f, "{line}:{column}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Where a value was written, and the key in front of it if it has one.
#[derive(Debug, Clone)]
struct Origin {
    key: Option<Place>,
    value: Place,
}

/// The values of a config, with their places.
#[derive(Debug)]
pub(super) struct Document {
    root: Value,
    /// By JSON Pointer; holds every value of `root`.
    origins: BTreeMap<String, Origin>,
    /// By JSON Pointer: the texts of numbers and truth values that would be printed otherwise.
    spellings: BTreeMap<String, String>,
}

impl Document {
    /// An empty mapping.
    pub(super) fn new() -> Self {
        let mut document =
            Self { root: Value::Object(Map::new()), origins: BTreeMap::new(), spellings: BTreeMap::new() };
        document.note("", None, Place::START);
        document
    }

    /// The values.
    pub(super) fn root(&self) -> &Value {
        &self.root
    }

    /// Puts `root` in the place of all values; their places are noted one by one.
    pub(super) fn set_root(&mut self, root: Value) {
        self.root = root;
    }

    /// Notes where the value at `pointer` was written.
    pub(super) fn note(&mut self, pointer: impl Into<String>, key: Option<Place>, value: Place) {
        self.origins.insert(pointer.into(), Origin { key, value });
    }

    /// Notes that the number or truth value at `pointer` was written as `text`.
    pub(super) fn note_spelling(&mut self, pointer: impl Into<String>, text: String) {
        self.spellings.insert(pointer.into(), text);
    }

    /// Takes values as they were written wherever text fits as well as a number: a password `007` is not `7`.
    pub(super) fn prefer_text(&mut self, schema: &Value) {
        for (pointer, text) in std::mem::take(&mut self.spellings) {
            if let Some(value) = self.root.pointer_mut(&pointer) {
                let shape = Shape::at(schema, &pointer);
                if shape.takes_any_text() && shape.admits(Kind::of(value)) {
                    *value = Value::String(text);
                }
            }
        }
    }

    /// Where to look for what is wrong with the value at `pointer`: the value if it is a single one, else the key in
    /// front of it; the nearest that was written where nothing stands at `pointer`.
    pub(super) fn place(&self, pointer: &str) -> Place {
        match self.origins.get(pointer) {
            Some(origin) if self.is_single(pointer) => origin.value.clone(),
            _ => self.place_of_key(pointer),
        }
    }

    /// Where the key at `pointer` was written, or the nearest one around it.
    pub(super) fn place_of_key(&self, mut pointer: &str) -> Place {
        loop {
            if let Some(origin) = self.origins.get(pointer) {
                return origin.key.as_ref().unwrap_or(&origin.value).clone();
            }
            match pointer::parent(pointer) {
                Some(up) => pointer = up,
                None => return Place::START,
            }
        }
    }

    fn is_single(&self, pointer: &str) -> bool {
        !matches!(self.root.pointer(pointer), None | Some(Value::Null | Value::Array(_) | Value::Object(_)))
    }

    /// Sets the value at `path` because the variable `name` says so, making the mappings and lists on the way to it.
    ///
    /// An index may be at most the length of its list; the caller has made sure.
    pub(super) fn set(&mut self, path: &[Step], value: Value, name: &str) {
        let variable = Place::Variable(name.to_owned());
        let mut at = &mut self.root;
        let mut pointer = String::new();
        for step in path {
            let here = step.enter(at);
            if here.replaced {
                forget_below(&mut self.origins, &pointer);
                self.origins.insert(pointer.clone(), Origin { key: None, value: variable.clone() });
            }
            pointer = pointer::join(&pointer, &step.to_string());
            self.origins.entry(pointer.clone()).or_insert_with(|| Origin { key: None, value: variable.clone() });
            at = here.child;
        }
        forget_below(&mut self.origins, &pointer);
        note_all(&mut self.origins, &pointer, &value, &variable);
        *at = value;
    }
}

/// Drops the places of everything below `pointer`.
fn forget_below(origins: &mut BTreeMap<String, Origin>, pointer: &str) {
    origins.retain(|known, _| known == pointer || !pointer::is_within(known, pointer));
}

/// Notes that `value` and all it holds was written at `place`.
fn note_all(origins: &mut BTreeMap<String, Origin>, pointer: &str, value: &Value, place: &Place) {
    origins.insert(pointer.to_owned(), Origin { key: None, value: place.clone() });
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                note_all(origins, &pointer::join(pointer, key), member, place);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                note_all(origins, &pointer::join(pointer, &index.to_string()), item, place);
            }
        }
        _ => {}
    }
}

/// One step from a mapping or a list to what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The member of a mapping.
    Key(String),
    /// The item of a list, from 0.
    Index(usize),
}

/// What a step led to.
struct Entered<'v> {
    child: &'v mut Value,
    /// Whether what stood there before could not be stepped into and was dropped.
    replaced: bool,
}

impl Step {
    fn enter<'v>(&self, value: &'v mut Value) -> Entered<'v> {
        match self {
            Self::Key(key) => {
                let replaced = !value.is_object();
                if replaced {
                    *value = Value::Object(Map::new());
                }
                Entered { child: &mut value[key.as_str()], replaced }
            }
            Self::Index(index) => {
                let replaced = !value.is_array();
                if replaced {
                    *value = Value::Array(Vec::new());
                }
                if let Value::Array(items) = value
                    && items.len() == *index
                {
                    items.push(Value::Null);
                }
                Entered { child: &mut value[*index], replaced }
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key),
            Self::Index(index) => index.fmt(f),
        }
    }
}
