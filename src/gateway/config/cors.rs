//! Pages of other origins that may make requests.

use std::time::Duration;

use axum::http::Uri;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Names;
use crate::settings::{Faults, Period};

/// Pages of other origins that may make requests: [CORS](https://fetch.spec.whatwg.org/#http-cors-protocol).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCors {
    /// The origins, such as `https://shop.example`; one that starts with `^` is a pattern, and `*` alone means all.
    pub origins: Vec<String>,
    /// Whether a browser may send along what it has for us by itself: certificates, and passwords that it has asked for.
    /// Default: false.
    #[serde(default)]
    pub credentials: bool,
    /// How long a browser may remember that it may. Default: 10m.
    pub max_age: Option<Period>,
}

/// Pages of other origins that may make requests, checked.
#[derive(Debug, Clone)]
pub struct Cors {
    /// The origins; `None`: all.
    pub origins: Option<Names>,
    /// Whether browsers may send along what they have.
    pub credentials: bool,
    /// How long a browser may remember that it may.
    pub max_age: Duration,
}

impl Cors {
    /// Whether pages of this origin may make requests.
    pub(in crate::gateway) fn allows(&self, origin: &str) -> bool {
        self.origins.as_ref().is_none_or(|origins| origins.contains(origin))
    }
}

impl RawCors {
    pub(super) fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Cors> {
        let max_age = self.max_age.map_or(Duration::from_secs(600), |period| period.0);
        let at = format!("{pointer}/origins");
        if self.origins == ["*"] {
            if self.credentials {
                faults.note(format!("{pointer}/credentials"), "no browser sends them where all origins are allowed");
            }
            return Some(Cors { origins: None, credentials: false, max_age });
        }
        if self.origins.is_empty() {
            faults.note(at.as_str(), "no origin is allowed: name some, or leave `cors` out");
        }
        let origins = Names::validate(self.origins, &at, faults, |origin| {
            let message = || format!("'{origin}' is no origin, such as https://shop.example or http://localhost:3000");
            (!is_origin(origin)).then(message)
        });
        Some(Cors { origins: Some(origins?), credentials: self.credentials, max_age })
    }
}

/// Whether a text is an origin as browsers write it: scheme, host in lower case, and a port that is not the usual one.
fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let is_plain = !rest.contains(['/', '?', '#', '@', '*']) && !rest.contains(char::is_uppercase);
    matches!(scheme, "http" | "https")
        && is_plain
        && !rest.ends_with(usual)
        && text.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Cors, Vec<String>> {
        let raw: RawCors = serde_json::from_str(text).unwrap();
        let mut faults = Faults::default();
        let cors = raw.validate("", &mut faults).filter(|_| faults.is_empty());
        cors.ok_or_else(|| faults.into_vec().into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn an_origin_is_what_browsers_send() {
        let cors = read(r#"{"origins": ["https://shop.example", "^https://[a-z]+\\.example\\.org$"]}"#).unwrap();
        for (origin, is_allowed) in [
            ("https://shop.example", true),
            ("https://a.example.org", true),
            ("https://a.example.org.evil.example", false),
            ("http://shop.example", false),
            ("https://shop.example:8443", false),
            ("null", false),
        ] {
            assert_eq!(cors.allows(origin), is_allowed, "{origin}");
        }
        assert!(read(r#"{"origins": ["*"]}"#).unwrap().allows("null"));
        for origin in ["http://localhost:3000", "https://[::1]:80"] {
            assert!(is_origin(origin), "{origin}");
        }
        let wrong =
            ["https://a/", "a.example", "ftp://a", "https://", "https://A", "https://a:443", "https://*.a", "null"];
        for origin in wrong.into_iter().chain(["http://a:80", "https://a b", "https://a@b", "https://:1", "*"]) {
            assert!(!is_origin(origin), "{origin}");
        }
    }

    #[test]
    fn what_no_browser_would_do_is_refused() {
        let faults = |text| read(text).unwrap_err();
        assert_eq!(faults(r#"{"origins": []}"#), ["/origins"]);
        assert_eq!(faults(r#"{"origins": ["*", "https://a", "^("]}"#), ["/origins/0", "/origins/2"]);
        assert_eq!(faults(r#"{"origins": ["*"], "credentials": true}"#), ["/credentials"]);
    }
}
