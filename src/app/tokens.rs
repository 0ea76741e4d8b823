//! Tokens for Kafka: from an authorization server, in time, to whoever shows them to brokers.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::kafka::{Token, Tokens};
use crate::registry::TokenSource;

/// Between attempts to get the first token, or one in place of one that has ended.
const RETRY: Duration = Duration::from_secs(1);

/// The shortest pause between two tokens, however short they live.
const SHORTEST: Duration = Duration::from_millis(100);

/// Keeps `tokens` up to date for as long as it is polled.
pub(super) async fn supply(source: TokenSource, tokens: Tokens) {
    let mut failing = false;
    loop {
        let pause = match source.token().await {
            Ok(token) => {
                let pause = token.renew.saturating_duration_since(Instant::now()).max(SHORTEST);
                let principal = source.client_id().to_owned();
                tokens.publish(Token { text: token.text, principal, expires: token.expires });
                failing = false;
                pause
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "no token for Kafka");
                }
                failing = true;
                tokens.fail(error.to_string());
                RETRY
            }
        };
        sleep(pause).await;
    }
}
