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
struct Answer<'a> {
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
    fn new(topic: &'a str, taken: &Taken, written: Option<Written>) -> Self {
        let written = written.map(|Written { partition, offset }| Place { partition, offset });
        let schema = taken.schema.as_ref().map(|schema| SchemaName::of(&schema.label));
        Self { topic, written, schema }
    }
}

/// Writes the body as the value of one record.
pub(super) async fn produce(state: &State, job: Job, request: Request) -> Result<Response, Problem> {
    let body = body::read(state, request.into_body()).await?;
    let mut taken = job.take_alone(&body.bytes, WhenFull::Refuse).await?;
    drop(body);
    if !job.route.config.wait {
        return Ok((StatusCode::ACCEPTED, Json(Answer::new(&job.topic, &taken, None))).into_response());
    }
    let written = job.settled(&mut taken).await?;
    Ok(Json(Answer::new(&job.topic, &taken, Some(written))).into_response())
}
