//! Frames: what is read as one is written the same again, also where a header names the schema.

use crate::wire;

/// Bytes: a frame; the header of a record, and behind it a value.
pub fn run(data: &[u8]) {
    if let Ok(frame) = wire::read(None, data) {
        let mut written = Vec::new();
        wire::write_header(frame.schema, &mut written);
        written.extend_from_slice(frame.payload);
        assert_eq!(written, data);
    }
    let (header, value) = data.split_at(data.len() / 2);
    if let Ok(frame) = wire::read(Some(header), value) {
        let mut written = Vec::new();
        wire::write_header(frame.schema, &mut written);
        written.extend_from_slice(frame.indexes.unwrap_or_default());
        assert_eq!((written.as_slice(), frame.payload), (header, value));
    }
}
