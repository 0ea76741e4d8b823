//! Avro's integers: zigzag, then seven bits a byte, the low ones first
//! ([specification](https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1)).

/// The longest encoding of a `long`, in bytes.
pub const MAX_LEN: usize = 10;

/// Appends `value`.
#[inline]
pub fn write(value: i64, out: &mut Vec<u8>) {
    let bits = zigzag(value);
    if bits < 0x80 {
        out.push(low7(bits));
        return;
    }
    let mut bytes = [0; MAX_LEN];
    let len = fill(value, &mut bytes);
    out.extend_from_slice(&bytes[..len]);
}

/// Writes `value` to the front of `bytes` and gives its length.
#[inline]
pub fn fill(value: i64, bytes: &mut [u8; MAX_LEN]) -> usize {
    let (mut rest, mut len) = (zigzag(value), 0);
    while rest >= 0x80 {
        bytes[len] = low7(rest) | 0x80;
        rest >>= 7;
        len += 1;
    }
    bytes[len] = low7(rest);
    len + 1
}

/// Appends a length or an index; slices and counts in memory are always within a `long`.
#[inline]
pub fn write_len(len: usize, out: &mut Vec<u8>) {
    write(i64::try_from(len).unwrap_or(i64::MAX), out);
}

/// The longest encoding that fits a word.
pub const SHORT_LEN: usize = 8;

/// The encoding of an integer that takes at most eight bytes, and its length.
#[inline]
pub fn short(value: i64) -> Option<([u8; SHORT_LEN], usize)> {
    let bits = zigzag(value);
    if bits >> 56 != 0 {
        return None;
    }
    // Groups of seven bits move up to where their bytes start: first the upper four, then two by two, then one by one.
    let x = bits & 0x0fff_ffff | (bits & 0x00ff_ffff_f000_0000) << 4;
    let x = x & 0x0000_3fff_0000_3fff | (x & 0x0fff_c000_0fff_c000) << 2;
    let x = x & 0x007f_007f_007f_007f | (x & 0x3f80_3f80_3f80_3f80) << 1;
    let len = 1 + (63 - (bits | 1).leading_zeros() as usize) / 7;
    // All bytes but the last one say that more follow.
    let more = 0x8080_8080_8080_8080 & !(u64::MAX << (8 * (len - 1)));
    Some(((x | more).to_le_bytes(), len))
}

/// Reads an integer at the front of `bytes`; gives it and its length. `None` where the bytes end within it, or where it
/// has more than 64 bits.
#[inline]
pub fn read(bytes: &[u8]) -> Option<(i64, usize)> {
    match bytes {
        [first, ..] if *first < 0x80 => Some((unzigzag(u64::from(*first)), 1)),
        _ => read_long(bytes),
    }
}

#[inline]
fn read_long(bytes: &[u8]) -> Option<(i64, usize)> {
    let Some(word) = bytes.first_chunk().map(|word| u64::from_le_bytes(*word)) else { return read_bytewise(bytes) };
    let ends = !word & 0x8080_8080_8080_8080;
    if ends == 0 {
        return read_bytewise(bytes);
    }
    // The bytes up to the last one, without the bits that say whether more follow; then seven bits each move down to where
    // the ones before them end: one by one, two by two, four by four.
    let x = word & (ends ^ (ends - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
    let x = x & 0x007f_007f_007f_007f | (x & 0x7f00_7f00_7f00_7f00) >> 1;
    let x = x & 0x0000_3fff_0000_3fff | (x & 0x3fff_0000_3fff_0000) >> 2;
    let x = x & 0x0fff_ffff | (x & 0x0fff_ffff_0000_0000) >> 4;
    Some((unzigzag(x), ends.trailing_zeros() as usize / 8 + 1))
}

fn read_bytewise(bytes: &[u8]) -> Option<(i64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(MAX_LEN).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if index == MAX_LEN - 1 && byte > 1 {
            return None;
        }
        value |= bits << (7 * index);
        if byte < 0x80 {
            return Some((unzigzag(value), index + 1));
        }
    }
    None
}

#[inline]
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

#[inline]
const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[inline]
const fn low7(value: u64) -> u8 {
    (value & 0x7f) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_examples() {
        for (value, bytes) in
            [(0, &[0][..]), (-1, &[1]), (1, &[2]), (-2, &[3]), (63, &[0x7e]), (-64, &[0x7f]), (64, &[0x80, 1])]
        {
            let mut out = Vec::new();
            write(value, &mut out);
            assert_eq!(out, bytes, "{value}");
            assert_eq!(read(bytes), Some((value, bytes.len())));
        }
    }

    #[test]
    fn every_length_reads_back() {
        for shift in 0..64 {
            for value in [1i64 << shift, (1i64 << shift).wrapping_sub(1), (-1i64) << shift, i64::MAX, i64::MIN] {
                let mut out = Vec::new();
                write(value, &mut out);
                assert_eq!(read(&out), Some((value, out.len())), "{value}");
                for byte in [0, 1, 0x7f, 0x80, 0xff] {
                    let more = [&out[..], &[byte; 9]].concat();
                    assert_eq!(read(&more), Some((value, out.len())), "{value} before {byte:#x}");
                }
                for cut in 0..out.len() {
                    assert_eq!(read(&out[..cut]), None, "{value} cut to {cut}");
                }
            }
        }
    }

    #[test]
    fn short_ones_are_the_same() {
        let edges = (0..64).flat_map(|shift| [1i64 << shift, (1i64 << shift).wrapping_sub(1), (-1i64) << shift]);
        for value in edges.chain(-70_000..70_000) {
            let mut out = Vec::new();
            write(value, &mut out);
            match short(value) {
                Some((bytes, len)) => assert_eq!(bytes[..len], out[..], "{value}"),
                None => assert!(out.len() > SHORT_LEN, "{value}"),
            }
        }
    }

    #[test]
    fn more_than_64_bits_are_refused() {
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Some((i64::MIN, 10)));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), None);
        assert_eq!(read(&[0x80; 11]), None);
        assert_eq!(read(&[]), None);
    }
}
