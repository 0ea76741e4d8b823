//! Deleting, in two steps: a soft delete hides a version but keeps its id readable and its number taken, a permanent
//! delete of what is soft-deleted removes it. What something refers to is not deleted.

use super::Registry;
use super::error::Error;
use super::lookup::Selector;
use super::names::{self, Level};
use super::store::{Store, Version, VersionKey, Visibility};
use crate::schema::{Context, QualifiedSubject};

impl Registry {
    /// Deletes one version; `latest` is the highest live one.
    pub(super) fn delete_version(&self, subject: &str, selector: Selector, permanent: bool) -> Result<Version, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
        self.write().delete_version(&name, selector, permanent)
    }

    /// Deletes all versions of a subject and returns them.
    pub(super) fn delete_subject(&self, subject: &str, permanent: bool) -> Result<Vec<Version>, Error> {
        let name = names::subject(subject, self.names, Level::Schemas)?;
        self.write().delete_subject(&name, permanent)
    }

    /// Takes an empty context off the list. Its ids go on counting should it come back.
    pub(super) fn delete_context(&self, text: &str) -> Result<(), Error> {
        let context = Context::parse(text).map_err(|_| Error::ContextNotFound(text.to_owned()))?;
        if context.is_default() {
            return Err(Error::DefaultContext);
        }
        let mut store = self.write();
        match store.namespaces.get_mut(&context).filter(|namespace| namespace.listed) {
            None => Err(Error::ContextNotFound(context.to_string())),
            Some(namespace) if !namespace.subjects.is_empty() => Err(Error::ContextNotEmpty(context.to_string())),
            Some(namespace) => {
                namespace.listed = false;
                Ok(())
            }
        }
    }
}

impl Store {
    fn delete_version(
        &mut self,
        name: &QualifiedSubject,
        selector: Selector,
        permanent: bool,
    ) -> Result<Version, Error> {
        let visibility = match selector {
            Selector::Latest => Visibility::Live,
            Selector::Exact(_) => Visibility::All,
        };
        let held = self.version(name, selector, visibility)?;
        let version = held.version;
        match (held.deleted, permanent) {
            (true, false) => return Err(Error::VersionSoftDeleted(name.clone(), version)),
            (false, true) => return Err(Error::VersionNotSoftDeleted(name.clone(), version)),
            _ => {}
        }
        let key = VersionKey { subject: name.clone(), version };
        self.check_unreferenced(&key, permanent, None)?;
        self.delete(&key, permanent);
        Ok(version)
    }

    fn delete_subject(&mut self, name: &QualifiedSubject, permanent: bool) -> Result<Vec<Version>, Error> {
        let all = self.shown(name, Visibility::All)?;
        let live = self.shown(name, Visibility::Live).ok();
        let doomed = match (live, permanent) {
            (None, false) => return Err(Error::SubjectSoftDeleted(name.clone())),
            (Some(_), true) => return Err(Error::SubjectNotSoftDeleted(name.clone())),
            (Some(live), false) => live,
            (None, true) => all,
        };
        let key = |version: &Version| VersionKey { subject: name.clone(), version: *version };
        for version in &doomed {
            // The subject's own versions go with it.
            self.check_unreferenced(&key(version), permanent, Some(name))?;
        }
        for version in &doomed {
            self.delete(&key(version), permanent);
        }
        Ok(doomed)
    }

    /// A soft delete looks at live referrers alone, a permanent one at soft-deleted ones too: they may still be read.
    fn check_unreferenced(
        &self,
        key: &VersionKey,
        permanent: bool,
        except: Option<&QualifiedSubject>,
    ) -> Result<(), Error> {
        if self.is_referenced(key, Visibility::with_deleted(permanent), except) {
            return Err(Error::ReferenceExists(key.subject.clone(), key.version));
        }
        Ok(())
    }

    fn delete(&mut self, key: &VersionKey, permanent: bool) {
        if permanent {
            self.remove(key);
        } else {
            self.mark_deleted(key);
        }
    }
}
