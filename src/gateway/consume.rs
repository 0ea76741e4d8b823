//! Records of a topic, over HTTP.

use axum::Router;

use super::state::State;

/// The paths under which records are read.
pub(super) fn router(_: &State) -> Router {
    Router::new()
}
