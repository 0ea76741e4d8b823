//! Tokens of OAuth 2.0, asked for with the client credentials grant and kept until they are to be renewed.
//!
//! A token is renewed when three quarters of its life are over; while that fails the old one serves to its end. Secrets and
//! tokens go to the authorization server and to the peer alone, and never into an error: of a refusal only the code is told
//! that RFC 6749 (section 5.2) defines.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::transport::{bounded, root_cause};
use crate::settings::{Oauth2, Secret, SecretError};

/// How long a connection to the authorization server, and how long its answer may take.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// The life of a token whose server does not tell it.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed.
const MAX_LIFE: Duration = Duration::from_secs(24 * 3600);

/// How long a token is kept that should be renewed when the server does not answer.
const RETRY: Duration = Duration::from_secs(1);

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text.
    pub text: Secret,
    /// When it ends.
    pub expires: SystemTime,
    /// When to ask for the next one.
    pub renew: Instant,
    ends: Instant,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The client could not be built.
    #[error("can't set up the client of {url}: {reason}")]
    Setup {
        /// The token endpoint.
        url: String,
        /// The root cause.
        reason: String,
    },
    /// The client's secret can't be read.
    #[error("client secret: {0}")]
    Secret(#[from] SecretError),
    /// No answer.
    #[error("authorization server unreachable: {url}: {reason}")]
    Unreachable {
        /// The token endpoint.
        url: String,
        /// The root cause.
        reason: String,
    },
    /// The server gives no token.
    #[error("authorization server refuses a token: {url} answered {status}{}", code.as_ref().map(|code| format!(": {code}")).unwrap_or_default())]
    Refused {
        /// The token endpoint.
        url: String,
        /// The HTTP status.
        status: StatusCode,
        /// The error code of RFC 6749: `invalid_client`.
        code: Option<String>,
    },
    /// The answer is no bearer token.
    #[error("{url}: not the answer of a token endpoint: {reason}")]
    Garbage {
        /// The token endpoint.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Asks for tokens. Clones share the one that is there.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

struct Shared {
    settings: Oauth2,
    http: reqwest::Client,
    current: Mutex<Option<Token>>,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl TokenSource {
    /// Makes a source; asks for nothing yet.
    pub fn new(settings: Oauth2) -> Result<Self, TokenError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("serdecar/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            // A redirect would carry the secret elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if settings.token_url.scheme() == "http" {
            // Nobody has to be trusted, and a container without certificate authorities will do.
            builder = builder.tls_certs_only([]);
        }
        let http = builder
            .build()
            .map_err(|error| TokenError::Setup { url: settings.token_url.to_string(), reason: root_cause(&error) })?;
        Ok(Self(Arc::new(Shared { settings, http, current: Mutex::default() })))
    }

    /// The client's id.
    pub fn client_id(&self) -> &str {
        &self.0.settings.client_id
    }

    /// A token that is good now; asks for one if there is none or it is time for the next. One request at a time, for
    /// all who wait.
    pub async fn token(&self) -> Result<Token, TokenError> {
        let mut current = self.0.current.lock().await;
        let now = Instant::now();
        if let Some(token) = current.as_ref().filter(|token| now < token.renew) {
            return Ok(token.clone());
        }
        match self.0.ask().await {
            Ok(token) => Ok(current.insert(token).clone()),
            Err(error) => match current.as_mut().filter(|token| now < token.ends) {
                Some(token) => {
                    tracing::warn!(%error, "the token is not renewed yet");
                    token.renew = (now + RETRY).min(token.ends);
                    Ok(token.clone())
                }
                None => Err(error),
            },
        }
    }

    /// Forgets the token that a peer refused, unless there is another one by now.
    pub(super) async fn forget(&self, refused: &str) {
        let mut current = self.0.current.lock().await;
        if current.as_ref().is_some_and(|token| token.text.reveal() == refused) {
            *current = None;
        }
    }
}

impl Shared {
    async fn ask(&self) -> Result<Token, TokenError> {
        let settings = self.settings.clone();
        // Cancelled only with the runtime itself, when nobody is there to ask.
        let secret =
            tokio::task::spawn_blocking(move || settings.secret()).await.unwrap_or(Err(SecretError::Neither))?;
        let url = &self.settings.token_url;
        let asked = SystemTime::now();
        let request = self
            .http
            .post(url.clone())
            .basic_auth(form_text(&self.settings.client_id), Some(form_text(secret.reveal())))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(self.form());
        let unreachable =
            |error: reqwest::Error| TokenError::Unreachable { url: url.to_string(), reason: root_cause(&error) };
        let mut response = request.send().await.map_err(unreachable)?;
        let body = bounded(&mut response, MAX_ANSWER).await.map_err(unreachable)?;
        self.read(&response, &body.unwrap_or_default(), asked)
    }

    fn form(&self) -> String {
        let mut url = self.settings.token_url.clone();
        url.query_pairs_mut().clear().append_pair("grant_type", "client_credentials");
        if let Some(scope) = &self.settings.scope {
            url.query_pairs_mut().append_pair("scope", scope);
        }
        url.query().unwrap_or_default().to_owned()
    }

    fn read(&self, response: &Response, body: &[u8], asked: SystemTime) -> Result<Token, TokenError> {
        let url = self.settings.token_url.to_string();
        let status = response.status();
        if !status.is_success() {
            let code = serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error);
            // What is no code may quote what we sent.
            let is_code = |code: &String| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            return Err(TokenError::Refused { url, status, code: code.filter(is_code) });
        }
        let garbage = |reason| TokenError::Garbage { url: url.clone(), reason };
        let grant: Grant = serde_json::from_slice(body).map_err(|_| garbage("no access_token and token_type"))?;
        if !grant.token_type.eq_ignore_ascii_case("bearer") {
            return Err(garbage("token_type is not Bearer"));
        }
        let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible(&grant.access_token) {
            return Err(garbage("access_token is not a token"));
        }
        let life = grant.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs).min(MAX_LIFE);
        let now = Instant::now();
        Ok(Token {
            text: Secret::new(grant.access_token),
            expires: asked + life,
            renew: now + life * 3 / 4,
            ends: now + life,
        })
    }
}

/// Id and secret stand form-encoded in the header (RFC 6749, section 2.3.1).
fn form_text(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenSource").field(&self.0.settings).finish()
    }
}

#[cfg(test)]
mod tests;
