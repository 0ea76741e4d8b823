//! What a record is made of: key, value and headers.

use std::borrow::Cow;

use axum::http::StatusCode;

use super::Job;
use crate::gateway::config::KeySource;
use crate::gateway::problem::Problem;
use crate::gateway::produce::key;
use crate::gateway::produce::serializer::Serialized;
use crate::kafka::{ANY_PARTITION, Headers};
use crate::transform::Step;
use crate::wire::{KEY_HEADER, VALUE_HEADER};

/// A record that is to be written.
#[derive(Debug)]
pub(in crate::gateway::produce) struct Parts<'a> {
    pub(in crate::gateway::produce) key: Option<Cow<'a, [u8]>>,
    pub(in crate::gateway::produce) value: Option<Cow<'a, [u8]>>,
    /// The partition's number, or any.
    pub(in crate::gateway::produce) partition: i32,
    /// Milliseconds since the Unix epoch; `None` is now.
    pub(in crate::gateway::produce) timestamp: Option<i64>,
}

impl Job {
    /// What a body holds, whatever its schema says.
    pub(super) fn parts<'a>(&'a self, body: &'a [u8]) -> Result<Parts<'a>, Problem> {
        let value = Some(self.shape.value(body)?);
        let key =
            match &self.route.config.key_from {
                Some(KeySource::Pointer(pointer)) => key::of_value(body, pointer)
                    .filter(|raw| raw.get() != "null")
                    .map(|raw| match self.route.config.key.step {
                        Step::Pass => key::plain(raw),
                        Step::Encode(..) | Step::Decode(..) | Step::Verify(_) => Cow::Borrowed(raw.get().as_bytes()),
                    }),
                Some(KeySource::Header(_) | KeySource::Query(_)) | None => self.key.as_deref().map(Cow::Borrowed),
            };
        Ok(Parts { key, value, partition: ANY_PARTITION, timestamp: None })
    }

    /// Where the key of a record was to come from, if it is not there.
    pub(super) fn missing_key(&self, parts: &Parts<'_>) -> Option<String> {
        match &self.route.config.key_from {
            Some(KeySource::Pointer(pointer)) if parts.key.is_none() && !self.is_batch => {
                let escaped = pointer.iter().map(|token| token.replace('~', "~0").replace('/', "~1"));
                Some(escaped.fold(String::new(), |path, token| path + "/" + &token))
            }
            _ => None,
        }
    }

    /// The headers of a record: those of the request, and what names the schemas.
    pub(super) fn record_headers(&self, serialized: &Serialized<'_>) -> Result<Option<Headers>, Problem> {
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
}
