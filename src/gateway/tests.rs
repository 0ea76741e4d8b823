//! A gateway on an embedded broker, spoken to byte by byte.

mod cors;
mod hostile;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::kafka::EmbeddedBroker;
use crate::registry;
use crate::settings::Faults;

/// Longer than anything here should take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway with the topic `t`, whose records are bytes as they are.
struct Bed {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
    _serving: JoinHandle<()>,
    _broker: EmbeddedBroker,
}

/// Bytes that came over a connection, as text.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Bed {
    /// A gateway with more keys in its section.
    async fn start(more: &str) -> Self {
        let broker = EmbeddedBroker::start().unwrap();
        broker.create_topic("t", 1).unwrap();
        let mut faults = Faults::default();
        let raw: kafka::RawConfig = serde_json::from_str(r#"{"bootstrap_servers": "embedded"}"#).unwrap();
        let kafka = raw.validate("", &mut faults).unwrap().at(&broker.bootstrap_servers());
        let raw: registry::RawConfig = serde_json::from_str(r#"{"url": "http://127.0.0.1:9"}"#).unwrap();
        let registry = raw.validate("", &mut faults).unwrap();
        let cache = SchemaCache::new(registry::Client::new(&registry).unwrap(), &registry, Handle::current());
        let text = format!(
            r#"{{"listen": "127.0.0.1:0", {more} "routes": [{{"topics": ["t"], "value": {{"format": "none"}}}}]}}"#
        );
        let raw: RawConfig = serde_json::from_str(&text).unwrap();
        let config = raw.validate("", &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
        let gateway = Gateway::start(config.unwrap(), kafka, cache, &Readiness::new()).await.unwrap();
        let listener::Address::Tcp(address) = gateway.listener.address().unwrap() else { panic!("a port") };
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(gateway.run(async { drop(stopped.await) }));
        Self { address, _stop: stop, _serving: serving, _broker: broker }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes over a connection of their own, and reads one answer.
    async fn send(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        Answer::read(&mut stream).await.expect("an answer")
    }

    /// The values in the topic, which ends for the test's purpose.
    async fn values(&self) -> Vec<Value> {
        let end =
            "POST /topics/t HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 3\r\n\r\nend";
        assert_eq!(self.send(end).await.status, 200);
        loop {
            let answer = self.send("GET /topics/t/records?max=1000&wait=200ms HTTP/1.1\r\nhost: x\r\n\r\n").await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let records: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
            let mut values: Vec<Value> = records.into_iter().map(|mut record| record["value"].take()).collect();
            if values.pop_if(|last| last == "end").is_some() {
                return values;
            }
        }
    }
}

impl Answer {
    /// Reads an answer to its end; none if the connection ends before it.
    async fn read(stream: &mut TcpStream) -> Option<Self> {
        let read = async {
            let mut bytes = Vec::new();
            let head = loop {
                if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                    break bytes.drain(..end + 4).collect::<Vec<_>>();
                }
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    return None;
                }
            };
            let head = String::from_utf8(head).unwrap();
            let status = head.split(' ').nth(1)?.parse().unwrap();
            let mut lengths = head.lines().filter_map(|line| line.strip_prefix("content-length: "));
            let length: usize = lengths.next().map_or(0, |length| length.parse().unwrap());
            while bytes.len() < length {
                if stream.read_buf(&mut bytes).await.unwrap() == 0 {
                    return None;
                }
            }
            Some(Self { status, head, body: String::from_utf8(bytes).unwrap() })
        };
        timeout(PATIENCE, read).await.expect("an answer in time")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
