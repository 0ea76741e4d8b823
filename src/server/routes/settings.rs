//! `/config` and `/mode`, of subjects and contexts; without a subject in the path, of the default context.
//!
//! A question without `defaultToGlobal` is about exactly one level; only the default and the global context always have
//! a value there.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Map, Value};

use super::super::Registry;
use super::super::error::Error;
use super::super::request::{Named, Parameters, Payload};
use super::super::settings::{self, Config};
use super::{Answer, blocking};

#[derive(Debug, Serialize)]
pub(super) struct Mode {
    mode: Option<settings::Mode>,
}

/// `GET /config`, `GET /config/{subject}`
pub(super) async fn config(
    State(registry): State<Registry>,
    Named(name): Named,
    parameters: Parameters,
) -> Answer<Config> {
    registry.config(&name, parameters.flag("defaultToGlobal")).map(Json)
}

/// `PUT /config`, `PUT /config/{subject}`
pub(super) async fn update_config(
    State(registry): State<Registry>,
    Named(name): Named,
    Payload(update): Payload<Map<String, Value>>,
) -> Answer<Map<String, Value>> {
    blocking(move || registry.update_config(&name, update)).await.map(Json)
}

/// `DELETE /config`, `DELETE /config/{subject}`
pub(super) async fn clear_config(State(registry): State<Registry>, Named(name): Named) -> Answer<Config> {
    blocking(move || registry.clear_config(&name)).await.map(Json)
}

/// `GET /mode`, `GET /mode/{subject}`
pub(super) async fn mode(State(registry): State<Registry>, Named(name): Named, parameters: Parameters) -> Answer<Mode> {
    let mode = registry.mode(&name, parameters.flag("defaultToGlobal"))?;
    Ok(Json(Mode { mode: Some(mode) }))
}

/// `PUT /mode`, `PUT /mode/{subject}`
pub(super) async fn set_mode(
    State(registry): State<Registry>,
    Named(name): Named,
    parameters: Parameters,
    Payload(body): Payload<Map<String, Value>>,
) -> Answer<Mode> {
    let mode = match body.get("mode") {
        Some(Value::String(text)) => Some(text.parse().map_err(|_| Error::InvalidMode)?),
        // Clears the mode. Without the member nothing is said.
        Some(Value::Null) => None,
        _ => return Err(Error::InvalidMode),
    };
    let force = parameters.flag("force");
    blocking(move || registry.set_mode(&name, mode, force)).await?;
    Ok(Json(Mode { mode }))
}

/// `DELETE /mode`, `DELETE /mode/{subject}`
pub(super) async fn clear_mode(
    State(registry): State<Registry>,
    Named(name): Named,
    parameters: Parameters,
) -> Answer<Mode> {
    let recursive = parameters.flag("recursive");
    let mode = blocking(move || registry.clear_mode(&name, recursive)).await?;
    Ok(Json(Mode { mode: Some(mode) }))
}
