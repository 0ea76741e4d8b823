//! The `registry:` section: where the registry is, how to prove who we are, how long to wait, how much to remember.

use std::time::Duration;

use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::QualifiedNames;
use crate::settings::{ByteSize, Faults, Period};

use super::auth::{Auth, RawAuth};
use super::tls::{RawTls, Tls};

/// Where schemas come from: a schema registry, reached over HTTP.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// The registry's URL, without a context in its path; a list means fail over, in that order. `embedded` runs one in
    /// this process. Default: `http://localhost:8081`.
    #[serde(default)]
    pub url: RawUrl,
    /// How to prove who we are: `none` (the default), or one of `basic`, `bearer` and `oauth2`.
    #[serde(default)]
    pub auth: RawAuth,
    /// Trust and client certificate of `https` URLs. By default the system's certificate authorities are trusted.
    #[serde(default)]
    pub tls: RawTls,
    /// How much is remembered, and for how long.
    #[serde(default)]
    pub cache: RawCache,
    /// How long the registry is asked again for an id that it does not know before the record is refused. Default: 5s.
    pub unknown_grace: Option<Period>,
    /// How long a connection may take. Default: 3s.
    pub connect_timeout: Option<Period>,
    /// How long a request may take from its start to the end of the answer. Default: 10s.
    pub request_timeout: Option<Period>,
    /// What is done about failed connections, timeouts, 429 and 5xx.
    #[serde(default)]
    pub retry: RawRetry,
    /// The largest answer that is read, and the largest schema together with all it refers to. Default: 16MiB.
    pub max_response_bytes: Option<ByteSize>,
    /// Requests under way at the same time. Default: 64.
    pub max_requests: Option<u32>,
    /// Whether the registry reads `:.context:subject` as a subject in a context. Off, every name is a literal of the
    /// default context. Default: true.
    pub qualified_subjects: Option<bool>,
}

/// One URL or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawUrl {
    /// One URL, or `embedded`.
    One(String),
    /// Several URLs of the same registry.
    Many(Vec<String>),
}

/// How much of the registry is remembered, and for how long.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawCache {
    /// Memory that the shared cache may take. Default: 64MiB.
    pub max_bytes: Option<ByteSize>,
    /// How long the latest version of a subject is used before the registry is asked again, in the background.
    /// Default: 30s.
    pub latest_ttl: Option<Period>,
    /// How long "not found" is remembered, give or take a quarter. Default: 5s.
    pub negative_ttl: Option<Period>,
}

/// What is done about requests that failed and may succeed in a moment.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawRetry {
    /// How often one request is sent before its failure counts; records wait on, and the request is sent again.
    /// Default: 3.
    pub attempts: Option<u32>,
    /// The pause before the second attempt, up to twice as long at random; it doubles with each further one.
    /// Default: 100ms.
    pub backoff: Option<Period>,
    /// The longest pause between attempts, unless the registry asks for more with `Retry-After`. Default: 10s.
    pub max_backoff: Option<Period>,
}

/// The validated section.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the registry is.
    pub location: Location,
    /// How to prove who we are.
    pub auth: Auth,
    /// Trust and client certificate.
    pub tls: Tls,
    /// How much is remembered, and for how long.
    pub cache: CacheConfig,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take from its start to the end of the answer.
    pub request_timeout: Duration,
    /// What is done about requests that failed and may succeed in a moment.
    pub retry: Retry,
    /// The largest answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// Requests under way at the same time.
    pub max_requests: usize,
    /// How the registry reads names.
    pub names: QualifiedNames,
}

/// Where the registry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In this process: whoever starts it fills in where it listens, with [`Config::at`].
    Embedded,
    /// At these base URLs, of which there is at least one; each is as good as the others.
    At(Vec<Url>),
}

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheConfig {
    /// Memory that the shared level may take, in bytes.
    pub max_bytes: u64,
    /// How long the latest version of a subject is used before the registry is asked again.
    pub latest_ttl: Duration,
    /// How long a refusal is remembered, give or take a quarter.
    pub negative_ttl: Duration,
    /// How long the registry is asked again for an id that it does not know.
    pub unknown_grace: Duration,
}

/// What is done about requests that failed and may succeed in a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often one request is sent before its failure counts.
    pub attempts: u32,
    /// The pause before the second attempt.
    pub backoff: Duration,
    /// The longest pause.
    pub max_backoff: Duration,
}

