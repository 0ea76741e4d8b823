//! `/schemas`: by id within a context, and by GUID across contexts.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::super::Registry;
use super::super::error::Error;
use super::super::lookup::Registered;
use super::super::names::{IdScope, SubjectPrefix, printed};
use super::super::request::{Parameters, Segments, schema_id};
use super::super::tags::found;
use super::{Answer, Body, Text, in_format};
use crate::schema::{Guid, QualifiedSubject, SchemaId, SchemaType};

/// How many schemas a list has at most.
const MAX_SCHEMAS: usize = 1_000;

/// `GET /schemas`: the versions of all subjects, by subject and version; of the default context, unless `subjectPrefix`
/// says which.
///
/// With `latestOnly`, only the highest version of each subject; with `ruleType`, only schemas with such a rule; with
/// `aliases`, also the subjects that a matching alias stands for, and which aliases those are.
pub(super) async fn list(State(registry): State<Registry>, parameters: Parameters) -> Answer<Vec<Body>> {
    let names = registry.names();
    let prefix = SubjectPrefix::parse(parameters.text("subjectPrefix").unwrap_or_default(), names);
    let visibility = parameters.visibility();
    let latest_only = parameters.flag("latestOnly");
    let rule_type = parameters.text("ruleType").filter(|rule_type| !rule_type.is_empty());
    let store = registry.read();
    let aliases = if parameters.flag("aliases") { store.aliases(&prefix, names) } else { BTreeMap::new() };
    let mut subjects: Vec<(String, QualifiedSubject)> = store
        .subjects(&prefix, visibility)
        .chain(aliases.keys().filter(|name| store.shown(name, visibility).is_ok()).cloned())
        .map(|name| (printed(&name, names), name))
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    let held = subjects.iter().flat_map(|(_, name)| {
        let shown = store.shown(name, visibility).unwrap_or_default();
        let from = if latest_only { shown.len().saturating_sub(1) } else { 0 };
        shown.into_iter().skip(from).filter_map(|version| store.registered(name, version))
    });
    let wanted = held.filter(|held| {
        let rules = held.schema.definition.rule_set.as_ref();
        rule_type.is_none_or(|rule_type| rules.is_some_and(|rules| rules.has_type(rule_type)))
    });
    let page = parameters.page_up_to(MAX_SCHEMAS, wanted)?;
    let body = |held: &Registered| {
        let aliases = aliases.get(&held.subject).cloned().unwrap_or_default();
        Body { aliases, ..Body::whole(held, names) }
    };
    Ok(Json(page.iter().map(body).collect()))
}

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
    let names = registry.names();
    let (held, max_id) = {
        let store = registry.read();
        let max_id = if parameters.flag("fetchMaxId") { store.last_id(&scope, id) } else { None };
        (store.by_id(&scope, id)?, max_id)
    };
    let held = in_format(&registry, held, &parameters).await?;
    let asked = parameters.text("subject").is_some_and(|subject| !subject.is_empty());
    let wanted: Vec<&str> = parameters.all("findTags").flat_map(|tags| tags.split(',')).collect();
    let definition = &held.schema.definition;
    let schema_tags = match &wanted[..] {
        [] => Vec::new(),
        wanted => found::find(definition.schema_type, &definition.text, wanted),
    };
    let body = Body {
        subject: asked.then(|| printed(&held.subject, names)),
        version: asked.then_some(held.version),
        max_id,
        schema_tags,
        ..Body::bare(&held)
    };
    Ok(Json(body.with_references(parameters.text("referenceFormat"), &held, names)))
}

/// `GET /schemas/ids/{id}/schema`
pub(super) async fn text(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Result<Text, Error> {
    let scope = scope(&registry, &parameters);
    let held = registry.read().by_id(&scope, schema_id(&id)?)?;
    Ok(Text(in_format(&registry, held, &parameters).await?.schema))
}

/// `GET /schemas/ids/{id}/subjects`
pub(super) async fn subjects(
    State(registry): State<Registry>,
    Segments(id): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<String>> {
    let scope = scope(&registry, &parameters);
    let holders = registry.read().holders(&scope, schema_id(&id)?, parameters.visibility())?;
    let names = registry.names();
    let mut subjects: Vec<String> = holders.iter().map(|(name, _)| printed(name, names)).collect();
    // Sorted by subject already; a subject with several versions of the id stands there several times.
    subjects.dedup();
    parameters.page(subjects).map(Json)
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
    let scope = scope(&registry, &parameters);
    let holders = registry.read().holders(&scope, schema_id(&id)?, parameters.visibility())?;
    let names = registry.names();
    let holders = holders.into_iter().map(|(name, version)| Holder { subject: printed(&name, names), version });
    parameters.page(holders).map(Json)
}

/// `GET /schemas/guids/{guid}`
pub(super) async fn by_guid(
    State(registry): State<Registry>,
    Segments(guid): Segments<String>,
    parameters: Parameters,
) -> Answer<Body> {
    let held = registry.read().by_guid(parse(&guid)?, registry.names())?;
    let held = in_format(&registry, held, &parameters).await?;
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
    let ids = registry.read().ids_of(parse(&guid)?, registry.names());
    let ids = ids.into_iter().map(|(context, id)| ContextId { context: context.to_string(), id });
    Ok(Json(ids.collect()))
}

fn scope(registry: &Registry, parameters: &Parameters) -> IdScope {
    registry.id_scope(parameters.text("subject"))
}

fn parse(guid: &str) -> Result<Guid, Error> {
    guid.parse().map_err(|_| Error::SchemaNotFound)
}
