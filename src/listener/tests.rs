//! A listener with TLS, and clients of every kind, with certificates made on the spot.

mod heads;

use std::fs;
use std::path::{Path, PathBuf};

use axum::Extension;
use axum::routing::get;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::settings::Faults;

/// Who vouches for certificates, and the file with its own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = folder.join(format!("{name}.pem"));
        fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A certificate with this common name, and its key.
    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// A listener that tells each client the names in its certificate.
struct Scene {
    folder: TempDir,
    servers: Authority,
    clients: Authority,
    port: u16,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// The files of a server's certificate and key.
fn files(folder: &Path) -> RawTls {
    RawTls { cert: folder.join("cert.pem"), key: folder.join("key.pem"), client_ca: None }
}

fn write(folder: &Path, (cert, key): (String, String)) {
    let files = files(folder);
    fs::write(files.cert, cert).unwrap();
    fs::write(files.key, key).unwrap();
}

impl Scene {
    async fn start(asks_for_certificates: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (servers, clients) = (Authority::new(folder.path(), "servers"), Authority::new(folder.path(), "clients"));
        write(folder.path(), servers.issue("server", |_| {}));
        let client_ca = asks_for_certificates.then(|| clients.file.clone());
        let mut faults = Faults::default();
        let tls = RawTls { client_ca, ..files(folder.path()) }.validate("", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let terms = Terms {
            name: "test",
            tls,
            max_head: 16 << 10,
            max_headers: 20,
            patience: Duration::from_secs(75),
            max_connections: 10,
            drain_within: Duration::from_secs(10),
            http2: true,
        };
        let names = async |certificate: Option<Extension<Certificate>>| match certificate {
            Some(Extension(certificate)) => certificate.names().join(","),
            None => String::new(),
        };
        let service = Router::new().route("/", get(names));
        let listener = "127.0.0.1:0".parse::<Address>().unwrap().bind().await.unwrap();
        let Address::Tcp(address) = listener.address().unwrap() else { panic!("a port") };
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, service, terms, async { drop(stopped.await) }));
        Self { folder, servers, clients, port: address.port(), stop, serving }
    }

