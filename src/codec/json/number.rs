//! JSON numbers, kept as text until a type is asked for, so that none changes silently.

use super::super::fault::Fault;
use super::Cursor;

/// A number of correct grammar.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Number<'a> {
    text: &'a str,
    /// Whether it has a minus.
    pub(in crate::codec) negative: bool,
    /// The digits before the point.
    pub(in crate::codec) whole: &'a str,
    /// The digits behind the point.
    pub(in crate::codec) fraction: &'a str,
    /// The power of ten behind `e`; saturated, since beyond some hundreds no type can hold it anyway.
    pub(in crate::codec) exponent: i64,
    /// Neither point nor exponent.
    integer: bool,
}

/// Why a number is not a value of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) enum Misfit {
    /// It has a fraction.
    Fraction,
    /// It is too large, or has more digits than the type keeps.
    Range,
}

/// `2^53`: up to here every whole number is a double.
const EXACT_DOUBLE: u64 = 1 << 53;

/// The powers of ten that are doubles themselves.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

impl<'a> Cursor<'a> {
    /// Steps over a whole number of at most 18 digits without fraction and exponent, if that is what comes.
    #[inline]
    pub(in crate::codec) fn short_integer(&mut self) -> Option<i64> {
        let rest = &self.text[self.pos..];
        let negative = rest.first() == Some(&b'-');
        let digits = &rest[usize::from(negative)..];
        let mut value = 0i64;
        let mut len = 0;
        while let Some(digit) = digits.get(len).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
            if len == 18 {
                return None;
            }
            value = value * 10 + i64::from(digit);
            len += 1;
        }
        let leading_zero = len > 1 && digits[0] == b'0';
        if len == 0 || leading_zero || matches!(digits.get(len), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.pos += len + usize::from(negative);
        Some(if negative { -value } else { value })
    }

    /// Steps over a number of at most 15 digits without exponent, if that is what comes. Fifteen digits and the power of
    /// ten below them are doubles themselves, so that one division rounds correctly.
    #[inline]
    pub(in crate::codec) fn short_decimal(&mut self) -> Option<f64> {
        let rest = &self.text[self.pos..];
        let negative = rest.first() == Some(&b'-');
        let digits = &rest[usize::from(negative)..];
        let (mut mantissa, mut len, mut point) = (0u64, 0, None);
        loop {
            match digits.get(len).copied() {
                Some(byte @ b'0'..=b'9') => mantissa = mantissa * 10 + u64::from(byte - b'0'),
                Some(b'.') if point.is_none() => point = Some(len),
                Some(b'.' | b'e' | b'E') => return None,
                _ => break,
            }
            // Sixteen bytes hold fifteen digits and the point.
            if len == 16 {
                return None;
            }
            len += 1;
        }
        let whole = point.unwrap_or(len);
        let fraction = point.map_or(0, |point| len - point - 1);
        let grammatical = whole > 0 && (point.is_none() || fraction > 0) && (whole == 1 || digits[0] != b'0');
        if !grammatical || whole + fraction > 15 {
            return None;
        }
        self.pos += len + usize::from(negative);
        #[expect(clippy::cast_precision_loss, reason = "fifteen digits are below 2^53, so nothing is lost")]
        let value = mantissa as f64 / POWERS[fraction];
        Some(if negative { -value } else { value })
    }

    /// Steps over a number.
    pub(in crate::codec) fn number(&mut self) -> Result<Number<'a>, Fault> {
        let start = self.pos;
        let negative = self.eat(b'-');
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            self.pos = start + usize::from(negative) + 1;
            return Err(self.syntax("no digit behind a leading zero"));
        }
        let mut number = Number { text: "", negative, whole, fraction: "", exponent: 0, integer: true };
        if self.eat(b'.') {
            number.fraction = self.digits()?;
            number.integer = false;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let down = self.eat(b'-');
            if !down {
                self.eat(b'+');
            }
            let digits = self.digits()?;
            let exponent =
                digits.bytes().fold(0i64, |n, digit| n.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
            number.exponent = if down { -exponent } else { exponent };
            number.integer = false;
        }
        number.text = self.ascii(start);
        Ok(number)
    }

    fn digits(&mut self) -> Result<&'a str, Fault> {
        let start = self.pos;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.pos += 1;
        }
        if start == self.pos { Err(self.syntax("a digit")) } else { Ok(self.ascii(start)) }
    }

    /// What was passed since `start`, which is nothing but digits, signs, points and letters.
    fn ascii(&self, start: usize) -> &'a str {
        std::str::from_utf8(&self.text[start..self.pos]).unwrap_or_default()
    }
}

/// `mantissa / 10^decimals` rounded to the nearest double, if that is certain without more than 128 bits. `decimals` is not
/// zero.
#[inline]
pub(in crate::codec) fn short_decimal(mantissa: u64, decimals: usize) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let fifths = FIFTHS.get(decimals)?;
    // mantissa = w · 2^-shift and 5^-decimals = (f + δ) · 2^-scale with 0 ≤ δ < 1, f a number of 128 bits.
    let shift = mantissa.leading_zeros();
    let w = mantissa << shift;
    let product = |half: u64| u128::from(w) * u128::from(half);
    // floor(w · f / 2^64): what w · (f + δ) / 2^64 is lies in product .. product + 2, since w < 2^64.
    let product = product(fifths.high) + (product(fifths.low) >> 64);
    // It has 127 or 128 bits, so the 53 that count end within its upper half.
    #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
    let (high, low) = ((product >> 64) as u64, product as u64);
    let cut = 11 - high.leading_zeros();
    let (head, rest, half) = (high >> cut, high & ((1 << cut) - 1), 1 << (cut - 1));
    if low.wrapping_add(2) < 3 && (rest == half || rest + 1 == half) {
        // Half way between two doubles, as far as can be told.
        return None;
    }
    let up = u64::from(rest >= half);
    // `head` has 53 bits, and one more at most after rounding up, where it is a power of two; the scale is far from the
    // ends of the range: both factors are doubles and their product is exact.
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let head = (head + up).cast_signed() as f64;
    let exponent = 1023 + 128 + u64::from(cut) - u64::from(shift) - fifths.scale - decimals as u64;
    Some(head * f64::from_bits(exponent << 52))
}

