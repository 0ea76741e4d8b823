//! The topic that a request's path names.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Problem;

/// The topic that a request's path names, whether it is served or not.
#[derive(Debug)]
pub(super) struct Topic(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Topic {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // Only what is not UTF-8 has no text.
        let read: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, state).await;
        read.map(|Path(topic)| Self(topic)).map_err(|_| Problem::no_such_path())
    }
}
