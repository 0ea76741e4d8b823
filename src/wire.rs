//! Wire format: how a Kafka payload says which schema wrote it.
//!
//! A schema is named by the magic byte `0` and a four-byte big-endian id, or by the magic byte `1` and the sixteen bytes of its
//! GUID ([specification](https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format)).
//! That name stands in front of the payload, or in a header of the record: then the value is the bare payload. A header
//! comes first where a record has both. An id carries **no context**: whoever reads it must know the context from elsewhere.
//!
//! Behind the name of a Protobuf file stand the indexes that say which of its messages it is: how many there are, then each,
//! as zigzag integers. The one index 0, the first message of a file, is the single byte 0.

use std::ffi::CStr;

use crate::schema::avro::varint;
use crate::schema::{Guid, Identifier, SchemaId};

/// The first byte of a name that is an id.
pub const MAGIC: u8 = 0;

/// The first byte of a name that is a GUID.
pub const GUID_MAGIC: u8 = 1;

/// Bytes of an id's name: the magic byte and the id.
pub const HEADER_LEN: usize = 5;

/// The record header that names the schema of the key.
pub const KEY_HEADER: &CStr = c"__key_schema_id";

/// The record header that names the schema of the value.
pub const VALUE_HEADER: &CStr = c"__value_schema_id";

/// A payload and what names the schema that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The schema; an id is to be looked up in a context that the caller knows.
    pub schema: Identifier,
    /// Everything behind the name; may be empty (a record without fields is zero bytes of Avro).
    pub payload: &'a [u8],
    /// What follows the name in the record's header, where it stands there: the indexes of a Protobuf message.
    pub indexes: Option<&'a [u8]>,
}

/// Why bytes do not name a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// There is no byte at all.
    #[error("empty payload: expected magic byte 0 and a 4-byte schema id")]
    Empty,
    /// The first byte is no magic byte; the data was not written in this format.
    #[error("unknown magic byte 0x{0:02x}: expected 0x00, so this was not written by a registry serializer")]
    Magic(u8),
    /// The payload ends within the id.
    #[error("truncated header: {0} byte(s), expected at least 5 (magic byte 0 and a 4-byte schema id)")]
    Truncated(usize),
    /// The payload ends within the GUID.
    #[error("truncated header: {0} byte(s), expected at least 17 (magic byte 1 and a 16-byte schema GUID)")]
    TruncatedGuid(usize),
    /// Ids are signed 32-bit integers on the wire and never negative.
    #[error("negative schema id {0}")]
    NegativeId(i32),
    /// The record's header names no schema.
    #[error(
        "{0} byte(s) in the record's schema id header that name no schema: expected magic byte 1 and a 16-byte GUID"
    )]
    Header(usize),
    /// The record's header goes on behind the name, and the format has nothing to say there.
    #[error("{0} more byte(s) behind the name of the schema in the record's header")]
    HeaderTail(usize),
}

impl<'a> Frame<'a> {
    /// The payload, in a format that knows no indexes.
    pub fn datum(&self) -> Result<&'a [u8], FrameError> {
        match self.indexes {
            None | Some([]) => Ok(self.payload),
            Some(tail) => Err(FrameError::HeaderTail(tail.len())),
        }
    }
}

/// The most indexes that are read: messages nest less deep.
const MAX_INDEXES: i64 = 64;

/// Why the indexes in front of a Protobuf message can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The payload ends within them, or there is no integer.
    #[error("truncated message indexes")]
    Truncated,
    /// There are more than messages can nest, or fewer than none.
    #[error("{0} message indexes, expected 0 to {MAX_INDEXES}")]
    Count(i64),
    /// Messages count from 0.
    #[error("message index {0}")]
    Index(i64),
}

/// Appends the indexes of a Protobuf message.
pub fn write_message_indexes(indexes: &[u32], out: &mut Vec<u8>) {
    if indexes == [0] {
        return out.push(0);
    }
    varint::write_len(indexes.len(), out);
    for index in indexes {
        varint::write(i64::from(*index), out);
    }
}

