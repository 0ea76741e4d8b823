//! Data of one schema read by another: each pair is resolved once, and kept.

use std::fmt;
use std::sync::Arc;

use crate::registry::{CachedSchema, Label, Shelf, Version};
use crate::schema::avro::{Projection, ResolutionError};
use crate::schema::{Context, Identifier};

/// Pairs that a worker keeps for keys, and for values.
const MAX_PAIRS: usize = 1_024;

/// What they may weigh together, in bytes.
const MAX_BYTES: u64 = 16 << 20;

/// How data of one schema are read by another, if they can be.
#[derive(Debug)]
pub(super) struct Projected {
    /// The schema that reads.
    pub(super) reader: Label,
    /// How, or why not.
    pub(super) projection: Result<Projection, ResolutionError>,
}

/// The pairs of a worker, whose readers are a version of the subject. Bounded: the oldest leave.
pub(super) struct Projections {
    /// The version to read by.
    pub(super) version: Version,
    /// By context, the writer's id or GUID, and the reader's.
    shelf: Shelf<Context, (Identifier, Identifier), Arc<Projected>>,
}

impl Projections {
    pub(super) fn new(version: Version) -> Self {
        Self { version, shelf: Shelf::new(MAX_PAIRS, MAX_BYTES) }
    }

    /// How data of `writer` are read by `reader`; `None` where that is the same schema. Both are of one context.
    pub(super) fn of(&mut self, writer: &CachedSchema, reader: &CachedSchema) -> Option<Arc<Projected>> {
        let (context, ids) = (&writer.label.context, (writer.label.id, reader.label.id));
        if writer.label.id == reader.label.id || (writer.guid.is_some() && writer.guid == reader.guid) {
            return None;
        }
        if let Some(known) = self.shelf.get_mut(context, &ids) {
            return Some(Arc::clone(known));
        }
        let projection = writer.read_by(reader);
        let weight = projection.as_ref().map_or(0, Projection::byte_size) + size_of::<Projected>();
        let projected = Arc::new(Projected { reader: reader.label.clone(), projection });
        self.shelf.insert(context.clone(), ids, Arc::clone(&projected), weight as u64);
        Some(projected)
    }
}

impl fmt::Debug for Projections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Projections").field("version", &self.version).finish_non_exhaustive()
    }
}
