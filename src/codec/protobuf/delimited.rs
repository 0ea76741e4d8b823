//! Messages one behind the other, each behind its length as a varint: what Java calls `writeDelimitedTo`, and the nearest
//! thing to a container that Protobuf has.

use std::io::{self, BufRead, Read as _, Write};

use prost::encoding::encode_varint;

/// The most bytes of a length.
const MAX_LENGTH: usize = 10;

/// Reads messages, none longer than a limit.
#[derive(Debug)]
pub struct DelimitedReader<R> {
    source: R,
    limit: usize,
    /// How many bytes have been read.
    offset: u64,
}

/// Why there is no next message.
#[derive(Debug, thiserror::Error)]
pub enum DelimitedError {
    /// The input can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not what it should be.
    #[error("damaged at byte {offset}: {what}")]
    Damaged {
        /// Where the message begins that is damaged, in bytes.
        offset: u64,
        /// What is wrong.
        what: String,
    },
}

impl<R: BufRead> DelimitedReader<R> {
    /// A reader of messages of at most `limit` bytes.
    pub fn new(source: R, limit: usize) -> Self {
        Self { source, limit, offset: 0 }
    }

    /// Reads the next message into `message`, which is emptied before; `false` behind the last one.
    pub fn read(&mut self, message: &mut Vec<u8>) -> Result<bool, DelimitedError> {
        message.clear();
        let offset = self.offset;
        let damaged = |what: String| DelimitedError::Damaged { offset, what };
        let Some(len) = self.length()? else { return Ok(false) };
        let len = len.map_err(|what| damaged(what.to_owned()))?;
        if !usize::try_from(len).is_ok_and(|len| len <= self.limit) {
            return Err(damaged(format!("a length of {len}, more than {}", self.limit)));
        }
        // Only what is there takes memory, whatever the length says.
        let read = self.source.by_ref().take(len).read_to_end(message)?;
        self.offset += u64::try_from(read).unwrap_or(u64::MAX);
        if u64::try_from(read).is_ok_and(|read| read == len) {
            return Ok(true);
        }
        Err(damaged(format!("it ends {read} bytes into a message of {len}")))
    }

    /// Reads a length, or why it is none; nothing at the end of the input.
    fn length(&mut self) -> io::Result<Option<Result<u64, &'static str>>> {
        let mut bytes = Vec::with_capacity(MAX_LENGTH);
        loop {
            let mut byte = [0];
            if self.source.read(&mut byte)? == 0 {
                return Ok((!bytes.is_empty()).then_some(Err("it ends within a length")));
            }
            bytes.extend_from_slice(&byte);
            self.offset += 1;
            if byte[0] & 0x80 == 0 {
                return Ok(Some(super::varint(&bytes).map(|(len, _)| len).ok_or("no length")));
            }
            if bytes.len() == MAX_LENGTH {
                return Ok(Some(Err("no length")));
            }
        }
    }
}

/// Writes a message behind its length.
pub fn write_delimited(message: &[u8], out: &mut impl Write) -> io::Result<()> {
    let mut length = Vec::with_capacity(MAX_LENGTH);
    encode_varint(u64::try_from(message.len()).unwrap_or(u64::MAX), &mut length);
    out.write_all(&length)?;
    out.write_all(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<String>) {
        let (mut reader, mut messages, mut message) = (DelimitedReader::new(bytes, 300), Vec::new(), Vec::new());
        loop {
            match reader.read(&mut message) {
                Ok(true) => messages.push(message.clone()),
                Ok(false) => return (messages, None),
                Err(error) => return (messages, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn messages_come_back() {
        let messages = vec![b"ab".to_vec(), Vec::new(), vec![7; 300]];
        let mut out = Vec::new();
        for message in &messages {
            write_delimited(message, &mut out).unwrap();
        }
        assert_eq!(out[..6], [2, b'a', b'b', 0, 0xac, 2]);
        assert_eq!(read(&out), (messages, None));
        assert_eq!(read(b""), (Vec::new(), None));
    }

    #[test]
    fn what_is_damaged_says_where() {
        for (bytes, error) in [
            (&b"\x01a\x02b"[..], "damaged at byte 2: it ends 1 bytes into a message of 2"),
            (b"\x01a\x80", "damaged at byte 2: it ends within a length"),
            (b"\x01a\xad\x02", "damaged at byte 2: a length of 301, more than 300"),
            (b"\x01a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "damaged at byte 2: no length"),
            (b"\x01a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "damaged at byte 2: no length"),
        ] {
            assert_eq!(read(bytes), (vec![b"a".to_vec()], Some(error.to_owned())));
        }
        let (messages, error) = read(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
        assert!(messages.is_empty());
        assert_eq!(error.unwrap(), "damaged at byte 0: a length of 18446744073709551615, more than 300");
    }
}
