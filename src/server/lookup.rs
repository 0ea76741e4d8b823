//! Reading: a version of a subject, the schema behind an id or a GUID, and who holds it.

use std::sync::Arc;

use super::definition::Schema;
use super::error::Error;
use super::names::{IdScope, is_reachable};
use super::store::{Namespace, Store, Stored, Version, Versions, Visibility};
use crate::schema::{Context, Guid, QualifiedNames, QualifiedSubject, SchemaId, SchemaType, Subject};

/// A schema as a version of a subject holds it.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The subject.
    pub subject: QualifiedSubject,
    /// The version, from 1.
    pub version: i32,
    /// The id within the subject's context.
    pub id: SchemaId,
    /// The schema and its identity.
    pub schema: Arc<Schema>,
    /// Whether the version is soft-deleted.
    pub deleted: bool,
    /// When the version was registered, in milliseconds since 1970-01-01 UTC.
    pub registered: i64,
}

/// Which version of a subject is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selector {
    /// The highest one that the request sees.
    Latest,
    /// This one.
    Exact(Version),
}

impl Selector {
    /// Reads `latest`, `-1` or a number from 1 to 2³¹-1.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "latest" | "-1" => Ok(Self::Latest),
            _ => match text.parse() {
                Ok(version) if version > 0 => Ok(Self::Exact(version)),
                _ => Err(Error::InvalidVersion(text.to_owned())),
            },
        }
    }

    /// That there is no such version.
    pub(super) fn not_found(self) -> Error {
        match self {
            Self::Latest => Error::VersionNotFound(-1),
            Self::Exact(version) => Error::VersionNotFound(version),
        }
    }
}

impl Store {
    /// The versions of a subject that the request sees; an error if there are none.
    pub(super) fn shown(&self, name: &QualifiedSubject, visibility: Visibility) -> Result<Vec<Version>, Error> {
        let versions = self.versions(name).into_iter().flatten();
        let shown: Vec<Version> =
            versions.filter(|(_, record)| visibility.shows(record)).map(|(version, _)| *version).collect();
        if shown.is_empty() { Err(Error::SubjectNotFound(name.clone())) } else { Ok(shown) }
    }

    /// One version of a subject.
    pub(super) fn version(
        &self,
        name: &QualifiedSubject,
        selector: Selector,
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let shown = self.shown(name, visibility)?;
        let version = match selector {
            Selector::Latest => shown.last().copied().unwrap_or_default(),
            Selector::Exact(version) => version,
        };
        let held = shown.contains(&version).then(|| self.registered(name, version)).flatten();
        held.ok_or(Error::VersionNotFound(version))
    }

    /// The highest version of a subject with exactly this content.
    pub(super) fn by_content(
        &self,
        name: &QualifiedSubject,
        schema: &Schema,
        visibility: Visibility,
    ) -> Option<Registered> {
        let schemas = &self.namespaces.get(&name.context)?.schemas;
        let holds = |id: &SchemaId| schemas.get(id).is_some_and(|stored| stored.schema.content() == schema.content());
        let mut shown = self.versions(name)?.iter().rev().filter(|(_, record)| visibility.shows(record));
        shown.find(|(_, record)| holds(&record.id)).and_then(|(version, _)| self.registered(name, *version))
    }

    /// The highest version of a subject whose metadata has all of these properties.
    pub(super) fn by_properties(
        &self,
        name: &QualifiedSubject,
        properties: &[(&str, &str)],
        visibility: Visibility,
    ) -> Result<Registered, Error> {
        let shown = self.shown(name, visibility)?;
        let mut shown = shown.into_iter().rev().filter_map(|version| self.registered(name, version));
        let found = shown.find(|held| {
            let metadata = held.schema.definition.metadata.as_ref();
            let has = |(key, value): &(&str, &str)| {
                metadata.and_then(|metadata| metadata.properties.get(*key)).is_some_and(|found| found == value)
            };
            properties.iter().all(has)
        });
        found.ok_or(Error::SchemaNotFound)
    }

    /// The schema behind an id, as the version that the scope asks for holds it: of the scope's subject if it has one,
    /// else of the first subject; live versions before soft-deleted ones.
    pub(super) fn by_id(&self, scope: &IdScope, id: SchemaId) -> Result<Registered, Error> {
        let (context, stored) = self.locate(scope, id)?;
        let wanted = match scope {
            IdScope::Context(_) => None,
            IdScope::Subject(QualifiedSubject { subject, .. })
            | IdScope::Anywhere(subject)
            | IdScope::Here(subject) => Some(subject),
        };
        let of_wanted = wanted.into_iter().flat_map(|subject| versions_of(stored, subject));
        let live = |(subject, version): &&(Subject, Version)| {
            let versions = self.namespaces.get(context).and_then(|namespace| namespace.subjects.get(subject));
            versions.and_then(|versions| versions.get(version)).is_some_and(|record| !record.deleted)
        };
        let mut best = of_wanted.clone().find(live).or_else(|| of_wanted.clone().next());
        best = best.or_else(|| stored.holders.iter().find(live)).or_else(|| stored.holders.first());
        let name = |subject: &Subject| QualifiedSubject::new(context.clone(), subject.clone());
        best.and_then(|(subject, version)| self.registered(&name(subject), *version)).ok_or_else(|| not_found(id))
    }

