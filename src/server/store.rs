//! What the registry holds, in memory: contexts, their ids and subjects, and who refers to whom.
//!
//! Invariants:
//! - an id belongs to one context and never changes its schema; ids are handed out from 1 and never twice;
//! - a schema stays as long as a version holds it, be it soft-deleted; with the last version goes its id;
//! - a version that something refers to is never removed, so every reference of a stored schema can be followed;
//! - methods that change the store either fail before the first change or not at all.
//!
//! Plain data without locks: whoever shares it wraps it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::definition::{Definition, Guid};
use super::error::Error;
use super::names::SubjectPrefix;
use super::references::Target;
use crate::schema::{Context, QualifiedSubject, SchemaId, SchemaType, Subject};

/// The number of a version within its subject: 1 to 2³¹-1.
pub(super) type Version = i32;

/// A definition under its identity.
#[derive(Debug)]
pub struct Schema {
    /// What was registered.
    pub definition: Definition,
    /// Its identity, computed once.
    pub guid: Guid,
}

impl Schema {
    /// Takes the identity of a definition. Hashes the whole text: not for doing under a lock.
    pub(super) fn new(definition: Definition) -> Self {
        Self { guid: definition.guid(), definition }
    }

    /// What tells schemas of one context apart. The type stands beside the GUID because it is not part of it.
    pub(super) fn content(&self) -> (SchemaType, Guid) {
        (self.definition.schema_type, self.guid)
    }
}

/// One version of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    pub(super) id: SchemaId,
    pub(super) deleted: bool,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) registered: i64,
}

/// The versions of one subject; never empty.
pub(super) type Versions = BTreeMap<Version, Record>;

/// A schema of one context, with the versions that hold it and those it refers to.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) schema: Arc<Schema>,
    /// Which version each reference of the definition means, in the same order.
    pub(super) targets: Vec<VersionKey>,
    /// Never empty.
    pub(super) holders: BTreeSet<(Subject, Version)>,
}

/// One context: ids and subjects of its own.
#[derive(Debug, Default)]
pub(super) struct Namespace {
    /// Whether it is in the list of contexts: from its first registration until it is deleted. Its ids go on counting.
    pub(super) listed: bool,
    /// The highest id that was ever handed out; 0 for none.
    pub(super) last_id: u32,
    pub(super) schemas: BTreeMap<SchemaId, Stored>,
    /// The id of each content, see [`Schema::content`].
    pub(super) by_content: HashMap<(SchemaType, Guid), SchemaId>,
    pub(super) subjects: BTreeMap<Subject, Versions>,
}

/// Everything that the registry holds.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) namespaces: BTreeMap<Context, Namespace>,
    referrers: HashMap<VersionKey, BTreeSet<(Context, SchemaId)>>,
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

impl Store {
    /// An empty store: only the default context is there.
    pub(super) fn new() -> Self {
        let default = Namespace { listed: true, ..Namespace::default() };
        Self { namespaces: BTreeMap::from([(Context::default(), default)]), referrers: HashMap::new() }
    }

    /// The contexts that were registered into, and the default context, which comes first.
    pub(super) fn contexts(&self) -> impl Iterator<Item = &Context> {
        self.namespaces.iter().filter(|(_, namespace)| namespace.listed).map(|(context, _)| context)
    }

