//! Bodies, read within limits.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::StatusCode;
use tokio::time::{Instant, timeout_at};

use crate::gateway::problem::Problem;
use crate::gateway::room::Share;
use crate::gateway::state::State;

/// How long a body that is read as a whole may take to arrive.
const ARRIVE_WITHIN: Duration = Duration::from_secs(60);

/// Bytes of a body that is too large which are read all the same: most clients look for an answer only when they have sent
/// everything, and would else see no more than a broken connection.
const MAX_DISCARDED: usize = 8 << 20;

/// A body that is here, and what it takes of the room for bodies.
#[derive(Debug)]
pub(in crate::gateway) struct Buffered {
    pub(in crate::gateway) bytes: Bytes,
    _share: Share,
}

/// Reads a body as a whole.
pub(in crate::gateway) async fn read(state: &State, mut body: Body) -> Result<Buffered, Problem> {
    let limit = state.config().max_body_bytes;
    // Said beforehand, it need not be read to be far too much.
    if body.size_hint().lower() > (limit + MAX_DISCARDED) as u64 {
        return Err(too_large(limit));
    }
    let deadline = Instant::now() + ARRIVE_WITHIN;
    let mut share = state.room().share();
    let (mut first, mut rest, mut discarded) = (Bytes::new(), Vec::new(), 0);
    loop {
        let arrived = timeout_at(deadline, next(&mut body)).await;
        let arrived =
            arrived.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time"))?;
        let Some(data) = arrived? else { break };
        if discarded > 0 || first.len() + rest.len() + data.len() > limit {
            (first, rest) = (Bytes::new(), Vec::new());
            discarded += data.len();
            if discarded > MAX_DISCARDED {
                break;
            }
            continue;
        }
        if !share.grow(data.len()) {
            return Err(Problem::overload("the bodies of requests under way take all the room there is for them"));
        }
        if first.is_empty() && rest.is_empty() {
            // Mostly all of it: then it is not copied.
            first = data;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
    }
    if discarded > 0 {
        return Err(too_large(limit));
    }
    let bytes = if rest.is_empty() { first } else { Bytes::from(rest) };
    Ok(Buffered { bytes, _share: share })
}

/// The next bytes of a body; none at its end.
pub(super) async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
        // Trailers say nothing here.
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {limit} bytes"))
}