    /// The versions that hold an id, in the context that the scope leads to.
    pub(super) fn holders(
        &self,
        scope: &IdScope,
        id: SchemaId,
        visibility: Visibility,
    ) -> Result<Vec<(QualifiedSubject, Version)>, Error> {
        let (context, stored) = self.locate(scope, id)?;
        let name = |subject: &Subject| QualifiedSubject::new(context.clone(), subject.clone());
        let all = stored.holders.iter().map(|(subject, version)| (name(subject), *version));
        let shown = |name: &QualifiedSubject, version: Version| {
            self.versions(name)
                .and_then(|versions| versions.get(&version))
                .is_some_and(|record| visibility.shows(record))
        };
        Ok(all.filter(|(name, version)| shown(name, *version)).collect())
    }

    /// The contexts that know a GUID and can be named, each with its id there.
    pub(super) fn ids_of(&self, guid: Guid, names: QualifiedNames) -> Vec<(Context, SchemaId)> {
        let types = [SchemaType::Avro, SchemaType::Json, SchemaType::Protobuf];
        let ids = |namespace: &Namespace| types.map(|kind| namespace.id_of((kind, guid)));
        let of = |(context, namespace): (&Context, &Namespace)| ids(namespace).map(|id| Some((context.clone(), id?)));
        let reachable = self.namespaces.iter().filter(|(context, _)| is_reachable(context, names));
        reachable.flat_map(of).flatten().collect()
    }

    /// The schema with a GUID, preferably as the default context holds it.
    pub(super) fn by_guid(&self, guid: Guid, names: QualifiedNames) -> Result<Registered, Error> {
        let first = self.ids_of(guid, names).into_iter().next();
        let held = first.and_then(|(context, id)| self.by_id(&IdScope::Context(context), id).ok());
        held.ok_or(Error::SchemaNotFound)
    }

    /// The highest id of the context in which an id is found.
    pub(super) fn last_id(&self, scope: &IdScope, id: SchemaId) -> Option<u32> {
        let (context, _) = self.locate(scope, id).ok()?;
        self.namespaces.get(context).map(|namespace| namespace.last_id)
    }

    /// Finds the context that an id is meant in. A soft-deleted version counts like any other: records that were
    /// written with it stay readable.
    fn locate(&self, scope: &IdScope, id: SchemaId) -> Result<(&Context, &Stored), Error> {
        let in_context = |wanted: &Context| {
            let (context, namespace) = self.namespaces.get_key_value(wanted)?;
            Some((context, namespace.schemas.get(&id)?))
        };
        let found = match scope {
            IdScope::Context(context) => in_context(context),
            IdScope::Here(_) => in_context(&Context::default()),
            IdScope::Subject(name) => in_context(&name.context).filter(|(_, stored)| is_held(stored, &name.subject)),
            IdScope::Anywhere(subject) => {
                // The default context is first in the order, so it is preferred.
                let mut all = self
                    .namespaces
                    .iter()
                    .filter_map(|(context, namespace)| Some((context, namespace.schemas.get(&id)?)));
                all.find(|(_, stored)| is_held(stored, subject)).or_else(|| in_context(&Context::default()))
            }
        };
        found.ok_or_else(|| not_found(id))
    }

    /// A version with all that is known of it, soft-deleted or not.
    pub(super) fn registered(&self, name: &QualifiedSubject, version: Version) -> Option<Registered> {
        let record = self.versions(name).and_then(|versions: &Versions| versions.get(&version))?;
        let stored = self.namespaces.get(&name.context)?.schemas.get(&record.id)?;
        Some(Registered {
            subject: name.clone(),
            version,
            id: record.id,
            schema: Arc::clone(&stored.schema),
            deleted: record.deleted,
            registered: record.registered,
        })
    }
}

fn is_held(stored: &Stored, subject: &Subject) -> bool {
    versions_of(stored, subject).next().is_some()
}

/// The versions of a subject that hold a schema.
fn versions_of<'a>(
    stored: &'a Stored,
    subject: &Subject,
) -> impl Iterator<Item = &'a (Subject, Version)> + Clone + use<'a> {
    stored.holders.range((subject.clone(), Version::MIN)..=(subject.clone(), Version::MAX))
}

fn not_found(id: SchemaId) -> Error {
    Error::IdNotFound(i32::try_from(id.get()).unwrap_or(i32::MAX))
}
