//! Certificates of the tests' own.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// A certificate authority, and the file that has its certificate.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(super) file: PathBuf,
}

impl Authority {
    pub(super) fn new(dir: &Path, name: &str) -> Self {
        let mut params = named(name, Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = dir.join(format!("{name}.pem"));
        fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// Writes a key and a certificate for loopback, of this common name, into one file.
    pub(super) fn issue(&self, name: &str, file: &Path) {
        let key = KeyPair::generate().unwrap();
        let params = named(name, vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(file, key.serialize_pem() + &certificate.pem()).unwrap();
    }
}

fn named(name: &str, hosts: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
