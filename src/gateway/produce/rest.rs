//! Batches in the form of Confluent's REST Proxy,
//! [v2](https://docs.confluent.io/platform/current/kafka-rest/api.html#post--topics-(string-topic_name)).
//!
//! The ids of schemas are those of the route's context, and have to be versions of its subject. Each record is answered for
//! on its own, unless the batch is `atomic`: then one that its schema refuses keeps out all of them.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::body;
use super::job::{Job, Parts, Taken, WhenFull};
use super::key;
use crate::gateway::problem::Problem;
use crate::gateway::state::State;
use crate::gateway::whole;
use crate::kafka::ANY_PARTITION;
use crate::schema::Identifier;
use crate::transform::{Framed, Step};

/// The media type of answers.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.kafka.v2+json");

/// How keys and values stand in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Embedded {
    /// As JSON, in whatever format the route has.
    Json,
    /// As base64, without a schema.
    Binary,
    /// As JSON, in this format alone.
    Framed(Framed),
}

/// A batch as it is sent.
#[derive(Debug, Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    records: Vec<Entry<'a>>,
    #[serde(default, deserialize_with = "whole::optional")]
    key_schema_id: Option<u32>,
    #[serde(default, deserialize_with = "whole::optional")]
    value_schema_id: Option<u32>,
    key_schema: Option<IgnoredAny>,
    value_schema: Option<IgnoredAny>,
    #[serde(default)]
    atomic: bool,
}

/// A record as it is sent.
#[derive(Debug, Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    key: Option<&'a RawValue>,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "whole::optional")]
    partition: Option<i32>,
    #[serde(default, deserialize_with = "whole::optional")]
    timestamp: Option<i64>,
}

/// What is said of a batch.
#[derive(Debug, Serialize)]
struct Answer {
    offsets: Vec<Told>,
    key_schema_id: Option<u32>,
    value_schema_id: Option<u32>,
}

/// What is said of a record.
#[derive(Debug, Default, Serialize)]
struct Told {
    partition: Option<i32>,
    offset: Option<i64>,
    error_code: Option<u8>,
    error: Option<String>,
}

impl Embedded {
    /// What a media type says; none if it is not one of these.
    pub(super) fn of(media_type: &str) -> Option<Self> {
        let name = media_type.strip_prefix("application/vnd.kafka.")?.strip_suffix("+json")?;
        match name.strip_suffix(".v2")? {
            "json" => Some(Self::Json),
            "binary" => Some(Self::Binary),
            "avro" => Some(Self::Framed(Framed::Avro)),
            "jsonschema" => Some(Self::Framed(Framed::Json)),
            "protobuf" => Some(Self::Framed(Framed::Protobuf)),
            _ => None,
        }
    }

    /// Fails where a route's records are of another format.
    fn check(self, step: Step) -> Result<(), Problem> {
        let fits = match (self, step) {
            (Self::Json, _) => true,
            (Self::Binary, step) => step == Step::Pass,
            (Self::Framed(wanted), Step::Encode(framed, _)) => wanted == framed,
            (Self::Framed(_), _) => false,
        };
        let detail = "the values of this topic are of another format";
        if fits { Ok(()) } else { Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)) }
    }
}

/// Writes a batch.
pub(super) async fn produce(
    state: &State,
    job: Job,
    embedded: Embedded,
    request: Request,
) -> Result<Response, Problem> {
    let status = if job.route.config.wait { StatusCode::OK } else { StatusCode::ACCEPTED };
    let answer = answer(state, job, embedded, request).await?;
    Ok((status, [(CONTENT_TYPE, MEDIA_TYPE)], Json(answer)).into_response())
}

