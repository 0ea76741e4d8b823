//! What the registry holds, in memory: contexts, their ids and subjects, who refers to whom, and the settings.
//!
//! Invariants:
//! - an id belongs to one context and never changes its schema; ids are handed out from 1 and never twice;
//! - a schema stays as long as a version holds it, be it soft-deleted; with the last version goes its id;
//! - a version that something refers to is never removed, so every reference of a stored schema can be followed;
//! - a store changes by [`Change`]s alone, and the same changes, in whatever order their keys are read back, make the
//!   same store.
//!
//! Plain data without locks: whoever shares it wraps it.

mod change;
mod referrers;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use change::{Change, Holding};

use super::definition::{Content, Schema};
use super::names::SubjectPrefix;
use super::settings::{Config, Mode};
use crate::schema::{Context, QualifiedSubject, SchemaId, Subject};

/// The number of a version within its subject: 1 to 2³¹-1.
pub(super) type Version = i32;

/// One version of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct VersionKey {
    pub(super) subject: QualifiedSubject,
    pub(super) version: Version,
}

/// Which versions, and which subjects, a request sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    /// What is not soft-deleted.
    Live,
    /// Soft-deleted too.
    All,
    /// Only what is soft-deleted.
    Deleted,
}

/// What a version is: which schema, since when, and whether it is soft-deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) id: SchemaId,
    pub(super) deleted: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) registered: i64,
}

/// The versions of one subject; never empty.
pub(super) type Versions = BTreeMap<Version, Record>;

/// A schema of one context, with the versions that hold it and those it refers to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) schema: Arc<Schema>,
    /// Which version each reference of the definition means, in the same order.
    pub(super) targets: Arc<[VersionKey]>,
    /// Never empty.
    pub(super) holders: BTreeSet<(Subject, Version)>,
}

/// One context: ids and subjects of its own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Namespace {
    /// Whether it is in the list of contexts: from its first registration until it is deleted. Its ids go on counting.
    pub(super) listed: bool,
    /// The highest id that was ever handed out; 0 for none.
    pub(super) last_id: u32,
    pub(super) schemas: BTreeMap<SchemaId, Stored>,
    /// The ids of each content: several only if they were imported.
    pub(super) by_content: BTreeSet<(Content, SchemaId)>,
    pub(super) subjects: BTreeMap<Subject, Versions>,
    /// How many of the subjects are what.
    pub(super) tally: Tally,
}

/// Subjects by whether they have live versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) live: usize,
    pub(super) deleted: usize,
}

impl Tally {
    /// A subject was in one state, if it was there, and now is in another, if it still is.
    fn shift(&mut self, before: Option<bool>, after: Option<bool>) {
        let count = |tally: &mut Self, live: bool, by: isize| {
            let count = if live { &mut tally.live } else { &mut tally.deleted };
            *count = count.saturating_add_signed(by);
        };
        if let Some(live) = before {
            count(self, live, -1);
        }
        if let Some(live) = after {
            count(self, live, 1);
        }
    }
}

/// Everything that the registry holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Store {
    pub(super) namespaces: BTreeMap<Context, Namespace>,
    referrers: HashMap<VersionKey, BTreeSet<(Context, SchemaId)>>,
    /// By subject; an empty one stands for its whole context.
    pub(super) modes: BTreeMap<QualifiedSubject, Mode>,
    /// By subject; an empty one stands for its whole context.
    pub(super) configs: BTreeMap<QualifiedSubject, Arc<Config>>,
}

impl Visibility {
    /// What the parameter `deleted` asks for.
    pub(super) fn with_deleted(deleted: bool) -> Self {
        if deleted { Self::All } else { Self::Live }
    }

    /// Whether a version is seen.
    pub(super) fn shows(self, record: &Record) -> bool {
        match self {
            Self::Live => !record.deleted,
            Self::All => true,
            Self::Deleted => record.deleted,
        }
    }

    /// Whether a subject is seen: it counts as soft-deleted when all its versions are.
    fn shows_subject(self, versions: &Versions) -> bool {
        let live = versions.values().any(|record| !record.deleted);
        match self {
            Self::Live => live,
            Self::All => true,
            Self::Deleted => !live,
        }
    }
}

impl Namespace {
    /// Whether a subject has live versions; `None` if it has none at all.
    fn is_live(&self, subject: &Subject) -> Option<bool> {
        self.subjects.get(subject).map(|versions| versions.values().any(|record| !record.deleted))
    }

    /// The id of a content; of several the highest.
    pub(super) fn id_of(&self, content: Content) -> Option<SchemaId> {
        let last = self.by_content.range(..=(content, SchemaId::MAX)).next_back();
        last.filter(|(last, _)| *last == content).map(|(_, id)| *id)
    }
}

impl Store {
    /// An empty store: only the default context is there.
    pub(super) fn new() -> Self {
        let default = Namespace { listed: true, ..Namespace::default() };
        Self {
            namespaces: BTreeMap::from([(Context::default(), default)]),
            referrers: HashMap::new(),
            modes: BTreeMap::new(),
            configs: BTreeMap::new(),
        }
    }

    /// The contexts that were registered into, and the default context, which comes first.
    pub(super) fn contexts(&self) -> impl Iterator<Item = &Context> {
        self.namespaces.iter().filter(|(_, namespace)| namespace.listed).map(|(context, _)| context)
    }

    /// The matching subjects that the request sees, in the order of contexts and names.
    pub(super) fn subjects(
        &self,
        prefix: &SubjectPrefix,
        visibility: Visibility,
    ) -> impl Iterator<Item = QualifiedSubject> {
        self.namespaces
            .iter()
            .filter(|(context, _)| prefix.admits(context))
            .flat_map(|(context, namespace)| namespace.subjects.iter().map(move |subject| (context, subject)))
            .filter(move |(_, (subject, versions))| prefix.matches(subject) && visibility.shows_subject(versions))
            .map(|(context, (subject, _))| QualifiedSubject::new(context.clone(), subject.clone()))
    }

    /// All versions of a subject.
    pub(super) fn versions(&self, name: &QualifiedSubject) -> Option<&Versions> {
        self.namespaces.get(&name.context)?.subjects.get(&name.subject)
    }

    /// One version, soft-deleted or not.
    pub(super) fn record(&self, key: &VersionKey) -> Option<&Record> {
        self.versions(&key.subject)?.get(&key.version)
    }

    /// The schema that a version holds.
    pub(super) fn stored(&self, key: &VersionKey) -> Option<&Stored> {
        let id = self.record(key)?.id;
        self.namespaces.get(&key.subject.context)?.schemas.get(&id)
    }
}
