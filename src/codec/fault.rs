//! Violations on their way out of the record: each level that they pass adds its place.

use super::{CodecError, MAX_VIOLATIONS, Violation, ViolationKind};

/// What went wrong, with the places passed so far. One word; made only when a record is refused.
#[derive(Debug)]
pub(super) struct Fault(Box<Drafts>);

/// One violation, or several of one value.
#[derive(Debug)]
struct Drafts {
    first: Draft,
    others: Vec<Draft>,
    /// Whether the value that departs has been read to its end.
    is_passed: bool,
}

#[derive(Debug)]
struct Draft {
    kind: ViolationKind,
    expected: String,
    found: String,
    /// Innermost first.
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
enum Place {
    Field(Box<str>),
    Key(String),
    Index(u64),
}

impl Fault {
    #[cold]
    pub(super) fn new(kind: ViolationKind, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let first = Draft { kind, expected: expected.into(), found: found.into(), places: Vec::new() };
        Self(Box::new(Drafts { first, others: Vec::new(), is_passed: false }))
    }

    /// The kind of the first.
    pub(super) fn kind(&self) -> ViolationKind {
        self.0.first.kind
    }

    /// Whether the value that departs has been read to its end.
    pub(super) fn is_passed(&self) -> bool {
        self.0.is_passed
    }

    /// The value that departs has been read to its end.
    pub(super) fn passed(mut self) -> Self {
        self.0.is_passed = true;
        self
    }

    /// Whether nothing can be said about what follows, or enough has been said.
    fn is_last(&self) -> bool {
        let ends = |draft: &Draft| matches!(draft.kind, ViolationKind::Syntax | ViolationKind::Limit);
        self.0.others.len() + 1 >= MAX_VIOLATIONS || ends(self.0.others.last().unwrap_or(&self.0.first))
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
        for draft in &mut self.0.others {
            draft.places.push(place.clone());
        }
        self.0.first.places.push(place);
        self
    }

    /// What was found, as seen from where a union gives up on this branch.
    pub(super) fn summary(&self) -> String {
        let draft = &self.0.first;
        format!("{}: expected {}, found {}", draft.pointer(), draft.expected, draft.found)
    }
}

/// The faults of what an array or an object holds, while it is read to its end.
#[derive(Debug, Default)]
pub(super) struct Faults(Option<Fault>);

impl Faults {
    /// Adds one more; fails with all of them where reading on makes no sense. Of text that is not JSON nothing else is said.
    #[cold]
    pub(super) fn add(&mut self, fault: Fault) -> Result<(), Fault> {
        let all = match self.0.take() {
            Some(mut earlier) if fault.kind() != ViolationKind::Syntax => {
                let Drafts { first, others, .. } = *fault.0;
                let room = MAX_VIOLATIONS - 1 - earlier.0.others.len();
                earlier.0.others.extend(std::iter::once(first).chain(others).take(room));
                earlier
            }
            _ => fault,
        };
        if all.is_last() {
            return Err(all);
        }
        self.0 = Some(all);
        Ok(())
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The array or object has come to its end.
    pub(super) fn end(self) -> Result<(), Fault> {
        self.0.map_or(Ok(()), |all| Err(all.passed()))
    }
}

impl Draft {
    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for place in self.places.iter().rev() {
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
        for place in self.places.iter().rev() {
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

impl From<Draft> for Violation {
    fn from(draft: Draft) -> Self {
        let (pointer, schema_path) = (draft.pointer(), draft.schema_path());
        let Draft { kind, expected, found, .. } = draft;
        Self { kind, pointer, schema_path, expected, found }
    }
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> Self {
        let Drafts { first, others, .. } = *fault.0;
        Self::new(first.into(), others.into_iter().map(Violation::from).collect())
    }
}
