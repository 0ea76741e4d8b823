//! Wire format: how a Kafka payload says which schema wrote it.
//!
//! A frame is the magic byte `0`, a four-byte big-endian schema id, and the payload
//! ([specification](https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format)).
//! The id carries **no context**: whoever reads a frame must know the context from elsewhere.
//!
//! In front of a Protobuf message stand the indexes that say which message of the file it is: how many there are, then each,
//! as zigzag integers. The one index 0, the first message of a file, is the single byte 0.

use crate::schema::SchemaId;
use crate::schema::avro::varint;

/// The first byte of every frame that carries a numeric schema id.
pub const MAGIC: u8 = 0;

/// Bytes before the payload: the magic byte and the id.
pub const HEADER_LEN: usize = 5;

/// A payload and the id of the schema that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The id in front of the payload, to be looked up in a context that the caller knows.
    pub id: SchemaId,
    /// Everything behind the header; may be empty (a record without fields is zero bytes of Avro).
    pub payload: &'a [u8],
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// There is no byte at all.
    #[error("empty payload: expected magic byte 0 and a 4-byte schema id")]
    Empty,
    /// The first byte is not the magic byte; the data was not written in this format.
    #[error("unknown magic byte 0x{0:02x}: expected 0x00, so this was not written by a registry serializer")]
    Magic(u8),
    /// The payload ends within the header.
    #[error("truncated header: {0} byte(s), expected at least 5 (magic byte 0 and a 4-byte schema id)")]
    Truncated(usize),
    /// Ids are signed 32-bit integers on the wire and never negative.
    #[error("negative schema id {0}")]
    NegativeId(i32),
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

/// Appends the header of a frame for `id`; the caller appends the payload.
pub fn write_header(id: SchemaId, out: &mut Vec<u8>) {
    out.push(MAGIC);
    out.extend_from_slice(&id.get().to_be_bytes());
}

/// Splits a frame into id and payload.
pub fn read(bytes: &[u8]) -> Result<Frame<'_>, FrameError> {
    match bytes {
        [] => Err(FrameError::Empty),
        [MAGIC, a, b, c, d, payload @ ..] => {
            let id = i32::from_be_bytes([*a, *b, *c, *d]);
            let id = u32::try_from(id).ok().and_then(SchemaId::new).ok_or(FrameError::NegativeId(id))?;
            Ok(Frame { id, payload })
        }
        [MAGIC, ..] => Err(FrameError::Truncated(bytes.len())),
        [other, ..] => Err(FrameError::Magic(*other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u32) -> SchemaId {
        SchemaId::new(n).unwrap()
    }

    #[test]
    fn a_frame_reads_back() {
        let mut frame = Vec::new();
        write_header(id(0x0102_0304), &mut frame);
        frame.extend_from_slice(b"datum");
        assert_eq!(frame, [0, 1, 2, 3, 4, b'd', b'a', b't', b'u', b'm']);
        assert_eq!(read(&frame), Ok(Frame { id: id(0x0102_0304), payload: b"datum" }));
    }

    #[test]
    fn the_payload_may_be_empty() {
        assert_eq!(read(&[0, 0, 0, 0, 7]), Ok(Frame { id: id(7), payload: b"" }));
    }

    #[test]
    fn the_largest_id_is_a_positive_i32() {
        assert_eq!(read(&[0, 0x7f, 0xff, 0xff, 0xff]).map(|f| f.id), Ok(id(2_147_483_647)));
        assert_eq!(read(&[0, 0x80, 0, 0, 0]), Err(FrameError::NegativeId(i32::MIN)));
        assert_eq!(read(&[0, 0xff, 0xff, 0xff, 0xff]), Err(FrameError::NegativeId(-1)));
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
        assert_eq!(read(b""), Err(FrameError::Empty));
        assert_eq!(read(b"{\"a\":1}"), Err(FrameError::Magic(b'{')));
        assert_eq!(read(&[1]), Err(FrameError::Magic(1)));
        for len in 1..HEADER_LEN {
            assert_eq!(read(&[0; HEADER_LEN][..len]), Err(FrameError::Truncated(len)));
        }
        assert_eq!(
            read(b"{}").unwrap_err().to_string(),
            "unknown magic byte 0x7b: expected 0x00, so this was not written by a registry serializer"
        );
    }
}
