//! `/config` and `/mode`: the built-in answers, since neither can be changed yet.
//!
//! A question without `defaultToGlobal` is about exactly one level; only the default and the global context have a
//! built-in value there.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::super::Registry;
use super::super::error::Error;
use super::super::names::{self, Level};
use super::super::request::{Parameters, Segments};
use super::Answer;
use crate::schema::{Context, QualifiedSubject};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Compatibility {
    compatibility_level: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Mode {
    mode: &'static str,
}

const COMPATIBILITY: Compatibility = Compatibility { compatibility_level: "BACKWARD" };
const MODE: Mode = Mode { mode: "READWRITE" };

/// `GET /config`: of the default context.
pub(super) async fn compatibility() -> Json<Compatibility> {
    Json(COMPATIBILITY)
}

/// `GET /config/{subject}`
pub(super) async fn subject_compatibility(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Compatibility> {
    let name = names::subject(&subject, registry.names, Level::Settings)?;
    if is_set(&name, &parameters) { Ok(Json(COMPATIBILITY)) } else { Err(Error::NoCompatibility(name)) }
}

/// `GET /mode`: of the default context.
pub(super) async fn mode() -> Json<Mode> {
    Json(MODE)
}

/// `GET /mode/{subject}`
pub(super) async fn subject_mode(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Mode> {
    let name = names::subject(&subject, registry.names, Level::Settings)?;
    if is_set(&name, &parameters) { Ok(Json(MODE)) } else { Err(Error::NoMode(name)) }
}

/// Whether there is a value at the level that the request asks about.
fn is_set(name: &QualifiedSubject, parameters: &Parameters) -> bool {
    let built_in = name.context.is_default() || name.context.as_str() == Context::GLOBAL;
    parameters.flag("defaultToGlobal") || (built_in && name.subject.is_empty())
}
