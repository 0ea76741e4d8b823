//! Our schema registry inside the test process, for clients of every kind.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use serdecar::schema::{Guid, QualifiedNames};
use serdecar::server::{Registry, run};
use tokio::runtime;
use tokio::sync::oneshot;

use super::{free_port, http};

/// A registry on a port of its own, which ends when it is dropped. It keeps its schemas while it is stopped.
#[derive(Debug)]
pub(crate) struct SchemaRegistry {
    registry: Registry,
    address: SocketAddr,
    server: Option<Server>,
}

#[derive(Debug)]
struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl SchemaRegistry {
    /// An empty registry, running.
    pub(crate) fn start() -> Self {
        let mut registry = Self::absent();
        registry.restart();
        registry
    }

    /// An empty registry that nobody can reach yet; see [`SchemaRegistry::restart`].
    pub(crate) fn absent() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        Self { registry: Registry::new(QualifiedNames::On), address, server: None }
    }

    /// Starts it (again) where it was, with the schemas that it had.
    pub(crate) fn restart(&mut self) {
        assert!(self.server.is_none(), "the registry is running");
        let listener = TcpListener::bind(self.address).expect("its port");
        listener.set_nonblocking(true).expect("a socket for tokio");
        let (registry, (stop, stopped)) = (self.registry.clone(), oneshot::channel());
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                run(listener, registry, async { drop(stopped.await) }).await;
            });
        });
        self.server = Some(Server { stop, thread });
    }

    /// Closes every connection and refuses new ones, until it is started again.
    pub(crate) fn stop(&mut self) {
        let Server { stop, thread } = self.server.take().expect("the registry is running");
        drop(stop);
        thread.join().expect("the registry ends in good order");
    }

    /// Registers an Avro schema, and returns its id in the subject's context.
    pub(crate) fn register(&self, subject: &str, schema: &str) -> u32 {
        self.register_with(subject, schema, &json!([]))
    }

    /// The same for a schema that refers to others.
    pub(crate) fn register_with(&self, subject: &str, schema: &str, references: &Value) -> u32 {
        self.register_as("AVRO", subject, schema, references)
    }

    /// The same for a JSON Schema.
    pub(crate) fn register_json(&self, subject: &str, schema: &str) -> u32 {
        self.register_as("JSON", subject, schema, &json!([]))
    }

    /// The same for a schema of any type.
    pub(crate) fn register_as(&self, schema_type: &str, subject: &str, schema: &str, references: &Value) -> u32 {
        let body = json!({"schemaType": schema_type, "schema": schema, "references": references});
        let answer = self.ask("POST", &format!("/subjects/{subject}/versions"), &body.to_string());
        answer["id"].as_u64().and_then(|id| id.try_into().ok()).expect("an id")
    }

    /// The bytes of the GUID of a subject's latest version.
    pub(crate) fn guid(&self, subject: &str) -> [u8; Guid::LEN] {
        let answer = self.ask("GET", &format!("/subjects/{subject}/versions/latest"), "");
        let guid: Guid = answer["guid"].as_str().and_then(|guid| guid.parse().ok()).expect("a GUID");
        *guid.bytes()
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, body) = http::request(self.address, method, path, body).expect("the registry answers");
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL of the default context.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for SchemaRegistry {
    fn drop(&mut self) {
        if let Some(Server { stop, thread }) = self.server.take() {
            drop(stop);
            let ended = thread.join();
            assert!(thread::panicking() || ended.is_ok(), "the registry panicked");
        }
    }
}
