//! `/subjects`: the list, and what is asked of a subject as a whole.

use axum::Json;
use axum::extract::State;

use super::super::Registry;
use super::super::names::{SubjectPrefix, printed};
use super::super::registration::Submission;
use super::super::request::{Parameters, Payload, Segments};
use super::{Answer, Body, blocking, in_format};

/// `GET /subjects`: of all contexts, unless `subjectPrefix` says which.
pub(super) async fn list(State(registry): State<Registry>, parameters: Parameters) -> Answer<Vec<String>> {
    let names = registry.names();
    let prefix = parameters
        .text("subjectPrefix")
        .map_or_else(|| SubjectPrefix::everything(names), |text| SubjectPrefix::parse(text, names));
    let store = registry.read();
    let mut subjects: Vec<String> =
        store.subjects(&prefix, parameters.list_visibility()).map(|name| printed(&name, names)).collect();
    // As text: qualified names come before letters.
    subjects.sort_unstable();
    parameters.page(subjects).map(Json)
}

/// `POST /subjects/{subject}`: the version that holds this schema.
pub(super) async fn look_up(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
    Payload(submission): Payload<Submission>,
) -> Answer<Body> {
    let submission = Submission { form: parameters.form(), ..submission };
    let (visibility, names) = (parameters.visibility(), registry.names());
    let asked = registry.clone();
    let held = blocking(move || asked.look_up(&subject, submission, visibility)).await?;
    let held = in_format(&registry, held, &parameters).await?;
    Ok(Json(Body::whole(&held, names)))
}

/// `GET /subjects/{subject}/metadata?key=…&value=…`: the latest version with all these properties.
pub(super) async fn by_metadata(
    State(registry): State<Registry>,
    Segments(subject): Segments<String>,
    parameters: Parameters,
) -> Answer<Body> {
    let names = registry.names();
    let name = registry.subject(&subject)?;
    let properties: Vec<(&str, &str)> = parameters.all("key").zip(parameters.all("value")).collect();
    let held = registry.read().by_properties(&name, &properties, parameters.visibility())?;
    Ok(Json(Body::whole(&held, names)))
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