    /// The names of the matching subjects, sorted as text: qualified names come before letters.
    pub(super) fn subjects(&self, prefix: &SubjectPrefix, visibility: Visibility) -> Vec<String> {
        let mut names: Vec<String> = self
            .namespaces
            .iter()
            .filter(|(context, _)| prefix.admits(context))
            .flat_map(|(context, namespace)| namespace.subjects.iter().map(move |subject| (context, subject)))
            .filter(|(_, (subject, versions))| prefix.matches(subject) && visibility.shows_subject(versions))
            .map(|(context, (subject, _))| QualifiedSubject::new(context.clone(), subject.clone()).to_string())
            .collect();
        names.sort_unstable();
        names
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

    /// Adds a version, under the id that the content has in the context or a new one, and returns it.
    ///
    /// An explicit `version` must be the next one. The first version in a context puts the context on the list.
    pub(super) fn insert(
        &mut self,
        name: &QualifiedSubject,
        schema: Schema,
        targets: &[Target],
        version: Option<Version>,
        now: i64,
    ) -> Result<VersionKey, Error> {
        let next = match self.versions(name).and_then(|versions| versions.last_key_value()) {
            Some((last, _)) => last.checked_add(1).ok_or(Error::Exhausted)?,
            None => 1,
        };
        if version.is_some_and(|version| version != next) {
            return Err(Error::VersionNotNext);
        }
        let content = schema.content();
        let namespace = self.namespaces.get(&name.context);
        let known = namespace.and_then(|namespace| namespace.by_content.get(&content).copied());
        let id = match known {
            Some(id) => id,
            None => SchemaId::new(namespace.map_or(0, |namespace| namespace.last_id) + 1).ok_or(Error::Exhausted)?,
        };

        // Nothing fails from here on.
        let key = VersionKey { subject: name.clone(), version: next };
        let namespace = self.namespaces.entry(name.context.clone()).or_default();
        namespace.listed = true;
        namespace.last_id = namespace.last_id.max(id.get());
        namespace.by_content.insert(content, id);
        let stored = namespace.schemas.entry(id).or_insert_with(|| Stored {
            schema: Arc::new(schema),
            targets: targets.iter().map(|target| target.key.clone()).collect(),
            holders: BTreeSet::new(),
        });
        stored.holders.insert((name.subject.clone(), next));
        let record = Record { id, deleted: false, registered: now };
        namespace.subjects.entry(name.subject.clone()).or_default().insert(next, record);
        for target in targets {
            self.referrers.entry(target.key.clone()).or_default().insert((name.context.clone(), id));
        }
        self.supersede(&key, id);
        Ok(key)
    }

    /// Removes the soft-deleted versions of a subject that held the id before it was registered again as `key`, unless
    /// something refers to them.
    fn supersede(&mut self, key: &VersionKey, id: SchemaId) {
        let old: Vec<VersionKey> = self
            .versions(&key.subject)
            .into_iter()
            .flatten()
            .filter(|(_, record)| record.deleted && record.id == id)
            .map(|(version, _)| VersionKey { subject: key.subject.clone(), version: *version })
            .filter(|old| !self.is_referenced(old, Visibility::All, None))
            .collect();
        for old in &old {
            self.remove(old);
        }
    }

    /// Marks a version as soft-deleted.
    pub(super) fn mark_deleted(&mut self, key: &VersionKey) {
        let subjects = self.namespaces.get_mut(&key.subject.context).map(|namespace| &mut namespace.subjects);
        let versions = subjects.and_then(|subjects| subjects.get_mut(&key.subject.subject));
        if let Some(record) = versions.and_then(|versions| versions.get_mut(&key.version)) {
            record.deleted = true;
        }
    }

    /// Removes a version, and what only it kept: its schema, its subject.
    pub(super) fn remove(&mut self, key: &VersionKey) {
        let QualifiedSubject { context, subject } = &key.subject;
        let Some(namespace) = self.namespaces.get_mut(context) else { return };
        let Some(versions) = namespace.subjects.get_mut(subject) else { return };
        let Some(record) = versions.remove(&key.version) else { return };
        if versions.is_empty() {
            namespace.subjects.remove(subject);
        }
        let Some(stored) = namespace.schemas.get_mut(&record.id) else { return };
        stored.holders.remove(&(subject.clone(), key.version));
        if !stored.holders.is_empty() {
            return;
        }
        let Some(stored) = namespace.schemas.remove(&record.id) else { return };
        let content = stored.schema.content();
        if namespace.by_content.get(&content) == Some(&record.id) {
            namespace.by_content.remove(&content);
        }
        for target in stored.targets {
            if let Some(referrers) = self.referrers.get_mut(&target) {
                referrers.remove(&(context.clone(), record.id));
                if referrers.is_empty() {
                    self.referrers.remove(&target);
                }
            }
        }
    }

    /// The ids, bare, of the schemas that refer to a version.
    pub(super) fn referrers(&self, key: &VersionKey, visibility: Visibility) -> BTreeSet<SchemaId> {
        let seen = |(context, id): &&(Context, SchemaId)| self.is_held(context, *id, visibility, None);
        self.referrers.get(key).into_iter().flatten().filter(seen).map(|(_, id)| *id).collect()
    }

    /// Whether a schema that the visibility shows refers to a version. Versions of the subject `except` don't count.
    pub(super) fn is_referenced(
        &self,
        key: &VersionKey,
        visibility: Visibility,
        except: Option<&QualifiedSubject>,
    ) -> bool {
        let mut referrers = self.referrers.get(key).into_iter().flatten();
        referrers.any(|(context, id)| self.is_held(context, *id, visibility, except))
    }

    /// Whether a version that the visibility shows holds an id.
    fn is_held(
        &self,
        context: &Context,
        id: SchemaId,
        visibility: Visibility,
        except: Option<&QualifiedSubject>,
    ) -> bool {
        let Some(namespace) = self.namespaces.get(context) else { return false };
        let Some(stored) = namespace.schemas.get(&id) else { return false };
        stored.holders.iter().any(|(subject, version)| {
            let excepted = except.is_some_and(|except| except.context == *context && except.subject == *subject);
            let record = namespace.subjects.get(subject).and_then(|versions| versions.get(version));
            !excepted && record.is_some_and(|record| visibility.shows(record))
        })
    }
}
