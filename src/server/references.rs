//! References: which versions a schema means, and the schemas behind them.

use std::collections::HashSet;
use std::sync::Arc;

use super::definition::Schema;
use super::error::Error;
use super::store::{Store, Version, VersionKey, Visibility};
use crate::schema::{Context, QualifiedNames, QualifiedSubject, SchemaId, SchemaReference};

/// How many schemas one may refer to, directly and through others: each registration parses them all.
pub(super) const MAX_REFERENCES: usize = 1_000;

/// The version that stands for `latest` in a reference.
const LATEST: Version = -1;

/// The version that a reference means, and the id that it has there.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) key: VersionKey,
    pub(super) id: SchemaId,
}

/// References of a schema, followed.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    /// As sent, with `latest` replaced by the version it means.
    pub(super) references: Vec<SchemaReference>,
    /// What each of them means, in the same order.
    pub(super) targets: Vec<Target>,
    /// Every schema behind them, each name once, each ahead of those that use it.
    pub(super) schemas: Vec<Referenced>,
}

/// A schema as another one refers to it.
#[derive(Debug, Clone)]
pub(super) struct Referenced {
    /// What the other one calls it: a type, a `$ref` or a path to import.
    pub(super) name: String,
    pub(super) schema: Arc<Schema>,
}

enum Step {
    Follow { name: String, key: VersionKey },
    Add(Referenced),
}

impl Store {
    /// Follows the references of a schema that lives in the context `home`: an unqualified subject is one of `home`, a
    /// qualified one may be of any context (`:.:subject` of the default context).
    pub(super) fn resolve(
        &self,
        home: &Context,
        references: Vec<SchemaReference>,
        names: QualifiedNames,
        visibility: Visibility,
    ) -> Result<Resolved, Error> {
        let mut resolved = Resolved::default();
        for reference in references {
            let subject = QualifiedSubject::resolve(&reference.subject, home, names);
            let target = self.target(subject, reference.version, visibility)?;
            resolved.references.push(SchemaReference { version: target.key.version, ..reference });
            resolved.targets.push(target);
        }
        let keys = resolved.targets.iter().map(|target| &target.key);
        resolved.schemas = self.follow(resolved.references.iter().zip(keys))?;
        Ok(resolved)
    }

    fn target(&self, subject: QualifiedSubject, version: Version, visibility: Visibility) -> Result<Target, Error> {
        let mut all = self.versions(&subject).into_iter().flatten();
        let found = match version {
            LATEST => all.rfind(|(_, record)| !record.deleted),
            exact => all.find(|(version, record)| **version == exact && visibility.shows(record)),
        };
        match found.map(|(version, record)| (*version, record.id)) {
            Some((version, id)) => Ok(Target { key: VersionKey { subject, version }, id }),
            None => Err(Error::ReferenceNotFound(subject, version)),
        }
    }

    /// Every schema behind a version, each name once, each ahead of those that use it.
    pub(super) fn behind(&self, key: &VersionKey) -> Result<Vec<Referenced>, Error> {
        let Some(stored) = self.stored(key) else { return Ok(Vec::new()) };
        self.follow(stored.schema.definition.references.iter().zip(stored.targets.iter()))
    }

