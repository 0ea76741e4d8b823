//! TLS for a listener: the certificate that it shows, and whose certificates it asks of clients.
//!
//! The files are looked at every few seconds. New ones count for connections from then on, if they are of use together:
//! half of a new pair of certificate and key changes nothing yet.

mod material;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::settings::{Fault, Faults};
use material::Texts;

/// How often it is looked whether the files have changed.
const LOOK: Duration = Duration::from_secs(5);

/// The certificate that is shown to clients, and the authorities of theirs, all in PEM files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTls {
    /// The certificate to show to clients, followed by its intermediates.
    pub cert: PathBuf,
    /// The private key of `cert`, not encrypted.
    pub key: PathBuf,
    /// Certificate authorities: every client has to show a certificate that one of them vouches for.
    pub client_ca: Option<PathBuf>,
}

/// TLS as it is now. Clones are the same.
#[derive(Clone)]
pub struct Tls {
    files: RawTls,
    /// Of the files' content at the start.
    pub(super) read: u64,
    current: watch::Sender<Arc<ServerConfig>>,
}

impl RawTls {
    /// Reads the files and checks what is in them.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Tls> {
        let texts = Texts::read(&self);
        let read = fingerprint(&texts);
        let current = texts.server_config(&self, pointer, faults)?;
        Some(Tls { files: self, read, current: watch::Sender::new(Arc::new(current)) })
    }
}

impl Tls {
    /// Whether every client has to show a certificate.
    pub fn asks_for_certificates(&self) -> bool {
        self.files.client_ca.is_some()
    }

    /// For a connection from now on.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.borrow()))
    }

    /// Takes up files that change, for ever. `name` is the listener's, for the log.
    pub(super) async fn keep_up(&self, name: &str) {
        let mut seen = self.read;
        loop {
            sleep(LOOK).await;
            let tls = self.clone();
            // It can only fail with the runtime.
            let Ok((now, taken_up)) = spawn_blocking(move || tls.look(seen)).await else { return };
            match taken_up {
                None => {}
                Some(Ok(())) => tracing::info!("the {name} has taken up the files of its TLS, which have changed"),
                Some(Err(faults)) => {
                    for Fault { message, .. } in faults {
                        tracing::warn!("the {name} keeps to the files of its TLS as they were: {message}");
                    }
                }
            }
            seen = now;
        }
    }

    /// Looks at the files; blocks the thread. Says what they are, and what came of a change.
    pub(super) fn look(&self, seen: u64) -> (u64, Option<Result<(), Vec<Fault>>>) {
        let texts = Texts::read(&self.files);
        let now = fingerprint(&texts);
        if now == seen {
            return (now, None);
        }
        let mut faults = Faults::default();
        let new = texts.server_config(&self.files, "", &mut faults);
        let taken_up = new.map(|new| drop(self.current.send_replace(Arc::new(new))));
        (now, Some(taken_up.ok_or_else(|| faults.into_vec())))
    }
}

fn fingerprint(texts: &Texts) -> u64 {
    let mut hasher = DefaultHasher::new();
    texts.hash(&mut hasher);
    hasher.finish()
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.fmt(f)
    }
}
