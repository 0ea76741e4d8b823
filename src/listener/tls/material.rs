//! Certificates and keys out of PEM files. What is wrong is said without quoting a file.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{Error, InconsistentKeys, RootCertStore, ServerConfig};

use super::RawTls;
use crate::settings::Faults;

/// The protocols that clients may choose.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// What stands in a file, or why that can't be read.
type Text = Result<Vec<u8>, String>;

/// What stands in all of them.
#[derive(Debug, Hash)]
pub(super) struct Texts {
    cert: Text,
    key: Text,
    client_ca: Option<Text>,
}

impl Texts {
    pub(super) fn read(files: &RawTls) -> Self {
        let read = |path: &Path| std::fs::read(path).map_err(|error| format!("can't read {}: {error}", path.display()));
        Self { cert: read(&files.cert), key: read(&files.key), client_ca: files.client_ca.as_deref().map(read) }
    }

    /// What a server needs of them. The section that names the files stands at `pointer`.
    pub(super) fn server_config(&self, files: &RawTls, pointer: &str, faults: &mut Faults) -> Option<ServerConfig> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certified = self.certified(files, &provider, pointer, faults);
        let verifier = match (&self.client_ca, &files.client_ca) {
            (Some(text), Some(path)) => {
                let verifier = verifier(text, path, &provider);
                Some(faults.take(format!("{pointer}/client_ca"), verifier)?)
            }
            _ => None,
        };
        let certified = certified?;
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = faults.take(pointer, builder)?;
        let asks = verifier.is_some();
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        if asks {
            // A session that is resumed would not look at the certificate again, which may have expired.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Some(config)
    }

    /// The certificate with its key.
    fn certified(
        &self,
        files: &RawTls,
        provider: &CryptoProvider,
        pointer: &str,
        faults: &mut Faults,
    ) -> Option<CertifiedKey> {
        let (cert_at, key_at) = (format!("{pointer}/cert"), format!("{pointer}/key"));
        let chain = faults.take(cert_at.as_str(), certificates(&self.cert, &files.cert));
        let key = faults.take(key_at.as_str(), private_key(&self.key, &files.key));
        let (chain, key) = (chain?, key?);
        let unusable = |error| format!("{}: {error}", files.key.display());
        let key = faults.take(key_at.as_str(), provider.key_provider.load_private_key(key).map_err(unusable))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => return Some(certified),
            Err(Error::InconsistentKeys(_)) => {
                let (cert, key) = (files.cert.display(), files.key.display());
                faults.note(key_at, format!("{key} is not the private key of the first certificate in {cert}"));
            }
            Err(error) => faults.note(cert_at, format!("the first certificate in {}: {error}", files.cert.display())),
        }
        None
    }
}

/// Whom to believe that a client is who it says.
fn verifier(text: &Text, path: &Path, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates(text, path)?.into_iter().enumerate() {
        let unusable = |error| format!("certificate {} in {}: {error}", index + 1, path.display());
        roots.add(certificate).map_err(unusable)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// All certificates of a file, of which there is at least one.
fn certificates(text: &Text, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text.as_deref().map_err(String::clone)?) {
        let number = found.len() + 1;
        let certificate =
            certificate.map_err(|error| format!("certificate {number} in {}: {}", path.display(), fault(&error)))?;
        found.push(certificate);
    }
    if found.is_empty() { Err(format!("{} holds no certificate in PEM form", path.display())) } else { Ok(found) }
}

fn private_key(text: &Text, path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    match PrivateKeyDer::from_pem_slice(text.as_deref().map_err(String::clone)?) {
        Err(pem::Error::NoItemsFound) => {
            Err(format!("{} holds no private key in PEM form that is not encrypted", path.display()))
        }
        read => read.map_err(|error| format!("{}: {}", path.display(), fault(&error))),
    }
}

/// What is wrong with a file in PEM form.
fn fault(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its END line is missing",
        pem::Error::IllegalSectionStart { .. } => "its BEGIN line is not whole",
        pem::Error::Base64Decode(_) => "what stands between BEGIN and END is not base64",
        _ => "it can't be read",
    }
}
