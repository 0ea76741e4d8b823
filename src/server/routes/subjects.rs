//! `/subjects`: the list, and what is asked of a subject as a whole.

use axum::Json;
use axum::extract::State;

use super::super::Registry;
use super::super::names::SubjectPrefix;
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::{Answer, Body};

/// `GET /subjects`: of all contexts, unless `subjectPrefix` says which.
pub(super) async fn list(State(registry): State<Registry>, parameters: Parameters) -> Answer<Vec<String>> {
    let prefix = parameters
        .text("subjectPrefix")
        .map_or_else(SubjectPrefix::everything, |text| SubjectPrefix::parse(text, registry.names));
    let names = registry.read().subjects(&prefix, parameters.list_visibility());
    parameters.page(names).map(Json)
}

/// `POST /subjects/{subject}`: the version that holds this schema.
pub(super) async fn look_up(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Body> {
    let submission = Submission { form: parameters.form(), ..submission };
    let held = registry.look_up(&subject, submission, parameters.visibility())?;
    Ok(Json(Body::whole(&held)))
}

/// `DELETE /subjects/{subject}`: all its versions.
pub(super) async fn delete(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Vec<i32>> {
    registry.delete_subject(&subject, parameters.flag("permanent")).map(Json)
}
