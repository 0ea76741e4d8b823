//! What a pipeline needs of a source of schemas.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::schema::avro::Plan;
use crate::schema::{Context, QualifiedSubject, SchemaId, Subject};

/// A source of schemas, owned by one worker. It answers at once and fetches in the background.
///
/// Implemented by the registry's cache and by the fake that tests use.
pub trait Schemas {
    /// The schema that wrote a record with this id. `Unknown` only after the registry has said so for long enough that
    /// it can't be a schema registered just now.
    fn by_id(&mut self, context: &Context, id: SchemaId) -> Lookup;

    /// The schema to write with. A subject or version that is not there is `Pending`: somebody may still register it.
    fn of_subject(&mut self, subject: &QualifiedSubject, version: Version) -> Lookup;

    /// Returns when something that was `Pending` may have settled, at the latest after `timeout`.
    fn wait(&mut self, timeout: Duration);

    /// Writes out what was counted since the last time; called once a batch.
    fn flush_metrics(&mut self);
}

/// What became of asking for a schema.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// Here it is.
    Ready(Arc<CachedSchema>),
    /// Not known yet: ask again.
    Pending,
    /// The registry definitely has no such id.
    Unknown,
    /// The registry has it, but it can't be used: why.
    Refused(Arc<str>),
}

/// A schema that is ready to run.
#[derive(Debug)]
pub struct CachedSchema {
    /// Which schema it is.
    pub label: Label,
    /// What codecs run.
    pub plan: Plan,
}

/// Which schema it is, for frames, errors and headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The context whose ids are meant.
    pub context: Context,
    /// The id within it.
    pub id: SchemaId,
    /// The subject it was found under, if one was asked for.
    pub subject: Option<Subject>,
    /// Its version under that subject, if known.
    pub version: Option<u32>,
}

/// `schema 17 of :.staging:orders-value`, or `schema 17 of context .staging` where no subject is known.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => {
                let subject = QualifiedSubject::new(self.context.clone(), subject.clone());
                write!(f, "schema {} of {subject}", self.id)
            }
            None => write!(f, "schema {} of context {}", self.id, self.context),
        }
    }
}

/// Which version of a subject to write with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Version {
    /// The highest one that is not deleted.
    #[default]
    Latest,
    /// This one, from 1 to 2³¹-1.
    Number(u32),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest version"),
            Self::Number(number) => write!(f, "version {number}"),
        }
    }
}

#[cfg(test)]
pub(super) mod fake;
