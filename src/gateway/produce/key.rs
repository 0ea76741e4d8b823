//! Keys out of bodies, headers and queries.

use std::borrow::Cow;
use std::fmt;

use axum::http::{HeaderMap, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::gateway::config::KeySource;
use crate::gateway::problem::Problem;

/// The key that a request names for all of its records, if that is where keys come from.
pub(super) fn of_request(from: &KeySource, headers: &HeaderMap, uri: &Uri) -> Result<Option<Vec<u8>>, Problem> {
    let missing = |what: String| Problem::new(StatusCode::BAD_REQUEST, format!("the key is missing: {what}"));
    match from {
        KeySource::Pointer(_) => Ok(None),
        KeySource::Header(name) => {
            let value = headers.get(name.as_str()).ok_or_else(|| missing(format!("there is no header '{name}'")))?;
            Ok(Some(value.as_bytes().to_vec()))
        }
        KeySource::Query(name) => {
            let value = parameter(uri.query().unwrap_or_default(), name);
            Ok(Some(value.ok_or_else(|| missing(format!("there is no parameter '{name}'")))?))
        }
    }
}

/// The first parameter of this name, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Option<Vec<u8>> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).collect::<Vec<u8>>();
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name.as_bytes()).then(|| decode(value))
    })
}

/// The part of a JSON text that a pointer names, as it is written there; `None` if it is not there, or the text is not
/// JSON: whoever needs that says it better.
pub(super) fn of_value<'a>(json: &'a [u8], pointer: &[String]) -> Option<&'a RawValue> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    Walk { tokens: pointer }.deserialize(&mut deserializer).ok().flatten()
}

/// A key as bytes, where it has no format: a string's text, or else the JSON.
pub(super) fn plain(key: &RawValue) -> Cow<'_, [u8]> {
    match serde_json::from_str::<String>(key.get()) {
        Ok(text) => Cow::Owned(text.into_bytes()),
        Err(_) => Cow::Borrowed(key.get().as_bytes()),
    }
}

/// The way from a value to one of its parts.
#[derive(Clone, Copy)]
struct Walk<'t> {
    tokens: &'t [String],
}

/// The next part on the way, and the way from there.
struct Step<'t> {
    token: &'t str,
    rest: Walk<'t>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.tokens.split_first() {
            None => serde::Deserialize::deserialize(deserializer).map(Some),
            Some((token, tokens)) => deserializer.deserialize_any(Step { token, rest: Walk { tokens } }),
        }
    }
}

impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(is_it) = map.next_key_seed(IsName(self.token))? {
            if is_it && found.is_none() {
                found = map.next_value_seed(self.rest)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let wanted = Some(self.token).filter(|token| *token == "0" || !token.starts_with('0'));
        let wanted = wanted.and_then(|token| token.parse::<usize>().ok());
        let (mut found, mut index) = (None, 0);
        loop {
            if wanted == Some(index) {
                let Some(part) = items.next_element_seed(self.rest)? else { break };
                found = part;
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
            index += 1;
        }
        Ok(found)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Whether a member has this name; copies none.
struct IsName<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for IsName<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsName<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str, pointer: &str) -> Option<String> {
        let tokens: Vec<String> = pointer.split('/').skip(1).map(str::to_owned).collect();
        of_value(json.as_bytes(), &tokens).map(|raw| raw.get().to_owned())
    }

    #[test]
    fn a_part_is_found_as_it_is_written() {
        let json =
            r#"{"x": {"a/b": 1}, "id": 123456789012345678901234567890.50, "é\n": ["z", {"q": "\u00fc"}], "n": null}"#;
        for (pointer, part) in [
            ("/id", Some("123456789012345678901234567890.50")),
            ("/é\n/0", Some("\"z\"")),
            ("/é\n/1/q", Some("\"\\u00fc\"")),
            ("/é\n/01", None),
            ("/é\n/2", None),
            ("/é\n/-", None),
            ("/n", Some("null")),
            ("/n/x", None),
            ("/id/0", None),
            ("/nothing", None),
        ] {
            assert_eq!(found(json, pointer).as_deref(), part, "{pointer}");
        }
        assert_eq!(found(r#"{"id": 1"#, "/id"), None);
        assert_eq!(found(r#"{"id": 1, "id": 2}"#, "/id").as_deref(), Some("1"));
        assert_eq!(found(&"[".repeat(100_000), "/0/0"), None);
    }

    #[test]
    fn a_key_without_a_format_is_a_strings_text_or_json() {
        for (json, bytes) in
            [(r#""a\nü""#, "a\nü"), ("12.50", "12.50"), ("true", "true"), (r#"{"a": 1}"#, r#"{"a": 1}"#)]
        {
            let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
            assert_eq!(&*plain(&raw), bytes.as_bytes(), "{json}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        assert_eq!(parameter("a=1&k%65y=x+y%2Bz&key=2", "key").as_deref(), Some(&b"x y+z"[..]));
        assert_eq!(parameter("key", "key").as_deref(), Some(&b""[..]));
        assert_eq!(parameter("", "key"), None);
    }
}
