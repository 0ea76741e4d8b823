//! Certificates for servers on loopback, and who vouches for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// A certificate authority, and the file that has its certificate.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

/// A key and the certificate for it.
pub(crate) struct Identity {
    key: KeyPair,
    certificate: Certificate,
}

impl Authority {
    pub(crate) fn new(dir: &Path, name: &str) -> Self {
        let mut params = named(name, Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let file = dir.join(format!("{name}.pem"));
        std::fs::write(&file, issuer.pem()).expect("its file");
        Self { issuer, file }
    }

    /// The file with its certificate.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A key and a certificate for loopback, of this common name.
    pub(crate) fn issue(&self, name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = named(name, vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { key, certificate }
    }
}

impl Identity {
    /// Both in one text, as Java reads them.
    pub(crate) fn pem(&self) -> String {
        self.key.serialize_pem() + &self.certificate.pem()
    }

    /// Writes both into one file.
    pub(crate) fn write(&self, file: &Path) {
        std::fs::write(file, self.pem()).expect("its file");
    }

    /// The server's side of TLS.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der()).into();
        let config = versions
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.der().clone()], key)
            .expect("a certificate that fits its key");
        TlsAcceptor::from(Arc::new(config))
    }
}

fn named(name: &str, hosts: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).expect("parameters");
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
