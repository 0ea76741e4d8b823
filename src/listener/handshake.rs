//! The beginning of a connection with TLS.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls;

use super::address::Stream;
use super::certificate::Certificate;
use super::tls::Tls;

/// How long a client may take to agree on keys.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is read of a client that spoke too early, so that it gets to see the answer.
const MAX_UNHEARD: u64 = 64 << 10;

/// The first byte of whoever speaks TLS: a record of the handshake.
const TLS: u8 = 0x16;

/// What is said to those who speak HTTP without TLS.
const NO_TLS: &str = "{\"title\":\"Bad Request\",\"status\":400,\"detail\":\"this port speaks TLS: ask by https\"}";

/// Why there was no agreement.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client took too long.
    Slow,
    /// The client has gone, or the connection broke.
    Gone(io::Error),
    /// The client speaks something else.
    NoTls,
    /// The client, or we, did not accept what the other one said.
    Refused(rustls::Error),
}

impl Failure {
    /// What it is called in metrics.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Slow => "handshake_timeout",
            Self::Gone(_) => "closed",
            Self::NoTls => "no_tls",
            Self::Refused(rustls::Error::NoCertificatesPresented) => "no_certificate",
            Self::Refused(rustls::Error::InvalidCertificate(_)) => "certificate",
            Self::Refused(_) => "handshake",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow => write!(f, "no handshake within {}s", PATIENCE.as_secs()),
            Self::Gone(error) => error.fmt(f),
            Self::NoTls => f.write_str("the client speaks no TLS"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).cloned();
        refused.map_or(Self::Gone(error), Self::Refused)
    }
}

/// Agrees with a client on keys, and learns who it is if TLS asks for that.
pub(super) async fn secure(stream: TcpStream, tls: &Tls) -> Result<(Stream, Option<Certificate>), Failure> {
    let agreed = timeout(PATIENCE, async {
        let mut first = [0];
        match (stream.peek(&mut first).await?, first) {
            (1, [TLS]) => {}
            (0, _) => return Err(Failure::Gone(io::ErrorKind::UnexpectedEof.into())),
            _ => {
                refuse(stream, first).await;
                return Err(Failure::NoTls);
            }
        }
        Ok(tls.acceptor().accept(stream).await?)
    });
    let stream = agreed.await.map_err(|_| Failure::Slow)??;
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let certificate = shown.and_then(Certificate::read);
    Ok((Stream::Tls(Box::new(stream)), certificate))
}

/// Tells clients that seem to speak HTTP, by the first letter of a method, that this is no place for it.
async fn refuse(mut stream: TcpStream, [first]: [u8; 1]) {
    if !first.is_ascii_uppercase() {
        return;
    }
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{NO_TLS}",
        NO_TLS.len()
    );
    let told = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // Closing with unread bytes would reset the connection before the answer is read.
        tokio::io::copy(&mut stream.take(MAX_UNHEARD), &mut tokio::io::sink()).await
    };
    // The client may have gone.
    told.await.ok();
}
