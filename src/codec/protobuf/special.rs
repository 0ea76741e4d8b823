//! Messages with a form of their own in JSON, which the descriptors' library knows.

use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde::de::DeserializeSeed as _;

use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::schema::protobuf::plan::Shape;

/// Appends the message that a JSON value stands for.
pub(super) fn encode(shape: &Shape, json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let message = shape.descriptor.clone().deserialize(&mut reader).map_err(|error| {
        Fault::new(ViolationKind::Value, format!("JSON for message {}", shape.name), format!("({error})"))
    })?;
    out.extend_from_slice(&message.encode_to_vec());
    Ok(())
}

/// Appends the JSON value that stands for a message.
pub(super) fn decode(shape: &Shape, data: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
    let malformed = |error: &dyn std::fmt::Display| {
        Fault::new(ViolationKind::Malformed, format!("message {}", shape.name), format!("({error})"))
    };
    let message = DynamicMessage::decode(shape.descriptor.clone(), data).map_err(|error| malformed(&error))?;
    serde_json::to_writer(out, &message).map_err(|error| malformed(&error))
}