    /// Walks depth first, without recursion: a chain of references may be as long as the limit.
    fn follow<'a>(
        &'a self,
        direct: impl DoubleEndedIterator<Item = (&'a SchemaReference, &'a VersionKey)>,
    ) -> Result<Vec<Referenced>, Error> {
        let step = |(reference, key): (&SchemaReference, &VersionKey)| Step::Follow {
            name: reference.name.clone(),
            key: key.clone(),
        };
        let mut steps: Vec<Step> = direct.rev().map(step).collect();
        let mut names = HashSet::new();
        let mut schemas = Vec::new();
        while let Some(next) = steps.pop() {
            match next {
                Step::Add(schema) => schemas.push(schema),
                Step::Follow { name, key } => {
                    if !names.insert(name.clone()) {
                        continue;
                    }
                    if names.len() > MAX_REFERENCES {
                        return Err(Error::TooManyReferences(MAX_REFERENCES));
                    }
                    let Some(stored) = self.stored(&key) else {
                        return Err(Error::ReferenceNotFound(key.subject, key.version));
                    };
                    steps.push(Step::Add(Referenced { name, schema: Arc::clone(&stored.schema) }));
                    steps.extend(stored.schema.definition.references.iter().zip(stored.targets.iter()).rev().map(step));
                }
            }
        }
        Ok(schemas)
    }

    /// Whether the versions still hold what they held when they were resolved: a version may have been deleted since,
    /// and its number given to another schema.
    pub(super) fn check_targets(&self, targets: &[Target], visibility: Visibility) -> Result<(), Error> {
        let stale = |target: &&Target| {
            !self.record(&target.key).is_some_and(|record| record.id == target.id && visibility.shows(record))
        };
        match targets.iter().find(stale) {
            Some(Target { key, .. }) => Err(Error::ReferenceNotFound(key.subject.clone(), key.version)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition::Definition;
    use super::super::registration::Explicit;
    use super::super::store::Change;
    use super::*;
    use crate::schema::SchemaType;

    fn reference(subject: &str, version: Version) -> SchemaReference {
        SchemaReference { name: subject.to_owned(), subject: subject.to_owned(), version }
    }

    /// Registers a schema called like its subject.
    fn register(store: &mut Store, subject: &str, references: &[&str]) -> VersionKey {
        let sent = references.iter().map(|subject| reference(subject, LATEST)).collect();
        let resolved = resolve(store, sent).unwrap();
        let definition = Definition {
            schema_type: SchemaType::Avro,
            text: subject.into(),
            references: resolved.references,
            metadata: None,
            rule_set: None,
        };
        let name = QualifiedSubject::parse(subject, QualifiedNames::On);
        let schema = Arc::new(Schema::new(definition));
        let (changes, held) = store.insertion(&name, schema, &resolved.targets, Explicit::default(), 0).unwrap();
        for change in changes {
            store.apply(change);
        }
        VersionKey { subject: name, version: held.version }
    }

    fn soft_delete(store: &mut Store, key: &VersionKey) {
        let change = store.soft_deletion(key).unwrap();
        store.apply(change);
    }

    fn resolve(store: &Store, references: Vec<SchemaReference>) -> Result<Resolved, Error> {
        store.resolve(&Context::default(), references, QualifiedNames::On, Visibility::Live)
    }

    #[test]
    fn each_schema_comes_once_and_behind_those_it_uses() {
        let mut store = Store::new();
        register(&mut store, "leaf", &[]);
        register(&mut store, "left", &["leaf"]);
        register(&mut store, "right", &["left", "leaf"]);
        let resolved = resolve(&store, vec![reference("right", 1), reference("left", 1)]).unwrap();
        let texts: Vec<&str> = resolved.schemas.iter().map(|leaf| &*leaf.schema.definition.text).collect();
        assert_eq!(texts, ["leaf", "left", "right"]);
    }

    #[test]
    fn latest_is_the_highest_live_version() {
        let mut store = Store::new();
        register(&mut store, "s", &[]);
        let mut second = register(&mut store, "s", &["s"]);
        let version = |store: &Store| resolve(store, vec![reference("s", LATEST)]).unwrap().references[0].version;
        assert_eq!(version(&store), 2);
        soft_delete(&mut store, &second);
        assert_eq!(version(&store), 1);
        second.version = 1;
        soft_delete(&mut store, &second);
        assert!(resolve(&store, vec![reference("s", LATEST)]).is_err());
    }

    #[test]
    fn a_target_that_went_away_meanwhile_is_noticed() {
        let mut store = Store::new();
        let leaf = register(&mut store, "leaf", &[]);
        let resolved = resolve(&store, vec![reference("leaf", 1)]).unwrap();
        let check = |store: &Store| store.check_targets(&resolved.targets, Visibility::Live);
        assert_eq!(check(&store), Ok(()));
        soft_delete(&mut store, &leaf);
        assert_eq!(check(&store), Err(Error::ReferenceNotFound(leaf.subject.clone(), 1)));
        assert_eq!(store.check_targets(&resolved.targets, Visibility::All), Ok(()));

        store.apply(Change::Remove(leaf.clone()));
        register(&mut store, "unrelated", &[]);
        let reused = register(&mut store, "leaf", &["unrelated"]);
        assert_eq!(reused, leaf, "the number is free again, the schema behind it another");
        assert!(check(&store).is_err());
    }
}
