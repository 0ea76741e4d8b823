//! NDJSON to Protobuf: messages one behind the other, each behind its length.

use std::io::{BufRead, Write};

use super::super::Outcome;
use super::super::files::write_failed;
use super::super::language::ProtobufMessage;
use super::{OnInvalid, each_line, told};
use crate::codec::Limits;
use crate::codec::avro::UnknownFields;
use crate::codec::protobuf::Encoder;
use crate::codec::protobuf::delimited::write_delimited;

pub(super) fn encode(
    message: &ProtobufMessage,
    unknown_fields: UnknownFields,
    on_invalid: OnInvalid,
    input: impl BufRead,
    mut output: impl Write,
) -> Outcome {
    let limits = Limits::default();
    let mut encoder = Encoder::new(unknown_fields, limits);
    let mut datum = Vec::new();
    let rejected = each_line(input, limits, on_invalid, |text| {
        datum.clear();
        let outcome = encoder.encode(&message.plan, message.shape, text, &mut datum);
        if outcome.is_ok() {
            write_delimited(&datum, &mut output).map_err(write_failed)?;
        }
        Ok(outcome)
    })?;
    output.flush().map_err(write_failed)?;
    told(rejected)
}
