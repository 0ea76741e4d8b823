//! Secrets stay where they are.

use super::issuer::Issuer;
use super::{Guarded, NUMBER, SchemaRegistry, Sidecar, config, serialize};
use crate::support::serdecar;

/// Part of every secret here.
const MARK: &str = "hush-hush";

#[test]
fn no_output_has_a_secret_in_it() {
    let (guarded, registry) = (Guarded::shared(), SchemaRegistry::start());
    for topic in ["secrets.raw", "secrets.avro"] {
        guarded.kafka.create_topic(topic, 1);
    }
    registry.register("secrets.avro-value", NUMBER);
    let issuer = Issuer::start("nobody", "client:another secret", 60);
    let oauth2 = format!("{{token_url: \"{}\", client_id: client, client_secret: {MARK}-2}}", issuer.url);
    let login = format!("sasl.mechanism: SCRAM-SHA-512, sasl.username: nobody, sasl.password: {MARK}-1");
    let logins = [
        guarded.sasl(&guarded.authority, &login),
        guarded.sasl(&guarded.authority, "sasl.mechanism: OAUTHBEARER") + "\n  oauth2: " + &oauth2,
    ];
    let auths = [
        format!("basic: {{username: u, password: {MARK}-3}}"),
        format!("bearer: {{token: {MARK}-4}}"),
        format!("oauth2: {oauth2}"),
    ];
    let text = |login: &str, auth: &str| {
        config(&guarded.kafka, &registry, &[&serialize("secrets.raw", "secrets.avro", "")])
            .replace(&guarded.kafka.bootstrap(), login)
            .replace("  unknown_grace: 1s", &format!("  unknown_grace: 1s\n  auth: {{{auth}}}"))
            + "log: {level: debug}\n"
    };
    let mut said = Vec::new();
    for (login, refusal) in logins.iter().zip(["Authentication failed", "invalid_client"]) {
        let mut sidecar = Sidecar::run(&text(login, &auths[0]));
        sidecar.await_unready(&[refusal]);
        said.extend([sidecar.admin("/readyz").1, sidecar.admin("/metrics").1, sidecar.arguments()]);
        assert!(sidecar.terminate().success());
        said.push(sidecar.log());
    }
    for command in ["run", "check", "registry", "encode"] {
        let output = serdecar([command, "--help"]);
        said.push(String::from_utf8(output.stdout).unwrap());
    }
    // A fault beside each secret, and in it.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("faulty.yaml");
    for auth in &auths {
        let right = text(&logins[0], auth);
        for faulty in [
            right.replace(", ", ",\n    nonsense: 1, "),
            right.replace(&format!("{MARK}-"), &format!("\"{MARK}\\n\"x")),
        ] {
            std::fs::write(&file, faulty).unwrap();
            let output = serdecar(["check".as_ref(), "--config".as_ref(), file.as_os_str()]);
            assert_eq!(output.status.code(), Some(64));
            said.push(String::from_utf8(output.stderr).unwrap());
        }
    }
    for text in said {
        assert!(!text.is_empty());
        assert!(!text.contains(MARK), "{text}");
    }
}
