//! A registry behind TLS, with certificates made on the spot.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;
use crate::disposition::Disposition;
use crate::registry::client::tests::{config, id};
use crate::registry::{Client, Config, RegistryError};
use crate::schema::Context;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key for `name`.
fn issue(authority: &Authority, name: &str) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap(), key)
}

/// A registry on loopback that shows a certificate for `name`, and asks for one of `clients` if given.
async fn registry(authority: &Authority, name: &str, clients: Option<&Authority>) -> String {
    let (certificate, key) = issue(authority, name);
    let builder = ServerConfig::builder();
    let builder = match clients {
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.der().clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = match acceptor.accept(socket).into_fallible().await {
                    Ok(stream) => stream,
                    // Closing with unread bytes would reset the connection before the alert is read.
                    Err((_, mut socket)) => return drop(socket.read_to_end(&mut Vec::new()).await),
                };
                // One read takes the whole of a request as small as ours; what matters is that one came.
                let read = stream.read(&mut [0; 4096]).await.unwrap_or(0);
                if read > 0 {
                    let body = r#"{"schema": "\"int\""}"#;
                    let head =
                        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    stream.write_all(format!("{head}{body}").as_bytes()).await.ok();
                    stream.shutdown().await.ok();
                }
            });
        }
    });
    url
}

/// Puts PEM texts into files and reads them as the config does.
fn tls(ca: Option<&str>, pair: Option<(&str, &str)>) -> Result<Tls, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let raw = RawTls {
        ca: ca.map(|text| file("ca.pem", text)),
        cert: pair.map(|(cert, _)| file("cert.pem", cert)),
        key: pair.map(|(_, key)| file("key.pem", key)),
    };
    let mut faults = Faults::default();
    raw.validate("/tls", &mut faults).ok_or_else(|| {
        let folder = folder.path().display().to_string();
        faults
            .into_vec()
            .iter()
            .map(|fault| format!("{}: {}", fault.pointer, fault.message.replace(&folder, "")))
            .collect()
    })
}

async fn ask(url: &str, tls: Tls) -> Result<String, RegistryError> {
    let client = Client::new(&Config { tls, ..config(&[url]) })?;
    client.by_id(&Context::default(), id(1)).await.map(|schema| schema.text)
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted() {
    let authority = authority("ours");
    let url = registry(&authority, "localhost", None).await;
    let text = ask(&url, tls(Some(&authority.pem()), None).unwrap()).await.unwrap();
    assert_eq!(text, "\"int\"");
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_a_clear_error() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    for (signer, name, reason) in [
        (&theirs, "localhost", "invalid peer certificate: UnknownIssuer"),
        (&ours, "elsewhere", "invalid peer certificate: certificate not valid for name \"localhost\""),
    ] {
        let url = registry(signer, name, None).await;
        let error = ask(&url, tls(Some(&ours.pem()), None).unwrap()).await.unwrap_err();
        let expected = format!("registry unreachable: {url}/: {reason}");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert_eq!(error.disposition(), Disposition::Retry);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = authority("ours");
    let url = registry(&authority, "localhost", Some(&authority)).await;
    let (certificate, key) = issue(&authority, "serdecar");
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let with = tls(Some(&authority.pem()), Some((&certificate, &key))).unwrap();
    assert_eq!(format!("{with:?}"), "Tls { ca: 1, identity: Some(\"***\") }");
    assert_eq!(ask(&url, with).await.unwrap(), "\"int\"");
    let error = ask(&url, tls(Some(&authority.pem()), None).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
}

#[tokio::test]
async fn an_https_url_that_speaks_plain_http_is_a_clear_error() {
    let server = wiremock::MockServer::start().await;
    let url = server.uri().replace("http://127.0.0.1", "https://localhost");
    let error = ask(&url, tls(Some(&authority("ours").pem()), None).unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("InvalidContentType"), "{error}");
}

#[test]
fn files_that_hold_something_else_are_faults_that_quote_nothing() {
    let authority = authority("ours");
    let (certificate, key) = issue(&authority, "serdecar");
    assert_eq!(
        tls(Some("nothing"), Some(("nothing", "secret"))).unwrap_err(),
        [
            "/tls/ca: /ca.pem holds no certificates in PEM form",
            "/tls/cert: /cert.pem and /key.pem don't hold a certificate and an unencrypted private key in PEM form"
        ]
    );
    // A key of another certificate shows when the client is built.
    let other = tls(None, Some((&certificate.pem(), &KeyPair::generate().unwrap().serialize_pem()))).unwrap();
    let error = Client::new(&Config { tls: other, ..config(&["https://localhost:1"]) }).unwrap_err();
    assert_eq!(error.disposition(), Disposition::Fatal);
    assert!(error.to_string().contains("KeyMismatch"), "{error}");
    drop(key);
}
