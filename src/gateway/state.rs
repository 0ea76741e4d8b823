//! What all requests share.

use std::fmt;
use std::sync::Arc;

use super::StartError;
use super::authentication::Principal;
use super::config::{Access, Auth, Config};
use super::consume::Sessions;
use super::measures::Requests;
use super::problem::Problem;
use super::produce::Producing;
use super::producers::{OF_DEAD_LETTERS, Producers};
use super::room::Room;
use super::route::{Route, Routes};
use crate::kafka;
use crate::readiness::Readiness;
use crate::registry::SchemaCache;

/// What all requests share. Clones are the same.
#[derive(Clone)]
pub(super) struct State(Arc<Shared>);

struct Shared {
    config: Config,
    routes: Routes,
    room: Room,
    requests: Requests,
    producing: Producing,
    sessions: Sessions,
}

impl State {
    pub(super) fn new(
        mut config: Config,
        kafka: kafka::Config,
        cache: SchemaCache,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let routes = Routes::new(std::mem::take(&mut config.routes));
        let producers = Producers::start(&config, &routes, kafka.clone(), readiness)?;
        let of_letters = producers.of_requests(OF_DEAD_LETTERS).cloned();
        let producing = Producing::new(&config, &routes, producers, &cache);
        let (room, requests) = (Room::new(config.max_buffered_bytes), Requests::default());
        let sessions = Sessions::new(config.consume.clone(), kafka, of_letters, move || cache.local());
        Ok(Self(Arc::new(Shared { config, routes, room, requests, producing, sessions })))
    }

    /// The config, without its routes.
    pub(super) fn config(&self) -> &Config {
        &self.0.config
    }

    /// Who may make requests.
    pub(super) fn auth(&self) -> &Auth {
        &self.0.config.auth
    }

    /// How much bodies may take.
    pub(super) fn room(&self) -> &Room {
        &self.0.room
    }

    /// What is counted of requests.
    pub(super) fn requests(&self) -> &Requests {
        &self.0.requests
    }

    /// What writes records.
    pub(super) fn producing(&self) -> &Producing {
        &self.0.producing
    }

    /// The route of a topic, if this client may use it for this.
    pub(super) fn route(&self, topic: &str, principal: &Principal, access: Access) -> Result<&Arc<Route>, Problem> {
        let route = self.0.routes.find(topic).ok_or_else(|| Problem::no_such_topic(topic))?;
        route.authorize(principal, access)?;
        route.admit()?;
        Ok(route)
    }

    /// What reads records.
    pub(super) fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Says that the gateway is to stop.
    pub(super) fn stop(&self) {
        self.0.sessions.stop();
    }

    /// Delivers what was taken and has every consumer leave its group, as far as there is time.
    pub(super) async fn drain(&self) {
        let state = self.clone();
        let deadline = self.0.config.shutdown_deadline;
        let drained = tokio::task::spawn_blocking(move || state.0.producing.drain(deadline));
        self.0.sessions.drain(deadline).await;
        let drained = drained.await;
        if let Err(error) = drained {
            tracing::error!(%error, "the gateway's producer");
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("config", &self.0.config).finish_non_exhaustive()
    }
}
