//! Records into topics: `POST /topics/{topic}`.
//!
//! A record is transformed on the thread that read it, from the bytes of the body into a buffer that is used again, and
//! handed to a producer that all requests share. Whoever waits is woken by its delivery report; nobody's slowness holds up
//! anybody else.
//!
//! | file | holds |
//! |---|---|
//! | `answer` | what is said of a record that was taken |
//! | `body` | bodies, read within limits |
//! | `job` | what a request says of its records, and the way of one record into the producer |
//! | `key` | keys out of bodies, headers and queries |
//! | `serializer` | transforms and schemas, lent to one request at a time |
//! | `value` | what a record's value is made of |
//! | `single` | one record a request |
//! | `stream`, `lines` | any number of them |
//! | `rest` | batches in the form of Confluent's REST Proxy |
//! | `log` | records that are taken without a promise |

mod answer;
pub(super) mod body;
mod job;
mod key;
mod lines;
mod log;
mod rest;
mod serializer;
mod single;
mod stream;
mod value;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use axum::extract::{Request, State as Extract};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};

use super::authentication::Principal;
use super::config::{Access, Config};
use super::problem::Problem;
use super::producers::Producers;
use super::route::{Route, Routes};
use super::state::State;
use super::topic::Topic;
use crate::registry::SchemaCache;
use crate::transform::Step;
use job::Job;
use log::Queue;
use rest::Embedded;
use serializer::Pool;

/// How often it is looked whether all is written.
const STEP: Duration = Duration::from_millis(5);

/// The header that names a topic.
const TOPIC: HeaderName = HeaderName::from_static("x-topic");

/// What writes records.
#[derive(Debug)]
pub(super) struct Producing {
    pool: Pool,
    producers: Producers,
    /// Those of routes without promises, by the route's number.
    queues: HashMap<usize, Queue>,
    schema_timeout: Duration,
}

impl Producing {
    /// What writes the records of these routes.
    pub(super) fn new(config: &Config, routes: &Routes, producers: Producers, cache: &SchemaCache) -> Self {
        let pool = Pool::new(cache.clone(), routes);
        let queue = |route: &Arc<Route>| {
            let mode = route.config.log.as_ref()?;
            Some((route.index, Queue::start(mode, route.config.topics.label())))
        };
        let queues = routes.iter().filter_map(queue).collect();
        Self { pool, producers, queues, schema_timeout: config.schema_timeout }
    }

    /// Delivers what was taken, for so long at most; blocks the thread.
    pub(super) fn drain(&self, within: Duration) {
        let deadline = Instant::now() + within;
        while !self.queues.values().all(Queue::is_empty) && Instant::now() < deadline {
            thread::sleep(STEP);
        }
        self.producers.drain(deadline);
    }
}

/// The paths under which records are written.
pub(super) fn router(state: &State) -> Router {
    Router::new()
        .route("/topics", post(produce_to_named))
        .route("/topics/{topic}", post(produce_to_path))
        .with_state(state.clone())
}

/// Writes what the body holds to the topic of the path.
async fn produce_to_path(
    Extract(state): Extract<State>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    request: Request,
) -> Response {
    produce(state, &principal, topic, request).await
}

/// Writes what the body holds to the topic that the query or a header names.
async fn produce_to_named(
    Extract(state): Extract<State>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Response {
    let in_query = key::parameter(request.uri().query().unwrap_or_default(), "topic");
    let in_header = || request.headers().get(TOPIC).map(|value| value.as_bytes().to_vec());
    match in_query.or_else(in_header).map(String::from_utf8) {
        Some(Ok(topic)) => produce(state, &principal, topic, request).await,
        Some(Err(_)) => Problem::no_such_path().into_response(),
        None => {
            let detail = "no topic: name it in the path, in the query as 'topic', or in the header x-topic";
            Problem::new(StatusCode::BAD_REQUEST, detail).into_response()
        }
    }
}

async fn produce(state: State, principal: &Principal, topic: String, request: Request) -> Response {
    let is_batch = Embedded::of(&media_type(request.headers())).is_some();
    let answered = async {
        let route = state.route(&topic, principal, Access::Produce)?;
        let form = Form::of(request.headers(), route)?;
        let job = Job::new(&state, route, topic, &request, form)?;
        match form {
            // In boxes of their own, for which a request of one record need not make room.
            form @ (Form::Single | Form::Lines) if job.route.config.log.is_some() => {
                Box::pin(log::produce(&state, job, form, request)).await
            }
            Form::Batch(embedded) => Box::pin(rest::produce(&state, job, embedded, request)).await,
            Form::Single => single::produce(&state, job, request).await,
            Form::Lines => Ok(stream::produce(&state, job, request)),
        }
    };
    let refused = |problem: Problem| if is_batch { problem.for_rest_proxy() } else { problem };
    answered.await.unwrap_or_else(|problem| refused(problem).into_response())
}

/// The media type of a body, without parameters.
fn media_type(headers: &HeaderMap) -> String {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How records stand in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The body is the value of one record.
    Single,
    /// Each line of the body is the value of a record.
    Lines,
    /// The body is a batch as Confluent's REST Proxy takes it.
    Batch(Embedded),
}

impl Form {
    fn of(headers: &HeaderMap, route: &Route) -> Result<Self, Problem> {
        let refuse = |detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        if headers.get_all(CONTENT_ENCODING).iter().any(|encoding| encoding != "identity") {
            return refuse("bodies are taken as they are: leave Content-Encoding out");
        }
        match media_type(headers).as_str() {
            "application/json" => Ok(Self::Single),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::Lines),
            "application/octet-stream" if route.config.value.step == Step::Pass => Ok(Self::Single),
            other => {
                if let Some(embedded) = Embedded::of(other) {
                    return Ok(Self::Batch(embedded));
                }
                refuse(
                    "the body has to be application/json (one record), application/x-ndjson (a record a line) \
                     or a batch, such as application/vnd.kafka.json.v2+json",
                )
            }
        }
    }
}
