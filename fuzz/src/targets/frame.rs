//! Frames: what is read as one is written the same again.

use crate::wire;

/// Bytes: a frame.
pub fn run(data: &[u8]) {
    if let Ok(frame) = wire::read(data) {
        let mut written = Vec::new();
        wire::write_header(frame.id, &mut written);
        written.extend_from_slice(frame.payload);
        assert_eq!(written, data);
    }
}
