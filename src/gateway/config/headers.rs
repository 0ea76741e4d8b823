//! Which headers of a request become headers of a record.

use std::collections::BTreeMap;

use axum::http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::Faults;

/// Which headers of a request become headers of its records.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawHeaders {
    /// Names, or beginnings of names with a `*` behind them; `*` is all. Default: `traceparent`, `tracestate` and
    /// `x-request-id`. Whatever a `*` matches, it takes no credentials along, and none of HTTP's own headers.
    pub include: Option<Vec<String>>,
    /// Names or beginnings of names that are left out all the same.
    pub exclude: Vec<String>,
    /// The record's names for headers that are called otherwise in the request.
    pub rename: BTreeMap<String, String>,
}

/// Which headers of a request become headers of its records, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderRules {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    rename: BTreeMap<String, String>,
}

/// A header's name, or how it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Name(String),
    Prefix(String),
}

/// What says who sent the request to others than us: it has no place in a record.
const CREDENTIALS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "set-cookie"];

/// What is about the request's body and its way here, and means nothing behind that.
const OF_HTTP: [&str; 15] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// What names the schemas of key and value: whoever writes these sets them.
const OF_SCHEMAS: [&str; 2] = ["__key_schema_id", "__value_schema_id"];

/// What a record gets where the config says nothing: what links it to the request that brought it.
const INCLUDED: [&str; 3] = ["traceparent", "tracestate", "x-request-id"];

impl HeaderRules {
    /// What the record calls the request's header of this name; `None` if it is left out.
    pub fn name<'a>(&'a self, header: &'a str) -> Option<&'a str> {
        let is_included = self.include.iter().any(|pattern| match pattern {
            Pattern::Name(name) => name == header,
            Pattern::Prefix(prefix) => {
                header.starts_with(prefix.as_str()) && !CREDENTIALS.contains(&header) && !OF_HTTP.contains(&header)
            }
        });
        if !is_included || OF_SCHEMAS.contains(&header) || self.exclude.iter().any(|pattern| pattern.matches(header)) {
            return None;
        }
        Some(self.rename.get(header).map_or(header, String::as_str))
    }
}

impl Pattern {
    fn matches(&self, header: &str) -> bool {
        match self {
            Self::Name(name) => name == header,
            Self::Prefix(prefix) => header.starts_with(prefix.as_str()),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(prefix) = text.strip_suffix('*') {
            let legal = prefix.is_empty() || HeaderName::try_from(prefix).is_ok();
            return legal.then(|| Self::Prefix(prefix.to_ascii_lowercase())).ok_or_else(|| illegal(text));
        }
        HeaderName::try_from(text).map(|name| Self::Name(name.as_str().to_owned())).map_err(|_| illegal(text))
    }
}

fn illegal(text: &str) -> String {
    format!("'{text}' is neither a header's name nor the beginning of one with a * behind it")
}

impl RawHeaders {
    /// Checks them. `of_context` is the header that says the context: whoever reads the records needs it, too.
    pub(super) fn validate(self, of_context: Option<&str>, pointer: &str, faults: &mut Faults) -> Option<HeaderRules> {
        let mut include = self.include.unwrap_or_else(|| INCLUDED.map(str::to_owned).to_vec());
        include.extend(of_context.map(str::to_owned));
        let include = patterns(&include, &format!("{pointer}/include"), faults);
        let exclude = patterns(&self.exclude, &format!("{pointer}/exclude"), faults);
        for (index, pattern) in include.iter().flatten().enumerate() {
            if matches!(pattern, Pattern::Name(name) if CREDENTIALS.contains(&name.as_str())) {
                faults.note(format!("{pointer}/include/{index}"), "credentials have no place in a record");
            }
        }
        let mut rename = BTreeMap::new();
        for (name, to) in self.rename {
            let at = format!("{pointer}/rename/{}", name.replace('~', "~0").replace('/', "~1"));
            if to.is_empty() || to.contains('\0') || OF_SCHEMAS.contains(&to.as_str()) {
                faults.note(&at, format!("'{to}' can't be a header of a record"));
            }
            if let Some(Pattern::Name(name)) = faults.take(at, Pattern::parse(&name)) {
                rename.insert(name, to);
            }
        }
        Some(HeaderRules { include: include?, exclude: exclude?, rename })
    }
}

fn patterns(texts: &[String], pointer: &str, faults: &mut Faults) -> Option<Vec<Pattern>> {
    let parse = |(index, text): (usize, &String)| faults.take(format!("{pointer}/{index}"), Pattern::parse(text));
    let found: Vec<_> = texts.iter().enumerate().filter_map(parse).collect();
    (found.len() == texts.len()).then_some(found)
}
