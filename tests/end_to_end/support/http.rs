//! One HTTP request at a time, for the admin listener and the registry.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

/// Status and body of an answer; `None` when nobody answers.
///
/// HTTP/1.0, so that the body comes unchunked and ends with the stream.
pub(super) fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let (json, length) = ("Content-Type: application/json", body.len());
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{json}\r\nContent-Length: {length}\r\n\r\n{body}")
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
