//! One record a request.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;

use super::body;
use super::job::{Job, Taken, WhenFull};
use crate::gateway::problem::{Problem, SchemaName};
use crate::gateway::state::State;
use crate::kafka::Written;

/// What is said of a record.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    /// Where the record stands in a stream, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    topic: &'a str,
    #[serde(flatten)]
    written: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<SchemaName>,
}

/// Where a record stands.
#[derive(Debug, Serialize)]
struct Place {
    partition: i32,
    /// `null` where no broker tells.
    offset: Option<i64>,
}

impl<'a> Answer<'a> {
    /// What is said of a record that was taken; where it was written, if that is known.
    pub(super) fn new(topic: &'a str, taken: &Taken, written: Option<Written>) -> Self {
        let written = written.map(|Written { partition, offset }| Place { partition, offset });
        let schema = taken.schema.as_ref().map(|schema| SchemaName::of(&schema.label));
        Self { line: None, topic, written, schema }
    }
}

/// Writes the body as the value of one record.
pub(super) async fn produce(state: &State, job: Job, request: Request) -> Result<Response, Problem> {
    let body = body::read(state, request.into_body()).await?;
    let pool = &state.producing().pool;
    let mut serializer = pool.take();
    let taken = job.take(&mut serializer, &body.bytes, &mut job.patience(), WhenFull::Refuse).await;
    let is_away = taken.as_ref().is_err_and(|problem| problem.status() == StatusCode::SERVICE_UNAVAILABLE);
    if !is_away {
        pool.put_back(serializer);
    }
    let mut taken = taken?;
    drop(body);
    if !job.route.config.wait {
        return Ok((StatusCode::ACCEPTED, Json(Answer::new(&job.topic, &taken, None))).into_response());
    }
    let written = job.settled(&mut taken).await?;
    Ok(Json(Answer::new(&job.topic, &taken, Some(written))).into_response())
}
