//! A violation on its way out of the record: each level that it passes adds its place.

use super::{CodecError, Violation, ViolationKind};

/// What went wrong, with the places passed so far. One word; made only when a record is refused.
#[derive(Debug)]
pub(super) struct Fault(Box<Draft>);

#[derive(Debug)]
struct Draft {
    kind: ViolationKind,
    expected: String,
    found: String,
    /// Innermost first.
    places: Vec<Place>,
}

#[derive(Debug)]
enum Place {
    Field(Box<str>),
    Key(String),
    Index(u64),
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: ViolationKind, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self(Box::new(Draft { kind, expected: expected.into(), found: found.into(), places: Vec::new() }))
    }

    pub(super) fn kind(&self) -> ViolationKind {
        self.0.kind
    }

    #[cold]
    pub(super) fn in_field(self, name: &str) -> Self {
        self.at(Place::Field(name.into()))
    }

    #[cold]
    pub(super) fn in_key(self, key: impl Into<String>) -> Self {
        self.at(Place::Key(key.into()))
    }

    #[cold]
    pub(super) fn in_item(self, index: u64) -> Self {
        self.at(Place::Index(index))
    }

    fn at(mut self, place: Place) -> Self {
        self.0.places.push(place);
        self
    }

    /// What was found, as seen from where a union gives up on this branch.
    pub(super) fn summary(&self) -> String {
        let Draft { expected, found, .. } = &*self.0;
        format!("{}: expected {expected}, found {found}", self.pointer())
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for place in self.0.places.iter().rev() {
            pointer.push('/');
            match place {
                Place::Field(name) => pointer.push_str(name),
                Place::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Place::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    fn schema_path(&self) -> String {
        let mut path = String::new();
        for place in self.0.places.iter().rev() {
            path.push('/');
            path.push_str(match place {
                Place::Field(name) => name,
                Place::Key(_) => "{}",
                Place::Index(_) => "[]",
            });
        }
        path
    }
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> Self {
        let (pointer, schema_path) = (fault.pointer(), fault.schema_path());
        let Draft { kind, expected, found, .. } = *fault.0;
        Violation { kind, pointer, schema_path, expected, found }.into()
    }
}
