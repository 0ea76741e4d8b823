//! What a request says of its records, and the way of one record into the producer.

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::deliveries::Deliveries;
use super::key;
use super::serializer::{Refused, Serialized, Serializer};
use super::tickets::{Settled, Ticket};
use crate::gateway::config::KeySource;
use crate::gateway::problem::Problem;
use crate::gateway::route::Route;
use crate::gateway::state::State;
use crate::kafka::topic_name::check_name;
use crate::kafka::{ANY_PARTITION, Headers, ProduceError, Record, Written};
use crate::registry::CachedSchema;
use crate::schema::Context;
use crate::transform::rejection::Rejection;
use crate::transform::{Step, Waiting};
use crate::wire::{KEY_HEADER, VALUE_HEADER};

/// How long a request sleeps before it looks again at what is not there yet.
const FIRST_NAP: Duration = Duration::from_millis(2);

/// The longest of these naps, each of which is twice the one before.
const LONGEST_NAP: Duration = Duration::from_millis(50);

/// How long a report may be late.
const LATE: Duration = Duration::from_secs(5);

/// What a request says of its records.
#[derive(Debug)]
pub(super) struct Job {
    state: State,
    pub(super) route: Arc<Route>,
    pub(super) topic: String,
    context: Context,
    headers: Vec<(CString, Vec<u8>)>,
    /// The key of all records, if it does not come from each.
    key: Option<Vec<u8>>,
}

/// A record that the producer has taken.
#[derive(Debug)]
pub(super) struct Taken {
    /// What its value was written with.
    pub(super) schema: Option<Arc<CachedSchema>>,
    /// What becomes of it.
    report: oneshot::Receiver<Settled>,
}

/// How far one attempt came.
enum Attempt {
    Taken(Taken),
    Pending(Waiting),
    Full,
}

/// How long records wait for a schema: those behind one that waited in vain do not wait again.
#[derive(Debug)]
pub(super) struct Patience {
    whole: Duration,
    left: Duration,
}

/// What is done when the producer takes no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// The record is refused.
    Refuse,
    /// It waits for room.
    #[expect(dead_code, reason = "for streams")]
    Wait,
}

impl Patience {
    pub(super) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }
}

impl Job {
    pub(super) fn new(state: &State, route: &Arc<Route>, topic: String, request: &Request) -> Result<Self, Problem> {
        check_name(&topic).map_err(|_| Problem::no_such_path())?;
        let headers = request.headers();
        let context = route.context(&topic, headers).map_err(|error| Problem::rejected(&Rejection::context(&error)))?;
        let mut kept = Vec::new();
        for (name, value) in headers {
            if let Some(name) = route.config.headers.name(name.as_str())
                && let Ok(name) = CString::new(name)
            {
                kept.push((name, value.as_bytes().to_vec()));
            }
        }
        let key = match &route.config.key_from {
            None => None,
            Some(from) => key::of_request(from, headers, request.uri())?,
        };
        Ok(Self { state: state.clone(), route: Arc::clone(route), topic, context, headers: kept, key })
    }

