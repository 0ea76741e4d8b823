//! What a request says of its records, and the way of one record into the producer.

mod parts;

pub(super) use parts::Parts;

use std::ffi::CString;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::Form;
use super::key;
use super::serializer::{Given, Refused, Serialized, Serializer, Target};
use super::value::Shape;
use crate::gateway::deliveries::{Deliveries, Settled, Ticket, Waiter};
use crate::gateway::problem::Problem;
use crate::gateway::route::Route;
use crate::gateway::state::State;
use crate::kafka::topic_name::check_name;
use crate::kafka::{ProduceError, Record, Written};
use crate::registry::CachedSchema;
use crate::schema::{Context, SchemaId};
use crate::transform::rejection::Rejection;
use crate::transform::{Step, Waiting};

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
    deliveries: Arc<Deliveries>,
    pub(super) route: Arc<Route>,
    pub(super) topic: String,
    context: Context,
    headers: Vec<(CString, Vec<u8>)>,
    shape: Shape,
    /// What the request says of its schemas.
    given: Given,
    /// Whether each record says its own key.
    is_batch: bool,
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

impl Taken {
    /// Whether it is known what became of it.
    pub(super) fn is_settled(&self) -> bool {
        !self.report.is_empty()
    }
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
    Wait,
}

impl Patience {
    pub(super) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }
}

