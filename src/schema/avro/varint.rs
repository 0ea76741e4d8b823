//! Avro's integers: zigzag, then seven bits a byte, the low ones first
//! ([specification](https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1)).

/// The longest encoding of a `long`, in bytes.
pub const MAX_LEN: usize = 10;

/// Appends `value`.
#[inline]
pub fn write(value: i64, out: &mut Vec<u8>) {
    let mut rest = zigzag(value);
    if rest < 0x80 {
        out.push(low7(rest));
        return;
    }
    let mut bytes = [0; MAX_LEN];
    let mut len = 0;
    while rest >= 0x80 {
        bytes[len] = low7(rest) | 0x80;
        rest >>= 7;
        len += 1;
    }
    bytes[len] = low7(rest);
    out.extend_from_slice(&bytes[..=len]);
}

/// Appends a length or an index; slices and counts in memory are always within a `long`.
#[inline]
pub fn write_len(len: usize, out: &mut Vec<u8>) {
    write(i64::try_from(len).unwrap_or(i64::MAX), out);
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

fn read_long(bytes: &[u8]) -> Option<(i64, usize)> {
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
                for cut in 0..out.len() {
                    assert_eq!(read(&out[..cut]), None, "{value} cut to {cut}");
                }
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
