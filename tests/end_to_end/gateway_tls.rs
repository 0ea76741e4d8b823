//! The gateway behind TLS, with a client that is not ours.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::support::orders::{NUMBER, number};
use super::support::{Authority, Gateway, Kafka, SchemaRegistry, eventually};

/// What `curl` says of a number that is sent to a topic: the version of HTTP and the status, and the body.
fn send(gateway: &Gateway, authority: &Authority, identity: Option<&Path>, topic: &str) -> (Output, String, Value) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--http2", "-w", "\n%{http_version} %{http_code}", "--cacert"]);
    curl.arg(authority.file());
    if let Some(identity) = identity {
        curl.arg("--cert").arg(identity);
    }
    let url = format!("https://localhost:{}/topics/{topic}", gateway.address().port());
    let output = curl.args(["-H", "content-type: application/json", "-d", &number(7), &url]).output().expect("curl");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_default();
    let body = serde_json::from_str(body).unwrap_or_default();
    (output, status.to_owned(), body)
}

#[test]
fn certificates_say_who_may_write_and_new_ones_count_soon() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.tls-value", NUMBER);
    kafka.create_topic("gateway.tls", 1);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let [servers, later, clients] = ["servers", "later", "clients"].map(|name| Authority::new(folder.path(), name));
    servers.issue("server").write(&file("server.pem"));
    for name in ["ann", "svc-orders", "bob"] {
        clients.issue(name).write(&file(name));
    }
    later.issue("ann").write(&file("stranger"));
    let pem = |name: &str| file(name).display().to_string();
    let more = format!(
        "tls: {{cert: {server}, key: {server}, client_ca: {}}}\nauth: {{mtls: {{names: [ann, \"^svc-\"]}}}}",
        pem("clients.pem"),
        server = pem("server.pem"),
    );
    let routes = [r#"topics: ["gateway.tls"], allow: [ann]"#, r#"topics: ["gateway.nobody"], allow: [svc-x]"#];
    let gateway = Gateway::start(kafka, &registry, &routes, &more);

    let (_, status, body) = send(&gateway, &servers, Some(&file("ann")), "gateway.tls");
    assert_eq!((status.as_str(), &body["offset"]), ("2 200", &json!(0)), "{body}");
    let (_, status, body) = send(&gateway, &servers, Some(&file("svc-orders")), "gateway.tls");
    assert_eq!((status.as_str(), &body["detail"]), ("2 403", &json!("'svc-orders' may not write to this topic")));
    let (_, status, body) = send(&gateway, &servers, Some(&file("bob")), "gateway.tls");
    assert_eq!((status.as_str(), &body["detail"]), ("2 403", &json!("no name in the certificate is known here")));
    for identity in [None, Some(file("stranger"))] {
        let (output, status, _) = send(&gateway, &servers, identity.as_deref(), "gateway.tls");
        assert!(!output.status.success() && status.ends_with(" 000"), "{output:?}");
    }
    // Without TLS.
    let answer = gateway.post("/topics/gateway.tls", &number(1));
    assert_eq!((answer.status, &answer.json()["detail"]), (400, &json!("this port speaks TLS: ask by https")));
    for reason in ["no_certificate", "certificate", "no_tls"] {
        let labels = [("listener", "gateway"), ("reason", reason)];
        gateway.sidecar.await_metric("serdecar_listener_failures_total", &labels, 1.0);
    }

    // A new certificate of another authority.
    later.issue("server").write(&file("server.pem"));
    let body = eventually("the new certificate is shown", || {
        let (output, _, body) = send(&gateway, &later, Some(&file("ann")), "gateway.tls");
        output.status.success().then_some(body)
    });
    assert_eq!(body["offset"], 1);
    assert!(!send(&gateway, &servers, Some(&file("ann")), "gateway.tls").0.status.success());
}
