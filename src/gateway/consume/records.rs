//! Polls: an array of records, and what may be said of it afterwards.

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, http::HeaderValue};
use serde::Deserialize;

use super::Consuming;
use super::feed::Shown;
use super::poll::Intake;
use super::query::{Parameters, last_seen, refused};
use super::sessions::Key;
use crate::gateway::authentication::Principal;
use crate::gateway::problem::Problem;
use crate::gateway::produce::body;
use crate::gateway::topic::Topic;
use crate::gateway::whole;

/// What an acknowledgement may have.
const MAX_ACKNOWLEDGEMENT: usize = 64 << 10;

/// `GET /topics/{topic}/records`
pub(super) async fn poll(
    State(consuming): State<Consuming>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let source = consuming.source(&topic, &principal)?;
    let sessions = &consuming.sessions;
    let parameters = Parameters::read(&uri, &["group", "max", "wait", "from", "commit"])?;
    let portion = parameters.portion(sessions.config())?;
    let by_itself = parameters.commits_by_itself()?;
    let membership = parameters.membership(last_seen(&headers)?)?;
    let Some(group) = parameters.group()? else {
        let feed = sessions.open(&source, membership).await?;
        return Intake::new(feed).poll(portion).await.map(array).map_err(Problem::from);
    };
    let session = sessions.polled(&source, key(topic, group, &principal), || membership).await?;
    let _busy = session.shared.busy();
    let mut intake = session.intake().ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, format!("another poll of group '{group}' by the same client is under way"))
    })?;
    if by_itself {
        // Whoever asks for more has handled what it has.
        session.shared.acks.handle_all();
    }
    intake.poll(portion).await.map(array).map_err(Problem::from)
}

/// The last record of a partition that a client has handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledgement {
    #[serde(deserialize_with = "whole::number")]
    pub(super) partition: i32,
    #[serde(deserialize_with = "whole::number")]
    pub(super) offset: i64,
}

/// One, or some.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Acknowledged {
    One(Acknowledgement),
    Some(Vec<Acknowledgement>),
}

/// `POST /topics/{topic}/records/ack?group=G`: answers when it is committed.
pub(super) async fn acknowledge(
    State(consuming): State<Consuming>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    request: Request,
) -> Result<StatusCode, Problem> {
    consuming.source(&topic, &principal)?;
    let parameters = Parameters::read(request.uri(), &["group"])?;
    let group = parameters.required_group()?;
    let body = body::read(&consuming.state, request.into_body()).await?;
    if body.bytes.len() > MAX_ACKNOWLEDGEMENT {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "more than 64KiB of acknowledgements"));
    }
    let all = match serde_json::from_slice(&body.bytes) {
        Ok(Acknowledged::One(one)) => vec![one],
        Ok(Acknowledged::Some(some)) => some,
        Err(_) => {
            return Err(refused("expected {\"partition\":P,\"offset\":N}, or an array of such objects"));
        }
    };
    let key = key(topic, group, &principal);
    let session = consuming.sessions.find(&key).ok_or_else(|| no_session(group))?;
    let _busy = session.shared.busy();
    for Acknowledgement { partition, offset } in all {
        if !session.shared.acks.handle(partition, offset) {
            let what = format!("{partition}:{offset} was not given to this session, or its partition has moved");
            return Err(Problem::new(StatusCode::CONFLICT, what));
        }
    }
    session.shared.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /topics/{topic}/records?group=G`: the session leaves its group now.
pub(super) async fn leave(
    State(consuming): State<Consuming>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    uri: Uri,
) -> Result<StatusCode, Problem> {
    consuming.source(&topic, &principal)?;
    let parameters = Parameters::read(&uri, &["group"])?;
    let group = parameters.required_group()?;
    let ended = consuming.sessions.end(&key(topic, group, &principal));
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(no_session(group)) }
}

fn key(topic: String, group: &str, principal: &Principal) -> Key {
    Key { topic, group: group.to_owned(), principal: principal.name().map(str::to_owned) }
}

fn no_session(group: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is no session of group '{group}': it begins with a poll"))
}

/// The records as an array.
fn array(records: Vec<Shown>) -> Response {
    let bytes: usize = records.iter().map(|record| record.json.len() + 1).sum();
    let mut body = Vec::with_capacity(bytes + 2);
    body.push(b'[');
    for (index, record) in records.into_iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&record.json);
    }
    body.push(b']');
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
