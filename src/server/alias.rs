//! Aliases: the config of a subject may name another one, which is then meant wherever schemas are asked for under the
//! first. That one's alias is not looked at, so aliases can't go in circles.

use std::collections::BTreeMap;

use super::Registry;
use super::error::Error;
use super::names::{self, IdScope, Level, SubjectPrefix, printed};
use super::store::Store;
use crate::schema::{Context, QualifiedNames, QualifiedSubject};

impl Registry {
    /// The subject that a request means when it is about schemas.
    pub(super) fn subject(&self, text: &str) -> Result<QualifiedSubject, Error> {
        let names = self.names();
        let name = names::subject(text, names, Level::Schemas)?;
        let target = self.read().target_of(&name, names);
        target.map_or(Ok(name), |target| names::admitted(target, Level::Schemas))
    }

    /// Where a request means an id: the value of `subject` beside it.
    pub(super) fn id_scope(&self, subject: Option<&str>) -> IdScope {
        let names = self.names();
        let target = subject.and_then(|text| self.read().target_of(&QualifiedSubject::parse(text, names), names));
        target.map_or_else(|| IdScope::parse(subject, names), IdScope::Subject)
    }
}

impl Store {
    /// The subject that a name stands for, if it is an alias. An unqualified one is of the same context.
    fn target_of(&self, name: &QualifiedSubject, names: QualifiedNames) -> Option<QualifiedSubject> {
        // What is set for a whole context is no other name for a subject.
        let config = self.configs.get(name).filter(|_| !name.subject.is_empty())?;
        let alias = config.alias.as_deref().filter(|alias| !alias.is_empty())?;
        Some(QualifiedSubject::resolve(alias, &name.context, names))
    }

    /// The aliases that match, as they are printed, by the subject that they stand for.
    pub(super) fn aliases(
        &self,
        prefix: &SubjectPrefix,
        names: QualifiedNames,
    ) -> BTreeMap<QualifiedSubject, Vec<String>> {
        let admitted = |context: &Context| prefix.admits(context) && names::is_reachable(context, names);
        let mut aliases: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for name in self.configs.keys().filter(|name| admitted(&name.context) && prefix.matches(&name.subject)) {
            if let Some(target) = self.target_of(name, names) {
                aliases.entry(target).or_default().push(printed(name, names));
            }
        }
        aliases
    }
}
