//! Which schemas a record's parts are looked up as.

use std::sync::Arc;

use super::projections::Projected;
use super::{Part, Rejection, Schemas, Stop, Waiting};
use crate::registry::{CachedSchema, Lookup, Version};
use crate::schema::{Context, QualifiedSubject, SchemaId, SchemaType};

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
        let way = |subject| Way { subject, last: None };
        Self { context, key: way(key), value: way(value) }
    }
}

/// The schema to write with, for Protobuf a message of this name, or what is waited for. A schema that can't be used is no fault of the records.
pub(super) fn to_write(
    schemas: &mut impl Schemas,
    subject: &QualifiedSubject,
    version: Version,
    wanted: SchemaType,
    message: Option<&str>,
) -> Result<Arc<CachedSchema>, Waiting> {
    let schema = to_read_by(schemas, subject, version)?;
    match schema.check_type(wanted).and_then(|()| schema.check_writable(message)) {
        Ok(()) => Ok(schema),
        Err(why) => Err(Waiting::Subject(subject.clone(), version, Some(Arc::new(why)))),
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
    id: SchemaId,
) -> Result<Arc<CachedSchema>, Stop> {
    match schemas.by_id(context, id) {
        Lookup::Ready(schema) => Ok(Arc::clone(schema)),
        Lookup::Pending => Err(Stop::Pending(Waiting::Id(context.clone(), id))),
        Lookup::Unknown(_) => Err(Stop::reject(Rejection::unknown_schema(part, id, context))),
        Lookup::Refused(why) => Err(Stop::reject(Rejection::unusable_schema(part, id, context, &why))),
    }
}
