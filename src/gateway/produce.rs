//! Records into topics: `POST /topics/{topic}`.
//!
//! A record is transformed on the thread that read it, from the bytes of the body into a buffer that is used again, and
//! handed to a producer that all requests share. Whoever waits is woken by its delivery report; nobody's slowness holds up
//! anybody else.
//!
//! | file | holds |
//! |---|---|
//! | `body` | bodies, read within limits |
//! | `job` | what a request says of its records, and the way of one record into the producer |
//! | `key` | keys out of bodies, headers and queries |
//! | `serializer` | transforms and schemas, lent to one request at a time |
//! | `deliveries` | the producer, and who waits for what |
//! | `single` | one record a request |

mod body;
mod deliveries;
mod job;
mod key;
mod serializer;
mod single;
mod tickets;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as Extract};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};

use super::StartError;
use super::authentication::Principal;
use super::config::{Acks, Config};
use super::problem::Problem;
use super::route::{Route, Routes};
use super::state::State;
use crate::kafka::{self, ProducerSettings};
use crate::readiness::Readiness;
use crate::registry::SchemaCache;
use crate::transform::Step;
use deliveries::Deliveries;
use job::Job;
use serializer::Pool;

/// The name that brokers log for our producers.
const CLIENT: &str = "serdecar-gateway";

/// What writes records.
#[derive(Debug)]
pub(super) struct Producing {
    pool: Pool,
    deliveries: HashMap<Acks, Deliveries>,
    schema_timeout: Duration,
}

impl Producing {
    /// Makes the producers that the routes ask for.
    pub(super) fn start(
        config: &Config,
        routes: &Routes,
        kafka: &kafka::Config,
        cache: &SchemaCache,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let mut deliveries = HashMap::new();
        for acks in routes.iter().map(|route| route.config.acks) {
            if let Entry::Vacant(place) = deliveries.entry(acks) {
                let settings = ProducerSettings::for_requests(kafka, CLIENT, acks, config.delivery_timeout);
                place.insert(Deliveries::start(settings, readiness.condition("gateway"))?);
            }
        }
        let pool = Pool::new(cache.clone(), routes);
        Ok(Self { pool, deliveries, schema_timeout: config.schema_timeout })
    }

    /// Delivers what was taken, for so long at most; blocks the thread.
    pub(super) fn drain(&self, within: Duration) {
        for deliveries in self.deliveries.values() {
            deliveries.drain(within);
        }
    }
}

/// The paths under which records are written.
pub(super) fn router(state: &State) -> Router {
    Router::new().route("/topics/{topic}", post(produce)).with_state(state.clone())
}

/// Writes what the body holds to the topic of the path.
async fn produce(
    Extract(state): Extract<State>,
    Extension(principal): Extension<Principal>,
    topic: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let answered = async {
        let Path(topic) = topic.map_err(|_| Problem::no_such_path())?;
        let route = state.route(&topic, &principal)?;
        let form = Form::of(request.headers(), route)?;
        let job = Job::new(&state, route, topic, &request)?;
        match form {
            Form::Single => single::produce(&state, job, request).await,
        }
    };
    answered.await.unwrap_or_else(Problem::into_response)
}

/// How records stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The body is the value of one record.
    Single,
}

impl Form {
    fn of(headers: &HeaderMap, route: &Route) -> Result<Self, Problem> {
        let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/json" => Ok(Self::Single),
            "application/octet-stream" if route.config.value.step == Step::Pass => Ok(Self::Single),
            _ => {
                let detail = "the body has to be application/json (one record)";
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
            }
        }
    }
}
