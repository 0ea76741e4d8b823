//! One question to the registry, over HTTP: credentials, limits, fail over, retries, and precise errors.
//!
//! Only `GET` is spoken here, so that every request may be sent again.

mod response;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Response, Url};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::auth::Auth;
use super::config::{Config, Location, Retry};
use super::error::RegistryError;
use super::measures::RequestMeasures;
pub(super) use response::bounded;
use response::{refusal, retry_after};

/// What a registry may answer in (section "Content types" of its API).
const MEDIA_TYPES: &str =
    "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json";

/// How much of an error's body is read, in bytes.
const MAX_ERROR_BODY: usize = 64 << 10;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// What to ask for: a path below the base URL, and parameters.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// Percent-encoded, with a leading slash.
    path: String,
    query: Vec<(&'static str, String)>,
}

/// A connection to a registry, at one of several URLs.
pub(super) struct Transport {
    http: reqwest::Client,
    bases: Vec<Url>,
    /// Index of the base URL that answered last.
    preferred: AtomicUsize,
    /// Whether the last round failed at every URL; to log changes alone.
    down: AtomicBool,
    auth: Auth,
    backoff: ExponentialBuilder,
    permits: Semaphore,
    connect_timeout: Duration,
    request_timeout: Duration,
    pub(super) max_response_bytes: usize,
    measures: RequestMeasures,
}

impl Resource {
    /// A path made of `segments`, each percent-encoded as a whole.
    pub(super) fn new(segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            encode(segment, &mut path);
        }
        Self { path, query: Vec::new() }
    }

    /// The same with a parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The resource below `base`.
    fn at(&self, base: &Url) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}{}", base.path().trim_end_matches('/'), self.path));
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986. Slashes must not split a name, and servers take `;` for
/// the start of a parameter, so nothing is left to a URL library's idea of what a path may hold.
fn encode(segment: &str, path: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            write!(path, "%{byte:02X}").ok();
        }
    }
}

/// The pauses between attempts: from `backoff` to `max_backoff`, doubling, each up to twice as long at random. The cap is
/// halved first, so that the longest pauses are spread too.
pub(super) fn pauses(retry: &Retry) -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(retry.backoff).with_max_delay(retry.max_backoff / 2).with_jitter()
}

impl Transport {
    /// Builds the HTTP client; no request is sent.
    pub(super) fn new(config: &Config) -> Result<Self, RegistryError> {
        let bases = match &config.location {
            Location::At(bases) if !bases.is_empty() => bases.clone(),
            Location::At(_) => return Err(RegistryError::Setup("no URL".to_owned())),
            Location::Embedded => {
                return Err(RegistryError::Setup("the embedded registry has not been started".to_owned()));
            }
        };
        let retries = usize::try_from(config.retry.attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(Self {
            http: http_client(config, &bases)?,
            bases,
            preferred: AtomicUsize::new(0),
            down: AtomicBool::new(false),
            auth: config.auth.clone(),
            backoff: pauses(&config.retry).with_max_times(retries),
            permits: Semaphore::new(config.max_requests.min(Semaphore::MAX_PERMITS)),
            connect_timeout: config.connect_timeout,
            request_timeout: config.request_timeout,
            max_response_bytes: config.max_response_bytes,
            measures: RequestMeasures::new(),
        })
    }

    /// Where the registry is.
    pub(super) fn bases(&self) -> &[Url] {
        &self.bases
    }

    /// Asks for a resource and reads the JSON that comes back, sending the request again where that may help.
    pub(super) async fn get<T: DeserializeOwned>(&self, resource: &Resource) -> Result<T, RegistryError> {
        (|| self.round(resource))
            .retry(self.backoff)
            .when(RegistryError::is_transient)
            .adjust(|error, pause| pause.map(|pause| pause.max(error.retry_after().unwrap_or_default())))
            .notify(|_, _| self.measures.retries.increment(1))
            .await
    }

    /// Asks each URL in turn, the one that answered last first, until one of them has an answer.
    async fn round<T: DeserializeOwned>(&self, resource: &Resource) -> Result<T, RegistryError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut result = self.ask(first, resource).await;
        for offset in 1..self.bases.len() {
            match &result {
                Err(error) if error.is_servers_fault() => {}
                _ => break,
            }
            let index = (first + offset) % self.bases.len();
            result = self.ask(index, resource).await;
            if result.is_ok() {
                self.preferred.store(index, Ordering::Relaxed);
            }
        }
        match &result {
            Err(error) if error.is_transient() => {
                if !self.down.swap(true, Ordering::Relaxed) {
                    warn!(%error, "the registry does not answer");
                }
            }
            _ => {
                if self.down.swap(false, Ordering::Relaxed) {
                    info!("the registry answers again");
                }
            }
        }
        result
    }

