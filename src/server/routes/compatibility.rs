//! `/compatibility`: whether a schema could be the next version of a subject.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::super::Registry;
use super::super::compatibility::Against;
use super::super::lookup::Selector;
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::{Answer, blocking};

/// The code of what is no schema, or refers to what is not there.
const INVALID_SCHEMA: u32 = 42201;

/// The verdict, with `verbose` with its reasons.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    is_compatible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<String>>,
}

/// `POST /compatibility/subjects/{subject}/versions`: with the versions that the subject's level asks for.
pub(super) async fn all(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Verdict> {
    test(registry, subject, Against::All, &parameters, submission).await
}

/// `POST /compatibility/subjects/{subject}/versions/{version}`
pub(super) async fn one(
    State(registry): State<Registry>,
    Segments((subject, version)): Segments<(String, String)>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Verdict> {
    let against = Against::Version(Selector::parse(&version)?);
    test(registry, subject, against, &parameters, submission).await
}

async fn test(
    registry: Registry,
    subject: String,
    against: Against,
    parameters: &Parameters,
    submission: Submission,
) -> Answer<Verdict> {
    let verbose = parameters.flag("verbose");
    let submission = Submission { form: parameters.form(), ..submission };
    let tested = blocking(move || registry.test_compatibility(&subject, against, submission)).await;
    let messages = match tested {
        Ok(messages) => messages,
        // Who asks for reasons gets this one too.
        Err(error) if verbose && error.code() == INVALID_SCHEMA => vec![error.to_string()],
        Err(error) => return Err(error),
    };
    Ok(Json(Verdict { is_compatible: messages.is_empty(), messages: verbose.then_some(messages) }))
}
