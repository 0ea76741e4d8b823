//! The base URL `/contexts/{context}/…`: every client becomes aware of contexts by its registry URL alone.
//!
//! A request under it is rewritten, before routing, into the same request with qualified names. That happens on the raw
//! path, so that `%2F` in a subject stays one segment. A name that is qualified already keeps its own context.

use std::borrow::Cow;

use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::error::Error;
use crate::schema::{Context, NameError, QualifiedNames};

/// Everything that could end a path segment or a query value.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b':');

/// Where the context goes in a request.
enum Place {
    /// Before the path segment with this index, or behind the last one as a name for the whole context.
    Segment(usize),
    /// Before the value of this query parameter.
    Parameter(&'static str),
    /// Nowhere: the request means the same in every context.
    Nowhere,
}

/// The request that a path under `/contexts/{context}/` stands for; `None` for any other path.
pub(super) fn rewrite(uri: &Uri, names: QualifiedNames) -> Result<Option<Uri>, Error> {
    let Some((context, rest)) = uri.path().strip_prefix("/contexts/").and_then(|path| path.split_once('/')) else {
        return Ok(None);
    };
    if context.is_empty() || rest.is_empty() {
        return Ok(None);
    }
    if names == QualifiedNames::Off {
        return Err(Error::ContextsOff);
    }
    let prefix = prefix(context)?;
    let mut segments: Vec<Cow<'_, str>> = rest.split('/').map(Cow::from).collect();
    let mut query = uri.query().map(Cow::from);
    match place(&segments) {
        Place::Nowhere => {}
        Place::Parameter(name) => query = Some(qualify_parameter(query.as_deref(), name, &prefix).into()),
        Place::Segment(at) => match segments.get_mut(at) {
            None => segments.push(prefix.into()),
            Some(segment) if segment.is_empty() || is_qualified(segment) => {}
            Some(segment) => *segment = format!("{prefix}{segment}").into(),
        },
    }
    let path = segments.join("/");
    let target = query.map_or_else(|| format!("/{path}"), |query| format!("/{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(target).map_err(|_| Error::NoSuchPath)?);
    Uri::from_parts(parts).map(Some).map_err(|_| Error::NoSuchPath)
}

/// `staging`, `.staging` and `:.staging:`, percent-encoded or not, as the prefix `:.staging:`, percent-encoded.
fn prefix(segment: &str) -> Result<String, Error> {
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| Error::InvalidContext(segment.to_owned()))?;
    let prefix = match Context::parse(&decoded) {
        Ok(context) => format!(":{context}:"),
        // It has a mode and a compatibility level; the routes refuse it as a place for schemas.
        Err(NameError::Global) => format!(":{}:", Context::GLOBAL),
        Err(NameError::Colon(name)) => return Err(Error::ContextWithColon(name)),
        Err(NameError::Control(name)) => return Err(Error::InvalidContext(name)),
    };
    Ok(utf8_percent_encode(&prefix, ESCAPED).to_string())
}

fn place(segments: &[Cow<'_, str>]) -> Place {
    let texts: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    match texts.as_slice() {
        ["config" | "mode"] | ["config" | "mode", _] => Place::Segment(1),
        ["schemas" | "subjects"] => Place::Parameter("subjectPrefix"),
        ["schemas", "ids", ..] => Place::Parameter("subject"),
        ["schemas" | "contexts", ..] => Place::Nowhere,
        // Wherever it stands: `/compatibility/subjects/{s}/…` too. A subject may itself be called `subjects`.
        _ => match texts.iter().position(|text| *text == "subjects") {
            Some(at) if at + 1 < texts.len() => Place::Segment(at + 1),
            _ => Place::Nowhere,
        },
    }
}

fn qualify_parameter(query: Option<&str>, name: &str, prefix: &str) -> String {
    let mut found = false;
    let mut pairs: Vec<Cow<'_, str>> = Vec::new();
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if percent_decode_str(key).decode_utf8_lossy() != name {
            pairs.push(pair.into());
            continue;
        }
        found = true;
        pairs.push(if is_qualified(value) { pair.into() } else { format!("{name}={prefix}{value}").into() });
    }
    if !found {
        pairs.push(format!("{name}={prefix}").into());
    }
    pairs.join("&")
}

/// Whether a raw segment or value names its context (or all of them) by itself.
fn is_qualified(raw: &str) -> bool {
    let text = percent_decode_str(raw).decode_utf8_lossy();
    text.starts_with(":.") || text.starts_with(":*:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(uri: &str) -> String {
        let uri: Uri = uri.parse().unwrap();
        rewrite(&uri, QualifiedNames::On).unwrap().unwrap_or(uri).to_string()
    }

    fn refused(uri: &str) -> Error {
        rewrite(&uri.parse().unwrap(), QualifiedNames::On).unwrap_err()
    }

    #[test]
    fn every_spelling_of_a_context_is_the_same() {
        for context in ["staging", ".staging", ":.staging:", "%3A.staging%3A", "%2Estaging"] {
            assert_eq!(
                rewritten(&format!("/contexts/{context}/subjects/s/versions")),
                "/subjects/:.staging:s/versions"
            );
        }
        assert_eq!(rewritten("/contexts/:.:/subjects/s"), "/subjects/:.:s");
        assert_eq!(rewritten("/contexts/a%20b%C3%A9/subjects/s"), "/subjects/:.a%20b%C3%A9:s");
    }

    #[test]
    fn subjects_are_qualified_wherever_they_stand() {
        for (uri, expected) in [
            ("/contexts/.c/subjects/a%2Fb%3Ac?deleted=true", "/subjects/:.c:a%2Fb%3Ac?deleted=true"),
            ("/contexts/.c/subjects/s/versions/1/schema", "/subjects/:.c:s/versions/1/schema"),
            ("/contexts/.c/compatibility/subjects/s/versions/latest", "/compatibility/subjects/:.c:s/versions/latest"),
            ("/contexts/.c/subjects/subjects/versions", "/subjects/:.c:subjects/versions"),
            ("/contexts/.c/subjects/contexts", "/subjects/:.c:contexts"),
            ("/contexts/.c/config/s", "/config/:.c:s"),
            ("/contexts/.c/mode", "/mode/:.c:"),
            ("/contexts/.c/config?defaultToGlobal=true", "/config/:.c:?defaultToGlobal=true"),
            ("/contexts/.__GLOBAL/mode", "/mode/:.__GLOBAL:"),
        ] {
            assert_eq!(rewritten(uri), expected);
        }
    }

    #[test]
    fn lists_and_ids_take_the_context_as_a_parameter() {
        for (uri, expected) in [
            ("/contexts/.c/subjects", "/subjects?subjectPrefix=:.c:"),
            ("/contexts/.c/subjects?subjectPrefix=my-&deleted=true", "/subjects?subjectPrefix=:.c:my-&deleted=true"),
            ("/contexts/.c/subjects?subjectPrefix=%3A*%3Amy-", "/subjects?subjectPrefix=%3A*%3Amy-"),
            ("/contexts/.c/schemas?latestOnly=true", "/schemas?latestOnly=true&subjectPrefix=:.c:"),
            ("/contexts/.c/schemas/ids/1", "/schemas/ids/1?subject=:.c:"),
            ("/contexts/.c/schemas/ids/1/versions?subject=s%26t", "/schemas/ids/1/versions?subject=:.c:s%26t"),
            ("/contexts/.c/schemas/ids/1?subject=%3A.d%3As", "/schemas/ids/1?subject=%3A.d%3As"),
            ("/contexts/.c/schemas/ids/1?sub%6Aect", "/schemas/ids/1?subject=:.c:"),
        ] {
            assert_eq!(rewritten(uri), expected);
        }
    }

    #[test]
    fn a_qualified_name_keeps_its_context() {
        assert_eq!(rewritten("/contexts/.c/subjects/%3A.test-ctx%3As"), "/subjects/%3A.test-ctx%3As");
        assert_eq!(rewritten("/contexts/.c/subjects/:.d:s/versions"), "/subjects/:.d:s/versions");
        assert_eq!(rewritten("/contexts/.c/subjects/:d:s/versions"), "/subjects/:.c::d:s/versions");
    }

    #[test]
    fn what_means_the_same_everywhere_only_loses_the_prefix() {
        for (uri, expected) in [
            ("/contexts/.c/schemas/types", "/schemas/types"),
            ("/contexts/.c/schemas/guids/x", "/schemas/guids/x"),
            ("/contexts/.c/contexts", "/contexts"),
            ("/contexts/.c/associations/resources/-/t?x=1", "/associations/resources/-/t?x=1"),
        ] {
            assert_eq!(rewritten(uri), expected);
        }
    }

    #[test]
    fn only_the_first_segment_triggers() {
        for uri in ["/contexts", "/contexts/.c", "/contexts/.c/", "/subjects/contexts/versions", "/subjects", "/"] {
            assert_eq!(rewritten(uri), uri);
        }
    }

    #[test]
    fn a_context_that_cannot_be_one_is_refused() {
        assert_eq!(refused("/contexts/foo:bar/subjects"), Error::ContextWithColon("foo:bar".into()));
        assert_eq!(
            refused("/contexts/foo%3Abar/subjects").to_string(),
            "Context name 'foo:bar' cannot contain a colon"
        );
        assert_eq!(refused("/contexts/a%0Ab/subjects"), Error::InvalidContext("a\nb".into()));
        assert_eq!(refused("/contexts/%FF/subjects"), Error::InvalidContext("%FF".into()));
    }

    #[test]
    fn with_qualified_names_off_no_context_can_be_named() {
        let uri: Uri = "/contexts/.c/subjects/s/versions".parse().unwrap();
        assert_eq!(rewrite(&uri, QualifiedNames::Off), Err(Error::ContextsOff));
    }
}
