//! JSON Schema and Protobuf with the official JavaScript client: it writes and we read, we write and it reads, in a context,
//! with a reference, and with names of schemas in front of the data and in headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::protobuf;
use super::support::orders::NUMBER;
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, deserialize, javascript, python, serialize};

const VALUE_HEADER: &str = "__value_schema_id";

const RECORDS: u32 = 20;

/// What is written and read: how both sides call the format, what describes it to the client, and what our side writes.
struct Case {
    format: &'static str,
    id_in: &'static str,
    description: Value,
    message: &'static str,
    /// How many bytes stand in front of a message, whose fields may come in any order; JSON is the same to its last byte.
    frame: Option<usize>,
    values: Vec<Value>,
}

impl Case {
    fn topic(&self, name: &str) -> String {
        format!("js.{}.{}.{name}", self.format, self.id_in)
    }

    /// A job for the client, whose topic is the one that it writes to: that is where its subject comes from.
    fn job(&self, what: &str, more: &Value) -> Value {
        let mut job = json!({"do": what, "format": self.format, "id_in": self.id_in, "topic": self.topic("theirs")});
        for members in [&self.description, more] {
            job.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        }
        job
    }
}

fn cases() -> [Case; 4] {
    let files = python("protobuf_files.py", [protobuf::FILES, "shop/order.proto"]).stdout;
    let files = json!({"message": "shop.Order", "files": String::from_utf8(files).unwrap().trim_end()});
    let schemas = json!({
        "schema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "Person",
            "type": "object",
            "properties": {"home": {"$ref": "address.json"}, "age": {"type": "integer", "minimum": 0}},
            "required": ["home"],
        },
        "references": {"address.json": {
            "title": "Address", "type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"],
        }},
    });
    let person = |n: u32| json!({"age": n, "home": {"street": format!("Bahnhofstraße {n}")}, "weight": 0.25});
    let json = |id_in| Case {
        format: "json",
        id_in,
        description: schemas.clone(),
        message: "",
        frame: None,
        values: (0..RECORDS).map(person).collect(),
    };
    let protobuf = |id_in, frame| Case {
        format: "protobuf",
        id_in,
        description: files.clone(),
        message: ", message: shop.Order",
        frame: Some(frame),
        values: (0..RECORDS).map(protobuf::order).collect(),
    };
    [json("prefix"), json("header"), protobuf("prefix", 7), protobuf("header", 0)]
}

/// A record that the client has printed.
fn record(printed: &Value) -> Record {
    let bytes = |name: &str| printed[name].as_str().map(|text| STANDARD.decode(text).unwrap());
    let record = Record::new(bytes("value").unwrap());
    bytes("header").into_iter().fold(record, |record, header| record.header(VALUE_HEADER, header))
}

/// The form in which the client takes one.
fn printed(record: &Record) -> Value {
    let base64 = |bytes: &Option<Vec<u8>>| STANDARD.encode(bytes.as_deref().unwrap());
    let header = record.headers.iter().find(|(name, _)| name == VALUE_HEADER).map(|(_, value)| base64(value));
    json!({"value": base64(&record.value), "header": header})
}

#[test]
fn what_either_of_us_writes_the_other_reads() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let cases = cases();
    let mut pipelines = Vec::new();
    for case in &cases {
        let [theirs, back, ours] = ["theirs", "json", "ours"].map(|name| case.topic(name));
        for topic in [&theirs, &back, &ours] {
            kafka.create_topic(topic, 1);
        }
        // The same ids mean another schema in the default context.
        registry.register(&theirs, &NUMBER.replace("Number", &format!("N{}", pipelines.len())));
        let written = javascript(&registry, ".staging", &case.job("write", &json!({"values": case.values})));
        kafka.produce(&theirs, written.iter().map(record));
        let Case { format, id_in, message, .. } = case;
        let read = format!("context: .staging, value: {{format: {format}}}");
        pipelines.push(deserialize(&theirs, &back, &read));
        let write = format!(
            "context: .staging, value: {{format: {format}, id_in: {id_in}, subject: '{theirs}-value'{message}}}"
        );
        pipelines.push(serialize(&back, &ours, &write));
    }
    let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
    let mut sidecar = Sidecar::run(&config(kafka, &registry, &pipelines));
    for case in &cases {
        let (ours, theirs) =
            (kafka.read_until(&case.topic("ours"), case.values.len()), kafka.read_to_end(&case.topic("theirs")));
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.headers, theirs.headers);
            assert_eq!(ours.headers.len(), usize::from(case.id_in == "header"));
            let (ours, theirs) = (ours.value.as_deref().unwrap(), theirs.value.as_deref().unwrap());
            let frame = case.frame.unwrap_or(theirs.len());
            assert_eq!(ours[..frame], theirs[..frame]);
        }
        let json = kafka.read_to_end(&case.topic("json"));
        let json: Vec<Value> = json.iter().map(|record| serde_json::from_str(record.text()).unwrap()).collect();
        assert_eq!(json, case.values, "{} {}", case.format, case.id_in);
        let records: Vec<Value> = ours.iter().map(printed).collect();
        let read = javascript(&registry, ".staging", &case.job("read", &json!({"records": records})));
        assert_eq!(read, case.values, "{} {}", case.format, case.id_in);
    }
    assert!(sidecar.terminate().success());
}