/// Splits a payload into the indexes of a message, which replace what is in `indexes`, and the message.
pub fn read_message_indexes<'a>(payload: &'a [u8], indexes: &mut Vec<u32>) -> Result<&'a [u8], IndexError> {
    indexes.clear();
    let mut rest = payload;
    let mut next = || -> Result<i64, IndexError> {
        let (value, len) = varint::read(rest).ok_or(IndexError::Truncated)?;
        rest = rest.get(len..).unwrap_or_default();
        Ok(value)
    };
    let count = next()?;
    if !(0..=MAX_INDEXES).contains(&count) {
        return Err(IndexError::Count(count));
    }
    for _ in 0..count {
        let index = next()?;
        indexes.push(u32::try_from(index).map_err(|_| IndexError::Index(index))?);
    }
    if count == 0 {
        indexes.push(0);
    }
    Ok(rest)
}

/// Appends the name of a schema; the caller appends the payload.
pub fn write_header(schema: Identifier, out: &mut Vec<u8>) {
    match schema {
        Identifier::Id(id) => {
            out.push(MAGIC);
            out.extend_from_slice(&id.get().to_be_bytes());
        }
        Identifier::Guid(guid) => {
            out.push(GUID_MAGIC);
            out.extend_from_slice(guid.bytes());
        }
    }
}

/// Splits what was written with a schema into the schema's name and the payload. `header` is the value of the record's
/// schema id header for this part, if it has one.
#[inline]
pub fn read<'a>(header: Option<&'a [u8]>, bytes: &'a [u8]) -> Result<Frame<'a>, FrameError> {
    match header {
        None => {
            let (schema, payload) = read_name(bytes)?;
            Ok(Frame { schema, payload, indexes: None })
        }
        Some(header) => {
            let (schema, indexes) = read_name(header).map_err(|_| FrameError::Header(header.len()))?;
            Ok(Frame { schema, payload: bytes, indexes: Some(indexes) })
        }
    }
}

