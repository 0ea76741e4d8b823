//! `/schemas`: by id within a context, and by GUID across contexts.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::super::Registry;
use super::super::definition::Guid;
use super::super::error::Error;
use super::super::names::IdScope;
use super::super::request::{Parameters, Segments, schema_id};
use super::{Answer, Body, Text};
use crate::schema::{SchemaId, SchemaType};

/// `GET /schemas/types`
pub(super) async fn types() -> Json<[SchemaType; 3]> {
    Json([SchemaType::Json, SchemaType::Protobuf, SchemaType::Avro])
}

/// `GET /schemas/ids/{id}`: with subject and version if `subject` says where the id is meant.
pub(super) async fn get(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Answer<Body> {
    let id = schema_id(&id)?;
    let scope = scope(&registry, &parameters);
    let store = registry.read();
    let held = store.by_id(&scope, id)?;
    let asked = parameters.text("subject").is_some_and(|subject| !subject.is_empty());
    let body = Body {
        subject: asked.then(|| held.subject.to_string()),
        version: asked.then_some(held.version),
        max_id: if parameters.flag("fetchMaxId") { store.last_id(&scope, id) } else { None },
        ..Body::bare(&held)
    };
    Ok(Json(body.with_references(parameters.text("referenceFormat"), &held, registry.names())))
}

/// `GET /schemas/ids/{id}/schema`
pub(super) async fn text(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Result<Text, Error> {
    let held = registry.read().by_id(&scope(&registry, &parameters), schema_id(&id)?)?;
    Ok(Text(held.schema))
}

/// `GET /schemas/ids/{id}/subjects`
pub(super) async fn subjects(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<String>> {
    let holders = registry.read().holders(&scope(&registry, &parameters), schema_id(&id)?, parameters.visibility())?;
    let mut names: Vec<String> = holders.iter().map(|(name, _)| name.to_string()).collect();
    // Sorted by subject already; a subject with several versions of the id stands there several times.
    names.dedup();
    parameters.page(names).map(Json)
}

/// A version that holds an id.
#[derive(Debug, Serialize)]
pub(super) struct Holder {
    subject: String,
    version: i32,
}

/// `GET /schemas/ids/{id}/versions`
pub(super) async fn versions(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<Holder>> {
    let holders = registry.read().holders(&scope(&registry, &parameters), schema_id(&id)?, parameters.visibility())?;
    let holders = holders.into_iter().map(|(name, version)| Holder { subject: name.to_string(), version });
    parameters.page(holders).map(Json)
}

/// `GET /schemas/guids/{guid}`
pub(super) async fn by_guid(State(registry): State<Registry>, Segments(guid): Segments<String>) -> Answer<Body> {
    let held = registry.read().by_guid(parse(&guid)?)?;
    Ok(Json(Body::bare(&held)))
}

/// A context that knows a GUID, and the id there.
#[derive(Debug, Serialize)]
pub(super) struct ContextId {
    context: String,
    id: SchemaId,
}

/// `GET /schemas/guids/{guid}/ids`: empty if no context knows it.
pub(super) async fn ids_of(
    State(registry): State<Registry>,
    Segments(guid): Segments<String>,
) -> Answer<Vec<ContextId>> {
    let ids = registry.read().ids_of(parse(&guid)?);
    let ids = ids.into_iter().map(|(context, id)| ContextId { context: context.to_string(), id });
    Ok(Json(ids.collect()))
}

fn scope(registry: &Registry, parameters: &Parameters) -> IdScope {
    IdScope::parse(parameters.text("subject"), registry.names())
}

fn parse(guid: &str) -> Result<Guid, Error> {
    guid.parse().map_err(|_| Error::SchemaNotFound)
}
