//! A registry on a free port, in this process, and a client for it and others.

use std::ops::Deref;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, ServeError, run};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Asks a registry.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    base: String,
    http: reqwest::Client,
}

/// A running registry, with a client for it. Stops when dropped.
pub(crate) struct Api {
    pub(crate) address: String,
    client: Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
}

/// Status and body of an answer; a body that is no JSON is `null`.
pub(crate) type Answer = (u16, Value);

impl Api {
    pub(crate) async fn start() -> Self {
        Self::serve(Registry::new(QualifiedNames::On)).await
    }

    pub(crate) async fn serve(registry: Registry) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let server = tokio::spawn(run(listener, registry, shutdown));
        let client = Client::new(format!("http://{address}"));
        Self { address, client, stop, server }
    }

    /// Tells the server to stop; the handle completes when it has.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), ServeError>> {
        self.stop.send(()).unwrap();
        self.server
    }
}

impl Deref for Api {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Client {
    /// For the registry with this URL.
    pub(crate) fn new(base: String) -> Self {
        Self { base, http: reqwest::Client::new() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        answer(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::PUT, path).json(body).send().await.unwrap()).await
    }

    /// Status and body of the answer to a request as they are.
    #[expect(clippy::disallowed_methods, reason = "the server under test decides the size of its answers")]
    pub(crate) async fn text(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The answer, if the registry lives to give one.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Option<Answer> {
        try_answer(self.request(Method::POST, path).json(body)).await
    }

    /// The answer, if the registry lives to give one.
    pub(crate) async fn try_delete(&self, path: &str) -> Option<Answer> {
        try_answer(self.request(Method::DELETE, path)).await
    }

    /// Registers an Avro schema and returns id and version.
    pub(crate) async fn register(&self, subject: &str, schema: &str) -> (u64, u64) {
        let body = json!({"schema": schema});
        let (status, answer) = self.post(&format!("/subjects/{subject}/versions"), &body).await;
        assert_eq!(status, 200, "{subject}: {answer}");
        (answer["id"].as_u64().unwrap(), answer["version"].as_u64().unwrap())
    }
}

async fn try_answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    read(request.send().await.ok()?).await.ok()
}

pub(crate) async fn answer(response: Response) -> Answer {
    read(response).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the server under test decides the size of its answers")]
async fn read(response: Response) -> reqwest::Result<Answer> {
    let status = response.status().as_u16();
    let body = response.bytes().await?;
    Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

/// An error's status, code and message.
pub(crate) fn error(answer: &Answer) -> (u16, u64, &str) {
    let (status, body) = answer;
    let members: Vec<&String> = body.as_object().expect("an error body").keys().collect();
    assert_eq!(members, ["error_code", "message"]);
    (*status, body["error_code"].as_u64().unwrap(), body["message"].as_str().unwrap())
}

/// An error's code alone; the status must go with it.
pub(crate) fn code(answer: &Answer) -> u64 {
    let (status, code, _) = error(answer);
    assert_eq!(u64::from(status), if code < 1_000 { code } else { code / 100 });
    code
}

/// A schema of its own for each text. All of them read the same data.
pub(crate) fn record(doc: &str) -> String {
    format!(r#"{{"type":"record","name":"R","doc":"{doc}","fields":[{{"name":"f","type":"string"}}]}}"#)
}
