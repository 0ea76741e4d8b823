//! Reading a request: path segments, query parameters and the body, each refused with the registry's own errors.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Error;
use super::media;
use super::store::Visibility;
use crate::schema::{Form, SchemaId};

/// What a request body may take, in bytes: the largest schema with room for its escapes as a JSON string.
const MAX_BODY_BYTES: usize = 4 << 20;

/// How much of a larger one is read, in bytes: who has not sent everything does not look for the answer.
const MAX_DISCARDED_BYTES: usize = 64 << 20;

/// The variable segments of the path, percent-decoded once.
pub(super) struct Segments<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(segments) = Path::from_request_parts(parts, state).await.map_err(|_| Error::NoSuchPath)?;
        Ok(Self(segments))
    }
}

/// The subject in the path; on a path without one, the empty name, which stands for the default context.
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let segment = Option::<Path<String>>::from_request_parts(parts, state).await;
        let segment = segment.map_err(|_| Error::NoSuchPath)?;
        Ok(Self(segment.map_or_else(String::new, |Path(name)| name)))
    }
}

/// A schema id in the path: what is no number is no path of this API.
pub(super) fn schema_id(segment: &str) -> Result<SchemaId, Error> {
    let id: i32 = segment.parse().map_err(|_| Error::NoSuchPath)?;
    u32::try_from(id).ok().and_then(SchemaId::new).ok_or(Error::IdNotFound(id))
}

/// The query parameters. Unknown ones are ignored.
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Query(pairs) = Query::try_from_uri(&parts.uri).map_err(|_| Error::NoSuchPath)?;
        Ok(Self(pairs))
    }
}

impl Parameters {
    /// A parameter as text; of several the first.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// A parameter that may be there several times.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter as a yes or no: `true` in any case is yes (some clients send `True`), all else no.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// What `deleted` asks to be shown.
    pub(super) fn visibility(&self) -> Visibility {
        Visibility::with_deleted(self.flag("deleted"))
    }

    /// What `normalize` asks for.
    pub(super) fn form(&self) -> Form {
        if self.flag("normalize") { Form::Normalized } else { Form::Written }
    }

    /// What `deleted` and `deletedOnly` ask to be shown in a list.
    pub(super) fn list_visibility(&self) -> Visibility {
        if self.flag("deletedOnly") { Visibility::Deleted } else { self.visibility() }
    }

    /// The part of a list that `offset` and `limit` ask for; without a positive limit, all behind the offset.
    pub(super) fn page<T>(&self, items: impl IntoIterator<Item = T>) -> Result<Vec<T>, Error> {
        self.page_up_to(usize::MAX, items)
    }

    /// The same, with at most `most` items: also without a limit, or with a higher one.
    pub(super) fn page_up_to<T>(&self, most: usize, items: impl IntoIterator<Item = T>) -> Result<Vec<T>, Error> {
        let offset = self.number("offset")?.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
        let limit = self
            .number("limit")?
            .and_then(|limit| usize::try_from(limit).ok())
            .filter(|limit| (1..=most).contains(limit));
        Ok(items.into_iter().skip(offset).take(limit.unwrap_or(most)).collect())
    }

    fn number(&self, name: &'static str) -> Result<Option<i64>, Error> {
        self.text(name).map(|value| value.parse().map_err(|_| Error::MalformedParameter(name))).transpose()
    }
}

/// A JSON body, of a type and size that the registry reads.
pub(super) struct Payload<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Payload<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        if !media::is_readable(request.headers()) {
            return Err(Error::UnsupportedMediaType);
        }
        let body = read(request.into_body()).await?;
        if body.trim_ascii().is_empty() {
            return Err(Error::EmptyBody);
        }
        let payload: Option<T> =
            serde_json::from_slice(&body).map_err(|error| Error::MalformedBody(error.to_string()))?;
        payload.map(Self).ok_or(Error::EmptyBody)
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut total = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        // Trailers say nothing here.
        let Ok(data) = frame.map_err(|_| Error::UnreadableBody)?.into_data() else { continue };
        total += data.len();
        if total <= MAX_BODY_BYTES {
            bytes.extend_from_slice(&data);
        } else if total <= MAX_DISCARDED_BYTES {
            bytes = Vec::new();
        } else {
            break;
        }
    }
    if total > MAX_BODY_BYTES { Err(Error::SchemaTooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        let uri = format!("/?{query}").parse().unwrap();
        let Query(pairs) = Query::try_from_uri(&uri).unwrap();
        Parameters(pairs)
    }

    #[test]
    fn a_page_is_cut_by_offset_and_limit() {
        let page = |query: &str| parameters(query).page(1..=5);
        assert_eq!(page("").unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(page("offset=2&limit=2").unwrap(), [3, 4]);
        assert_eq!(page("offset=-1&limit=-1").unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(page("limit=0").unwrap(), [1, 2, 3, 4, 5]);
        assert_eq!(page("offset=9").unwrap(), [0; 0]);
        assert_eq!(page("limit=x"), Err(Error::MalformedParameter("limit")));
        for query in ["", "limit=4", "limit=0"] {
            assert_eq!(parameters(query).page_up_to(3, 1..=5).unwrap(), [1, 2, 3], "{query}");
        }
    }

    #[test]
    fn flags_are_true_in_any_case() {
        let flag = |query: &str| parameters(query).flag("deleted");
        assert!(flag("deleted=true") && flag("deleted=True") && flag("x=1&deleted=TRUE"));
        assert!(!flag("") && !flag("deleted") && !flag("deleted=1") && !flag("deleted=yes"));
    }

    #[test]
    fn an_id_is_a_number_or_no_path() {
        assert_eq!(schema_id("0").unwrap().get(), 0);
        assert_eq!(schema_id("2147483647").unwrap().get(), 2_147_483_647);
        assert_eq!(schema_id("-1"), Err(Error::IdNotFound(-1)));
        for text in ["x", "", "1.0", "2147483648"] {
            assert_eq!(schema_id(text), Err(Error::NoSuchPath), "{text:?}");
        }
    }
}
