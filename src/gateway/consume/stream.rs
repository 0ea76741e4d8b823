//! Server-Sent Events: records as they come, resumable behind any of them.
//!
//! Each record is an event whose id is `partition:offset`. `event: waiting` says what keeps records from coming for now,
//! `event: failed` why none will come any more; comments keep the connection alive.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::Consuming;
use super::failure::Failure;
use super::feed::{Event, Feed, Shown};
use super::query::{Parameters, last_seen};
use crate::gateway::authentication::Principal;
use crate::gateway::problem::Problem;
use crate::gateway::topic::Topic;

/// After how long without an event a comment is sent, well within what proxies wait.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Bytes after which no further record is added to what is sent at a time.
const FRAME: usize = 64 << 10;

/// The first thing a client gets: how soon to connect again.
const RETRY: &[u8] = b"retry: 1000\n\n";

/// Tells proxies not to collect events.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// `GET /topics/{topic}/stream`
pub(super) async fn stream(
    State(consuming): State<Consuming>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let source = consuming.source(&topic, &principal)?;
    let parameters = Parameters::read(&uri, &["group", "from"])?;
    let membership = parameters.membership(last_seen(&headers)?)?;
    let mut feed = consuming.sessions.open(&source, membership).await?;
    feed.ready().await?;
    // One: so it is known when the connection has taken what was sent.
    let (frames, body) = mpsc::channel(1);
    tokio::spawn(send(feed, frames));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        UNBUFFERED,
    ];
    Ok((headers, Body::new(Frames(body))).into_response())
}

/// Sends events until the client has gone or nothing comes any more. The session ends with it.
async fn send(mut feed: Feed, frames: mpsc::Sender<Bytes>) {
    let mut trouble = feed.trouble.clone();
    if frames.send(Bytes::from_static(RETRY)).await.is_err() {
        return;
    }
    loop {
        let Ok(next) = frames.reserve().await else { return };
        // There is room, so the connection has taken what was sent before.
        feed.shared.acks.handle_all();
        let mut frame = Vec::new();
        let goes_on = tokio::select! {
            event = feed.next() => fill(&mut feed, event, &mut frame),
            Ok(()) = trouble.changed() => {
                write_trouble(trouble.borrow_and_update().as_deref(), &mut frame);
                true
            }
            () = sleep(KEEP_ALIVE) => {
                frame.extend_from_slice(b": nothing new\n\n");
                true
            }
            () = frames.closed() => return,
        };
        if !frame.is_empty() {
            next.send(frame.into());
        }
        if !goes_on {
            return;
        }
    }
}

/// Writes an event and what follows it already; `false` if nothing comes any more.
fn fill(feed: &mut Feed, first: Option<Event>, frame: &mut Vec<u8>) -> bool {
    let Some(first) = first else { return false };
    let mut next = Some(first);
    while let Some(event) = next {
        match event {
            Event::Ready | Event::CaughtUp => {}
            Event::Record(record) => {
                feed.shared.acks.give(record.partition, record.offset);
                write_record(&record, frame);
            }
            Event::Failed(failure) => {
                write_failure(failure, frame);
                return false;
            }
        }
        next = if frame.len() < FRAME { feed.try_next() } else { None };
    }
    true
}

fn write_record(record: &Shown, frame: &mut Vec<u8>) {
    let Shown { partition, offset, json } = record;
    frame.reserve(json.len() + 64);
    frame.extend_from_slice(format!("id: {partition}:{offset}\ndata: ").as_bytes());
    frame.extend_from_slice(json);
    frame.extend_from_slice(b"\n\n");
}

fn write_failure(failure: Failure, frame: &mut Vec<u8>) {
    // A stream that is only interrupted just ends: the client comes back by itself.
    if failure != Failure::Stopping {
        write_event("failed", &failure.into(), frame);
    }
}

fn write_trouble(what: Option<&str>, frame: &mut Vec<u8>) {
    match what {
        Some(what) => write_event("waiting", &Failure::Unavailable(what.to_owned()).into(), frame),
        None => frame.extend_from_slice(b": going on\n\n"),
    }
}

fn write_event(name: &str, problem: &Problem, frame: &mut Vec<u8>) {
    // JSON without line breaks.
    let data = serde_json::to_string(problem).unwrap_or_default();
    frame.extend_from_slice(format!("event: {name}\ndata: {data}\n\n").as_bytes());
}

/// A body that is sent as it comes.
struct Frames(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