    /// What a client that trusts our servers is told.
    async fn ask(&self, identity: Option<(String, String)>) -> Result<(http::Version, Vec<u8>), reqwest::Error> {
        let trusted = reqwest::Certificate::from_pem(self.servers.issuer.pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([trusted]);
        let client = match identity {
            Some((cert, key)) => client.identity(reqwest::Identity::from_pem((cert + &key).as_bytes()).unwrap()),
            None => client,
        };
        let mut answer = client.build().unwrap().get(format!("https://localhost:{}", self.port)).send().await?;
        Ok((answer.version(), answer.chunk().await?.unwrap_or_default().to_vec()))
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    async fn stop(self) {
        drop(self.stop);
        self.serving.await.unwrap();
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_served_where_none_is_asked_for() {
    let scene = Scene::start(false).await;
    let (_, names) = scene.ask(None).await.unwrap();
    assert!(names.is_empty());
    let (_, names) = scene.ask(Some(scene.clients.issue("ann", |_| {}))).await.unwrap();
    assert!(names.is_empty(), "nobody vouched for it");
    scene.stop().await;
}

#[tokio::test]
async fn only_certificates_of_the_right_authority_count() {
    let scene = Scene::start(true).await;
    let (_, names) = scene.ask(Some(scene.clients.issue("ann", |_| {}))).await.unwrap();
    assert_eq!(names, b"ann,localhost");
    assert!(scene.ask(None).await.is_err());
    let others = Authority::new(scene.folder.path(), "clients");
    assert!(scene.ask(Some(others.issue("ann", |_| {}))).await.is_err());
    assert!(scene.ask(Some(scene.servers.issue("ann", |_| {}))).await.is_err());
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    assert!(scene.ask(Some(scene.clients.issue("ann", expired))).await.is_err());
    let early = |params: &mut CertificateParams| params.not_before = date_time_ymd(4000, 1, 1);
    assert!(scene.ask(Some(scene.clients.issue("ann", early))).await.is_err());
    assert!(scene.ask(Some(scene.clients.issue("ann", |_| {}))).await.is_ok());
    scene.stop().await;
}

#[tokio::test]
async fn a_client_that_speaks_without_tls_is_told_so() {
    let scene = Scene::start(true).await;
    let mut client = scene.connect().await;
    client.write_all(b"POST /topics/x HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    // The rest of it comes when the answer is on its way.
    client.write_all(b"1").await.unwrap();
    client.shutdown().await.unwrap();
    client.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"), "{head}");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["detail"], "this port speaks TLS: ask by https");
    // Whatever else it is gets no answer.
    let mut client = scene.connect().await;
    client.write_all(b"\x00\x01\x02").await.unwrap();
    assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap_or_default(), 0);
    assert!(scene.ask(Some(scene.clients.issue("ann", |_| {}))).await.is_ok());
    scene.stop().await;
}

/// Time passes as soon as nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_finish_its_handshake_loses_its_connection_and_holds_up_nobody() {
    let scene = Scene::start(true).await;
    let mut silent = scene.connect().await;
    let mut stalled = scene.connect().await;
    stalled.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
    assert_eq!(silent.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    assert_eq!(stalled.read_to_end(&mut Vec::new()).await.unwrap_or_default(), 0);
    scene.stop().await;
}

#[tokio::test]
async fn certificates_that_change_count_for_new_connections() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Authority::new(folder.path(), "one"), Authority::new(folder.path(), "two"));
    write(folder.path(), one.issue("a", |_| {}));
    let tls = files(folder.path()).validate("", &mut Faults::default()).unwrap();
    let first = Arc::as_ptr(tls.acceptor().config());
    assert_eq!(tls.look(tls.read), (tls.read, None));
    // Half of a new pair is of no use, and neither is a file that is gone.
    let (cert, key) = two.issue("b", |_| {});
    fs::write(files(folder.path()).cert, &cert).unwrap();
    let (seen, taken_up) = tls.look(tls.read);
    let faults = taken_up.unwrap().unwrap_err();
    assert!(
        faults[0].message.ends_with("cert.pem") && faults[0].message.contains("is not the private key"),
        "{faults:?}"
    );
    assert_eq!(tls.look(seen), (seen, None), "it is said once");
    fs::remove_file(files(folder.path()).key).unwrap();
    assert!(matches!(tls.look(seen), (_, Some(Err(_)))));
    assert_eq!(Arc::as_ptr(tls.acceptor().config()), first);
    write(folder.path(), (cert, key));
    let (seen, taken_up) = tls.look(seen);
    assert_eq!(taken_up, Some(Ok(())));
    assert_ne!(Arc::as_ptr(tls.acceptor().config()), first);
    assert_eq!(tls.look(seen), (seen, None));
}

#[test]
fn files_that_are_of_no_use_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "ca");
    let (cert, key) = authority.issue("a", |_| {});
    let faults = |cert: &str, key: &str, ca: &str| {
        write(folder.path(), (cert.to_owned(), key.to_owned()));
        fs::write(&authority.file, ca).unwrap();
        let mut faults = Faults::default();
        let client_ca = Some(authority.file.clone());
        assert!(RawTls { client_ca, ..files(folder.path()) }.validate("/tls", &mut faults).is_none());
        let path = format!("{}/", folder.path().display());
        let tell = |fault: crate::settings::Fault| format!("{}: {}", fault.pointer, fault.message.replace(&path, ""));
        faults.into_vec().into_iter().map(tell).collect::<Vec<_>>()
    };
    let ca = authority.issuer.pem();
    let cut = cert.split("-----END").next().unwrap();
    let garbled = ca.clone() + "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(
        faults(cut, encrypted, &garbled),
        [
            "/tls/cert: certificate 1 in cert.pem: its END line is missing",
            "/tls/key: key.pem holds no private key in PEM form that is not encrypted",
            "/tls/client_ca: certificate 2 in ca.pem: what stands between BEGIN and END is not base64",
        ]
    );
    assert_eq!(
        faults(&key, &cert, ""),
        [
            "/tls/cert: cert.pem holds no certificate in PEM form",
            "/tls/key: key.pem holds no private key in PEM form that is not encrypted",
            "/tls/client_ca: ca.pem holds no certificate in PEM form",
        ]
    );
    let (_, other) = authority.issue("b", |_| {});
    assert_eq!(
        faults(&cert, &other, &ca),
        ["/tls/key: key.pem is not the private key of the first certificate in cert.pem"]
    );
    assert_eq!(
        faults(no_certificate, &key, no_certificate),
        [
            "/tls/cert: the first certificate in cert.pem: invalid peer certificate: BadEncoding",
            "/tls/client_ca: certificate 1 in ca.pem: invalid peer certificate: BadEncoding",
        ]
    );
}