    /// Hands a record to the producer as soon as its schema is there. The serializer is kept by whoever gives it.
    pub(super) async fn take(
        &self,
        serializer: &mut Serializer,
        value: &[u8],
        patience: &mut Patience,
        when_full: WhenFull,
    ) -> Result<Taken, Problem> {
        let (started, mut nap) = (Instant::now(), FIRST_NAP);
        loop {
            match self.attempt(serializer, value)? {
                Attempt::Taken(taken) => {
                    patience.left = patience.whole;
                    return Ok(taken);
                }
                Attempt::Pending(waiting) if started.elapsed() >= patience.left => {
                    patience.left = Duration::ZERO;
                    return Err(Problem::unavailable(serializer.explain(&waiting)));
                }
                Attempt::Full if when_full == WhenFull::Refuse => {
                    return Err(Problem::not_taken(&ProduceError::QueueFull, &self.topic));
                }
                Attempt::Pending(_) | Attempt::Full => {}
            }
            sleep(nap).await;
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    fn attempt(&self, serializer: &mut Serializer, value: &[u8]) -> Result<Attempt, Problem> {
        let found;
        let (key, missing) = match &self.route.config.key_from {
            Some(KeySource::Pointer(pointer)) => {
                found = key::of_value(value, pointer).filter(|raw| raw.get() != "null");
                let bytes = found.map(|raw| match self.route.config.key.step {
                    Step::Pass => key::plain(raw),
                    Step::Encode(..) | Step::Decode(..) | Step::Verify(_) => raw.get().as_bytes().into(),
                });
                (bytes, found.is_none().then_some(pointer))
            }
            Some(KeySource::Header(_) | KeySource::Query(_)) | None => {
                (self.key.as_deref().map(std::borrow::Cow::Borrowed), None)
            }
        };
        let ready = match serializer.serialize(&self.route, &self.topic, &self.context, key.as_deref(), Some(value)) {
            Ok(ready) => ready,
            Err(Refused::Rejected(rejection)) => return Err(Problem::rejected(&rejection)),
            Err(Refused::Pending(waiting)) => return Ok(Attempt::Pending(waiting)),
        };
        if let Some(pointer) = missing {
            ready.measures.rejected.increment(1);
            let escaped = pointer.iter().map(|token| format!("/{}", token.replace('~', "~0").replace('/', "~1")));
            return Err(Problem::expected(escaped.collect(), "a key", "nothing"));
        }
        self.hand_over(&ready)
    }

    fn hand_over(&self, serialized: &Serialized<'_>) -> Result<Attempt, Problem> {
        let mut headers = self.record_headers(serialized)?;
        let Some(deliveries) = self.deliveries() else {
            return Err(Problem::unavailable("the gateway has no producer for this topic"));
        };
        let (waiter, report) = oneshot::channel();
        let ticket = Ticket { measures: Arc::clone(&serialized.measures), waiter: Some(waiter) };
        let (key, value) = (serialized.key, serialized.value);
        let record = Record { key, value, partition: ANY_PARTITION, timestamp: None };
        match deliveries.produce(&self.topic, record, &mut headers, ticket) {
            Ok(()) => Ok(Attempt::Taken(Taken { schema: serialized.schema.clone(), report })),
            Err(ProduceError::QueueFull) => Ok(Attempt::Full),
            Err(error) => {
                serialized.measures.failed.increment(1);
                Err(Problem::not_taken(&error, &self.topic))
            }
        }
    }

    fn deliveries(&self) -> Option<&Deliveries> {
        self.state.producing().deliveries.get(&self.route.config.acks)
    }

    /// The headers of a record: those of the request, and what names the schemas.
    fn record_headers(&self, serialized: &Serialized<'_>) -> Result<Option<Headers>, Problem> {
        let named = [(KEY_HEADER, serialized.key_header), (VALUE_HEADER, serialized.value_header)];
        let count = self.headers.len() + named.iter().filter(|(_, header)| header.is_some()).count();
        if count == 0 {
            return Ok(None);
        }
        let mut headers = Headers::with_capacity(count);
        let given = self.headers.iter().map(|(name, value)| (name.as_c_str(), value.as_slice()));
        for (name, value) in given.chain(named.into_iter().filter_map(|(name, header)| Some((name, header?)))) {
            let added = headers.add(name, Some(value));
            added.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("a header: {error}")))?;
        }
        Ok(Some(headers))
    }

    /// What became of a record that was taken.
    pub(super) async fn settled(&self, taken: &mut Taken) -> Result<Written, Problem> {
        let late = self.state.config().delivery_timeout + LATE;
        if let Ok(Ok(settled)) = timeout(late, &mut taken.report).await {
            return settled.map_err(|undelivered| Problem::undelivered(undelivered, &self.topic));
        }
        let detail = format!("topic {}: no report; it may have been written all the same", self.topic);
        Err(Problem::unavailable(detail))
    }

    /// How long this request's records wait for schemas.
    pub(super) fn patience(&self) -> Patience {
        Patience::new(self.state.producing().schema_timeout)
    }
}
