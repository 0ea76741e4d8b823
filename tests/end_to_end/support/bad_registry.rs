//! A registry that answers, and never well.

use std::net::SocketAddr;
use std::time::Duration;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// What it answers to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 500, with an error of its own.
    Failure,
    /// 429: ask again in a second.
    Busy,
    /// Too late, after 30 seconds.
    Late,
    /// Something else than JSON.
    Garbage,
}

/// A registry that ends when it is dropped.
pub(crate) struct BadRegistry(MockServer);

impl BadRegistry {
    pub(crate) fn start(answer: Answer) -> Self {
        let template = match answer {
            Answer::Failure => ResponseTemplate::new(500).set_body_string(r#"{"error_code": 50001, "message": "ü"}"#),
            Answer::Busy => ResponseTemplate::new(429).insert_header("Retry-After", "1"),
            Answer::Late => ResponseTemplate::new(200).set_delay(Duration::from_secs(30)),
            Answer::Garbage => ResponseTemplate::new(200).set_body_bytes(b"<html>\xff\0 {".as_slice()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self(runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(template).mount(&server).await;
            server
        }))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        *self.0.address()
    }
}
