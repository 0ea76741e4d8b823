//! NDJSON to Protobuf: messages one behind the other, each behind its length.

use std::io::{BufRead, Write};

use anyhow::Context as _;

use super::super::files::{Line, Lines, write_failed};
use super::super::language::ProtobufMessage;
use super::super::{Exit, Failure, Outcome};
use super::OnInvalid;
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
    let mut lines = Lines::new(input, limits.record_bytes);
    let (mut rejected, mut datum) = (false, Vec::new());
    for number in 1u64.. {
        let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
        datum.clear();
        let rejection = match line {
            None => break,
            Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => continue,
            Some(Line::Text(text)) => encoder.encode(&message.plan, message.shape, text, &mut datum).err(),
            Some(Line::TooLong(len)) => {
                eprintln!("{number}: : expected at most {} bytes of record, found {len}", limits.record_bytes);
                rejected = true;
                if on_invalid == OnInvalid::Stop {
                    break;
                }
                continue;
            }
        };
        match rejection {
            None => write_delimited(&datum, &mut output).map_err(write_failed)?,
            Some(error) => {
                eprintln!("{number}: {error}");
                rejected = true;
                if on_invalid == OnInvalid::Stop {
                    break;
                }
            }
        }
    }
    output.flush().map_err(write_failed)?;
    if rejected { Err(Failure::told(Exit::Data)) } else { Ok(()) }
}
