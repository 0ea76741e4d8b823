//! What a pipeline needs of a source of schemas.

use std::time::Duration;

use crate::registry::{LocalSchemas, Lookup, Version};
use crate::schema::{Context, Identifier, QualifiedSubject};

/// A source of schemas, owned by one worker. It answers at once and fetches in the background.
///
/// Implemented by the registry's cache, and by a fake in tests that lets them decide what is there and when.
pub trait Schemas {
    /// The schema that wrote a record with this id or GUID. `Unknown` only after the registry has said so for long enough that
    /// it can't be a schema registered just now.
    fn by_id(&mut self, context: &Context, id: Identifier) -> Lookup<'_>;

    /// The same, if the schema is a version of the subject; else `Unknown`, by the same rule.
    fn held_by(&mut self, subject: &QualifiedSubject, id: Identifier) -> Lookup<'_>;

    /// The schema to write with. A subject or version that is not there is `Pending`: somebody may still register it.
    fn by_version(&mut self, subject: &QualifiedSubject, version: Version) -> Lookup<'_>;

    /// Returns when something that was `Pending` may have settled, at the latest after `timeout`.
    fn wait(&mut self, timeout: Duration);

    /// Gives up what is `Pending`: the records that need it are no longer this worker's.
    fn forget_pending(&mut self);

    /// Writes out what was counted since the last time; called once a batch.
    fn flush_metrics(&mut self);
}

impl Schemas for LocalSchemas {
    fn by_id(&mut self, context: &Context, id: Identifier) -> Lookup<'_> {
        Self::by_id(self, context, id)
    }

    fn held_by(&mut self, subject: &QualifiedSubject, id: Identifier) -> Lookup<'_> {
        Self::held_by(self, subject, id)
    }

    fn by_version(&mut self, subject: &QualifiedSubject, version: Version) -> Lookup<'_> {
        Self::by_version(self, subject, version)
    }

    fn wait(&mut self, timeout: Duration) {
        // Why it returned does not matter: the worker looks at everything again anyway.
        Self::wait(self, timeout);
    }

    fn forget_pending(&mut self) {
        Self::forget_pending(self);
    }

    fn flush_metrics(&mut self) {
        Self::flush_metrics(self);
    }
}

#[cfg(test)]
pub(crate) mod fake;
