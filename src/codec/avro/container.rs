//! Object Container Files: a schema, then data in blocks
//! ([specification](https://avro.apache.org/docs/1.12.0/specification/#object-container-files)).
//!
//! Compression is `apache_avro`'s; framing is here, since data go through our own codec and never become values.

mod read;
mod write;

pub use read::ContainerReader;
pub use write::ContainerWriter;

use apache_avro::{Bzip2Settings, Codec, DeflateSettings, XzSettings, ZstandardSettings};

const MAGIC: [u8; 4] = *b"Obj\x01";
const SYNC_LEN: usize = 16;
const SCHEMA_KEY: &str = "avro.schema";
const CODEC_KEY: &str = "avro.codec";

/// How the blocks of a container are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not at all.
    #[default]
    Null,
    /// RFC 1951.
    Deflate,
    /// Snappy with a CRC-32 behind each block.
    Snappy,
    /// Zstandard.
    Zstandard,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

impl Compression {
    /// Every codec of the specification.
    pub const ALL: [Self; 6] = [Self::Null, Self::Deflate, Self::Snappy, Self::Zstandard, Self::Bzip2, Self::Xz];

    /// The name in the container's metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Deflate => "deflate",
            Self::Snappy => "snappy",
            Self::Zstandard => "zstandard",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
        }
    }

    /// The codec of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.as_str() == name)
    }

    fn codec(self) -> Codec {
        match self {
            Self::Null => Codec::Null,
            Self::Deflate => Codec::Deflate(DeflateSettings::default()),
            Self::Snappy => Codec::Snappy,
            Self::Zstandard => Codec::Zstandard(ZstandardSettings::default()),
            Self::Bzip2 => Codec::Bzip2(Bzip2Settings::default()),
            Self::Xz => Codec::Xz(XzSettings::default()),
        }
    }
}

/// Why a container can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The first bytes are not those of a container.
    #[error("not an Avro Object Container File: it must start with 'Obj' and the byte 1")]
    Magic,
    /// The metadata at the front can't be read.
    #[error("damaged header: {0}")]
    Header(&'static str),
    /// A codec that the specification does not know.
    #[error("unknown codec '{0}': expected null, deflate, snappy, zstandard, bzip2 or xz")]
    Codec(String),
    /// Something is wrong with a block, counted from 1.
    #[error("damaged block {block}, which starts at byte {offset}: {problem}")]
    Block {
        /// The number of the block.
        block: u64,
        /// Where in the file it starts.
        offset: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests;
