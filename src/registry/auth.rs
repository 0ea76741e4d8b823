//! How we prove to a registry who we are. Secrets are shown to the registry and to nobody else.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use schemars::JsonSchema;
use serde::Deserialize;

use super::oauth2::{TokenError, TokenSource};
use crate::settings::{Faults, RawOauth2, Secret, SecretError};

/// How to prove who we are.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawAuth {
    /// Not at all.
    #[default]
    None,
    /// User name and password.
    Basic(RawBasic),
    /// A token.
    Bearer(RawBearer),
    /// Tokens of OAuth 2.0.
    Oauth2(RawOauth2),
}

/// User name and password (RFC 7617).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBasic {
    /// The user's name, without a colon.
    pub username: String,
    /// The password; better kept in a file.
    pub password: Option<Secret>,
    /// A file that holds the password; read again when the registry refuses it.
    pub password_file: Option<PathBuf>,
}

/// A bearer token (RFC 6750).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawBearer {
    /// The token; better kept in a file.
    pub token: Option<Secret>,
    /// A file that holds the token; read again when the registry refuses it.
    pub token_file: Option<PathBuf>,
}

/// Validated credentials and the header they make. Clones share the header, so that a renewed token reaches all.
#[derive(Clone)]
pub struct Auth {
    scheme: Scheme,
    file: Option<PathBuf>,
    header: Arc<RwLock<Option<HeaderValue>>>,
}

#[derive(Clone)]
enum Scheme {
    None,
    Basic { username: String },
    Bearer,
    Oauth2(TokenSource),
}

impl RawAuth {
    /// Checks the credentials and reads their file.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Auth> {
        match self {
            Self::None => Some(Auth::none()),
            Self::Basic(raw) => {
                let pointer = format!("{pointer}/basic");
                if raw.username.contains(':') {
                    faults.note(format!("{pointer}/username"), "must not contain a colon (RFC 7617)");
                    return None;
                }
                let scheme = Scheme::Basic { username: raw.username };
                Auth::build(scheme, raw.password, raw.password_file, &format!("{pointer}/password"), faults)
            }
            Self::Bearer(raw) => {
                Auth::build(Scheme::Bearer, raw.token, raw.token_file, &format!("{pointer}/bearer/token"), faults)
            }
            Self::Oauth2(raw) => {
                let pointer = format!("{pointer}/oauth2");
                let settings = raw.validate(&pointer, faults)?;
                let source = faults.take(pointer, TokenSource::new(settings))?;
                Some(Auth { scheme: Scheme::Oauth2(source), ..Auth::none() })
            }
        }
    }
}

impl Auth {
    /// No credentials.
    pub fn none() -> Self {
        Self { scheme: Scheme::None, file: None, header: Arc::default() }
    }

    fn build(
        scheme: Scheme,
        inline: Option<Secret>,
        file: Option<PathBuf>,
        key: &str,
        faults: &mut Faults,
    ) -> Option<Self> {
        let secret = match Secret::resolve(inline, file.as_deref()) {
            Ok(secret) => secret,
            Err(error) => {
                let at_file = matches!(error, SecretError::Unreadable { .. });
                faults.note(if at_file { format!("{key}_file") } else { key.to_owned() }, error.to_string());
                return None;
            }
        };
        let Some(header) = scheme.header(&secret) else {
            let key = if file.is_some() { format!("{key}_file") } else { key.to_owned() };
            faults.note(key, "holds characters that cannot stand in an HTTP header");
            return None;
        };
        Some(Self { scheme, file, header: Arc::new(RwLock::new(Some(header))) })
    }

    /// Where tokens come from, if they come by OAuth 2.0.
    pub fn tokens(&self) -> Option<&TokenSource> {
        match &self.scheme {
            Scheme::Oauth2(source) => Some(source),
            Scheme::None | Scheme::Basic { .. } | Scheme::Bearer => None,
        }
    }

    /// The value of the `Authorization` header, if there is one.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, TokenError> {
        match &self.scheme {
            Scheme::Oauth2(source) => Ok(Scheme::Bearer.header(&source.token().await?.text)),
            Scheme::None | Scheme::Basic { .. } | Scheme::Bearer => {
                Ok(self.header.read().unwrap_or_else(PoisonError::into_inner).clone())
            }
        }
    }

    /// Reads the file again, or forgets the token, because the registry refused `refused`. True if there are other
    /// credentials now, from this reading or another's.
    pub(super) async fn renew(&self, refused: Option<&HeaderValue>) -> bool {
        if let Scheme::Oauth2(source) = &self.scheme {
            let text = refused.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
            source.forget(text.unwrap_or_default()).await;
            return true;
        }
        let Some(file) = self.file.clone() else { return false };
        let read = tokio::task::spawn_blocking(move || Secret::resolve(None, Some(&file))).await;
        let Some(header) = read.ok().and_then(Result::ok).and_then(|secret| self.scheme.header(&secret)) else {
            return false;
        };
        let changed = Some(&header) != refused;
        *self.header.write().unwrap_or_else(PoisonError::into_inner) = Some(header);
        changed
    }
}

impl Scheme {
    /// The header that these credentials make; `None` if a header cannot hold them.
    fn header(&self, secret: &Secret) -> Option<HeaderValue> {
        let text = match self {
            Self::None | Self::Oauth2(_) => return None,
            Self::Basic { username } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{}", secret.reveal())))
            }
            Self::Bearer => format!("Bearer {}", secret.reveal()),
        };
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            Scheme::None => "Auth(none)",
            Scheme::Basic { .. } => "Auth(basic ***)",
            Scheme::Bearer => "Auth(bearer ***)",
            Scheme::Oauth2(_) => "Auth(oauth2 ***)",
        })
    }
}
