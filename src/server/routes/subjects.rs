//! `/subjects`: the list, and what is asked of a subject as a whole.

use axum::Json;
use axum::extract::State;

use super::super::Registry;
use super::super::names::SubjectPrefix;
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::{Answer, Body, blocking};

/// `GET /subjects`: of all contexts, unless `subjectPrefix` says which.
pub(super) async fn list(State(registry): State<Registry>, parameters: Parameters) -> Answer<Vec<String>> {
    let prefix = parameters
        .text("subjectPrefix")
        .map_or_else(SubjectPrefix::everything, |text| SubjectPrefix::parse(text, registry.names()));
    let mut names: Vec<String> =
        registry.read().subjects(&prefix, parameters.list_visibility()).map(|name| name.to_string()).collect();
    // As text: qualified names come before letters.
    names.sort_unstable();
    parameters.page(names).map(Json)
}

/// `POST /subjects/{subject}`: the version that holds this schema.
pub(super) async fn look_up(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Body> {
    let (form, visibility) = (parameters.form(), parameters.visibility());
    let submission = Submission { form, ..submission };
    let held = blocking(move || registry.look_up(&subject, submission, visibility)).await?;
    Ok(Json(Body::whole(&held)))
}

/// `DELETE /subjects/{subject}`: all its versions.
pub(super) async fn delete(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<i32>> {
    let permanent = parameters.flag("permanent");
    blocking(move || registry.delete_subject(&subject, permanent)).await.map(Json)
}
