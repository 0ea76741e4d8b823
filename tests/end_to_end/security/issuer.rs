//! An authorization server that gives tokens to whoever has the secret.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The server. It answers as long as the process lives.
pub(super) struct Issuer {
    pub(super) url: String,
    issued: Arc<AtomicUsize>,
}

impl Issuer {
    /// Gives tokens for `principal` that live for so many seconds to clients with this id and secret: unsecured JSON Web
    /// Signatures, which a broker takes as long as nobody tells it keys to check them by.
    pub(super) fn start(principal: &str, credentials: &str, life: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let issued = Arc::new(AtomicUsize::new(0));
        let (count, principal) = (Arc::clone(&issued), principal.to_owned());
        let expected = format!("basic {}", STANDARD.encode(credentials)).to_lowercase();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let answer = if request(&stream).to_lowercase().contains(&expected) {
                    count.fetch_add(1, Ordering::Relaxed);
                    let body = token(&principal, life);
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                } else {
                    let body = r#"{"error": "invalid_client"}"#;
                    format!("HTTP/1.1 401 Unauthorized\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                };
                (&stream).write_all(answer.as_bytes()).ok();
            }
        });
        Self { url, issued }
    }

    /// How many tokens it has given.
    pub(super) fn issued(&self) -> usize {
        self.issued.load(Ordering::Relaxed)
    }
}

/// The head of a request, and of its body what came along.
fn request(mut stream: &TcpStream) -> String {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    while !text.contains("client_credentials") {
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => text += &String::from_utf8_lossy(&buffer[..read]),
            _ => break,
        }
    }
    text
}

fn token(principal: &str, life: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let part = |json: String| URL_SAFE_NO_PAD.encode(json);
    let header = part(r#"{"alg": "none"}"#.to_owned());
    let claims = part(format!(r#"{{"sub": "{principal}", "iat": {now}, "exp": {}}}"#, now + life));
    format!(r#"{{"access_token": "{header}.{claims}.", "token_type": "Bearer", "expires_in": {life}}}"#)
}
