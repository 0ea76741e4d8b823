//! `/subjects/{subject}/versions`: registering, and the versions one by one.

use axum::Json;
use axum::extract::State;
use std::collections::BTreeSet;

use super::super::Registry;
use super::super::error::Error;
use super::super::lookup::{Registered, Selector};
use super::super::names::{self, Level};
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::super::store::{VersionKey, Visibility};
use super::{Answer, Body, Text, blocking};
use crate::schema::SchemaId;

/// `GET …/versions`
pub(super) async fn list(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<i32>> {
    let name = names::subject(&subject, registry.names(), Level::Schemas)?;
    let versions = registry.read().shown(&name, parameters.list_visibility())?;
    parameters.page(versions).map(Json)
}

/// `POST …/versions`
pub(super) async fn register(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Body> {
    let submission = Submission { form: parameters.form(), ..submission };
    let held = blocking(move || registry.register(&subject, submission)).await?;
    // The subject is in the request; clients know this answer without it.
    Ok(Json(Body { subject: None, ..Body::whole(&held) }))
}

/// `GET …/versions/{version}`
pub(super) async fn get(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Answer<Body> {
    let held = find(&registry, &subject, &version, parameters.visibility())?;
    let format = parameters.text("referenceFormat");
    Ok(Json(Body::whole(&held).with_references(format, &held, registry.names())))
}

/// `GET …/versions/{version}/schema`
pub(super) async fn text(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Result<Text, Error> {
    let held = find(&registry, &subject, &version, parameters.visibility())?;
    Ok(Text(held.schema))
}

/// `GET …/versions/{version}/referencedby`: bare ids, of whichever contexts.
pub(super) async fn referrers(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
) -> Answer<BTreeSet<SchemaId>> {
    let held = find(&registry, &subject, &version, Visibility::All)?;
    let key = VersionKey { subject: held.subject, version: held.version };
    Ok(Json(registry.read().referrers(&key, parameters.visibility())))
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
    let name = names::subject(subject, registry.names(), Level::Schemas)?;
    registry.read().version(&name, Selector::parse(version)?, visibility)
}
