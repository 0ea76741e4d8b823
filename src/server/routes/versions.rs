//! `/subjects/{subject}/versions`: registering, and the versions one by one.

use axum::Json;
use axum::extract::State;

use super::super::Registry;
use super::super::error::Error;
use super::super::lookup::{Registered, Selector};
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::super::store::{Version, VersionKey, Visibility};
use super::super::tags::TagUpdate;
use super::{Answer, Body, Text, blocking, in_format};
use crate::schema::SchemaId;

/// `GET …/versions`: with `deletedAsNegative`, soft-deleted ones with a minus.
pub(super) async fn list(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<i32>> {
    let name = registry.subject(&subject)?;
    let store = registry.read();
    let mut versions = store.shown(&name, parameters.list_visibility())?;
    if parameters.flag("deletedAsNegative") {
        let deleted = |version: Version| {
            store.versions(&name).and_then(|all| all.get(&version)).is_some_and(|record| record.deleted)
        };
        for version in versions.iter_mut().filter(|version| deleted(**version)) {
            *version = -*version;
        }
    }
    parameters.page(versions).map(Json)
}

/// `POST …/versions`
pub(super) async fn register(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Body> {
    let (form, force) = (parameters.form(), parameters.flag("force"));
    let submission = Submission { form, force, ..submission };
    let asked = registry.clone();
    let held = blocking(move || asked.register(&subject, submission)).await?;
    let held = in_format(&registry, held, &parameters).await?;
    // The subject is in the request; clients know this answer without it.
    Ok(Json(Body { version: Some(held.version), id: Some(held.id), ..Body::bare(&held) }))
}

/// `GET …/versions/{version}`
pub(super) async fn get(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Answer<Body> {
    let held = find(&registry, &subject, &version, parameters.visibility())?;
    let held = in_format(&registry, held, &parameters).await?;
    let names = registry.names();
    let format = parameters.text("referenceFormat");
    Ok(Json(Body::whole(&held, names).with_references(format, &held, names)))
}

/// `GET …/versions/{version}/schema`
pub(super) async fn text(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Result<Text, Error> {
    let held = find(&registry, &subject, &version, parameters.visibility())?;
    Ok(Text(in_format(&registry, held, &parameters).await?.schema))
}

/// `GET …/versions/{version}/referencedby`: bare ids, of whichever contexts.
pub(super) async fn referrers(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Answer<Vec<SchemaId>> {
    let visibility = match Selector::parse(&version)? {
        Selector::Latest => Visibility::Live,
        Selector::Exact(_) => Visibility::All,
    };
    let held = find(&registry, &subject, &version, visibility)?;
    let key = VersionKey { subject: held.subject, version: held.version };
    parameters.page(registry.read().referrers(&key, parameters.visibility())).map(Json)
}

/// `POST …/versions/{version}/tags`: a new version with other tags.
pub(super) async fn update_tags(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    Payload(update): Payload<TagUpdate>,
) -> Answer<Body> {
    let selector = Selector::parse(&version)?;
    let held = blocking(move || registry.update_tags(&subject, selector, update)).await?;
    Ok(Json(Body { version: Some(held.version), id: Some(held.id), ..Body::bare(&held) }))
}

/// `DELETE …/versions/{version}`
pub(super) async fn delete(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Answer<i32> {
    let selector = Selector::parse(&version)?;
    let permanent = parameters.flag("permanent");
    blocking(move || registry.delete_version(&subject, selector, permanent)).await.map(Json)
}

fn find(registry: &Registry, subject: &str, version: &str, visibility: Visibility) -> Result<Registered, Error> {
    let name = registry.subject(subject)?;
    registry.read().version(&name, Selector::parse(version)?, visibility)
}
