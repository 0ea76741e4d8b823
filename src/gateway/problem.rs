//! What is refused, and why: [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::codec::{Violation, ViolationKind};
use crate::kafka::{Code, ProduceError, Undelivered};
use crate::registry::Label;
use crate::schema::{Context, Identifier, Subject};
use crate::transform::rejection::{Reason, Rejection};

/// The media type of a problem.
pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Seconds after which it may be worth while to try again.
const TRY_AGAIN: HeaderValue = HeaderValue::from_static("1");

/// Why a request, or one record of it, was refused. It may hold values of the record: it belongs in answers, not in logs.
/// One word, so that results stay small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Problem(Box<Body>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Body {
    /// Where the record stands in a stream, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    title: &'static str,
    #[serde(serialize_with = "number")]
    status: StatusCode,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Departure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<SchemaName>,
    /// What clients of Confluent's REST Proxy look at.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// How a client may prove who it is.
    #[serde(skip)]
    challenge: Option<&'static str>,
}

/// One departure of a record from its schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Departure {
    pointer: String,
    expected: String,
    found: String,
    message: String,
}

/// Which schema a record was written by, or was to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SchemaName {
    context: String,
    id: SchemaNumber,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
}

/// What names a schema in its context: a number, or the text of a GUID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum SchemaNumber {
    Id(u32),
    Guid(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl SchemaName {
    /// The name of a schema.
    pub(super) fn of(label: &Label) -> Self {
        let subject = label.subject.as_ref().map(Subject::to_string);
        Self { subject, version: label.version, ..Self::new(&label.context, label.id) }
    }

    /// The name of a schema of which no more is known.
    pub(super) fn new(context: &Context, id: Identifier) -> Self {
        let id = match id {
            Identifier::Id(id) => SchemaNumber::Id(id.get()),
            Identifier::Guid(guid) => SchemaNumber::Guid(guid.to_string()),
        };
        Self { context: context.to_string(), id, subject: None, version: None }
    }
}

impl Departure {
    fn of(violation: &Violation) -> Self {
        let Violation { pointer, expected, found, .. } = violation;
        let message = format!("expected {expected}, found {found}");
        Self { pointer: pointer.clone(), expected: expected.clone(), found: found.clone(), message }
    }
}

impl Problem {
    /// A problem of this status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem");
        let (errors, detail) = (Vec::new(), detail.into());
        let (line, schema, error_code, message, challenge) = Default::default();
        Self(Box::new(Body { line, title, status, detail, errors, schema, error_code, message, challenge }))
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What is wrong, in words.
    pub(super) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Whether the same record may be taken later.
    pub(super) fn is_worth_retrying(&self) -> bool {
        matches!(self.status(), StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS)
    }

    /// The problem of one record of a batch, counted from 0.
    pub(super) fn of_record(mut self, index: usize) -> Self {
        self.0.detail = format!("record {index}: {}", self.0.detail);
        self
    }

    /// The same, with the members that clients of Confluent's REST Proxy look at, and
    /// [its codes](https://docs.confluent.io/platform/current/kafka-rest/api.html#errors).
    pub(super) fn for_rest_proxy(mut self) -> Self {
        let code = match self.status() {
            StatusCode::NOT_FOUND => 40_401,
            StatusCode::UNPROCESSABLE_ENTITY if !self.0.errors.is_empty() => 42_203,
            StatusCode::SERVICE_UNAVAILABLE => 50_003,
            status => status.as_u16().into(),
        };
        (self.0.error_code, self.0.message) = (Some(code), Some(self.0.detail.clone()));
        self
    }

    /// The problem as JSON.
    pub(super) fn to_json(&self) -> Vec<u8> {
        // Only a map whose keys are no strings could fail to become JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// No such path.
    pub(super) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing at this path")
    }

    /// A topic that is not served.
    pub(super) fn no_such_topic(topic: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no topic '{topic}' is served here"))
    }

    /// The client has to say who it is.
    pub(super) fn unauthorized(challenge: &'static str) -> Self {
        let mut problem = Self::new(StatusCode::UNAUTHORIZED, "credentials are missing, or not known");
        problem.0.challenge = Some(challenge);
        problem
    }

    /// More is under way than there may be.
    pub(super) fn overload(what: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, what)
    }

    /// Registry or broker are away.
    pub(super) fn unavailable(why: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
    }

    /// The problem of one record of a stream.
    pub(super) fn at(mut self, line: u64) -> Self {
        self.0.line = Some(line);
        self
    }

    /// A value that was expected and is not there, or is of another kind.
    pub(super) fn expected(pointer: String, expected: &str, found: &str) -> Self {
        let message = format!("expected {expected}, found {found}");
        let detail = format!("{pointer}: {message}");
        let departure = Departure { pointer, expected: expected.to_owned(), found: found.to_owned(), message };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        problem.0.errors = vec![departure];
        problem
    }

    /// A record that its schema refuses.
    pub(super) fn rejected(rejection: &Rejection) -> Self {
        let status = match rejection.reason {
            Reason::Violation(ViolationKind::Syntax) | Reason::Context => StatusCode::BAD_REQUEST,
            Reason::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::Violation(_)
            | Reason::Frame
            | Reason::UnknownSchema
            | Reason::WrongSubject
            | Reason::UnusableSchema
            | Reason::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let text = rejection.to_string();
        let mut problem = Self::new(status, text.trim_start_matches(": "));
        problem.0.errors = rejection.violations.iter().map(Departure::of).collect();
        problem.0.schema = rejection.schema.as_ref().map(SchemaName::of);
        problem
    }

    /// A record that the producer does not take.
    pub(super) fn not_taken(error: &ProduceError, topic: &str) -> Self {
        match error {
            ProduceError::QueueFull => Self::overload("more records are on their way than there may be"),
            ProduceError::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, format!("topic {topic}: {error}")),
            ProduceError::Failed(_) => Self::unavailable(format!("topic {topic}: {error}")),
            ProduceError::Other(code) => Self::of_code(*code, topic, "it was not written"),
        }
    }

    /// A record that was not delivered.
    pub(super) fn undelivered(undelivered: Undelivered, topic: &str) -> Self {
        let fate =
            if undelivered.maybe_written { "it may have been written all the same" } else { "it was not written" };
        Self::of_code(undelivered.code, topic, fate)
    }

    fn of_code(code: Code, topic: &str, fate: &str) -> Self {
        let status = match code {
            Code::UNKNOWN_TOPIC_LOCAL | Code::UNKNOWN_TOPIC_OR_PARTITION | Code::UNKNOWN_PARTITION_LOCAL => {
                StatusCode::NOT_FOUND
            }
            Code::MESSAGE_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            Code::INVALID_RECORD => StatusCode::UNPROCESSABLE_ENTITY,
            Code::QUEUE_FULL => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let what = match code {
            Code::UNKNOWN_TOPIC_LOCAL | Code::UNKNOWN_TOPIC_OR_PARTITION => "there is no such topic".to_owned(),
            code => code.to_string(),
        };
        Self::new(status, format!("topic {topic}: {what}; {fate}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, is_worth_retrying) = (self.status(), self.is_worth_retrying());
        let mut response = (status, [(CONTENT_TYPE, MEDIA_TYPE)], self.to_json()).into_response();
        let headers = response.headers_mut();
        if is_worth_retrying {
            headers.insert(RETRY_AFTER, TRY_AGAIN);
        }
        if let Some(challenge) = self.0.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
