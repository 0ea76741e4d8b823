//! Tokens for SASL/OAUTHBEARER: whoever can get them publishes them here, clients take them when brokers ask.
//!
//! Clients ask on a thread of the library's own, so that no worker waits for an authorization server.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::settings::Secret;

/// A token to show to brokers.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its text.
    pub text: Secret,
    /// Who shows it; brokers find that in the token itself.
    pub principal: String,
    /// When it ends.
    pub expires: SystemTime,
}

/// The token that is good now. Clones share it.
#[derive(Clone, Default)]
pub struct Tokens(Arc<Shared>);

#[derive(Default)]
struct Shared {
    latest: Mutex<Latest>,
    published: Condvar,
}

#[derive(Default)]
struct Latest {
    token: Option<Token>,
    /// Why there is no newer one.
    trouble: Option<String>,
}

impl Tokens {
    /// Hands a token to all clients.
    pub fn publish(&self, token: Token) {
        *self.0.latest.lock().unwrap_or_else(PoisonError::into_inner) = Latest { token: Some(token), trouble: None };
        self.0.published.notify_all();
    }

    /// Says why there is no newer token; the last one stays good until it ends.
    pub fn fail(&self, reason: impl Into<String>) {
        self.0.latest.lock().unwrap_or_else(PoisonError::into_inner).trouble = Some(reason.into());
    }

    /// The token that is good now, for which it waits up to `timeout`; else why there is none.
    pub(super) fn wait(&self, timeout: Duration) -> Result<Token, String> {
        let latest = self.0.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let lacks = |latest: &mut Latest| latest.token.as_ref().is_none_or(|token| token.expires <= SystemTime::now());
        let (latest, waited) =
            self.0.published.wait_timeout_while(latest, timeout, lacks).unwrap_or_else(PoisonError::into_inner);
        match &latest.token {
            Some(token) if !waited.timed_out() => Ok(token.clone()),
            _ => Err(latest.trouble.clone().unwrap_or_else(|| "there is no token yet".to_owned())),
        }
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Tokens {}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(expires: SystemTime) -> Token {
        Token { text: Secret::new("t"), principal: "p".to_owned(), expires }
    }

    #[test]
    fn a_token_is_waited_for_and_one_that_has_ended_is_none() {
        let tokens = Tokens::default();
        tokens.fail("the server is away");
        assert_eq!(tokens.wait(Duration::ZERO).unwrap_err(), "the server is away");
        tokens.publish(token(SystemTime::now()));
        assert_eq!(tokens.wait(Duration::ZERO).unwrap_err(), "there is no token yet");
        let waiting = std::thread::spawn({
            let tokens = tokens.clone();
            move || tokens.wait(Duration::from_secs(60)).map(|token| token.principal)
        });
        tokens.publish(token(SystemTime::now() + Duration::from_secs(60)));
        assert_eq!(waiting.join().unwrap(), Ok("p".to_owned()));
        tokens.fail("later");
        assert!(tokens.wait(Duration::ZERO).is_ok(), "the last token is still good");
    }
}
