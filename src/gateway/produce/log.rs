//! Records that are taken without a promise: they wait in a queue until they are written, and when that is full they are
//! counted and dropped.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use metrics::Counter;
use serde_json::json;
use tokio::sync::mpsc;

use super::Form;
use super::body;
use super::job::{Job, WhenFull};
use super::lines::Lines;
use crate::gateway::config::LogMode;
use crate::gateway::measures::dropped;
use crate::gateway::problem::Problem;
use crate::gateway::room::Share;
use crate::gateway::state::State;

/// The records of a route that wait to be written.
#[derive(Debug)]
pub(super) struct Queue {
    sender: mpsc::Sender<Waiting>,
    dropped: Counter,
}

/// A record that waits to be written.
#[derive(Debug)]
struct Waiting {
    job: Arc<Job>,
    value: Bytes,
    /// What it takes of the room for bodies.
    _share: Share,
}

impl Queue {
    /// A queue, and the task that writes what is in it.
    pub(super) fn start(mode: &LogMode, route: &str) -> Self {
        let (sender, waiting) = mpsc::channel(mode.queue);
        let dropped = dropped(route);
        tokio::spawn(write(waiting, dropped.clone()));
        Self { sender, dropped }
    }

    /// Whether everything that was put in is written, or handed to the producer.
    pub(super) fn is_empty(&self) -> bool {
        self.sender.capacity() == self.sender.max_capacity()
    }

    /// Puts a record in, or drops it.
    fn put(&self, state: &State, job: &Arc<Job>, value: Bytes) {
        let mut share = state.room().share();
        let has_room = share.grow(value.len());
        let waiting = Waiting { job: Arc::clone(job), value, _share: share };
        if !has_room || self.sender.try_send(waiting).is_err() {
            self.dropped.increment(1);
        }
    }
}

/// Writes what is in a queue, until nobody can put anything in.
async fn write(mut waiting: mpsc::Receiver<Waiting>, dropped: Counter) {
    while let Some(Waiting { job, value, .. }) = waiting.recv().await {
        let taken = job.take_alone(&value, WhenFull::Wait).await;
        // What its schema refuses is counted as such.
        if taken.is_err_and(|problem| problem.status().is_server_error()) {
            dropped.increment(1);
        }
    }
}

/// Puts what the body holds in the route's queue.
pub(super) async fn produce(state: &State, job: Job, form: Form, request: Request) -> Result<Response, Problem> {
    let Some(queue) = state.producing().queues.get(&job.route.index) else {
        return Err(Problem::unavailable("the gateway has no queue for this topic"));
    };
    let (job, mut body) = (Arc::new(job), request.into_body());
    if form == Form::Lines {
        let mut lines = Lines::new(job.route.config.value.limits.record_bytes, state.room().share());
        while !lines.is_over() {
            match body::next(&mut body).await? {
                Some(data) => lines.push(data),
                None => lines.end(),
            }
            while let Some((_, line)) = lines.next_line() {
                match line {
                    // A copy: the line would keep all that it came with.
                    Ok(line) => queue.put(state, &job, Bytes::copy_from_slice(&line)),
                    Err(_) => queue.dropped.increment(1),
                }
            }
        }
    } else {
        let body = body::read(state, body).await?;
        queue.put(state, &job, body.bytes.clone());
    }
    Ok((StatusCode::ACCEPTED, Json(json!({"topic": job.topic}))).into_response())
}
