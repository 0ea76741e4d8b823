//! Where tokens come from: OAuth 2.0 client credentials, for the registry and for Kafka alike.

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Faults, Secret, SecretError};

/// Tokens of OAuth 2.0 by the client credentials grant (RFC 6749, section 4.4), renewed before they expire.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawOauth2 {
    /// The authorization server's token endpoint.
    pub token_url: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret; better kept in a file.
    pub client_secret: Option<Secret>,
    /// A file that holds the secret; read again for each token.
    pub client_secret_file: Option<PathBuf>,
    /// What the token shall be good for: scopes, separated by spaces.
    pub scope: Option<String>,
}

/// The validated settings.
#[derive(Clone, PartialEq, Eq)]
pub struct Oauth2 {
    /// The authorization server's token endpoint.
    pub token_url: Url,
    /// The client's id.
    pub client_id: String,
    /// What the token shall be good for.
    pub scope: Option<String>,
    inline: Option<Secret>,
    file: Option<PathBuf>,
}

impl RawOauth2 {
    /// Checks the settings, which stand at `pointer`, and reads the secret's file once to see that it is there.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Oauth2> {
        let token_url = token_url(&self.token_url, &format!("{pointer}/token_url"), faults);
        if self.client_id.is_empty() {
            faults.note(format!("{pointer}/client_id"), "must not be empty");
        }
        let secret = Secret::resolve(self.client_secret.clone(), self.client_secret_file.as_deref());
        if let Err(error) = secret {
            let file = if matches!(error, SecretError::Unreadable { .. }) { "_file" } else { "" };
            faults.note(format!("{pointer}/client_secret{file}"), error.to_string());
            return None;
        }
        Some(Oauth2 {
            token_url: token_url?,
            client_id: self.client_id,
            scope: self.scope,
            inline: self.client_secret,
            file: self.client_secret_file,
        })
    }
}

/// Never repeats the text in a fault: it may hold a password.
fn token_url(text: &str, pointer: &str, faults: &mut Faults) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            faults.note(pointer, "must not hold a user name or password: put them into client_id and client_secret");
            None
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
        _ => {
            faults.note(pointer, "not a URL: write it like https://login.example.com/oauth2/token");
            None
        }
    }
}

impl Oauth2 {
    /// The client's secret, as it stands now. Blocks where it is in a file.
    pub fn secret(&self) -> Result<Secret, SecretError> {
        Secret::resolve(self.inline.clone(), self.file.as_deref())
    }
}

impl fmt::Debug for Oauth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oauth2").field("token_url", &self.token_url.as_str()).finish_non_exhaustive()
    }
}