async fn answer(state: &State, mut job: Job, embedded: Embedded, request: Request) -> Result<Answer, Problem> {
    embedded.check(job.route.config.value.step)?;
    let body = body::read(state, request.into_body()).await?;
    let unreadable = |error: serde_json::Error| Problem::new(StatusCode::BAD_REQUEST, format!("no batch: {error}"));
    let batch: Batch<'_> = serde_json::from_slice(&body.bytes).map_err(unreadable)?;
    if batch.key_schema.is_some() || batch.value_schema.is_some() {
        let detail = "schemas are not registered here: give key_schema_id and value_schema_id";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    job.say_schemas(batch.key_schema_id, batch.value_schema_id, embedded == Embedded::Framed(Framed::Avro))?;
    let all: Vec<_> = batch.records.iter().map(|entry| parts(&job, embedded, entry)).collect();
    let (mut patience, pool) = (job.patience(), &state.producing().pool);
    let mut serializer = pool.take();
    if batch.atomic {
        for (index, parts) in all.iter().enumerate() {
            let checked = match parts {
                Ok(parts) => job.check(&mut serializer, parts, &patience).await,
                Err(problem) => Err(problem.clone()),
            };
            checked.map_err(|problem| problem.of_record(index))?;
        }
    }
    let mut taken = Vec::with_capacity(all.len());
    for parts in &all {
        taken.push(match parts {
            Ok(parts) => job.take(&mut serializer, parts, &mut patience, WhenFull::Wait).await,
            Err(problem) => Err(problem.clone()),
        });
    }
    pool.put_back(serializer);
    let (mut offsets, mut value_schema_id) = (Vec::with_capacity(taken.len()), batch.value_schema_id);
    for taken in taken {
        offsets.push(settle(&job, taken, &mut value_schema_id).await);
    }
    Ok(Answer { offsets, key_schema_id: batch.key_schema_id, value_schema_id })
}

/// Key and value of a record.
fn parts<'a>(job: &Job, embedded: Embedded, entry: &Entry<'a>) -> Result<Parts<'a>, Problem> {
    let partition = entry.partition.unwrap_or(ANY_PARTITION);
    if entry.partition.is_some_and(|partition| partition < 0) {
        let found = format!("number {partition}");
        return Err(Problem::expected("/partition".to_owned(), "a partition's number", &found));
    }
    let value = entry.value.map(|value| embedded.bytes(value, "/value")).transpose()?;
    let key = match entry.key {
        None => None,
        // Where keys have no format they are what they are in any other request.
        Some(key) if matches!(embedded, Embedded::Framed(_)) && job.route.config.key.step == Step::Pass => {
            Some(key::plain(key))
        }
        Some(key) => Some(embedded.bytes(key, "/key")?),
    };
    Ok(Parts { key, value, partition, timestamp: entry.timestamp })
}

impl Embedded {
    fn bytes<'a>(self, json: &'a RawValue, pointer: &str) -> Result<Cow<'a, [u8]>, Problem> {
        if self != Self::Binary {
            return Ok(Cow::Borrowed(json.get().as_bytes()));
        }
        let text: Option<Cow<'_, str>> = serde_json::from_str(json.get()).ok();
        let bytes = text.and_then(|text| STANDARD.decode(text.as_bytes()).ok());
        bytes.map(Cow::Owned).ok_or_else(|| Problem::expected(pointer.to_owned(), "base64", "something else"))
    }
}

/// What is said of a record, once that is known.
async fn settle(job: &Job, taken: Result<Taken, Problem>, value_schema_id: &mut Option<u32>) -> Told {
    let written = match taken {
        Ok(mut taken) => {
            if let Some(Identifier::Id(id)) = taken.schema.as_ref().map(|schema| schema.label.id) {
                value_schema_id.get_or_insert(id.get());
            }
            if job.route.config.wait { job.settled(&mut taken).await.map(Some) } else { Ok(None) }
        }
        Err(problem) => Err(problem),
    };
    match written {
        Ok(Some(written)) => Told { partition: Some(written.partition), offset: written.offset, ..Told::default() },
        Ok(None) => Told::default(),
        Err(problem) => {
            // 1: the record; 2: try again.
            let code = if problem.is_worth_retrying() { 2 } else { 1 };
            Told { error_code: Some(code), error: Some(problem.detail().to_owned()), ..Told::default() }
        }
    }
}
