//! WebSocket: records as text messages one way, acknowledgements the other.
//!
//! The client acknowledges with `{"ack":{"partition":P,"offset":N}}`, which stands for all records of the partition up to
//! that one; with a group they are committed, and no more than a window of them is ever unacknowledged. `{"waiting":…}` says
//! what keeps records from coming for now, `{"failed":…}` why none will come any more.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::Uri;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::Consuming;
use super::begin::Offsets;
use super::failure::Failure;
use super::feed::{Event, Feed, Shown};
use super::query::{Parameters, refused};
use super::records::Acknowledgement;
use crate::gateway::authentication::Principal;
use crate::gateway::problem::Problem;
use crate::gateway::topic::Topic;

/// After how long of silence a client is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a client's message may have: an acknowledgement is much shorter.
const MAX_MESSAGE: usize = 4096;

/// `GET /topics/{topic}/ws`
pub(super) async fn socket(
    State(consuming): State<Consuming>,
    Extension(principal): Extension<Principal>,
    Topic(topic): Topic,
    uri: Uri,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let source = consuming.source(&topic, &principal)?;
    let upgrade = upgrade.map_err(|error| refused(error.body_text()))?;
    let parameters = Parameters::read(&uri, &["group", "from", "window"])?;
    let window = if parameters.group()?.is_some() { Some(parameters.window()?) } else { None };
    let membership = parameters.membership(Offsets::new())?;
    let mut feed = consuming.sessions.open(&source, membership).await?;
    feed.ready().await?;
    let conversation = move |socket| Conversation { socket, feed, window, open: VecDeque::new() }.run();
    Ok(upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(conversation))
}

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    ack: Acknowledgement,
}

/// What is told beside records.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Told {
    Waiting(Problem),
    Failed(Problem),
}

/// A client and its session, which ends with it.
struct Conversation {
    socket: WebSocket,
    feed: Feed,
    /// Records that may be unacknowledged; `None` where nothing is committed.
    window: Option<usize>,
    /// Those that are.
    open: VecDeque<(i32, i64)>,
}

/// What happened.
enum Step {
    Heard(Option<Result<Message, axum::Error>>),
    Read(Option<Event>),
    Trouble(bool),
    Silence,
}

/// Why a conversation ends.
enum End {
    /// The client has gone.
    Gone,
    /// It is told so.
    Close(u16, &'static str),
}

impl From<axum::Error> for End {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}

impl Conversation {
    async fn run(mut self) {
        if let Err(End::Close(code, reason)) = self.converse().await {
            let frame = CloseFrame { code, reason: reason.into() };
            // It may be gone already.
            self.socket.send(Message::Close(Some(frame))).await.ok();
        }
    }

    async fn converse(&mut self) -> Result<(), End> {
        let mut trouble = self.feed.trouble.clone();
        let mut is_running = true;
        loop {
            let has_room = self.window.is_none_or(|window| self.open.len() < window);
            if !is_running && !has_room {
                return Err(End::Close(close_code::AWAY, "the session has ended"));
            }
            let step = tokio::select! {
                heard = self.socket.recv() => Step::Heard(heard),
                event = self.feed.next(), if has_room => Step::Read(event),
                changed = trouble.changed(), if is_running => Step::Trouble(changed.is_ok()),
                () = sleep(KEEP_ALIVE) => Step::Silence,
            };
            match step {
                Step::Heard(None) => return Err(End::Gone),
                Step::Heard(Some(message)) => self.hear(&message?)?,
                Step::Read(event) => self.tell_event(event).await?,
                Step::Trouble(false) => is_running = false,
                Step::Trouble(true) => {
                    let what = trouble.borrow_and_update().as_deref().map(str::to_owned);
                    if let Some(what) = what {
                        self.tell(&Told::Waiting(Failure::Unavailable(what).into())).await?;
                    }
                }
                Step::Silence => self.socket.send(Message::Ping(Bytes::new())).await?,
            }
        }
    }

    fn hear(&mut self, message: &Message) -> Result<(), End> {
        let text = match message {
            Message::Text(text) => text.as_str(),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(End::Gone),
            Message::Binary(_) => return Err(End::Close(close_code::UNSUPPORTED, "expected text")),
        };
        let Ok(Said { ack: Acknowledgement { partition, offset } }) = serde_json::from_str(text) else {
            return Err(End::Close(close_code::POLICY, "expected {\"ack\":{\"partition\":P,\"offset\":N}}"));
        };
        if self.window.is_none() {
            return Err(End::Close(close_code::POLICY, "without a group there is nothing to acknowledge"));
        }
        // One whose partition has moved was given all the same.
        let is_known = self.feed.shared.acks.handle(partition, offset) || self.open.contains(&(partition, offset));
        if !is_known {
            return Err(End::Close(close_code::POLICY, "this record was not given"));
        }
        self.open.retain(|(of, at)| *of != partition || *at > offset);
        Ok(())
    }

    async fn tell_event(&mut self, event: Option<Event>) -> Result<(), End> {
        match event {
            None => Err(End::Close(close_code::AWAY, "the session has ended")),
            Some(Event::Ready | Event::CaughtUp) => Ok(()),
            Some(Event::Record(Shown { partition, offset, json })) => {
                self.feed.shared.acks.give(partition, offset);
                if self.window.is_some() {
                    self.open.push_back((partition, offset));
                }
                let text = String::from_utf8_lossy(&json).into_owned();
                Ok(self.socket.send(Message::Text(text.into())).await?)
            }
            Some(Event::Failed(Failure::Stopping)) => Err(End::Close(close_code::AWAY, "the gateway is being stopped")),
            Some(Event::Failed(failure)) => {
                self.tell(&Told::Failed(failure.into())).await?;
                Err(End::Close(close_code::ERROR, "see the message before"))
            }
        }
    }

    async fn tell(&mut self, what: &Told) -> Result<(), End> {
        let text = serde_json::to_string(what).unwrap_or_default();
        Ok(self.socket.send(Message::Text(text.into())).await?)
    }
}
