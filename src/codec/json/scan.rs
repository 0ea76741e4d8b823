//! Finding the end of a run of plain string bytes, many at a time.

use crate::block::special;

/// The number of bytes before the first quote, backslash or control character.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let marks = special(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return index * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let plain = rest.iter().take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= b' ').count();
    bytes.len() - rest.len() + plain
}

/// Bytes that are copied at a time.
pub(super) const CHUNK: usize = 16;

/// Copies the bytes before the first quote, backslash or control character, and gives their number. What follows them in
/// `to` may be overwritten; it must have room for a chunk more than is copied.
#[inline]
pub(super) fn copy_plain(from: &[u8], to: &mut [u8]) -> usize {
    let mut len = 0;
    while let (Some(source), Some(target)) = (from[len..].first_chunk::<CHUNK>(), to[len..].first_chunk_mut::<CHUNK>())
    {
        *target = *source;
        let word = u128::from_le_bytes(*source);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves, one after the other")]
        let (low, high) = (special(word as u64), special((word >> 64) as u64));
        if low != 0 {
            return len + low.trailing_zeros() as usize / 8;
        }
        if high != 0 {
            return len + 8 + high.trailing_zeros() as usize / 8;
        }
        len += CHUNK;
    }
    let rest = plain_len(&from[len..]);
    to[len..len + rest].copy_from_slice(&from[len..len + rest]);
    len + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for place in 0..40 {
            for byte in 0..=255u8 {
                let mut text = [b'x'; 41];
                text[place] = byte;
                let ends = byte < b' ' || byte == b'"' || byte == b'\\';
                let expected = if ends { place } else { 41 };
                assert_eq!(plain_len(&text), expected, "{byte:#x} at {place}");
                let mut copy = [0; 41 + CHUNK];
                assert_eq!(copy_plain(&text, &mut copy), expected, "{byte:#x} at {place}");
                assert_eq!(copy[..expected], text[..expected]);
            }
        }
        assert_eq!(plain_len(b""), 0);
    }

    #[test]
    fn the_first_of_several_counts() {
        for text in ["!\"\"!!!!!!", "\u{ff}\u{80}\"x\\\u{1}yz", "abc\\\"def\n"] {
            let expected = text.bytes().position(|b| b < b' ' || b == b'"' || b == b'\\').unwrap();
            assert_eq!(plain_len(text.as_bytes()), expected, "{text:?}");
        }
    }
}