impl RawConfig {
    /// Checks everything, noting each fault at its key below `pointer`. Reads the files that hold secrets and certificates.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let location = self.url.validate(&format!("{pointer}/url"), faults);
        let auth = self.auth.validate(&format!("{pointer}/auth"), faults);
        let tls = self.tls.validate(&format!("{pointer}/tls"), faults);
        let unknown_grace = self.unknown_grace.map_or(Duration::from_secs(5), |period| period.0);
        let cache = self.cache.validate(&format!("{pointer}/cache"), unknown_grace, faults);
        let retry = self.retry.validate(&format!("{pointer}/retry"), faults);
        let mut timeout = |key: &str, period: Option<Period>, default: Duration| {
            let period = period.map_or(default, |period| period.0);
            if period.is_zero() {
                faults.note(format!("{pointer}/{key}"), "must be longer than 0");
            }
            period
        };
        let connect_timeout = timeout("connect_timeout", self.connect_timeout, Duration::from_secs(3));
        let request_timeout = timeout("request_timeout", self.request_timeout, Duration::from_secs(10));
        let max_response_bytes = self.max_response_bytes.map_or(16 << 20, |size| size.0);
        if max_response_bytes < 1024 {
            faults.note(format!("{pointer}/max_response_bytes"), "must be at least 1KiB");
        }
        let max_requests = self.max_requests.unwrap_or(64);
        if max_requests == 0 {
            faults.note(format!("{pointer}/max_requests"), "must be at least 1");
        }
        Some(Config {
            location: location?,
            auth: auth?,
            tls: tls?,
            cache: cache?,
            connect_timeout,
            request_timeout,
            retry: retry?,
            max_response_bytes: usize::try_from(max_response_bytes).unwrap_or(usize::MAX),
            max_requests: usize::try_from(max_requests).unwrap_or(usize::MAX),
            names: if self.qualified_subjects.unwrap_or(true) { QualifiedNames::On } else { QualifiedNames::Off },
        })
    }
}

impl Default for RawUrl {
    fn default() -> Self {
        Self::One("http://localhost:8081".to_owned())
    }
}

impl RawUrl {
    fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Location> {
        match self {
            Self::One(text) if text == "embedded" => Some(Location::Embedded),
            Self::One(text) => Some(Location::At(vec![base_url(&text, pointer, faults)?])),
            Self::Many(texts) => {
                if texts.is_empty() {
                    faults.note(pointer, "must name at least one URL");
                    return None;
                }
                let count = texts.len();
                let urls: Vec<Url> = texts
                    .iter()
                    .enumerate()
                    .filter_map(|(index, text)| base_url(text, &format!("{pointer}/{index}"), faults))
                    .collect();
                (urls.len() == count).then_some(Location::At(urls))
            }
        }
    }
}

/// Reads a base URL. Never repeats the text in a fault: it may hold a password.
fn base_url(text: &str, pointer: &str, faults: &mut Faults) -> Option<Url> {
    let fault = match Url::parse(text) {
        Err(error) => format!("not a URL ({error}): write it like http://registry:8081"),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => {
            "must start with http:// or https://: write it like http://registry:8081".to_owned()
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            "must not hold a user name or password: put them into registry.auth.basic".to_owned()
        }
        Ok(url) if url.query().is_some() || url.fragment().is_some() => "must not have a query or fragment".to_owned(),
        // Its ids would be those of another context than the one we believe to ask.
        Ok(url) if url.path_segments().is_some_and(|mut segments| segments.any(|segment| segment == "contexts")) => {
            "must not choose a context: leave out /contexts/… and say `context:` where the schema is used".to_owned()
        }
        Ok(url) => return Some(url),
    };
    faults.note(pointer, fault);
    None
}

impl RawCache {
    fn validate(self, pointer: &str, unknown_grace: Duration, faults: &mut Faults) -> Option<CacheConfig> {
        let max_bytes = self.max_bytes.map_or(64 << 20, |size| size.0);
        let latest_ttl = self.latest_ttl.map_or(Duration::from_secs(30), |period| period.0);
        let enough = max_bytes >= 1 << 20;
        if !enough {
            faults.note(format!("{pointer}/max_bytes"), "must be at least 1MiB");
        }
        let rare = latest_ttl >= Duration::from_millis(100);
        if !rare {
            faults.note(format!("{pointer}/latest_ttl"), "must be at least 100ms");
        }
        (enough && rare).then_some(CacheConfig {
            max_bytes,
            latest_ttl,
            negative_ttl: self.negative_ttl.map_or(Duration::from_secs(5), |period| period.0),
            unknown_grace,
        })
    }
}

impl RawRetry {
    fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Retry> {
        let attempts = self.attempts.unwrap_or(3);
        let backoff = self.backoff.map_or(Duration::from_millis(100), |period| period.0);
        let max_backoff = self.max_backoff.map_or(Duration::from_secs(10), |period| period.0);
        let counted = (1..=20).contains(&attempts);
        if !counted {
            faults.note(format!("{pointer}/attempts"), "must be between 1 and 20");
        }
        let apart = backoff >= Duration::from_millis(1);
        if !apart {
            faults.note(format!("{pointer}/backoff"), "must be at least 1ms");
        }
        let ordered = backoff.checked_mul(2).is_some_and(|twice| twice <= max_backoff);
        if !ordered {
            faults.note(format!("{pointer}/max_backoff"), "must be at least twice as long as backoff");
        }
        (counted && apart && ordered).then_some(Retry { attempts, backoff, max_backoff })
    }
}

impl Config {
    /// The same settings for a registry at `url`: where the embedded one turned out to listen.
    #[must_use]
    pub fn at(mut self, url: Url) -> Self {
        self.location = Location::At(vec![url]);
        self
    }
}

#[cfg(test)]
mod tests;