/// A power of 1/5: `(high · 2^64 + low) · 2^-scale`, rounded down, where the first bit of `high` is set.
#[derive(Clone, Copy)]
struct Fifth {
    high: u64,
    low: u64,
    scale: u64,
}

/// `5^-n`, as far as `5^n` is below 2^64.
static FIFTHS: [Fifth; 28] = {
    let mut table = [Fifth { high: 0, low: 0, scale: 0 }; 28];
    let mut divisor = 1u64;
    let mut n = 0;
    while n < table.len() {
        // Long division of 1 by 5^n, bit by bit, until there are 128 of them.
        let (mut bits, mut scale, mut rest) = (0u128, 0, 1u128);
        if divisor == 1 {
            (bits, rest) = (1, 0);
        }
        while bits >> 127 == 0 {
            rest *= 2;
            bits *= 2;
            if rest >= divisor as u128 {
                rest -= divisor as u128;
                bits += 1;
            }
            scale += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
        let (high, low) = ((bits >> 64) as u64, bits as u64);
        table[n] = Fifth { high, low, scale };
        n += 1;
        if n < table.len() {
            divisor *= 5;
        }
    }
    table
};

impl Number<'_> {
    /// Neither point nor exponent.
    pub(in crate::codec) fn is_integer(&self) -> bool {
        self.integer
    }

    /// The value as a whole number, however it is written: `1.0` and `1e2` are whole.
    pub(in crate::codec) fn to_i64(self) -> Result<i64, Misfit> {
        i64::try_from(self.to_whole()?).map_err(|_| Misfit::Range)
    }

    /// The same without a sign.
    pub(in crate::codec) fn to_u64(self) -> Result<u64, Misfit> {
        u64::try_from(self.to_whole()?).map_err(|_| Misfit::Range)
    }

    fn to_whole(self) -> Result<i128, Misfit> {
        let digits = || self.whole.bytes().chain(self.fraction.bytes());
        let Some(last) = last_nonzero(digits()) else { return Ok(0) };
        // Digits up to the last one that counts, then zeros up to the point.
        let zeros = i64::try_from(self.whole.len()).unwrap_or(i64::MAX).saturating_add(self.exponent)
            - i64::try_from(last + 1).unwrap_or(i64::MAX);
        if zeros < 0 {
            return Err(Misfit::Fraction);
        }
        let mut value = 0i128;
        for digit in digits().take(last + 1).chain((0..zeros.min(40)).map(|_| b'0')) {
            value = value * 10 + i128::from(digit - b'0');
            if value > 1 << 64 {
                return Err(Misfit::Range);
            }
        }
        Ok(if self.negative { -value } else { value })
    }

    /// The nearest double. A whole number is taken only if the double holds it exactly, or prints as it.
    pub(in crate::codec) fn to_f64(self) -> Result<f64, Misfit> {
        if let Some(value) = self.short_f64() {
            return Ok(value);
        }
        let value: f64 = self.text.parse().map_err(|_| Misfit::Range)?;
        self.check_float(value.is_finite(), || format!("{:.0}", value.abs()), || value.abs().to_string())?;
        Ok(value)
    }

    /// The nearest float, as [`to_f64`](Self::to_f64).
    pub(in crate::codec) fn to_f32(self) -> Result<f32, Misfit> {
        let value: f32 = self.text.parse().map_err(|_| Misfit::Range)?;
        self.check_float(value.is_finite(), || format!("{:.0}", value.abs()), || value.abs().to_string())?;
        Ok(value)
    }

    /// `exact` and `shortest` print the nearest value with all its digits, and with as few as tell it from others.
    fn check_float(
        self,
        finite: bool,
        exact: impl Fn() -> String,
        shortest: impl Fn() -> String,
    ) -> Result<(), Misfit> {
        let same = !self.integer || exact() == self.whole || shortest() == self.whole;
        if finite && same { Ok(()) } else { Err(Misfit::Range) }
    }

    /// The double where mantissa and power of ten are doubles themselves, so that one division or multiplication rounds
    /// correctly.
    fn short_f64(self) -> Option<f64> {
        if self.whole.len() + self.fraction.len() > 16 {
            return None;
        }
        let digits = self.whole.bytes().chain(self.fraction.bytes());
        let mantissa = digits.fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'));
        let power = self.exponent.checked_sub(i64::try_from(self.fraction.len()).ok()?)?;
        let scale = *POWERS.get(usize::try_from(power.unsigned_abs()).ok()?)?;
        if mantissa > EXACT_DOUBLE {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53, so nothing is lost")]
        let mantissa = mantissa as f64;
        let value = if power < 0 { mantissa / scale } else { mantissa * scale };
        Some(if self.negative { -value } else { value })
    }
}

/// The place of the last digit that is not zero.
fn last_nonzero(digits: impl Iterator<Item = u8>) -> Option<usize> {
    digits.enumerate().filter(|&(_, digit)| digit != b'0').map(|(place, _)| place).last()
}