/// Splits bytes into the name at their front and what follows it.
fn read_name(bytes: &[u8]) -> Result<(Identifier, &[u8]), FrameError> {
    match bytes {
        [] => Err(FrameError::Empty),
        [MAGIC, a, b, c, d, rest @ ..] => {
            let id = i32::from_be_bytes([*a, *b, *c, *d]);
            let id = u32::try_from(id).ok().and_then(SchemaId::new).ok_or(FrameError::NegativeId(id))?;
            Ok((Identifier::Id(id), rest))
        }
        [MAGIC, ..] => Err(FrameError::Truncated(bytes.len())),
        [GUID_MAGIC, rest @ ..] => match rest.split_first_chunk() {
            Some((guid, rest)) => Ok((Identifier::Guid(Guid::new(*guid)), rest)),
            None => Err(FrameError::TruncatedGuid(bytes.len())),
        },
        [other, ..] => Err(FrameError::Magic(*other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> Identifier {
        SchemaId::new(n).unwrap().into()
    }

    #[test]
    fn a_frame_reads_back() {
        let mut frame = Vec::new();
        write_header(id(0x0102_0304), &mut frame);
        frame.extend_from_slice(b"datum");
        assert_eq!(frame, [0, 1, 2, 3, 4, b'd', b'a', b't', b'u', b'm']);
        assert_eq!(read(None, &frame), Ok(Frame { schema: id(0x0102_0304), payload: b"datum", indexes: None }));
    }

    #[test]
    fn a_guid_reads_back_from_the_front_and_from_a_header() {
        let guid = Identifier::Guid(Guid::new(*b"\x09\x5d\x71\xcf\x12\x55\x6b\x9d\x5e\x33\x0a\xd5\x75\xb3\xdf\x5d"));
        let mut name = Vec::new();
        write_header(guid, &mut name);
        assert_eq!(name.first_chunk(), Some(&[1, 0x09, 0x5d, 0x71, 0xcf]));
        assert_eq!(name.len(), 17);
        let in_header = read(Some(&name), b"\x00datum");
        assert_eq!(in_header, Ok(Frame { schema: guid, payload: b"\x00datum", indexes: Some(b"") }));
        let frame = [&name, &b"datum"[..]].concat();
        assert_eq!(read(None, &frame), Ok(Frame { schema: guid, payload: b"datum", indexes: None }));
        // A Protobuf header goes on with the message's indexes.
        let indexed = [&name, &[2, 2][..]].concat();
        let frame = read(Some(&indexed), b"").unwrap();
        assert_eq!((frame.indexes, frame.datum()), (Some(&[2, 2][..]), Err(FrameError::HeaderTail(2))));
    }

    #[test]
    fn a_header_comes_before_the_front_and_must_name_a_schema() {
        let frame = [0, 0, 0, 0, 7, b'd'];
        let from_header = Ok(Frame { schema: id(9), payload: &frame[..], indexes: Some(&[][..]) });
        assert_eq!(read(Some(&[0, 0, 0, 0, 9]), &frame), from_header);
        for header in [&b""[..], b"{}", &[1; 16], &[0; 4], &[0, 0xff, 0, 0, 0]] {
            assert_eq!(read(Some(header), &frame), Err(FrameError::Header(header.len())));
        }
    }

    #[test]
    fn the_payload_may_be_empty() {
        assert_eq!(read(None, &[0, 0, 0, 0, 7]), Ok(Frame { schema: id(7), payload: b"", indexes: None }));
    }

    #[test]
    fn the_largest_id_is_a_positive_i32() {
        assert_eq!(read(None, &[0, 0x7f, 0xff, 0xff, 0xff]).map(|f| f.schema), Ok(id(2_147_483_647)));
        assert_eq!(read(None, &[0, 0x80, 0, 0, 0]), Err(FrameError::NegativeId(i32::MIN)));
        assert_eq!(read(None, &[0, 0xff, 0xff, 0xff, 0xff]), Err(FrameError::NegativeId(-1)));
    }

    /// The indexes and what stands behind them.
    fn split(payload: &[u8]) -> Result<(Vec<u32>, &[u8]), IndexError> {
        let mut indexes = vec![7];
        let rest = read_message_indexes(payload, &mut indexes)?;
        Ok((indexes, rest))
    }

    #[test]
    fn indexes_read_back() {
        for (indexes, bytes) in
            [(&[0][..], &[0][..]), (&[1], &[2, 2]), (&[0, 0], &[4, 0, 0]), (&[2, 0, 70], &[6, 4, 0, 0x8c, 1])]
        {
            let mut out = Vec::new();
            write_message_indexes(indexes, &mut out);
            assert_eq!(out, bytes);
            out.extend_from_slice(b"data");
            assert_eq!(split(&out), Ok((indexes.to_vec(), &b"data"[..])));
        }
        assert_eq!(split(&[2, 0, 9]), Ok((vec![0], &[9][..])), "the long form of the first message");
    }

    #[test]
    fn malformed_indexes_are_precise_errors() {
        assert_eq!(split(&[]), Err(IndexError::Truncated));
        assert_eq!(split(&[4, 0]), Err(IndexError::Truncated));
        assert_eq!(split(&[0x80; 11]), Err(IndexError::Truncated));
        assert_eq!(split(&[1]), Err(IndexError::Count(-1)));
        assert_eq!(split(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Err(IndexError::Count(-2_147_483_648)));
        assert_eq!(split(&[2, 1]), Err(IndexError::Index(-1)));
        let far = split(&[2, 0x80, 0x80, 0x80, 0x80, 0x20]);
        assert_eq!(far, Err(IndexError::Index(4_294_967_296)));
    }

    #[test]
    fn every_malformed_frame_is_a_precise_error() {
        assert_eq!(read(None, b""), Err(FrameError::Empty));
        assert_eq!(read(None, b"{\"a\":1}"), Err(FrameError::Magic(b'{')));
        assert_eq!(read(None, &[2]), Err(FrameError::Magic(2)));
        for len in 1..HEADER_LEN {
            assert_eq!(read(None, &[0; HEADER_LEN][..len]), Err(FrameError::Truncated(len)));
        }
        for len in 1..=Guid::LEN {
            assert_eq!(read(None, &[1; 1 + Guid::LEN][..len]), Err(FrameError::TruncatedGuid(len)));
        }
        assert_eq!(
            read(None, b"{}").unwrap_err().to_string(),
            "unknown magic byte 0x7b: expected 0x00, so this was not written by a registry serializer"
        );
    }
}
