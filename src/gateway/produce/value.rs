//! What a record's value is made of: the body as it was sent, or with something around or in it.

use std::borrow::Cow;

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::gateway::config::{HeaderRules, RouteConfig};
use crate::gateway::problem::Problem;

/// What a record's value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// The body as it was sent.
    AsSent,
    /// An object, of which the body is the last member; this is what stands before it.
    Envelope(String),
    /// The body, an object, with these members at its beginning.
    Fields(String),
}

impl Shape {
    /// The shape that a route asks for, for a request.
    pub(super) fn of(route: &RouteConfig, method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        if route.envelope {
            return Self::Envelope(envelope(method, uri, headers, &route.headers));
        }
        match &route.log {
            Some(log) if !log.fields.is_empty() => Self::Fields(log.fields.clone()),
            Some(_) | None => Self::AsSent,
        }
    }

    /// The value that is made of a body.
    pub(super) fn value<'a>(&self, body: &'a [u8]) -> Result<Cow<'a, [u8]>, Problem> {
        match self {
            Self::AsSent => Ok(Cow::Borrowed(body)),
            Self::Envelope(before) => {
                // More than one value would become members of the envelope.
                check(body)?;
                Ok(Cow::Owned([before.as_bytes(), body, b"}"].concat()))
            }
            Self::Fields(fields) => {
                check(body)?;
                let inside = body
                    .trim_ascii()
                    .strip_prefix(b"{")
                    .ok_or_else(|| Problem::expected(String::new(), "an object", "something else"))?;
                let comma = if inside.trim_ascii_start().starts_with(b"}") { "" } else { "," };
                Ok(Cow::Owned([b"{", fields.as_bytes(), comma.as_bytes(), inside].concat()))
            }
        }
    }
}

/// Fails where a body is not one JSON value.
fn check(body: &[u8]) -> Result<(), Problem> {
    let whole: Result<IgnoredAny, _> = serde_json::from_slice(body);
    whole.map(drop).map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("not JSON: {error}")))
}

/// All of an envelope that stands before the body.
fn envelope(method: &Method, uri: &Uri, headers: &HeaderMap, rules: &HeaderRules) -> String {
    let mut named: Vec<(&str, Vec<Value>)> = Vec::new();
    for (name, value) in headers {
        let Some(name) = rules.name(name.as_str()) else { continue };
        let value = Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
        match named.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => named.push((name, vec![value])),
        }
    }
    let headers: serde_json::Map<String, Value> =
        named.into_iter().map(|(name, values)| (name.to_owned(), Value::Array(values))).collect();
    let text = |text: &str| Value::String(text.to_owned());
    let uri = uri.path_and_query().map_or("/", |uri| uri.as_str());
    format!(r#"{{"method":{},"uri":{},"headers":{},"body":"#, text(method.as_str()), text(uri), Value::Object(headers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(shape: &Shape, body: &str) -> Result<String, u16> {
        let value = shape.value(body.as_bytes()).map_err(|problem| problem.status().as_u16())?;
        Ok(String::from_utf8(value.into_owned()).unwrap())
    }

    #[test]
    fn fields_are_the_first_members() {
        let shape = Shape::Fields(r#""host":"a","n":1"#.into());
        assert_eq!(value(&shape, r#"{"x": {}}"#).unwrap(), r#"{"host":"a","n":1,"x": {}}"#);
        assert_eq!(value(&shape, " { } ").unwrap(), r#"{"host":"a","n":1 }"#);
        assert_eq!(value(&shape, "[]"), Err(422));
        for broken in ["", "{", "{} {}", r#"{"x"}"#] {
            assert_eq!(value(&shape, broken), Err(400), "{broken}");
        }
    }

    #[test]
    fn a_body_stays_in_its_envelope() {
        let shape = Shape::Envelope(r#"{"method":"POST","body":"#.into());
        assert_eq!(value(&shape, "[1.50]").unwrap(), r#"{"method":"POST","body":[1.50]}"#);
        assert_eq!(value(&shape, r#"1,"method":"PUT""#), Err(400));
        assert_eq!(value(&shape, ""), Err(400));
    }
}
