//! `/contexts`: the list, and taking an empty context off it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::super::Registry;
use super::super::error::Error;
use super::super::names::is_reachable;
use super::super::request::{Parameters, Segments};
use super::{Answer, blocking};

/// `GET /contexts`: the default context first, then the others by name.
pub(super) async fn list(State(registry): State<Registry>, parameters: Parameters) -> Answer<Vec<String>> {
    let prefix = parameters.text("contextPrefix").unwrap_or_default();
    let names = registry.names();
    let store = registry.read();
    let contexts = store.contexts().filter(|context| is_reachable(context, names)).map(ToString::to_string);
    parameters.page(contexts.filter(|context| context.starts_with(prefix))).map(Json)
}

/// `DELETE /contexts/{context}`
pub(super) async fn delete(
    State(registry): State<Registry>,
    Segments(context): Segments<String>,
) -> Result<StatusCode, Error> {
    blocking(move || registry.delete_context(&context)).await?;
    Ok(StatusCode::NO_CONTENT)
}