    /// Sends one request, and a second one if credentials were refused and there are newer ones.
    async fn ask<T: DeserializeOwned>(&self, base: usize, resource: &Resource) -> Result<T, RegistryError> {
        let base = &self.bases[base];
        let url = resource.at(base);
        let credentials = self.auth.header().await?;
        let result = self.send(base, &url, credentials.clone()).await;
        match result {
            Err(RegistryError::Denied(answer)) if answer.status == 401 => {
                if self.auth.renew(credentials.as_ref()).await {
                    self.send(base, &url, self.auth.header().await?).await
                } else {
                    Err(RegistryError::Denied(answer))
                }
            }
            other => other,
        }
    }

    async fn send<T: DeserializeOwned>(
        &self,
        base: &Url,
        url: &Url,
        credentials: Option<HeaderValue>,
    ) -> Result<T, RegistryError> {
        // The semaphore is never closed; if it were, going on without a permit is the lesser evil.
        let _permit = self.permits.acquire().await.ok();
        let start = Instant::now();
        let mut request = self.http.get(url.clone()).header(ACCEPT, MEDIA_TYPES);
        if let Some(credentials) = credentials {
            request = request.header(AUTHORIZATION, credentials);
        }
        let result = match request.send().await {
            Ok(response) => self.read(base, url, response).await,
            Err(error) => Err(self.failure(base, url, &error)),
        };
        self.measures.request(start.elapsed(), result.as_ref().err());
        result
    }

    async fn read<T: DeserializeOwned>(
        &self,
        base: &Url,
        url: &Url,
        mut response: Response,
    ) -> Result<T, RegistryError> {
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry_after(response.headers(), SystemTime::now());
            // Whatever stands in the body, the status is what counts.
            let body = bounded(&mut response, MAX_ERROR_BODY).await.ok().flatten().unwrap_or_default();
            return Err(refusal(url, status, retry_after, &body));
        }
        let body = bounded(&mut response, self.max_response_bytes)
            .await
            .map_err(|error| self.failure(base, url, &error))?
            .ok_or_else(|| RegistryError::TooLarge { what: url.to_string(), limit: self.max_response_bytes })?;
        serde_json::from_slice(&body)
            .map_err(|error| RegistryError::Garbage { url: url.to_string(), reason: error.to_string() })
    }

    /// The precise form of a request that got no answer.
    fn failure(&self, base: &Url, url: &Url, error: &reqwest::Error) -> RegistryError {
        if error.is_redirect() {
            return RegistryError::Redirect { url: url.to_string(), reason: root_cause(error) };
        }
        let url = base.to_string();
        match (error.is_timeout(), error.is_connect()) {
            (true, true) => RegistryError::TimedOut { url, what: "connection", limit: self.connect_timeout },
            (true, false) => RegistryError::TimedOut { url, what: "answer", limit: self.request_timeout },
            (false, _) => RegistryError::Unreachable { url, reason: root_cause(error) },
        }
    }
}

fn http_client(config: &Config, bases: &[Url]) -> Result<reqwest::Client, RegistryError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("serdecar/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect_timeout)
        .timeout(config.request_timeout)
        .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
        .retry(reqwest::retry::never())
        .referer(false);
    if let Some(authorities) = &config.tls.ca {
        builder = builder.tls_certs_only(authorities.iter().cloned());
    } else if bases.iter().all(|base| base.scheme() == "http") {
        // Without https nobody has to be trusted, and a container without certificate authorities will do.
        builder = builder.tls_certs_only([]);
    }
    if let Some(identity) = &config.tls.identity {
        builder = builder.identity(identity.clone());
    }
    builder.build().map_err(|error| RegistryError::Setup(root_cause(&error)))
}

/// The innermost error, which names what happened: `Connection refused`, `invalid peer certificate: UnknownIssuer`.
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_whole() {
        let base = Url::parse("http://registry:8081/api/").unwrap();
        let at = |segments: &[&str]| Resource::new(segments).at(&base).to_string();
        assert_eq!(
            at(&["subjects", ":.staging:a/b c;d?e#f%g+ü", "versions", "latest"]),
            "http://registry:8081/api/subjects/%3A.staging%3Aa%2Fb%20c%3Bd%3Fe%23f%25g%2B%C3%BC/versions/latest"
        );
        let url = Resource::new(&["schemas", "ids", "1"]).with("subject", ":.staging:").at(&base);
        assert_eq!(url.as_str(), "http://registry:8081/api/schemas/ids/1?subject=%3A.staging%3A");
    }
}
