//! The gateway of a `serdecar run` without pipelines, and one request at a time to it, with somebody else's client.

use std::net::{SocketAddr, TcpStream};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::{Kafka, SchemaRegistry, Sidecar, config, eventually, free_port};

/// A sidecar whose gateway listens on a port of its own.
pub(crate) struct Gateway {
    pub(crate) sidecar: Sidecar,
    address: SocketAddr,
    client: Client,
    runtime: Runtime,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Gateway {
    /// Starts a sidecar with these routes, each a mapping in YAML's flow style without its braces, and waits until it is
    /// ready. `more` are further keys of the gateway, a line each. It goes through the brokers' proxies, if there are any.
    pub(crate) fn start(kafka: &Kafka, registry: &SchemaRegistry, routes: &[&str], more: &str) -> Self {
        let mut gateway = Self::launch(kafka, registry, routes, more);
        gateway.sidecar.await_ready();
        gateway
    }

    /// The same without waiting.
    pub(crate) fn launch(kafka: &Kafka, registry: &SchemaRegistry, routes: &[&str], more: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let listen = format!("listen: \"{address}\"\n{more}");
        Self { address, ..Self::launch_with(kafka, registry, routes, &listen) }
    }

    /// The same at another address, which requests are not made to.
    pub(crate) fn launch_at(listen: &str, kafka: &Kafka, registry: &SchemaRegistry, routes: &[&str]) -> Self {
        Self::launch_with(kafka, registry, routes, &format!("listen: \"{listen}\""))
    }

    fn launch_with(kafka: &Kafka, registry: &SchemaRegistry, routes: &[&str], more: &str) -> Self {
        let mut text = config(kafka, registry, &[]).replace("pipelines:\n", "") + "gateway:\n";
        for line in more.lines() {
            text.extend(["  ", line.trim(), "\n"]);
        }
        if !kafka.proxies().is_empty() {
            text = text.replace(&kafka.bootstrap(), &kafka.proxied());
        }
        text.push_str("  routes:\n");
        for route in routes {
            text.extend(["    - {", route, "}\n"]);
        }
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { sidecar: Sidecar::run(&text), address, client: Client::new(), runtime }
    }

    /// Waits until it listens, ready or not.
    pub(crate) fn await_listening(&self) {
        eventually("the gateway listens", || TcpStream::connect(self.address).ok());
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What many requests at a time are made with.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Posts JSON.
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[("content-type", "application/json")], body)
    }

    /// Makes a request.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(method, self.url() + path).body(body.to_owned());
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            // Another one of this name, not instead of it.
            request = request.header(name, HeaderValue::from_str(value).expect("a header's value"));
        }
        self.runtime.block_on(async {
            let mut answer = request.send().await.expect("an answer");
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.expect("its body") {
                body.extend_from_slice(&chunk);
            }
            Answer { status, headers, body: String::from_utf8(body).expect("text") }
        })
    }
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }
}
