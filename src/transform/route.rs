//! Which schemas a record's parts are looked up as.

use std::sync::Arc;

use super::projections::Projected;
use super::{Part, Rejection, Schemas, Stop, Waiting, Work};
use crate::registry::{CachedSchema, Lookup, Missing, RegistryError, Version};
use crate::schema::{Context, Identifier, QualifiedSubject};

/// Which schemas a record's parts are looked up as; one for each context of each topic.
#[derive(Debug)]
pub struct Route {
    /// The context whose ids and subjects are meant.
    pub context: Context,
    pub(super) key: Way,
    pub(super) value: Way,
}

/// The subject of one part, and the schema that was used last.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) subject: QualifiedSubject,
    /// The schema to write with, if it is not a version that the config says.
    pub(super) given: Option<Identifier>,
    pub(super) last: Option<Last>,
}

/// A schema as it was used in a batch.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) batch: u64,
    pub(super) schema: Arc<CachedSchema>,
    /// How its data are read, if not as they were written.
    pub(super) projected: Option<Arc<Projected>>,
}

impl Route {
    /// The route of records that belong to `context`.
    pub fn new(context: Context, key: QualifiedSubject, value: QualifiedSubject) -> Self {
        let way = |subject| Way { subject, given: None, last: None };
        Self { context, key: way(key), value: way(value) }
    }

    /// The same route, on which parts are written with these schemas instead of the version that the config says. They have
    /// to be versions of the subjects.
    #[must_use]
    pub fn writing_with(mut self, key: Option<Identifier>, value: Option<Identifier>) -> Self {
        (self.key.given, self.value.given) = (key, value);
        self
    }

    /// The schema that a part was written or read with last.
    pub fn last_schema(&self, part: Part) -> Option<&Arc<CachedSchema>> {
        let way = match part {
            Part::Key => &self.key,
            Part::Value => &self.value,
        };
        way.last.as_ref().map(|last| &last.schema)
    }
}

/// The schema to write with, or what is waited for. A schema that can't be used is no fault of the records.
pub(super) fn to_write(
    schemas: &mut impl Schemas,
    subject: &QualifiedSubject,
    version: Version,
    work: &Work,
) -> Result<Arc<CachedSchema>, Waiting> {
    let schema = to_read_by(schemas, subject, version)?;
    match work.check(&schema) {
        Ok(()) => Ok(schema),
        Err(why) => Err(Waiting::Subject(subject.clone(), version, Some(Arc::new(why)))),
    }
}

/// The schema with this id, to write with.
pub(super) fn given_to_write(
    schemas: &mut impl Schemas,
    part: Part,
    subject: &QualifiedSubject,
    id: Identifier,
    work: &Work,
) -> Result<Arc<CachedSchema>, Stop> {
    let schema = held_by(schemas, part, subject, id)?;
    match work.check(&schema) {
        Ok(()) => Ok(schema),
        Err(why) => Err(Stop::reject(Rejection::unusable_schema(part, id, &subject.context, &why))),
    }
}

/// The schema to read by, or what is waited for.
pub(super) fn to_read_by(
    schemas: &mut impl Schemas,
    subject: &QualifiedSubject,
    version: Version,
) -> Result<Arc<CachedSchema>, Waiting> {
    let why = match schemas.by_version(subject, version) {
        Lookup::Ready(schema) => return Ok(Arc::clone(schema)),
        Lookup::Pending => None,
        Lookup::Unknown(why) | Lookup::Refused(why) => Some(why),
    };
    Err(Waiting::Subject(subject.clone(), version, why))
}

/// The schema that wrote a record.
pub(super) fn of_id(
    schemas: &mut impl Schemas,
    part: Part,
    context: &Context,
    id: Identifier,
) -> Result<Arc<CachedSchema>, Stop> {
    match schemas.by_id(context, id) {
        Lookup::Ready(schema) => Ok(Arc::clone(schema)),
        Lookup::Pending => Err(Stop::Pending(Waiting::Id(context.clone(), id))),
        Lookup::Unknown(_) => Err(Stop::reject(Rejection::unknown_schema(part, id, context))),
        Lookup::Refused(why) => Err(Stop::reject(Rejection::unusable_schema(part, id, context, &why))),
    }
}

/// The schema that wrote a record, if it is a version of the subject.
pub(super) fn held_by(
    schemas: &mut impl Schemas,
    part: Part,
    subject: &QualifiedSubject,
    id: Identifier,
) -> Result<Arc<CachedSchema>, Stop> {
    let context = &subject.context;
    match schemas.held_by(subject, id) {
        Lookup::Ready(schema) => Ok(Arc::clone(schema)),
        Lookup::Pending => Err(Stop::Pending(Waiting::Id(context.clone(), id))),
        Lookup::Unknown(why) => Err(Stop::reject(match &*why {
            RegistryError::NotFound(Missing::Holder(..)) => Rejection::wrong_subject(part, id, subject),
            _ => Rejection::unknown_schema(part, id, context),
        })),
        Lookup::Refused(why) => Err(Stop::reject(Rejection::unusable_schema(part, id, context, &why))),
    }
}
