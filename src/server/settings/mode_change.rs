//! Setting a mode and clearing it. A mode that forbids changes does not forbid changing the mode.

use std::collections::BTreeSet;

use super::super::Registry;
use super::super::error::Error;
use super::super::names::{self, Level};
use super::super::store::{Change, Store, VersionKey, Visibility};
use super::{Mode, has_built_in, is_global};
use crate::schema::{Context, QualifiedSubject, Subject};

impl Registry {
    /// Sets the mode of a subject or of a context; without a mode, clears it.
    ///
    /// Import mode is for where nothing is yet: where there are subjects it takes `force`, and what is soft-deleted goes
    /// for good, unless it is forced.
    pub(in crate::server) fn set_mode(&self, subject: &str, mode: Option<Mode>, force: bool) -> Result<(), Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        if mode == Some(Mode::Forward) && !is_global(&name) {
            return Err(Error::ForwardNotGlobal);
        }
        self.change(|store| {
            let Some(mode) = mode else {
                return Ok((vec![Change::ClearMode(name.clone())], ()));
            };
            let mut changes = Vec::new();
            if mode == Mode::Import && !force && store.mode(&name) != Mode::Import {
                changes = store.emptying(&name)?;
            }
            changes.push(Change::SetMode(name.clone(), mode));
            Ok((changes, ()))
        })
    }

    /// Clears the mode of a subject or of a context, there with `recursive` those of its subjects too, and returns what
    /// it was.
    pub(in crate::server) fn clear_mode(&self, subject: &str, recursive: bool) -> Result<Mode, Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        self.change(|store| {
            let recursive = recursive && name.subject.is_empty();
            let below = store.modes.keys().filter(|set| recursive && set.context == name.context);
            let changes: Vec<Change> =
                below.chain([&name]).collect::<BTreeSet<_>>().into_iter().cloned().map(Change::ClearMode).collect();
            match store.modes.get(&name) {
                Some(mode) => Ok((changes, *mode)),
                None if recursive || has_built_in(&name) => Ok((changes, Mode::default())),
                None => Err(Error::SubjectNotFound(name.clone())),
            }
        })
    }

    /// The mode that is set for exactly this subject or context, or with `inherited` the one that counts there.
    pub(in crate::server) fn mode(&self, subject: &str, inherited: bool) -> Result<Mode, Error> {
        let name = names::subject(subject, self.names(), Level::Settings)?;
        let store = self.read();
        match store.modes.get(&name) {
            _ if inherited => Ok(store.mode(&name)),
            Some(mode) => Ok(*mode),
            None if has_built_in(&name) => Ok(Mode::default()),
            None => Err(Error::NoMode(name)),
        }
    }
}

impl Store {
    /// Takes away what is soft-deleted where the mode of `name` counts, so that nothing is there; an error if something
    /// lives there, or something elsewhere refers to it.
    fn emptying(&self, name: &QualifiedSubject) -> Result<Vec<Change>, Error> {
        let within = |context: &Context, subject: &Subject| {
            is_global(name) || (*context == name.context && (name.subject.is_empty() || *subject == name.subject))
        };
        let mut changes = Vec::new();
        for (context, namespace) in &self.namespaces {
            for (subject, versions) in namespace.subjects.iter().filter(|(subject, _)| within(context, subject)) {
                if versions.values().any(|record| !record.deleted) {
                    return Err(Error::ExistingSubjects);
                }
                let name = QualifiedSubject::new(context.clone(), subject.clone());
                let numbers: Vec<_> = versions.keys().copied().collect();
                for version in &numbers {
                    let key = VersionKey { subject: name.clone(), version: *version };
                    if self.is_referenced(&key, Visibility::All, within) {
                        return Err(Error::ReferenceExists(name, *version));
                    }
                }
                changes.extend(self.removal(&name, &numbers));
            }
        }
        Ok(changes)
    }
}
