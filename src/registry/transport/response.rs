//! What an HTTP response says: its body within a limit, its status, when to come back.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;

use crate::registry::error::{Answer, RegistryError};

/// The longest `Retry-After` that is honoured; a wrong clock or digit must not stop a pipeline for a day.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The body, or `None` if it is larger than `limit` bytes.
pub(in crate::registry) async fn bounded(
    response: &mut Response,
    limit: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > limit {
        return Ok(None);
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > limit - body.len() {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What a registry says beside a status that is no success.
#[derive(Default, Deserialize)]
struct ErrorBody {
    error_code: Option<u32>,
    #[serde(default)]
    message: String,
}

/// The error that a status other than success means.
pub(super) fn refusal(url: &Url, status: StatusCode, retry_after: Option<Duration>, body: &[u8]) -> RegistryError {
    let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let message = body.message.chars().filter(|c| !c.is_control()).take(300).collect();
    let answer = Answer { url: url.to_string(), status: status.as_u16(), code: body.error_code, message, retry_after };
    match status {
        StatusCode::TOO_MANY_REQUESTS => RegistryError::Unavailable(Box::new(answer)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => RegistryError::Denied(Box::new(answer)),
        status if status.is_server_error() => RegistryError::Unavailable(Box::new(answer)),
        _ => RegistryError::Refused(Box::new(answer)),
    }
}

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_and_bounded() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!(read("86400"), Some(MAX_RETRY_AFTER));
        assert_eq!(read("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
