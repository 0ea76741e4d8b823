//! A broker that lets nobody do anything without a right to it.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use crate::support::{Authority, Kafka, free_port, python};

/// The broker, and the ports on which clients have to say who they are. On the port of [`Kafka`] itself the tests may do
/// everything.
pub(super) struct Guarded {
    pub(super) kafka: Kafka,
    /// Issued the broker's certificate, and trusted with those of clients.
    pub(super) authority: Authority,
    /// TLS and a password or token.
    sasl: u16,
    /// TLS and a certificate; the principal is `CN=` and its common name.
    mutual: u16,
}

impl Guarded {
    /// The one that all tests of this module share.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Guarded> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("security");
        fs::create_dir_all(&dir).unwrap();
        let authority = Authority::new(&dir, "ours");
        let keys = dir.join("broker.pem");
        authority.issue("broker").write(&keys);
        let (sasl, mutual) = (free_port(), free_port());
        let trusted = authority.file().display().to_string();
        let kafka = Kafka::start_with(|plain, controller| {
            let listeners = format!(
                "PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SECURE://127.0.0.1:{sasl},\
                 MUTUAL://127.0.0.1:{mutual}"
            );
            settings(&listeners, &keys, &trusted)
        });
        Self { kafka, authority, sasl, mutual }
    }

    /// The `kafka` section for clients that log in, with more properties in YAML's flow style.
    pub(super) fn sasl(&self, authority: &Authority, more: &str) -> String {
        section(self.sasl, &format!("security.protocol: SASL_SSL, {more}"), authority)
    }

    /// The `kafka` section for clients that show the certificate in this file.
    pub(super) fn mutual(&self, file: &Path) -> String {
        let file = file.display();
        let more = format!("security.protocol: SSL, ssl.certificate.location: {file}, ssl.key.location: {file}");
        section(self.mutual, &more, &self.authority)
    }

    /// Lets somebody log in with SCRAM-SHA-512.
    pub(super) fn enroll(&self, name: &str, password: &str) {
        self.change([format!("scram:{name}:{password}")]);
    }

    /// Gives a principal rights such as `topic:orders:read`.
    pub(super) fn allow(&self, principal: &str, rights: &[String]) {
        self.change(rights.iter().map(|right| format!("allow:{principal}:{right}")));
    }

    /// Takes rights away again.
    pub(super) fn withdraw(&self, principal: &str, rights: &[String]) {
        self.change(rights.iter().map(|right| format!("withdraw:{principal}:{right}")));
    }

    fn change(&self, changes: impl IntoIterator<Item = String>) {
        let output = python("access.py", std::iter::once(self.kafka.bootstrap()).chain(changes));
        assert!(output.status.success(), "access.py");
    }
}

fn section(port: u16, more: &str, authority: &Authority) -> String {
    format!(
        "127.0.0.1:{port}\n  properties: {{{more}, ssl.ca.location: {}, reconnect.backoff.max.ms: 200}}",
        authority.file().display()
    )
}

fn settings(listeners: &str, keys: &Path, trusted: &str) -> String {
    let keys = keys.display();
    format!(
        "listeners={listeners}
advertised.listeners={listeners}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location={keys}
listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER
listener.name.secure.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_sidecar=\"open sesame\";
listener.name.secure.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.oauthbearer.sasl.jaas.config=\
org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;
listener.name.secure.oauthbearer.connections.max.reauth.ms=3600000
listener.name.mutual.ssl.keystore.type=PEM
listener.name.mutual.ssl.keystore.location={keys}
listener.name.mutual.ssl.truststore.type=PEM
listener.name.mutual.ssl.truststore.location={trusted}
listener.name.mutual.ssl.client.auth=required
"
    )
}
