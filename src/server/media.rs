//! Media types: which ones the registry reads, and in which one it answers.

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};

/// What the registry answers in, with the weight that decides between types a client likes equally well.
pub(super) const ANSWERED: [(&str, f32); 3] = [
    ("application/vnd.schemaregistry.v1+json", 1.0),
    ("application/vnd.schemaregistry+json", 0.9),
    ("application/json", 0.5),
];

/// What the registry reads beside the types it answers in.
const OCTET_STREAM: &str = "application/octet-stream";

/// The media type of an answer when the client leaves the choice to the registry.
pub(super) const DEFAULT: HeaderValue = HeaderValue::from_static(ANSWERED[0].0);

/// Whether a request body is of a type that the registry reads; without the header it is.
pub(super) fn is_readable(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        let value = value.to_str().unwrap_or_default();
        let media_type = value.split(';').next().unwrap_or_default().trim();
        let mut readable = ANSWERED.iter().map(|(name, _)| *name).chain([OCTET_STREAM]);
        readable.any(|name| name.eq_ignore_ascii_case(media_type))
    })
}

/// The media type of the answer by the request's `Accept`
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-accept)); `None` if the client accepts none.
pub(super) fn negotiate(headers: &HeaderMap) -> Option<HeaderValue> {
    let ranges: Vec<(&str, f32)> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(range)
        .collect();
    if ranges.is_empty() {
        return Some(DEFAULT);
    }
    let mut best: Option<(&'static str, f32)> = None;
    for (name, weight) in ANSWERED {
        let score = quality(name, &ranges) * weight;
        if score > best.map_or(0.0, |(_, score)| score) {
            best = Some((name, score));
        }
    }
    best.map(|(name, _)| HeaderValue::from_static(name))
}

/// Splits `application/json;q=0.5` into the range and its quality.
fn range(text: &str) -> Option<(&str, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((name, quality.map_or(1.0, |quality| quality.parse().unwrap_or(0.0))))
}

/// The quality that the most specific matching range gives to a type; 0 if none matches.
fn quality(name: &str, ranges: &[(&str, f32)]) -> f32 {
    let of = |wanted: &str| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(wanted)).map(|(_, q)| *q);
    of(name).or_else(|| of("application/*")).or_else(|| of("*/*")).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(accept: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        negotiate(&headers).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_answer_is_of_a_type_that_the_client_accepts() {
        let v1 = Some("application/vnd.schemaregistry.v1+json".to_owned());
        let json = Some("application/json".to_owned());
        assert_eq!(negotiate(&HeaderMap::new()), Some(DEFAULT));
        for accept in [
            "",
            "*/*",
            "application/*",
            "text/html,*/*;q=0.1",
            "application/json, application/vnd.schemaregistry.v1+json",
            "application/vnd.schemaregistry.v1+json; q=0.9, application/json; q=0.5",
        ] {
            assert_eq!(answer(accept), v1, "{accept:?}");
        }
        for accept in ["application/json", "Application/JSON; charset=utf-8", "application/json, */*;q=0.1"] {
            assert_eq!(answer(accept), json, "{accept:?}");
        }
        assert_eq!(
            answer("application/vnd.schemaregistry+json").as_deref(),
            Some("application/vnd.schemaregistry+json")
        );
        for accept in ["text/html", "text/*", "application/json;q=0", "application/xml, application/json;q=x"] {
            assert_eq!(answer(accept), None, "{accept:?}");
        }
    }

    #[test]
    fn bodies_of_other_types_are_not_read() {
        let readable = |value| is_readable(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]));
        assert!(is_readable(&HeaderMap::new()));
        for value in ["application/json", "application/json; charset=utf-8", "application/vnd.schemaregistry.v1+json"] {
            assert!(readable(value), "{value}");
        }
        assert!(readable("application/octet-stream"));
        for value in ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"] {
            assert!(!readable(value), "{value}");
        }
    }
}
