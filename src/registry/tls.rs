//! Whom we trust behind an `https` URL, and the certificate that we show there.

use std::fmt;
use std::path::{Path, PathBuf};

use reqwest::{Certificate, Identity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::settings::Faults;

/// Trust and client certificate, all in PEM files.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RawTls {
    /// Certificate authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// The certificate to show to the registry, followed by its intermediates; goes with `key`.
    pub cert: Option<PathBuf>,
    /// The private key of `cert`, not encrypted.
    pub key: Option<PathBuf>,
}

/// Validated trust and client certificate.
#[derive(Clone, Default)]
pub struct Tls {
    /// The only authorities to trust; `None` means the system's.
    pub(super) ca: Option<Vec<Certificate>>,
    /// What to show to the registry.
    pub(super) identity: Option<Identity>,
}

impl RawTls {
    /// Reads the files and checks what is in them.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Tls> {
        let before = faults.clone();
        let ca = self.ca.and_then(|path| authorities(&path, &format!("{pointer}/ca"), faults));
        let identity = match (self.cert, self.key) {
            (Some(cert), Some(key)) => identity(&cert, &key, pointer, faults),
            (None, None) => None,
            (Some(_), None) => {
                faults.note(format!("{pointer}/key"), "missing: a certificate needs its private key");
                None
            }
            (None, Some(_)) => {
                faults.note(format!("{pointer}/cert"), "missing: a private key needs its certificate");
                None
            }
        };
        (*faults == before).then_some(Tls { ca, identity })
    }
}

fn read(path: &Path, pointer: &str, faults: &mut Faults) -> Option<Vec<u8>> {
    std::fs::read(path).map_err(|error| faults.note(pointer, format!("can't read {}: {error}", path.display()))).ok()
}

fn authorities(path: &Path, pointer: &str, faults: &mut Faults) -> Option<Vec<Certificate>> {
    match Certificate::from_pem_bundle(&read(path, pointer, faults)?) {
        Ok(certificates) if !certificates.is_empty() => Some(certificates),
        Ok(_) | Err(_) => {
            faults.note(pointer, format!("{} holds no certificates in PEM form", path.display()));
            None
        }
    }
}

fn identity(cert: &Path, key: &Path, pointer: &str, faults: &mut Faults) -> Option<Identity> {
    let certificate = read(cert, &format!("{pointer}/cert"), faults);
    let key_text = read(key, &format!("{pointer}/key"), faults);
    let mut pem = certificate?;
    pem.push(b'\n');
    pem.extend(key_text?);
    // The library's error may quote the file: say no more than which files don't fit.
    Identity::from_pem(&pem)
        .map_err(|_| {
            let what = "don't hold a certificate and an unencrypted private key in PEM form";
            faults.note(format!("{pointer}/cert"), format!("{} and {} {what}", cert.display(), key.display()));
        })
        .ok()
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.ca.as_ref().map_or(0, Vec::len))
            .field("identity", &self.identity.as_ref().map(|_| "***"))
            .finish()
    }
}

#[cfg(test)]
mod tests;
