//! The demo's other two formats: a shipment that its JSON Schema refuses, and a refund that becomes Protobuf and JSON again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rdkafka::ClientConfig;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::traffic::{PATIENCE, header, reader};
use crate::server::{Registry, Submission};

/// The pipelines of both formats.
pub(super) const PIPELINES: &str = "\
- name: shipments
  direction: serialize
  source: {topics: [shipments.raw]}
  sink: {topic: shipments}
  context: .staging
  value: {format: json}
  on_invalid: {dead_letter: shipments.dlq}
- name: refunds-to-protobuf
  direction: serialize
  source: {topics: [refunds.raw]}
  sink: {topic: refunds}
  context: .production
  value: {format: protobuf}
- name: refunds-to-json
  direction: deserialize
  source: {topics: [refunds]}
  sink: {topic: refunds.json}
  context: .production
  value: {format: protobuf}
";

/// Their topics; results come in the last three.
pub(super) const TOPICS: [&str; 6] =
    ["shipments.raw", "shipments", "refunds.raw", "shipments.dlq", "refunds", "refunds.json"];

/// The subjects, as they are written here and in errors.
pub(super) const SHIPMENTS: &str = ":.staging:shipments-value";
pub(super) const REFUNDS: &str = ":.production:refunds-value";

const SHIPMENT_SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "required": ["shipment_id", "parcels"], "properties": {"shipment_id": {"type": "string"},
  "parcels": {"type": "array", "items": {"type": "object", "properties": {"kg": {"type": "number", "minimum": 0.1}}}}}}"#;

const REFUND_FILE: &str = r#"syntax = "proto3";
package shop;
message Refund {
  enum Reason { OTHER = 0; DAMAGED = 1; }
  string refund_id = 1;
  int64 cents = 2;
  Reason reason = 3;
}"#;

/// A parcel of it weighs nothing.
pub(super) const SHIPMENT: &str = r#"{"shipment_id":"s-1","parcels":[{"kg":2.5},{"kg":0}]}"#;

pub(super) const REFUND: &str = r#"{"refundId":"r-1","cents":"87084","reason":"DAMAGED"}"#;

/// What became of the two records.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// Why the shipment is a dead letter.
    pub(super) error: String,
    /// The refund as Protobuf in the wire format, and as JSON again.
    pub(super) refund: (Vec<u8>, String),
}

/// Registers both schemas.
pub(super) fn register(registry: &Registry) -> anyhow::Result<()> {
    for (subject, schema_type, text) in [(SHIPMENTS, "JSON", SHIPMENT_SCHEMA), (REFUNDS, "PROTOBUF", REFUND_FILE)] {
        registry
            .register(subject, Submission { schema_type: Some(schema_type.to_owned()), ..Submission::avro(text) })?;
    }
    Ok(())
}

/// Sends both records and waits for what becomes of them, or until the user wants no more.
pub(super) fn run(bootstrap: &str, stop: &AtomicBool) -> anyhow::Result<Results> {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).create().context("the demo's producer")?;
    for (topic, record) in [("shipments.raw", SHIPMENT), ("refunds.raw", REFUND)] {
        let record = BaseRecord::<(), str>::to(topic).payload(record);
        producer.send(record).map_err(|(error, _)| error).context("the demo's producer")?;
    }
    producer.flush(PATIENCE).context("the demo's producer")?;
    let (mut results, mut awaited) = (Results::default(), 3);
    let consumer = reader(bootstrap, TOPICS.into_iter().skip(3))?;
    let started = Instant::now();
    while awaited > 0 && !stop.load(Ordering::Relaxed) {
        if started.elapsed() > PATIENCE {
            bail!("nothing has arrived for {} s: {results:?}", PATIENCE.as_secs());
        }
        let Some(message) = consumer.poll(Duration::from_millis(50)) else { continue };
        let message = message.context("the demo's consumer")?;
        let payload = message.payload().unwrap_or_default();
        awaited -= 1;
        match message.topic() {
            "shipments.dlq" => results.error = header(&message, "serdecar.error"),
            "refunds" => results.refund.0 = payload.to_vec(),
            _ => results.refund.1 = String::from_utf8_lossy(payload).into_owned(),
        }
    }
    Ok(results)
}
