//! The names in a client's certificate, once somebody we trust has vouched for it.

use std::sync::Arc;

use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// What a client's certificate calls it: the common name of its subject, then the URIs and the DNS names among its
/// alternative names. Requests over a connection with a verified certificate have this as an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate(Arc<[Box<str>]>);

impl Certificate {
    /// Reads the names of a certificate that was verified.
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = EndEntityCert::try_from(certificate).ok()?;
        let common_names = common_names(parsed.subject());
        let all = common_names.into_iter().chain(parsed.valid_uri_names()).chain(parsed.valid_dns_names());
        Some(Self(all.filter(|name| is_plain(name)).map(Box::from).collect()))
    }

    /// A certificate with these names.
    #[cfg(test)]
    pub(crate) fn of(names: &[&str]) -> Self {
        Self(names.iter().copied().map(Box::from).collect())
    }

    /// The names.
    pub fn names(&self) -> &Arc<[Box<str>]> {
        &self.0
    }
}

/// Whether a name can stand in a log, and looks like what it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(char::is_control)
}

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// Strings that are UTF-8, or a part of it: `UTF8String`, `PrintableString`, `IA5String`.
const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// The common names in a subject, which is the content of an `RDNSequence`: sets of sequences of a type and a value.
fn common_names(mut subject: &[u8]) -> Vec<&str> {
    let mut found = Vec::new();
    while let Some((SET, mut attributes)) = element(&mut subject) {
        while let Some((SEQUENCE, mut attribute)) = element(&mut attributes) {
            let (kind, value) = (element(&mut attribute), element(&mut attribute));
            if let (Some((OBJECT_IDENTIFIER, COMMON_NAME)), Some((tag, text))) = (kind, value)
                && TEXTS.contains(&tag)
            {
                found.extend(std::str::from_utf8(text));
            }
        }
    }
    found
}

/// Takes the next element off: its tag and its content. `None` at the end, and before anything that is not DER.
fn element<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&[tag, first], after) = rest.split_first_chunk()?;
    let (length, after) = match first {
        0..=0x7f => (usize::from(first), after),
        0x81 => after.split_first().map(|(length, after)| (usize::from(*length), after))?,
        0x82 => after.split_first_chunk().map(|(length, after)| (usize::from(u16::from_be_bytes(*length)), after))?,
        _ => return None,
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((tag, content))
}

#[cfg(test)]
mod tests {
    use rcgen::string::Ia5String;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    use super::*;

    #[test]
    fn a_certificate_has_the_names_of_its_subject_and_its_alternatives() {
        let long = "n".repeat(300);
        let mut params = CertificateParams::new(vec!["orders.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
        params.subject_alt_names.push(SanType::URI(Ia5String::try_from("spiffe://example/ns/orders").unwrap()));
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, long.as_str());
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let read = Certificate::read(certificate.der()).unwrap();
        assert_eq!(read, Certificate::of(&[long.as_str(), "spiffe://example/ns/orders", "orders.example"]));
        assert_eq!(Certificate::read(&CertificateDer::from(&b"\x30\x03\x02\x01\x00"[..])), None);
    }

    #[test]
    fn a_subject_that_ends_early_has_no_more_names() {
        let whole = b"\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03ann";
        assert_eq!(common_names(whole), ["ann"]);
        for end in 0..whole.len() {
            assert!(common_names(&whole[..end]).is_empty(), "{end}");
        }
        assert!(common_names(b"\x31\x84\xff\xff\xff\xff").is_empty());
        assert!(common_names(b"\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\xff").is_empty());
    }
}
