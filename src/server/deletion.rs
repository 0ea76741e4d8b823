//! Deleting, in two steps: a soft delete hides a version but keeps its id readable and its number taken, a permanent
//! delete of what is soft-deleted removes it. What something refers to is not deleted.
//!
//! With the last version of a subject go its mode and its config.

use super::Registry;
use super::error::Error;
use super::lookup::Selector;
use super::names::is_reachable;
use super::store::{Change, Holding, Record, Store, Version, VersionKey, Visibility};
use crate::schema::{Context, QualifiedSubject, Subject};

impl Registry {
    /// Deletes one version; `latest` is the highest live one.
    pub(super) fn delete_version(&self, subject: &str, selector: Selector, permanent: bool) -> Result<Version, Error> {
        let name = self.subject(subject)?;
        self.change(|store| store.version_deletion(&name, selector, permanent))
    }

    /// Deletes all versions of a subject and returns them.
    pub(super) fn delete_subject(&self, subject: &str, permanent: bool) -> Result<Vec<Version>, Error> {
        let name = self.subject(subject)?;
        self.change(|store| store.subject_deletion(&name, permanent))
    }

    /// Takes an empty context off the list. Its ids go on counting should it come back, and its mode and config stay.
    pub(super) fn delete_context(&self, text: &str) -> Result<(), Error> {
        let context = Context::parse(text).ok().filter(|context| is_reachable(context, self.names()));
        let context = context.ok_or_else(|| Error::ContextNotFound(text.to_owned()))?;
        if context.is_default() {
            return Err(Error::DefaultContext);
        }
        self.change(|store| match store.namespaces.get(&context).filter(|namespace| namespace.listed) {
            None => Err(Error::ContextNotFound(context.to_string())),
            Some(namespace) if !namespace.subjects.is_empty() => Err(Error::ContextNotEmpty(context.to_string())),
            Some(_) => Ok((vec![Change::Unlist(context.clone())], ())),
        })
    }
}

impl Store {
    fn version_deletion(
        &self,
        name: &QualifiedSubject,
        selector: Selector,
        permanent: bool,
    ) -> Result<(Vec<Change>, Version), Error> {
        let visibility = match selector {
            Selector::Latest => Visibility::Live,
            Selector::Exact(_) => Visibility::All,
        };
        let held = self.version(name, selector, visibility)?;
        let version = held.version;
        if held.deleted && !permanent {
            return Err(Error::VersionSoftDeleted(name.clone(), version));
        }
        self.check_writable(name)?;
        if permanent && !held.deleted {
            return Err(Error::VersionNotSoftDeleted(name.clone(), version));
        }
        let key = VersionKey { subject: name.clone(), version };
        self.check_unreferenced(&key, permanent, None)?;
        Ok((self.deletion(name, &[version], permanent), version))
    }

    fn subject_deletion(&self, name: &QualifiedSubject, permanent: bool) -> Result<(Vec<Change>, Vec<Version>), Error> {
        let all = self.shown(name, Visibility::All)?;
        let live = self.shown(name, Visibility::Live).ok();
        if live.is_none() && !permanent {
            return Err(Error::SubjectSoftDeleted(name.clone()));
        }
        self.check_writable(name)?;
        let doomed = match live {
            Some(_) if permanent => return Err(Error::SubjectNotSoftDeleted(name.clone())),
            Some(live) => live,
            None => all,
        };
        for version in &doomed {
            // The subject's own versions go with it.
            self.check_unreferenced(&VersionKey { subject: name.clone(), version: *version }, permanent, Some(name))?;
        }
        Ok((self.deletion(name, &doomed, permanent), doomed))
    }

    /// Whether the mode allows changes.
    pub(super) fn check_writable(&self, name: &QualifiedSubject) -> Result<(), Error> {
        if self.mode(name).is_read_only() { Err(Error::ReadOnly(name.clone())) } else { Ok(()) }
    }

    /// A soft delete looks at live referrers alone, a permanent one at soft-deleted ones too: they may still be read.
    fn check_unreferenced(
        &self,
        key: &VersionKey,
        permanent: bool,
        except: Option<&QualifiedSubject>,
    ) -> Result<(), Error> {
        let excepted = |context: &Context, subject: &Subject| {
            except.is_some_and(|except| except.context == *context && except.subject == *subject)
        };
        if self.is_referenced(key, Visibility::with_deleted(permanent), excepted) {
            return Err(Error::ReferenceExists(key.subject.clone(), key.version));
        }
        Ok(())
    }

    fn deletion(&self, name: &QualifiedSubject, versions: &[Version], permanent: bool) -> Vec<Change> {
        let keys = versions.iter().map(|version| VersionKey { subject: name.clone(), version: *version });
        if permanent { self.removal(name, versions) } else { keys.filter_map(|key| self.soft_deletion(&key)).collect() }
    }

    /// A version as it is once it is soft-deleted.
    pub(super) fn soft_deletion(&self, key: &VersionKey) -> Option<Change> {
        let stored = self.stored(key)?;
        let record = Record { deleted: true, ..*self.record(key)? };
        let holding = Holding { record, schema: stored.schema.clone(), targets: stored.targets.clone() };
        Some(Change::Hold(key.clone(), holding))
    }

    /// Takes versions away for good, and with the last one what was set for the subject. The ids stay taken.
    pub(super) fn removal(&self, name: &QualifiedSubject, versions: &[Version]) -> Vec<Change> {
        let key = |version: &Version| VersionKey { subject: name.clone(), version: *version };
        let mut changes: Vec<Change> = versions.iter().map(key).map(Change::Remove).collect();
        if let Some(namespace) = self.namespaces.get(&name.context) {
            changes.push(Change::Reach(name.context.clone(), namespace.last_id));
        }
        let left = self.versions(name).is_some_and(|all| all.keys().any(|version| !versions.contains(version)));
        // An empty subject shares its name with the whole context, whose settings stay.
        if !left && !name.subject.is_empty() {
            changes.extend(self.modes.contains_key(name).then(|| Change::ClearMode(name.clone())));
            changes.extend(self.configs.contains_key(name).then(|| Change::ClearConfig(name.clone())));
        }
        changes
    }
}
