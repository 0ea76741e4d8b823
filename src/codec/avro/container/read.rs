//! Reading containers, block by block.

use std::io::{ErrorKind, Read};

use apache_avro::error::Details;

use super::{CODEC_KEY, Compression, ContainerError, MAGIC, SCHEMA_KEY, SYNC_LEN};
use crate::schema::avro::varint;

/// The header's metadata, and each block as it stands in the file, may be as large as this.
const MAX_HEADER: usize = 16 << 20;
const MAX_BLOCK: usize = 1 << 29;

/// Reads a container. Holds one block at a time.
#[derive(Debug)]
pub struct ContainerReader<R> {
    source: Counted<R>,
    schema: String,
    compression: Compression,
    sync: [u8; SYNC_LEN],
    blocks: u64,
    /// Where the block that was read last starts.
    offset: u64,
}

/// A source that knows how far it was read.
#[derive(Debug)]
struct Counted<R> {
    source: R,
    offset: u64,
}

impl<R: Read> ContainerReader<R> {
    /// Reads the header.
    pub fn new(source: R) -> Result<Self, ContainerError> {
        let mut source = Counted { source, offset: 0 };
        let mut magic = [0; MAGIC.len()];
        match source.fill(&mut magic) {
            Ok(()) if magic == MAGIC => {}
            Ok(()) => return Err(ContainerError::Magic),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(ContainerError::Magic),
            Err(error) => return Err(error.into()),
        }
        let (mut schema, mut compression) = (None, Compression::Null);
        source.metadata(|key, value| {
            match key {
                SCHEMA_KEY => schema = Some(value),
                CODEC_KEY => compression = Compression::from_name(&value).ok_or(ContainerError::Codec(value))?,
                _ => {}
            }
            Ok(())
        })?;
        let mut sync = [0; SYNC_LEN];
        source.fill(&mut sync).map_err(|error| header(error, "it ends before the sync marker"))?;
        let schema = schema.ok_or(ContainerError::Header("it holds no avro.schema"))?;
        Ok(Self { source, schema, compression, sync, blocks: 0, offset: 0 })
    }

    /// The text of the schema that the data were written with.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Puts the data of the next block into `data`, one behind the other, and gives their count. `None` at the end.
    pub fn next_block(&mut self, data: &mut Vec<u8>) -> Result<Option<u64>, ContainerError> {
        data.clear();
        let offset = self.source.offset;
        self.blocks += 1;
        self.offset = offset;
        let damaged = |problem: String| ContainerError::Block { block: self.blocks, offset, problem };
        let count = match self.source.varint() {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof && self.source.offset == offset => return Ok(None),
            Err(error) => return Err(truncated(error, damaged)),
        };
        let size = self.source.varint().map_err(|error| truncated(error, damaged))?;
        let Ok(count) = u64::try_from(count) else {
            return Err(damaged(format!("it claims {count} data")));
        };
        let Some(size) = usize::try_from(size).ok().filter(|&size| size <= MAX_BLOCK) else {
            return Err(damaged(format!("it claims {size} bytes; at most {MAX_BLOCK} are read")));
        };
        self.source.append(size, data).map_err(|error| truncated(error, damaged))?;
        let mut sync = [0; SYNC_LEN];
        self.source.fill(&mut sync).map_err(|error| truncated(error, damaged))?;
        if sync != self.sync {
            return Err(damaged("the sync marker behind it is not the header's".into()));
        }
        self.compression.codec().decompress(data).map_err(|error| damaged(decompression_problem(&error)))?;
        Ok(Some(count))
    }

    /// The block that was read last is not what it should be.
    pub fn damaged(&self, problem: impl Into<String>) -> ContainerError {
        ContainerError::Block { block: self.blocks, offset: self.offset, problem: problem.into() }
    }
}

fn decompression_problem(error: &apache_avro::Error) -> String {
    match error.details() {
        Details::MemoryAllocation { maximum, .. } => format!("it is larger than {maximum} bytes when decompressed"),
        _ => error.to_string(),
    }
}

fn header(error: std::io::Error, problem: &'static str) -> ContainerError {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData => ContainerError::Header(problem),
        _ => error.into(),
    }
}

fn truncated(error: std::io::Error, damaged: impl Fn(String) -> ContainerError) -> ContainerError {
    match error.kind() {
        ErrorKind::UnexpectedEof => damaged("the file ends within it".into()),
        ErrorKind::InvalidData => damaged(error.to_string()),
        _ => error.into(),
    }
}

impl<R: Read> Counted<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        self.source.read_exact(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Appends `len` bytes to `data`, whose room grows with what really comes.
    fn append(&mut self, len: usize, data: &mut Vec<u8>) -> std::io::Result<()> {
        let read = self.source.by_ref().take(len as u64).read_to_end(data)?;
        self.offset += read as u64;
        if read == len { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn varint(&mut self) -> std::io::Result<i64> {
        let mut bytes = [0; varint::MAX_LEN];
        for len in 0..bytes.len() {
            self.fill(&mut bytes[len..=len])?;
            if bytes[len] < 0x80 {
                let overlong = || std::io::Error::new(ErrorKind::InvalidData, "an integer of more than 64 bits");
                return varint::read(&bytes[..=len]).map(|(value, _)| value).ok_or_else(overlong);
            }
        }
        Err(std::io::Error::new(ErrorKind::InvalidData, "an integer of more than 64 bits"))
    }

    /// A map of texts, in blocks as every map.
    fn metadata(
        &mut self,
        mut entry: impl FnMut(&str, String) -> Result<(), ContainerError>,
    ) -> Result<(), ContainerError> {
        const ENDS: &str = "it ends within the metadata";
        loop {
            let count = self.varint().map_err(|error| header(error, ENDS))?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                self.varint().map_err(|error| header(error, ENDS))?;
            }
            for _ in 0..count.unsigned_abs() {
                let key = self.text().map_err(|error| header(error, ENDS))?;
                let value = self.text().map_err(|error| header(error, ENDS))?;
                if self.offset > MAX_HEADER as u64 {
                    return Err(ContainerError::Header("it is larger than 16 MiB"));
                }
                // Values of other keys may be any bytes; nobody asks for them.
                entry(&String::from_utf8_lossy(&key), String::from_utf8_lossy(&value).into_owned())?;
            }
        }
    }

    fn text(&mut self) -> std::io::Result<Vec<u8>> {
        let len = self.varint()?;
        let len = usize::try_from(len).ok().filter(|&len| len <= MAX_HEADER);
        let len = len.ok_or_else(|| std::io::Error::from(ErrorKind::InvalidData))?;
        let mut text = Vec::new();
        self.append(len, &mut text)?;
        Ok(text)
    }
}
