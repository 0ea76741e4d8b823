//! Which earlier versions a new schema must get along with, in which direction, and what is said if it does not.

mod check;

use super::Registry;
use super::definition::Schema;
use super::error::Error;
use super::lookup::Selector;
use super::parsed::Parsed;
use super::registration::Submission;
use super::settings::Config;
use super::store::{Store, Version, VersionKey, Visibility};
use crate::schema::{Guid, QualifiedSubject};
use check::Earlier;

/// Which versions of a subject a schema is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Against {
    /// Those that the level asks for.
    All,
    /// One, as far as the level asks for any.
    Version(Selector),
}

/// What a verdict rests on.
#[derive(Debug)]
pub(super) struct Basis {
    /// The versions that may have to be looked at, the latest first.
    earlier: Vec<Earlier>,
    config: Config,
}

impl Basis {
    /// Whether a verdict on the one is a verdict on the other.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let versions = |basis: &Self| -> Vec<(Version, Guid)> {
            basis.earlier.iter().map(|earlier| (earlier.version, earlier.schema.guid)).collect()
        };
        self.config == other.config && versions(self) == versions(other)
    }

    /// An error if a schema does not get along with the earlier ones.
    pub(super) fn judge(&self, name: &QualifiedSubject, parsed: &Parsed) -> Result<(), Error> {
        let messages = check::check(&self.config, parsed, &self.earlier);
        if messages.is_empty() { Ok(()) } else { Err(Error::Incompatible(name.clone(), messages)) }
    }
}

impl Store {
    /// What decides on a new version of a subject: its live versions, without those of other groups, so far as the level
    /// looks at them.
    pub(super) fn basis(&self, name: &QualifiedSubject, schema: &Schema) -> Result<Basis, Error> {
        self.basis_among(name, schema, |_| true)
    }

    /// The same, of some versions alone.
    fn basis_among(
        &self,
        name: &QualifiedSubject,
        schema: &Schema,
        counts: impl Fn(Version) -> bool,
    ) -> Result<Basis, Error> {
        let config = self.config(name);
        let group = |schema: &Schema| {
            let property = config.compatibility_group.as_ref()?;
            schema.definition.metadata.as_ref()?.properties.get(property).cloned()
        };
        let wanted = group(&self.inherit(name, schema));
        let live = self.versions(name).into_iter().flatten().rev().filter(|(_, record)| !record.deleted);
        let alike = live
            .filter(|(version, _)| counts(**version))
            .filter_map(|(version, _)| self.registered(name, *version))
            .filter(|held| group(&held.schema) == wanted);
        let looked_at = alike.take(check::looked_at(config.compatibility_level.unwrap_or_default()));
        let earlier = looked_at.map(|held| {
            let key = VersionKey { subject: name.clone(), version: held.version };
            Ok(Earlier { version: held.version, references: self.behind(&key)?, schema: held.schema })
        });
        Ok(Basis { earlier: earlier.collect::<Result<_, Error>>()?, config })
    }
}

impl Registry {
    /// What keeps a schema from being a new version of a subject, without registering it. Empty if nothing does.
    ///
    /// A subject without versions takes anything.
    pub(super) fn test_compatibility(
        &self,
        subject: &str,
        against: Against,
        submission: Submission,
    ) -> Result<Vec<String>, Error> {
        let name = self.subject(subject)?;
        let only = match against {
            Against::All => None,
            Against::Version(selector) => match self.read().version(&name, selector, Visibility::Live) {
                Ok(held) => Some(held.version),
                Err(_) if selector == Selector::Latest => None,
                Err(Error::SubjectNotFound(_)) => return Err(selector.not_found()),
                Err(error) => return Err(error),
            },
        };
        let (schema, resolved) = self.resolve(&name, submission, Visibility::Live)?;
        let parsed = Parsed::parse(&schema.definition, &resolved.schemas)?;
        let basis = self.read().basis_among(&name, &schema, |version| only.is_none_or(|only| version == only))?;
        Ok(check::check(&basis.config, &parsed, &basis.earlier))
    }
}
