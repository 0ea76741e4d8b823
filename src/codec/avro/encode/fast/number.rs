//! Numbers: eight digits at a time, and one rounding for a double.

use super::{At, MISSED, Miss, Run};
use crate::codec::json::{Misfit, Number, short_decimal};

const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// Digits that are read at once.
const CHUNK: usize = 8;

/// As many digits are always below 2^64.
const MAX_DIGITS: usize = 19;

/// A sign, eight digits, a point, eight digits and what follows, in one load.
const WINDOW: usize = 24;

/// The powers of ten below 2^64.
const TENS: [u64; 20] = {
    let mut tens = [1; 20];
    let mut i = 1;
    while i < tens.len() {
        tens[i] = tens[i - 1] * 10;
        i += 1;
    }
    tens
};

/// The powers of ten of at most seven decimals, and one more.
const FLOAT_TENS: [f64; CHUNK + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

/// The digits at the front of eight bytes as a number, and how many there are.
#[inline]
fn digits(bytes: [u8; CHUNK]) -> (u64, usize) {
    let values = u64::from_le_bytes(bytes) ^ ZEROS;
    // The high bit of each byte that is no digit; a carry out of one can only spoil those behind it.
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() as usize / 8;
    // Missing digits become leading zeros: the first byte in memory counts most.
    let values = if count == CHUNK { values } else { values << (8 * (CHUNK - 1 - count)) << 8 };
    let pairs = (values & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(10 << 8 | 1) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(100 << 16 | 1) >> 16;
    let eight = (fours & 0x0000_ffff_0000_ffff).wrapping_mul(10_000 << 32 | 1) >> 32;
    (eight, count)
}

/// Eight bytes of a window, which is long enough for every place that is asked for.
#[inline]
fn chunk(window: &[u8; WINDOW], at: usize) -> [u8; CHUNK] {
    window.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()
}

impl<'a> Run<'a> {
    #[inline(never)]
    pub(super) fn int(&mut self, at: At) -> At {
        let (value, i) = self.integer(at.i);
        if i == MISSED || i32::try_from(value).is_err() {
            return Miss::Value.at();
        }
        let Some(p) = self.put_varint(at.p, value) else { return Miss::Room.at() };
        At { i, p }
    }

    #[inline(never)]
    pub(super) fn long(&mut self, at: At) -> At {
        let (value, i) = self.integer(at.i);
        if i == MISSED {
            return Miss::Value.at();
        }
        let Some(p) = self.put_varint(at.p, value) else { return Miss::Room.at() };
        At { i, p }
    }

    /// A whole number of at most 19 digits that a long holds, and the place behind it. What follows is for the caller to
    /// see: a point or an exponent is no token that can follow.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each number costs as much as the number")]
    fn integer(&self, i: usize) -> (i64, usize) {
        let Some(window) = self.text.window(i) else { return (0, MISSED) };
        let negative = window[0] == b'-';
        let start = usize::from(negative);
        let first = chunk(window, start);
        let (mut value, mut len) = digits(first);
        if len == CHUNK {
            let (more, count) = digits(chunk(window, start + CHUNK));
            (value, len) = (value * TENS[count] + more, CHUNK + count);
            if count == CHUNK {
                let (last, count) = digits(self.bytes(i + start + 2 * CHUNK));
                // Nineteen digits are below 2^64.
                if count > 3 {
                    return (0, MISSED);
                }
                (value, len) = (value * TENS[count] + last, 2 * CHUNK + count);
            }
        }
        // No digit stands behind a leading zero.
        let is_number = len == 1 || len > 1 && first[0] != b'0';
        match i64::try_from(value) {
            Ok(value) if is_number => (if negative { -value } else { value }, i + start + len),
            _ => (0, MISSED),
        }
    }

    #[inline(never)]
    pub(super) fn double(&mut self, at: At) -> At {
        let Some(window) = self.text.window(at.i) else { return Miss::Value.at() };
        let negative = window[0] == b'-';
        let start = usize::from(negative);
        let first = chunk(window, start);
        let (whole, len) = digits(first);
        let mut end = start + len;
        let mut value = u64_as_f64(whole);
        if window[end] == b'.' {
            let (fraction, decimals) = digits(chunk(window, end + 1));
            end += 1 + decimals;
            if decimals == CHUNK {
                return self.many_decimals(at, whole * TENS[CHUNK] + fraction, len);
            }
            if decimals == 0 {
                return self.long_double(at);
            }
            // At most fourteen digits, so both sides are doubles themselves, and the division rounds correctly.
            value = u64_as_f64(whole * TENS[decimals] + fraction) / FLOAT_TENS[decimals];
        }
        if len == 0 || len == CHUNK || (len > 1 && first[0] == b'0') || window[end] | 0x20 == b'e' {
            return self.long_double(at);
        }
        let bits = value.to_bits() | u64::from(negative) << 63;
        let Some(room) = self.out.window(at.p) else { return Miss::Room.at() };
        *room = bits.to_le_bytes();
        At { i: at.i + end, p: at.p + 8 }
    }

    /// A double of `len` digits, a point and eight digits, all of them read into `mantissa`, and more.
    #[inline(never)]
    fn many_decimals(&mut self, at: At, mantissa: u64, len: usize) -> At {
        let negative = self.byte(at.i) == b'-';
        let start = at.i + usize::from(negative);
        let (more, count) = digits(self.bytes(start + len + 1 + CHUNK));
        let (decimals, i) = (CHUNK + count, start + len + 1 + CHUNK + count);
        let is_usual = count < CHUNK && (1..CHUNK).contains(&len) && len + decimals <= MAX_DIGITS;
        if !is_usual || (len > 1 && self.byte(start) == b'0') || self.byte(i) | 0x20 == b'e' {
            return self.long_double(at);
        }
        let Some(value) = short_decimal(mantissa * TENS[count] + more, decimals) else { return self.long_double(at) };
        let bits = value.to_bits() | u64::from(negative) << 63;
        let Some(room) = self.out.window(at.p) else { return Miss::Room.at() };
        *room = bits.to_le_bytes();
        At { i, p: at.p + 8 }
    }

    /// Any double.
    #[inline(never)]
    fn long_double(&mut self, at: At) -> At {
        let negative = self.byte(at.i) == b'-';
        let (value, i) = match self.decimal(at.i + usize::from(negative)) {
            Some((value, i)) => (if negative { -value } else { value }, i),
            None => match self.number(at.i, Number::to_f64) {
                Some(number) => number,
                None => return Miss::Value.at(),
            },
        };
        let Some(room) = self.out.window(at.p) else { return Miss::Room.at() };
        *room = value.to_le_bytes();
        At { i, p: at.p + 8 }
    }

    /// A number with a fraction and without exponent, of at most 19 digits that count, if its rounding is certain.
    #[inline]
    fn decimal(&self, i: usize) -> Option<(f64, usize)> {
        let (whole, point) = self.all_digits(0, i)?;
        if point == i || self.byte(point) != b'.' || (point > i + 1 && self.byte(i) == b'0') {
            return None;
        }
        let (mantissa, end) = self.all_digits(whole, point + 1)?;
        let decimals = end - point - 1;
        if decimals == 0 || matches!(self.byte(end), b'e' | b'E') {
            return None;
        }
        Some((short_decimal(mantissa, decimals)?, end))
    }

    /// Goes on with `value` for all digits that follow, if they fit.
    #[inline]
    fn all_digits(&self, mut value: u64, mut i: usize) -> Option<(u64, usize)> {
        loop {
            let (more, count) = digits(self.bytes(i));
            value = value.checked_mul(TENS[count])?.checked_add(more)?;
            i += count;
            if count < CHUNK {
                return Some((value, i));
            }
        }
    }

    #[inline(never)]
    pub(super) fn float(&mut self, at: At) -> At {
        match self.number(at.i, Number::to_f32) {
            Some((value, i)) => match self.put(at.p, value.to_le_bytes()) {
                Some(()) => At { i, p: at.p + 4 },
                None => Miss::Room.at(),
            },
            None => Miss::Value.at(),
        }
    }

    /// A number as the general path reads it.
    fn number<T>(&self, i: usize, read: impl Fn(Number<'a>) -> Result<T, Misfit>) -> Option<(T, usize)> {
        let mut cursor = self.cursor(i);
        let number = cursor.number().ok()?;
        Some((read(number).ok()?, cursor.pos()))
    }
}

#[inline]
#[expect(clippy::cast_precision_loss, reason = "only what is below 2^53 is given")]
fn u64_as_f64(number: u64) -> f64 {
    number.cast_signed() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_up_to_the_first_other_byte() {
        for (text, expected) in [
            (*b"12345678", (12_345_678, 8)),
            (*b"00000000", (0, 8)),
            (*b"1234567,", (1_234_567, 7)),
            (*b"9.999999", (9, 1)),
            (*b"-1234567", (0, 0)),
            (*b"12/34567", (12, 2)),
            (*b"12:34567", (12, 2)),
            (*b"12\xb1\xff4567", (12, 2)),
            (*b"\0\0\0\0\0\0\0\0", (0, 0)),
        ] {
            assert_eq!(digits(text), expected, "{text:?}");
        }
        for place in 0..8 {
            for byte in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
                let mut text = *b"99999999";
                text[place] = byte;
                assert_eq!(digits(text), (TENS[place] - 1, place), "{text:?}");
            }
        }
    }
}
