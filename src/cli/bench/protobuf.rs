//! What records cost as Protobuf.

use std::hint::black_box;
use std::io::BufRead;

use anyhow::Context as _;

use super::super::files::{Line, Lines};
use super::super::language::ProtobufMessage;
use super::super::{Exit, Failure};
use super::{MAX_BYTES, measure};
use crate::codec::Limits;
use crate::codec::avro::UnknownFields;
use crate::codec::protobuf::{Decoder, Encoder};

/// The records that the message takes, in both forms.
#[derive(Debug)]
pub(super) struct Records<'a> {
    message: &'a ProtobufMessage,
    unknown_fields: UnknownFields,
    json: Vec<Vec<u8>>,
    binary: Vec<Vec<u8>>,
    pub(super) rejected: u64,
}

impl<'a> Records<'a> {
    pub(super) fn read(
        message: &'a ProtobufMessage,
        unknown_fields: UnknownFields,
        input: impl BufRead,
    ) -> Result<Self, Failure> {
        let limits = Limits::default();
        let mut encoder = Encoder::new(unknown_fields, limits);
        let mut lines = Lines::new(input, limits.record_bytes);
        let mut records = Self { message, unknown_fields, json: Vec::new(), binary: Vec::new(), rejected: 0 };
        let mut bytes = 0;
        while bytes < MAX_BYTES {
            let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
            let mut datum = Vec::new();
            match line {
                None => break,
                Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => {}
                Some(Line::Text(text)) if encoder.encode(&message.plan, message.shape, text, &mut datum).is_ok() => {
                    bytes += text.len();
                    records.json.push(text.to_vec());
                    records.binary.push(datum);
                }
                Some(_) => records.rejected += 1,
            }
        }
        Ok(records)
    }

    /// What both directions cost; `None` if there are no records.
    #[expect(clippy::cast_precision_loss, reason = "figures that people read have few digits")]
    pub(super) fn report(&self) -> Option<String> {
        let ProtobufMessage { plan, shape } = self.message;
        let limits = Limits::default();
        let (mut encoder, mut decoder) = (Encoder::new(self.unknown_fields, limits), Decoder::new(limits));
        let mut out = Vec::new();
        if self.json.is_empty() {
            return None;
        }
        // Each record was encoded before, and what was encoded decodes.
        let encode = measure(&self.json, |record| {
            out.clear();
            encoder.encode(plan, *shape, record, &mut out).is_ok_and(|()| black_box(!out.is_empty()))
        });
        let decode = measure(&self.binary, |datum| {
            out.clear();
            decoder.decode(plan, *shape, datum, &mut out).is_ok_and(|()| black_box(!out.is_empty()))
        });
        let size = |records: &[Vec<u8>]| records.iter().map(Vec::len).sum::<usize>() as f64;
        let (count, json, binary) = (self.json.len() as f64, size(&self.json), size(&self.binary));
        let speed = |seconds: f64| {
            format!("{:>12.0} records/s {:>9.1} MB/s of JSON, on one core", count / seconds, json / seconds / 1e6)
        };
        Some(format!(
            "records {:>12}  ({} rejected)\nencode  {}\ndecode  {}\n\
             size    {json:>12.0} bytes of JSON, {binary:.0} of Protobuf: {:.1} % saved\n",
            self.json.len(),
            self.rejected,
            speed(encode),
            speed(decode),
            100.0 - binary / json * 100.0
        ))
    }
}
