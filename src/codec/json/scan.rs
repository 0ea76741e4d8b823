//! Finding the end of a run of plain string bytes, eight at a time.

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
                assert_eq!(plain_len(&text), if ends { place } else { 41 }, "{byte:#x} at {place}");
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
