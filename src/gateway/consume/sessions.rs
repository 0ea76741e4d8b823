//! All sessions: how many there may be, and those that live between polls.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::config::Consumption;
use super::failure::Failure;
use super::feed::{Feed, feed};
use super::measures::Measures;
use super::poll::Polled;
use super::reader::{Membership, Reader, Setup};
use super::renderer::Decoding;
use crate::gateway::deliveries::Deliveries;
use crate::kafka;
use crate::transform::Schemas;
use crate::transform::context::ContextRule;

/// How long a request waits for a place: for a session that is about to end, not for one that goes on.
const PATIENCE: Duration = Duration::from_millis(500);

/// What is read, and how.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) topic: String,
    /// What the route is called in metrics.
    pub(super) label: String,
    pub(super) decoding: Arc<Decoding>,
}

/// Who polls what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) topic: String,
    pub(super) group: String,
    /// The client's name, if it has one.
    pub(super) principal: Option<String>,
}

/// All sessions. Clones are the same.
#[derive(Clone)]
pub(in crate::gateway) struct Sessions(Arc<Inner>);

struct Inner {
    config: Consumption,
    kafka: Arc<kafka::Config>,
    /// What writes dead letters, if any route has them.
    of_letters: Option<Arc<Deliveries>>,
    /// Starts a session's thread.
    start: Box<dyn Fn(Setup) -> io::Result<()> + Send + Sync>,
    /// A permit for each session that there may be, held by its thread, and its connection if it has one.
    places: Arc<Semaphore>,
    polled: Mutex<HashMap<Key, Arc<Polled>>>,
    stop: Arc<AtomicBool>,
}

impl Sessions {
    /// No sessions yet. `schemas` makes a source of schemas for each, on its own thread.
    pub(in crate::gateway) fn new<S, F>(
        config: Consumption,
        kafka: kafka::Config,
        of_letters: Option<Arc<Deliveries>>,
        schemas: F,
    ) -> Self
    where
        S: Schemas,
        F: Fn() -> S + Clone + Send + Sync + 'static,
    {
        let start = move |setup: Setup| {
            let schemas = schemas.clone();
            let work = move || Reader::run(setup, schemas());
            thread::Builder::new().name("gateway-session".to_owned()).spawn(work).map(drop)
        };
        let places = Arc::new(Semaphore::new(config.sessions));
        let (kafka, start, polled) = (Arc::new(kafka), Box::new(start), Mutex::default());
        Self(Arc::new(Inner { config, kafka, of_letters, start, places, polled, stop: Arc::default() }))
    }

    pub(super) fn config(&self) -> &Consumption {
        &self.0.config
    }

    /// Starts a session, which ends when its feed is dropped.
    pub(super) async fn open(&self, source: &Source, membership: Membership) -> Result<Feed, Failure> {
        let place = self.place().await?;
        self.start(source, membership, None, place)
    }

    /// The session that lives between the polls of a client; one is started if there is none.
    pub(super) async fn polled(
        &self,
        source: &Source,
        key: Key,
        membership: impl FnOnce() -> Membership,
    ) -> Result<Arc<Polled>, Failure> {
        if let Some(session) = self.find(&key) {
            return Ok(session);
        }
        let place = self.place().await?;
        let mut polled = self.lock();
        polled.retain(|_, session| session.is_alive());
        // Another request of the same client may have been faster.
        if let Some(session) = polled.get(&key) {
            return Ok(Arc::clone(session));
        }
        let feed = self.start(source, membership(), Some(self.0.config.idle), place)?;
        let session = Arc::new(Polled::new(feed));
        polled.insert(key, Arc::clone(&session));
        Ok(session)
    }

    /// A session that lives between polls, if there is one.
    pub(super) fn find(&self, key: &Key) -> Option<Arc<Polled>> {
        self.lock().get(key).filter(|session| session.is_alive()).cloned()
    }

    /// Ends a session that lives between polls; `false` if there is none.
    pub(super) fn end(&self, key: &Key) -> bool {
        self.lock().remove(key).is_some_and(|session| session.is_alive())
    }

    /// A place among the sessions that there may be. One that ends gives it back when its consumer has left.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let taken = timeout(PATIENCE, Arc::clone(&self.0.places).acquire_owned()).await;
        taken.ok().and_then(Result::ok).ok_or(Failure::Full(self.0.config.sessions))
    }

    fn start(
        &self,
        source: &Source,
        membership: Membership,
        expires: Option<Duration>,
        place: OwnedSemaphorePermit,
    ) -> Result<Feed, Failure> {
        let Inner { config, kafka, of_letters, start, stop, .. } = &*self.0;
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::Stopping);
        }
        let place = Arc::new(place);
        let (outlet, mut feed) = feed(config.buffer);
        feed.place = expires.is_none().then(|| Arc::clone(&place));
        let Source { topic, label, decoding } = source;
        // One that clients name may not exist: it is no label.
        let context = match &decoding.context {
            ContextRule::Literal(context) => Some(context),
            ContextRule::Topic(_) | ContextRule::Header(_) => None,
        };
        let setup = Setup {
            kafka: Arc::clone(kafka),
            of_letters: of_letters.clone(),
            topic: topic.clone(),
            membership,
            decoding: Arc::clone(decoding),
            outlet,
            expires,
            stop: Arc::clone(stop),
            measures: Measures::of(label, context),
            place,
        };
        start(setup).map_err(|error| Failure::Unavailable(format!("no thread for another session: {error}")))?;
        Ok(feed)
    }

    /// Ends all sessions; no new ones begin.
    pub(in crate::gateway) fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.lock().clear();
    }

    /// Ends all sessions and waits until their consumers have left, within `deadline`.
    pub(in crate::gateway) async fn drain(&self, deadline: Duration) {
        self.stop();
        let all = u32::try_from(self.0.config.sessions).unwrap_or(u32::MAX);
        if timeout(deadline, self.0.places.acquire_many(all)).await.is_err() {
            let left = self.0.config.sessions - self.0.places.available_permits();
            tracing::warn!(sessions = left, "some sessions of the gateway did not leave their groups in time");
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Polled>>> {
        self.0.polled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("config", &self.0.config).finish_non_exhaustive()
    }
}
