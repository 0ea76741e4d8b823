//! Protobuf to NDJSON: messages one behind the other, each behind its length.

use std::io::{BufRead, Write};

use anyhow::{Context as _, anyhow};

use super::super::files::write_failed;
use super::super::language::ProtobufMessage;
use super::super::{Exit, Failure, Outcome};
use crate::codec::Limits;
use crate::codec::protobuf::Decoder;
use crate::codec::protobuf::delimited::{DelimitedError, DelimitedReader};

pub(super) fn decode(message: &ProtobufMessage, input: impl BufRead, mut output: impl Write) -> Outcome {
    let limits = Limits::default();
    let mut reader = DelimitedReader::new(input, limits.record_bytes);
    let mut decoder = Decoder::new(limits);
    let (mut datum, mut text) = (Vec::new(), Vec::new());
    for record in 1u64.. {
        let more = match reader.read(&mut datum) {
            Ok(more) => more,
            Err(DelimitedError::Io(error)) => {
                let error = anyhow::Error::from(error).context("can't read the input");
                return Err(Failure::new(Exit::NoInput, error));
            }
            Err(damaged) => {
                // What came before is good.
                output.flush().map_err(write_failed)?;
                return Err(Failure::new(Exit::Data, damaged));
            }
        };
        if !more {
            break;
        }
        text.clear();
        if let Err(error) = decoder.decode(&message.plan, message.shape, &datum, &mut text) {
            output.flush().map_err(write_failed)?;
            return Err(Failure::new(Exit::Data, anyhow!("record {record}: {error}")));
        }
        text.push(b'\n');
        output.write_all(&text).map_err(write_failed)?;
    }
    output.flush().context("can't write the output").map_err(|error| Failure::new(Exit::Io, error))
}
