//! Every CPU finds the same.

use super::*;

#[test]
fn every_byte_at_every_place() {
    for place in 0..BLOCK {
        for byte in 0..=255u8 {
            let mut block = [b'x'; BLOCK];
            block[place] = byte;
            let at_place = |is: bool| u32::from(is) << place;
            let is_end = byte < b' ' || byte == b'"' || byte == b'\\';
            assert_eq!((ends(&block), gather(&block, special_each)), (at_place(is_end), at_place(is_end)));
            let is_beyond = at_place(byte >= 0x80);
            assert_eq!((beyond_ascii(&block), gather(&block, |word| word & HIGH)), (is_beyond, is_beyond));
            let is_white = at_place(b" \n\r\t".contains(&byte));
            assert_eq!((white(&block), bytewise(&block, |byte| b" \n\r\t".contains(&byte))), (is_white, is_white));
        }
    }
}

#[test]
fn ends_beside_each_other_are_told_apart() {
    for text in ["!\"\"!!!!!!#", "\u{ff}\u{80}\"x\\\u{1}yz]\"#", "abc\\\"def\n \u{1f}\u{20}"] {
        let mut block = [b'x'; BLOCK];
        block[..text.len()].copy_from_slice(text.as_bytes());
        let expected = bytewise(&block, |byte| byte < b' ' || byte == b'"' || byte == b'\\');
        assert_eq!((ends(&block), gather(&block, special_each)), (expected, expected), "{text:?}");
    }
}

#[test]
fn each_difference_is_seen() {
    let bytes: [u8; HALF] = *b"0123456789abcdef";
    assert_eq!(same(&bytes, &bytes), 0xffff);
    for place in 0..HALF {
        for bit in 0..8 {
            let mut other = bytes;
            other[place] ^= 1 << bit;
            assert_eq!(same(&bytes, &other), 0xffff ^ 1 << place);
        }
    }
}