impl Job {
    /// A job for a request whose body has this form. The records of a batch say their own keys.
    pub(super) fn new(
        state: &State,
        route: &Arc<Route>,
        topic: String,
        request: &Request,
        form: Form,
    ) -> Result<Self, Problem> {
        check_name(&topic).map_err(|_| Problem::no_such_path())?;
        let is_batch = matches!(form, Form::Batch(_));
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
            Some(from) if !is_batch => key::of_request(from, headers, request.uri())?,
            Some(_) | None => None,
        };
        let shape = Shape::of(&route.config, request.method(), request.uri(), headers);
        let deliveries = deliveries(state, route, form)?;
        let (state, route, given) = (state.clone(), Arc::clone(route), Given::default());
        Ok(Self { state, deliveries, route, topic, context, headers: kept, shape, given, is_batch, key })
    }

    /// Key and value are written with these schemas, if there are any, and Avro's unions have tags or not.
    pub(super) fn say_schemas(&mut self, key: Option<u32>, value: Option<u32>, tagged: bool) -> Result<(), Problem> {
        let id = |id: Option<u32>, part: &str, step: Step| match id {
            None => Ok(None),
            Some(_) if step == Step::Pass => {
                let detail = format!("{part}s of this topic have no schema: leave {part}_schema_id out");
                Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
            }
            Some(number) => SchemaId::new(number).map(Some).ok_or_else(|| {
                Problem::expected(format!("/{part}_schema_id"), "a schema's id", &format!("number {number}"))
            }),
        };
        let (key_step, value_step) = (self.route.config.key.step, self.route.config.value.step);
        self.given = Given { key: id(key, "key", key_step)?, value: id(value, "value", value_step)?, tagged };
        Ok(())
    }

    /// Fails where a record can't be written, once its schema is there; writes nothing.
    pub(super) async fn check(
        &self,
        serializer: &mut Serializer,
        parts: &Parts<'_>,
        patience: &Patience,
    ) -> Result<(), Problem> {
        let (started, mut nap) = (Instant::now(), FIRST_NAP);
        loop {
            let waiting = match self.serialize(serializer, parts) {
                Ok(_) => return Ok(()),
                Err(Refused::Rejected(rejection)) => return Err(Problem::rejected(&rejection)),
                Err(Refused::Pending(waiting)) => waiting,
            };
            if started.elapsed() >= patience.left {
                return Err(Problem::unavailable(serializer.give_up(&waiting)));
            }
            sleep(nap).await;
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    /// Hands a record to the producer as soon as its schema is there.
    pub(super) async fn take_alone(&self, body: &[u8], when_full: WhenFull) -> Result<Taken, Problem> {
        let pool = &self.state.producing().pool;
        let mut serializer = pool.take();
        let taken = self.take_body(&mut serializer, body, &mut self.patience(), when_full).await;
        pool.put_back(serializer);
        taken
    }

    /// The same with a serializer that the caller has.
    pub(super) async fn take_body(
        &self,
        serializer: &mut Serializer,
        body: &[u8],
        patience: &mut Patience,
        when_full: WhenFull,
    ) -> Result<Taken, Problem> {
        match self.parts(body) {
            Ok(parts) => self.take(serializer, &parts, patience, when_full).await,
            Err(problem) => {
                serializer.measures(self.target()).rejected.increment(1);
                Err(problem)
            }
        }
    }

    /// The same for a record whose parts are known.
    pub(super) async fn take(
        &self,
        serializer: &mut Serializer,
        parts: &Parts<'_>,
        patience: &mut Patience,
        when_full: WhenFull,
    ) -> Result<Taken, Problem> {
        let (mut started, mut nap) = (None, FIRST_NAP);
        loop {
            // Mostly it is taken at once, and nobody looks at the clock.
            match self.attempt(serializer, parts)? {
                Attempt::Taken(taken) => {
                    patience.left = patience.whole;
                    return Ok(taken);
                }
                Attempt::Pending(waiting) if started.get_or_insert_with(Instant::now).elapsed() >= patience.left => {
                    patience.left = Duration::ZERO;
                    return Err(Problem::unavailable(serializer.give_up(&waiting)));
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

    /// Whose records these are.
    fn target(&self) -> Target<'_> {
        Target { route: &self.route, topic: &self.topic, context: &self.context, given: self.given }
    }

    fn serialize<'a>(&self, serializer: &'a mut Serializer, parts: &'a Parts<'_>) -> Result<Serialized<'a>, Refused> {
        serializer.serialize(self.target(), parts.key.as_deref(), parts.value.as_deref())
    }

    fn attempt(&self, serializer: &mut Serializer, parts: &Parts<'_>) -> Result<Attempt, Problem> {
        let ready = match self.serialize(serializer, parts) {
            Ok(ready) => ready,
            Err(Refused::Rejected(rejection)) => return Err(Problem::rejected(&rejection)),
            Err(Refused::Pending(waiting)) => return Ok(Attempt::Pending(waiting)),
        };
        if let Some(pointer) = self.missing_key(parts) {
            ready.measures.rejected.increment(1);
            return Err(Problem::expected(pointer, "a key", "nothing"));
        }
        let mut headers = self.record_headers(&ready)?;
        let (waiter, report) = oneshot::channel();
        let ticket = Ticket { measures: Some(Arc::clone(&ready.measures)), waiter: Waiter::Request(waiter) };
        let Parts { partition, timestamp, .. } = *parts;
        let record = Record { key: ready.key, value: ready.value, partition, timestamp };
        match self.deliveries.produce(&self.topic, record, &mut headers, ticket) {
            Ok(()) => Ok(Attempt::Taken(Taken { schema: ready.schema, report })),
            Err(ProduceError::QueueFull) => Ok(Attempt::Full),
            Err(error) => {
                ready.measures.failed.increment(1);
                Err(Problem::not_taken(&error, &self.topic))
            }
        }
    }

    /// What became of a record that was taken.
    pub(super) async fn settled(&self, taken: &mut Taken) -> Result<Written, Problem> {
        let settled = if let Ok(settled) = taken.report.try_recv() {
            // Mostly so in a stream: then no clock is set.
            Some(settled)
        } else {
            let late = self.state.config().delivery_timeout + LATE;
            timeout(late, &mut taken.report).await.ok().and_then(Result::ok)
        };
        if let Some(settled) = settled {
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

/// What writes the records of a request whose body has this form.
fn deliveries(state: &State, route: &Route, form: Form) -> Result<Arc<Deliveries>, Problem> {
    let (producers, acks) = (&state.producing().producers, route.config.acks);
    let found = match form {
        Form::Lines => producers.of_streams(acks).map_err(|error| error.to_string()),
        Form::Single | Form::Batch(_) => {
            producers.of_requests(acks).cloned().ok_or_else(|| "there is no producer for this topic".to_owned())
        }
    };
    found.map_err(Problem::unavailable)
}
