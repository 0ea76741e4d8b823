//! Records of a topic, over HTTP: in portions, as a stream of events, or over a WebSocket.
//!
//! Every client has a [session](reader): one thread that owns a Kafka consumer and shows each record as one
//! [JSON object](record), with the schema that it was read by and the context in which that is meant. Between the two
//! stands a [feed], bounded in bytes: a slow client holds its own session back and nobody else's.
//!
//! | request | the session lives | what is committed, if a group is named |
//! |---|---|---|
//! | `GET …/records` | without `group` as long as the request, else until no poll came for a while | what the poll before gave (`commit=auto`), or what is acknowledged (`commit=explicit`) |
//! | `GET …/stream` | as long as the connection | what the connection has taken |
//! | `GET …/ws` | as long as the connection | what is acknowledged |
//!
//! Without a group nothing is joined and nothing is committed: a client says itself where to begin.

mod acknowledgements;
mod begin;
pub(super) mod config;
mod failure;
mod feed;
mod measures;
mod on_invalid;
mod poll;
mod query;
mod reader;
mod record;
mod records;
mod renderer;
mod sessions;
mod socket;
mod stream;
#[cfg(test)]
mod tests;

pub(super) use on_invalid::{OnInvalid, RawOnInvalid};
pub(super) use sessions::Sessions;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::authentication::Principal;
use super::config::{Access, RouteConfig};
use super::problem::Problem;
use super::state::State;
use failure::Failure;
use renderer::Decoding;
use sessions::Source;

/// What all requests that read share. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Consuming {
    state: State,
    sessions: Sessions,
}

impl Consuming {
    /// What is read of a topic, and how, if the client may.
    fn source(&self, topic: &str, principal: &Principal) -> Result<Source, Problem> {
        let route = self.state.route(topic, principal, Access::Consume)?;
        let RouteConfig { context, key, value, on_invalid, .. } = &route.config;
        let (context, key, value) = (context.clone(), key.clone(), value.clone());
        let decoding = Arc::new(Decoding { context, key, value, on_invalid: on_invalid.clone() });
        Ok(Source { topic: topic.to_owned(), label: route.config.topics.label().to_owned(), decoding })
    }
}

/// The paths under which records are read.
pub(super) fn router(state: &State) -> Router {
    let consuming = Consuming { state: state.clone(), sessions: state.sessions().clone() };
    Router::new()
        .route("/topics/{topic}/records", get(records::poll).delete(records::leave))
        .route("/topics/{topic}/records/ack", post(records::acknowledge))
        .route("/topics/{topic}/stream", get(stream::stream))
        .route("/topics/{topic}/ws", get(socket::socket))
        .with_state(consuming)
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, failure.to_string())
    }
}
