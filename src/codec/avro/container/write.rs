//! Writing containers.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;

use super::{CODEC_KEY, Compression, ContainerError, MAGIC, SCHEMA_KEY, SYNC_LEN};
use crate::schema::avro::varint;

/// A block is written when it holds this many bytes; the specification advises 16,000 and more.
const BLOCK_BYTES: usize = 1 << 16;

/// Writes data as a container. Every block that was written is complete, so what stands in the file is readable even if
/// the rest never comes.
#[derive(Debug)]
pub struct ContainerWriter<W> {
    sink: W,
    compression: Compression,
    sync: [u8; SYNC_LEN],
    block: Vec<u8>,
    count: usize,
}

impl<W: Write> ContainerWriter<W> {
    /// Writes the header for data of the schema of that text, which must be self-contained.
    pub fn new(mut sink: W, schema: &str, compression: Compression) -> Result<Self, ContainerError> {
        let mut header = MAGIC.to_vec();
        let metadata = [(SCHEMA_KEY, schema), (CODEC_KEY, compression.as_str())];
        varint::write_len(metadata.len(), &mut header);
        for text in metadata.into_iter().flat_map(|(key, value)| [key, value]) {
            varint::write_len(text.len(), &mut header);
            header.extend_from_slice(text.as_bytes());
        }
        header.push(0);
        let sync = random();
        header.extend_from_slice(&sync);
        sink.write_all(&header)?;
        Ok(Self { sink, compression, sync, block: Vec::with_capacity(BLOCK_BYTES), count: 0 })
    }

    /// Appends one datum, which `write` appends to its argument; nothing, if that fails.
    pub fn append<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Result<(), E>, ContainerError> {
        let start = self.block.len();
        if let Err(error) = write(&mut self.block) {
            self.block.truncate(start);
            return Ok(Err(error));
        }
        self.count += 1;
        if self.block.len() >= BLOCK_BYTES {
            self.end_block()?;
        }
        Ok(Ok(()))
    }

    /// Writes what is left and gives the sink back, flushed.
    pub fn finish(mut self) -> Result<W, ContainerError> {
        self.end_block()?;
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn end_block(&mut self) -> Result<(), ContainerError> {
        if self.count == 0 {
            return Ok(());
        }
        self.compression.codec().compress(&mut self.block).map_err(std::io::Error::other)?;
        let mut head = Vec::new();
        varint::write_len(self.count, &mut head);
        varint::write_len(self.block.len(), &mut head);
        self.sink.write_all(&head)?;
        self.sink.write_all(&self.block)?;
        self.sink.write_all(&self.sync)?;
        self.block.clear();
        self.count = 0;
        Ok(())
    }
}

/// The marker between blocks must not be guessable from the data.
fn random() -> [u8; SYNC_LEN] {
    let number = || RandomState::new().build_hasher().finish();
    let mut sync = [0; SYNC_LEN];
    sync[..8].copy_from_slice(&number().to_le_bytes());
    sync[8..].copy_from_slice(&number().to_le_bytes());
    sync
}
