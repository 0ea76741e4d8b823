//! Who refers to a version.

use std::collections::BTreeSet;

use super::{Store, VersionKey, Visibility};
use crate::schema::{Context, SchemaId, Subject};

impl Store {
    /// The ids, bare, of the schemas that refer to a version.
    pub(in crate::server) fn referrers(&self, key: &VersionKey, visibility: Visibility) -> BTreeSet<SchemaId> {
        let seen = |(context, id): &&(Context, SchemaId)| self.is_held(context, *id, visibility, |_, _| false);
        self.referrers.get(key).into_iter().flatten().filter(seen).map(|(_, id)| *id).collect()
    }

    /// Whether a schema that the visibility shows refers to a version. Subjects for which `except` is true don't count.
    pub(in crate::server) fn is_referenced(
        &self,
        key: &VersionKey,
        visibility: Visibility,
        except: impl Fn(&Context, &Subject) -> bool,
    ) -> bool {
        let mut referrers = self.referrers.get(key).into_iter().flatten();
        referrers.any(|(context, id)| self.is_held(context, *id, visibility, &except))
    }

    /// Whether a version that the visibility shows holds an id.
    fn is_held(
        &self,
        context: &Context,
        id: SchemaId,
        visibility: Visibility,
        except: impl Fn(&Context, &Subject) -> bool,
    ) -> bool {
        let Some(namespace) = self.namespaces.get(context) else { return false };
        let Some(stored) = namespace.schemas.get(&id) else { return false };
        stored.holders.iter().any(|(subject, version)| {
            let record = namespace.subjects.get(subject).and_then(|versions| versions.get(version));
            !except(context, subject) && record.is_some_and(|record| visibility.shows(record))
        })
    }
}
