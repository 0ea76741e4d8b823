//! The admin server over real sockets.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::metrics::local;

struct Server {
    address: SocketAddr,
    readiness: Readiness,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(patience: Patience) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let readiness = Readiness::new();
    let (recorder, exporter) = local(&[METRICS]).unwrap();
    metrics::with_local_recorder(&recorder, || metrics::gauge!("serdecar_ready").set(0.0));
    let state = State { readiness: readiness.clone(), exporter };
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(run_with(listener, state, async { drop(stopped.await) }, patience));
    Server { address, readiness, stop, task }
}

/// Sends `request` and reads until the server closes the connection.
async fn exchange(address: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn ask(server: &Server, method: &str, path: &str) -> String {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    exchange(server.address, &request).await.unwrap()
}

/// The status and the body of a GET.
async fn get(server: &Server, path: &str) -> (u16, String) {
    let answer = ask(server, "GET", path).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn readyz_follows_the_conditions() {
    let server = start(Patience::USUAL).await;
    let starting = r#"{"ready":false,"conditions":[{"name":"process","reason":"starting"}]}"#;
    assert_eq!(get(&server, "/readyz").await, (503, starting.to_owned()));

    let broker = server.readiness.condition("pipeline orders: assigned");
    let registry = server.readiness.condition("registry");
    registry.ready();
    broker.not_ready("no partitions yet");
    let waiting = r#"{"ready":false,"conditions":[{"name":"pipeline orders: assigned","reason":"no partitions yet"}]}"#;
    assert_eq!(get(&server, "/readyz").await, (503, waiting.to_owned()));

    broker.ready();
    assert_eq!(get(&server, "/readyz").await, (200, r#"{"ready":true,"conditions":[]}"#.to_owned()));
    registry.not_ready("connection refused");
    assert_eq!(get(&server, "/readyz").await.0, 503);
    assert_eq!(get(&server, "/livez").await, (200, "ok\n".to_owned()));
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let server = start(Patience::USUAL).await;
    let answer = ask(&server, "GET", "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
    assert!(answer.contains("# TYPE serdecar_ready gauge\nserdecar_ready 0\n"), "{answer}");
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let server = start(Patience::USUAL).await;
    for (path, status) in [("/livez", "200 OK"), ("/readyz", "503 Service Unavailable"), ("/metrics", "200 OK")] {
        let answer = ask(&server, "HEAD", path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_refused() {
    let server = start(Patience::USUAL).await;
    assert_eq!(get(&server, "/").await.0, 404);
    assert_eq!(get(&server, "/livez/x").await.0, 404);
    assert!(ask(&server, "POST", "/livez").await.starts_with("HTTP/1.1 405 "));
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let server = start(Patience::USUAL).await;
    let body = "GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n";
    assert!(exchange(server.address, body).await.unwrap().starts_with("HTTP/1.1 413 "));
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADERS + 1));
    assert!(exchange(server.address, &many).await.unwrap().starts_with("HTTP/1.1 431 "));
    let long = format!("GET /livez HTTP/1.1\r\na: {}", "x".repeat(MAX_HEAD));
    assert!(exchange(server.address, &long).await.unwrap().starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let server = start(Patience { headers: Duration::from_millis(50), ..Patience::USUAL }).await;
    for begun in ["", "GET /livez HTTP/1.1\r\n", "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"] {
        // Ends only because the server closes the connection, the last one after its answer.
        exchange(server.address, begun).await.unwrap();
    }
}

#[tokio::test]
async fn a_client_that_never_ends_is_let_go() {
    let server = start(Patience { connection: Duration::from_millis(50), ..Patience::USUAL }).await;
    exchange(server.address, "GET /livez HTTP/1.1\r\n").await.unwrap();
}

#[tokio::test]
async fn a_stop_finishes_idle_connections_and_frees_the_port() {
    let server = start(Patience::USUAL).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
    let mut rest = String::new();
    idle.read_to_string(&mut rest).await.unwrap();
    TcpListener::bind(server.address).await.unwrap();
}

#[test]
fn listen_is_an_address_with_a_port() {
    let mut faults = Faults::default();
    let valid = |listen: &str| RawConfig { listen: listen.to_owned() };
    assert_eq!(
        RawConfig::default().validate("/admin", &mut faults),
        Some(Config { listen: SocketAddr::from(([0, 0, 0, 0], 9404)) })
    );
    assert!(valid("[::1]:0").validate("/admin", &mut faults).is_some());
    assert!(faults.is_empty());
    assert!(valid("localhost:9404").validate("/admin", &mut faults).is_none());
    let fault = faults.into_vec().remove(0);
    assert_eq!(fault.pointer, "/admin/listen");
    assert_eq!(fault.message, "'localhost:9404' is not an IP address with a port, such as 0.0.0.0:9404 or [::]:9404");
}
