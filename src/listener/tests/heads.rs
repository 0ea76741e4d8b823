//! Heads of requests that come slowly, or can't be understood.

use metrics::set_default_local_recorder;
use tokio::time::Instant;

use super::*;
use crate::metrics::local;

/// How long a client may take in these tests.
const PATIENCE: Duration = Duration::from_secs(75);

/// A listener without TLS, whose one page is empty.
async fn start() -> (std::net::SocketAddr, oneshot::Sender<()>) {
    let terms = Terms {
        name: "test",
        tls: None,
        max_head: 16 << 10,
        max_headers: 20,
        patience: PATIENCE,
        max_connections: 10,
        drain_within: Duration::from_secs(10),
        http2: true,
    };
    let listener = "127.0.0.1:0".parse::<Address>().unwrap().bind().await.unwrap();
    let Address::Tcp(address) = listener.address().unwrap() else { panic!("a port") };
    let (stop, stopped) = oneshot::channel();
    let service = Router::new().route("/", get(async || ()));
    tokio::spawn(serve(listener, service, terms, async { drop(stopped.await) }));
    (address, stop)
}

/// Time passes as soon as nobody has anything to do.
#[tokio::test(start_paused = true)]
async fn a_head_that_comes_a_byte_a_second_is_not_waited_for_long() {
    let (address, _stop) = start().await;
    for beginning in ["", "GET / HTTP/1.1\r\nhost: x\r\nx: ", "GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nx: "]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let (mut reading, mut writing) = stream.into_split();
        let started = Instant::now();
        let slow = async {
            while writing.write_all(b"x").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        };
        let ended = async { reading.read_to_end(&mut Vec::new()).await };
        tokio::select! {
            _ = ended => {}
            () = slow => {}
        }
        let took = started.elapsed();
        assert!(took >= Duration::from_secs(10) && took <= PATIENCE + Duration::from_secs(5), "{beginning:?} {took:?}");
    }
}

#[tokio::test]
async fn heads_that_are_refused_are_counted_by_their_fault() {
    let (recorder, exporter) = local(&[METRICS]).unwrap();
    let _guard = set_default_local_recorder(&recorder);
    let (address, _stop) = start().await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(20 << 10));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(30));
    for (head, status) in
        [("GET / HTTP/1.1\r\nx : y\r\n\r\n", "400"), (&long, "431"), (&many, "431"), ("\r\n\0\r\n\r\n", "400")]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // What was sent and not read may break the connection behind the answer.
        drop(stream.read_to_end(&mut answer).await);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{head:?} {answer:?}");
    }
    // One that is fine, and one who leaves, are none of them.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    let text = exporter.render();
    let found: Vec<&str> = text.lines().filter(|line| line.starts_with("serdecar_listener")).collect();
    assert_eq!(found.len(), 2, "{text}");
    for line in [
        r#"serdecar_listener_failures_total{listener="test",reason="malformed"} 2"#,
        r#"serdecar_listener_failures_total{listener="test",reason="head_too_large"} 2"#,
    ] {
        assert!(found.contains(&line), "{line} is not in\n{text}");
    }
}
