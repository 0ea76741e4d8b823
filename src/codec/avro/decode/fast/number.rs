//! Numbers: eight digits at a time, without a branch for how many there are.

use super::{At, Run};

/// Digits that are written at once.
const CHUNK: usize = 8;
const TEN_TO_CHUNK: u64 = 100_000_000;

/// What doubles are multiplied with to see whether they are short decimals.
const MILLION: f64 = 1e6;

/// From here on the bits of a double count whole numbers: adding it rounds what is below.
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// Texts longer than this are of doubles that were computed, which come in crowds.
const SHORT_DOUBLE: usize = 16;

/// How many doubles behind such a one are taken for long ones too.
const LONG_RUN: u32 = 8;

/// The digits of a number below 10^8, one a byte, leading zeros and all; the first one in the lowest byte.
#[inline]
fn digits(number: u64) -> u64 {
    let fours = (number / 10_000) | ((number % 10_000) << 32);
    // Divisions of all lanes at once, by multiplications that are exact for numbers as small.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | ((pairs - tens * 10) << 8)
}

/// The text of eight digits.
#[inline]
fn text(digits: u64) -> [u8; CHUNK] {
    (digits | u64::from_le_bytes([b'0'; CHUNK])).to_le_bytes()
}

/// The text of a number below 10^8 without leading zeros, and its length.
#[inline]
fn short(number: u64) -> ([u8; CHUNK], usize) {
    let digits = digits(number);
    let zeros = (digits | 1 << 56).trailing_zeros() as usize / 8;
    let text = u64::from_le_bytes(text(digits)) >> (8 * zeros);
    (text.to_le_bytes(), CHUNK - zeros)
}

impl Run<'_> {
    #[inline(never)]
    pub(super) fn int(&mut self, at: At) -> At {
        match self.varint(at.i) {
            Some((value, i)) if i32::try_from(value).is_ok() => self.integer(At { i, p: at.p }, value),
            _ => At::MISS,
        }
    }

    #[inline(never)]
    pub(super) fn long(&mut self, at: At) -> At {
        match self.varint(at.i) {
            Some((value, i)) => self.integer(At { i, p: at.p }, value),
            _ => At::MISS,
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is most of the two above")]
    fn integer(&mut self, at: At, value: i64) -> At {
        let Some([sign, ..]) = self.out.window::<{ 1 + 3 * CHUNK }>(at.p) else { return At::NO_ROOM };
        *sign = b'-';
        let (number, at) = (value.unsigned_abs(), At { i: at.i, p: at.p + usize::from(value < 0) });
        if number < TEN_TO_CHUNK {
            return self.put_digits(at, number);
        }
        let (high, low) = (number / TEN_TO_CHUNK, text(digits(number % TEN_TO_CHUNK)));
        if high < TEN_TO_CHUNK {
            let at = self.put_digits(at, high);
            return self.put(at, low);
        }
        let at = self.put_digits(at, high / TEN_TO_CHUNK);
        let at = self.put(at, text(digits(high % TEN_TO_CHUNK)));
        self.put(at, low)
    }

    /// Writes a number below 10^8.
    #[inline]
    fn put_digits(&mut self, at: At, number: u64) -> At {
        let (text, len) = short(number);
        match self.put(at, text) {
            miss if miss.is_miss() => miss,
            _ => At { i: at.i, p: at.p + len },
        }
    }

    #[inline(never)]
    pub(super) fn double(&mut self, at: At) -> At {
        self.inline_double(at)
    }

    /// A double. One with at most fourteen digits, of which six are decimals, is the only one of so few digits that is
    /// nearest to it, so those are its shortest text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "arrays of doubles want a loop without calls")]
    #[expect(clippy::float_cmp, reason = "the very same double is asked for")]
    pub(super) fn inline_double(&mut self, at: At) -> At {
        let Some(bytes) = self.data.window(at.i) else { return if at.is_miss() { at } else { At::MISS } };
        let value = f64::from_le_bytes(*bytes);
        let at = At { i: at.i + 8, p: at.p };
        if self.long_doubles > 0 {
            self.long_doubles -= 1;
            return self.long_double(at, value);
        }
        let magnitude = value.abs();
        let rounded = magnitude * MILLION + WHOLE;
        // Smaller and larger ones are written with an exponent, at some point.
        if !(1e-3..1e8).contains(&magnitude) || (rounded - WHOLE) / MILLION != magnitude {
            return self.long_double(at, value);
        }
        let millionths = rounded.to_bits() & ((1 << 52) - 1);
        let Some(room) = self.out.window::<{ 1 + CHUNK + 1 + CHUNK }>(at.p) else { return At::NO_ROOM };
        room[0] = b'-';
        let p = at.p + usize::from(value.is_sign_negative());
        let (whole, len) = short(millionths / 1_000_000);
        let decimals = digits(millionths % 1_000_000 * 100);
        // At least one decimal is written.
        let count = CHUNK - (decimals | 1).leading_zeros() as usize / 8;
        let at = self.put(At { i: at.i, p }, whole);
        let at = self.put(At { i: at.i, p: p + len }, [b'.']);
        match self.put(at, text(decimals)) {
            miss if miss.is_miss() => miss,
            _ => At { i: at.i, p: at.p + count },
        }
    }

    #[inline(never)]
    fn long_double(&mut self, at: At, value: f64) -> At {
        if !value.is_finite() {
            return At::MISS;
        }
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value).as_bytes();
        if self.long_doubles == 0 && text.len() > SHORT_DOUBLE {
            self.long_doubles = LONG_RUN;
        }
        self.put_number(at, text)
    }

    #[inline(never)]
    pub(super) fn float(&mut self, at: At) -> At {
        let Some(bytes) = self.data.window(at.i) else { return At::MISS };
        let value = f32::from_le_bytes(*bytes);
        if !value.is_finite() {
            return At::MISS;
        }
        self.put_number(At { i: at.i + 4, p: at.p }, zmij::Buffer::new().format_finite(value).as_bytes())
    }

    /// Writes the text of a number, which has 24 bytes at most.
    #[inline]
    fn put_number(&mut self, at: At, text: &[u8]) -> At {
        let Some(room) = self.out.window::<32>(at.p) else { return At::NO_ROOM };
        // The first and the last bytes overlap, and are the same where they do.
        match (text.first_chunk::<16>(), text.last_chunk::<16>(), room.get_mut(text.len().wrapping_sub(16)..)) {
            (Some(first), Some(last), Some(end)) if end.len() >= 16 => {
                end[..16].copy_from_slice(last);
                room[..16].copy_from_slice(first);
            }
            _ => match room.get_mut(..text.len()) {
                Some(room) => room.copy_from_slice(text),
                None => return At::NO_ROOM,
            },
        }
        At { i: at.i, p: at.p + text.len() }
    }
}
