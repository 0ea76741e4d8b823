//! How much the registry holds.

use std::sync::LazyLock;

use metrics::SharedString;

use super::super::names::printed;
use super::super::store::Store;
use super::{SCHEMAS, SUBJECTS, VERSIONS};
use crate::metrics::{ContextLabels, context_label};
use crate::schema::{Context, QualifiedNames, QualifiedSubject};

/// How many subjects have series of their own in one process.
const MAX_SUBJECTS: usize = 1_000;

static NAMED: LazyLock<ContextLabels> = LazyLock::new(|| ContextLabels::new(MAX_SUBJECTS));

/// Tells how much there is.
pub(in crate::server) fn observe_all(store: &Store) {
    for (context, namespace) in &store.namespaces {
        observe_context(store, context);
        for subject in namespace.subjects.keys() {
            observe_subject(store, &QualifiedSubject::new(context.clone(), subject.clone()));
        }
    }
}

/// Tells how much there is of subjects that may have changed, and in their contexts.
pub(in crate::server) fn observe<'a>(store: &Store, changed: impl IntoIterator<Item = &'a QualifiedSubject>) {
    for name in changed {
        observe_context(store, &name.context);
        observe_subject(store, name);
    }
}

fn observe_context(store: &Store, context: &Context) {
    let Some(namespace) = store.namespaces.get(context) else { return };
    let label = context_label(context.as_str());
    if *label != *context.as_str() {
        // The label of many: what counts for one would stand for all of them.
        return;
    }
    metrics::gauge!(SCHEMAS, "context" => label.clone()).set(number(namespace.schemas.len()));
    for (deleted, count) in [("false", namespace.tally.live), ("true", namespace.tally.deleted)] {
        metrics::gauge!(SUBJECTS, "context" => label.clone(), "deleted" => deleted).set(number(count));
    }
}

fn observe_subject(store: &Store, name: &QualifiedSubject) {
    let text = printed(name, QualifiedNames::On);
    if *NAMED.label(&text) != *text {
        return;
    }
    let context = context_label(name.context.as_str());
    let subject = SharedString::from(name.subject.as_str().to_owned());
    let versions = || store.versions(name).into_iter().flatten();
    let deleted = versions().filter(|(_, record)| record.deleted).count();
    for (label, count) in [("false", versions().count() - deleted), ("true", deleted)] {
        let labels =
            [("context", context.clone()), ("subject", subject.clone()), ("deleted", SharedString::const_str(label))];
        metrics::gauge!(VERSIONS, &labels).set(number(count));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a double; nobody has 2⁵³ schemas")]
fn number(count: usize) -> f64 {
    count as f64
}
