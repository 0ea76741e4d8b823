//! The least that a request costs: a handler that reads the body and produces it as it is, and answers when brokers have it.
//!
//! Its producer has the properties of the gateway's as far as they matter here, so both send the same batches.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::SocketAddr;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::util::Timeout;

/// Where brokers are, and where it listens.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    #[arg(long)]
    bootstrap: String,
    #[arg(long)]
    listen: SocketAddr,
}

/// The arguments of this program that start it.
pub(crate) fn arguments(bootstrap: &str, listen: SocketAddr) -> Vec<OsString> {
    ["bare", "--bootstrap", bootstrap, "--listen", &listen.to_string()].map(OsString::from).to_vec()
}

/// As the gateway has them by default.
const PROPERTIES: [(&str, &str); 8] = [
    ("acks", "all"),
    ("enable.idempotence", "true"),
    ("linger.ms", "1"),
    ("batch.num.messages", "4000"),
    ("queue.buffering.max.messages", "30000"),
    ("message.timeout.ms", "10000"),
    ("partitioner", "murmur2_random"),
    ("socket.timeout.ms", "15000"),
];

/// Serves until the process is killed.
pub(crate) fn run(place: &Place) -> anyhow::Result<Infallible> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &place.bootstrap);
    for (name, value) in PROPERTIES {
        config.set(name, value);
    }
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let producer: FutureProducer = config.create()?;
        let router = axum::Router::new().route("/topics/{topic}", post(produce)).with_state(producer);
        let listener = tokio::net::TcpListener::bind(place.listen).await?;
        axum::serve(listener, router).await?;
        None.context("it serves until it is killed")
    })
}

async fn produce(State(producer): State<FutureProducer>, Path(topic): Path<String>, body: Bytes) -> Response {
    let record: FutureRecord<'_, (), [u8]> = FutureRecord::to(&topic).payload(&body);
    match producer.send(record, Timeout::Never).await {
        Ok(delivery) => {
            let (partition, offset) = (delivery.partition, delivery.offset);
            Json(serde_json::json!({"topic": topic, "partition": partition, "offset": offset})).into_response()
        }
        Err((error, _)) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}
