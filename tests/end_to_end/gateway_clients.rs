//! Clients that are slow, broken or malicious: bounded, refused, and nobody else's trouble.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::support::orders::{NUMBER, number};
use super::support::{Gateway, Kafka, PATIENCE, SchemaRegistry};

/// The first line of what is answered to these bytes; empty if the connection is closed without an answer.
fn told(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // A server that has had enough may close before all is sent.
    stream.write_all(sent).ok();
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while stream.read(&mut byte).is_ok_and(|count| count > 0) && byte != *b"\r" {
        answer.push(byte[0]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn heads_that_are_too_large_or_ambiguous_are_refused() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.heads"], value: {format: none}"#], "");
    let post = |headers: &str| {
        let head = format!("POST /topics/gateway.heads HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        told(gateway.address(), &[head.as_bytes(), b"{}"].concat())
    };
    assert_eq!(post("Content-Type: text/plain\r\nContent-Length: 2\r\n"), "HTTP/1.1 415 Unsupported Media Type");
    for headers in [
        "Content-Length: 2\r\nContent-Length: 3\r\n",
        "Content-Length: -2\r\n",
        "Content-Length: 2 \r\nTransfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Bad Header: x\r\n",
        "X: a\0b\r\n",
    ] {
        let answer = post(headers);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{headers:?}: {answer}");
    }
    assert_eq!(post(&format!("X: {}\r\n", "x".repeat(64 << 10))), "HTTP/1.1 431 Request Header Fields Too Large");
    assert_eq!(post(&"X: y\r\n".repeat(200)), "HTTP/1.1 431 Request Header Fields Too Large");
}

#[test]
fn a_client_that_reads_no_answers_is_not_read_from_either_and_holds_up_nobody() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.deaf-value", NUMBER);
    kafka.create_topic("gateway.deaf", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.deaf"]"#], "");
    let mut deaf = TcpStream::connect(gateway.address()).unwrap();
    deaf.set_write_timeout(Some(Duration::from_secs(3))).unwrap();
    let head = "POST /topics/gateway.deaf HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    deaf.write_all(head.as_bytes()).unwrap();
    let lines: String = (0..1000).map(|n| number(n) + "\n").collect();
    let chunk = format!("{:x}\r\n{lines}\r\n", lines.len());
    let mut sent = 0;
    let stopped = loop {
        match deaf.write(chunk.as_bytes()) {
            Ok(count) if count == chunk.len() => sent += count,
            Ok(count) => {
                sent += count;
                break ErrorKind::WouldBlock;
            }
            Err(error) => break error.kind(),
        }
        assert!(sent < 100 << 20, "it is read without an end");
    };
    assert!(matches!(stopped, ErrorKind::WouldBlock | ErrorKind::TimedOut), "{stopped:?}");
    assert_eq!(gateway.post("/topics/gateway.deaf", &number(1)).status, 200);
    if let Some(peak) = gateway.sidecar.peak_memory() {
        assert!(peak >> 20 < 250, "{} MiB after {sent} bytes", peak >> 20);
    }
}
