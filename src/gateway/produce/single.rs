//! One record a request.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::answer::Answer;
use super::body;
use super::job::{Job, Taken, WhenFull};
use crate::gateway::problem::Problem;
use crate::gateway::state::State;
use crate::kafka::Written;

/// The media type of answers.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json");

/// What an answer mostly has, in bytes.
const ANSWER: usize = 256;

/// Writes the body as the value of one record.
pub(super) async fn produce(state: &State, job: Job, request: Request) -> Result<Response, Problem> {
    let body = body::read(state, request.into_body()).await?;
    let mut taken = job.take_alone(&body.bytes, WhenFull::Refuse).await?;
    drop(body);
    if !job.route.config.wait {
        return Ok(answer(StatusCode::ACCEPTED, &job, &taken, None));
    }
    let written = job.settled(&mut taken).await?;
    Ok(answer(StatusCode::OK, &job, &taken, Some(written)))
}

fn answer(status: StatusCode, job: &Job, taken: &Taken, written: Option<Written>) -> Response {
    let schema = taken.schema.as_ref().map(|schema| &schema.label);
    let mut json = Vec::with_capacity(ANSWER);
    Answer { line: None, topic: &job.topic, written, schema }.write(&mut json);
    (status, [(CONTENT_TYPE, MEDIA_TYPE)], json).into_response()
}
