//! Finding the end of a run of plain string bytes, many at a time.

#[cfg(target_arch = "x86_64")]
mod sse2;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

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

/// Bytes that [`marks`] looks at at once, one bit each.
pub(in crate::codec) const BLOCK: usize = 32;

/// What is special about the bytes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) struct Marks {
    /// Which end a run of plain bytes: quotes, backslashes, control characters. Only the lowest bit set is sure.
    pub(in crate::codec) ends: u32,
    /// Which belong to characters beyond ASCII.
    pub(in crate::codec) beyond: u32,
}

impl Marks {
    /// How many plain bytes stand at the front of the block.
    #[inline]
    pub(in crate::codec) fn len(self) -> usize {
        self.ends.trailing_zeros() as usize
    }

    /// Whether all of those are ASCII.
    #[inline]
    pub(in crate::codec) fn is_ascii(self) -> bool {
        self.beyond & self.ends.wrapping_sub(1) & !self.ends == 0
    }
}

#[inline]
pub(in crate::codec) fn marks(block: &[u8; BLOCK]) -> Marks {
    #[cfg(target_arch = "x86_64")]
    return sse2::marks(block);
    #[cfg(not(target_arch = "x86_64"))]
    portable(block)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(block: &[u8; BLOCK]) -> Marks {
    Marks { ends: gather(block, special), beyond: gather(block, |word| word & HIGH) }
}

/// The high bits of what `mark` makes of each eight bytes, side by side.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn gather(block: &[u8; BLOCK], mark: impl Fn(u64) -> u64) -> u32 {
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let marks = mark(u64::from_le_bytes(*word)) >> 7;
        // The multiplication gathers eight bits in the topmost byte.
        let [.., byte] = marks.wrapping_mul(0x0102_0408_1020_4080).to_le_bytes();
        bits << 8 | u32::from(byte)
    })
}

/// Sets the high bit of each byte that ends a run. Bits above the lowest one set may be wrong, through borrows.
#[inline]
const fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let marks = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
    (marks | word.wrapping_sub(ONES * 0x20) & !word) & HIGH
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
    fn blocks_are_marked_alike_on_every_cpu() {
        for place in 0..BLOCK {
            for byte in 0..=255u8 {
                let mut block = [b'x'; BLOCK];
                block[place] = byte;
                let expected = Marks {
                    ends: u32::from(byte < b' ' || byte == b'"' || byte == b'\\') << place,
                    beyond: u32::from(byte >= 0x80) << place,
                };
                assert_eq!((marks(&block), portable(&block)), (expected, expected), "{byte:#x} at {place}");
                // What stands behind the first end may be wrong, what stands before it may not.
                block[31] = b'"';
                block[30] = 0xc3;
                for marks in [marks(&block), portable(&block)] {
                    let len = block.iter().position(|&b| b < b' ' || b == b'"' || b == b'\\').unwrap();
                    assert_eq!((marks.len(), marks.is_ascii()), (len, block[..len].is_ascii()), "{byte:#x} at {place}");
                }
            }
        }
    }

    #[test]
    fn the_first_of_several_counts() {
        for text in ["!\"\"!!!!!!", "\u{ff}\u{80}\"x\\\u{1}yz", "abc\\\"def\n"] {
            let expected = text.bytes().position(|b| b < b' ' || b == b'"' || b == b'\\').unwrap();
            assert_eq!(plain_len(text.as_bytes()), expected, "{text:?}");
        }
    }
}
