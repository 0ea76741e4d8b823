//! Decimals: text of any number of digits to two's complement and back, never through a float.

use crate::codec::json::Number;

/// Digits of an unscaled value at most. Turning text into binary takes time that grows with the square of this.
pub(in crate::codec) const MAX_DIGITS: usize = 10_000;

/// The bytes that `MAX_DIGITS` digits need.
const MAX_BYTES: usize = 4_153;

/// Zeros that stand between point and digits at most; beyond that, and where there is no point to set, a power of ten is
/// written instead: `5e-100`.
const MAX_ZEROS: i64 = 64;

/// How many digits surely fit into 64 bits.
const CHUNK_DIGITS: usize = 19;
const CHUNK: u64 = 10u64.pow(19);

/// Why a number is not a value of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) enum DecimalFault {
    /// It is no number.
    Form,
    /// It has digits that count behind those of the scale.
    Scale,
    /// It has more digits than the precision.
    Precision,
    /// It has more digits than are turned into binary.
    Limit,
    /// Its scale does not fit an int.
    Range,
}

/// A whole number of any size. Its space is used again for the next one.
#[derive(Debug, Default)]
pub(in crate::codec) struct Unscaled {
    negative: bool,
    /// In ASCII, without zeros in front; one `0` for zero.
    digits: Vec<u8>,
    /// The same in base 2^64, the low ones first, while it is converted.
    limbs: Vec<u64>,
    /// The same in two's complement, while it is converted.
    bytes: Vec<u8>,
}

impl Unscaled {
    /// Becomes `number × 10^scale`, which must be whole and have no more than `precision` digits.
    pub(in crate::codec) fn set(
        &mut self,
        number: &Number<'_>,
        scale: i64,
        precision: usize,
    ) -> Result<(), DecimalFault> {
        let digits = || number.whole.bytes().chain(number.fraction.bytes());
        let len = number.whole.len() + number.fraction.len();
        let zeros_before = digits().take_while(|&digit| digit == b'0').count();
        self.digits.clear();
        self.negative = number.negative && zeros_before < len;
        if zeros_before == len {
            self.digits.push(b'0');
            return Ok(());
        }
        // How many zeros are to be appended, or taken away.
        let shift = scale.saturating_add(number.exponent).saturating_sub(signed(number.fraction.len()));
        let trailing = number.fraction.bytes().rev().chain(number.whole.bytes().rev());
        let trailing = signed(trailing.take_while(|&digit| digit == b'0').count());
        if shift < -trailing {
            return Err(DecimalFault::Scale);
        }
        let count = signed(len - zeros_before).saturating_add(shift);
        if count > signed(precision) {
            return Err(DecimalFault::Precision);
        }
        let count = usize::try_from(count).ok().filter(|&count| count <= MAX_DIGITS).ok_or(DecimalFault::Limit)?;
        self.digits.extend(digits().skip(zeros_before).take(count));
        self.digits.resize(count, b'0');
        Ok(())
    }

    /// Becomes `number × 10^scale` of the scale with which no digit is lost and none is added, and gives that scale.
    pub(in crate::codec) fn set_with_scale(&mut self, number: &Number<'_>) -> Result<i32, DecimalFault> {
        let scale = signed(number.fraction.len()).saturating_sub(number.exponent);
        let scale = i32::try_from(scale).map_err(|_| DecimalFault::Range)?;
        self.set(number, i64::from(scale), MAX_DIGITS)?;
        Ok(scale)
    }

    /// Becomes the number of these bytes of two's complement, the high ones first; no bytes are zero.
    pub(in crate::codec) fn set_bytes(&mut self, bytes: &[u8]) -> Result<(), DecimalFault> {
        let bytes = minimal(bytes);
        if bytes.len() > MAX_BYTES {
            return Err(DecimalFault::Limit);
        }
        self.negative = bytes.first().is_some_and(|&high| high >= 0x80);
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        if self.negative {
            negate(&mut self.bytes);
        }
        self.limbs.clear();
        for chunk in self.bytes.rchunks(8) {
            self.limbs.push(chunk.iter().fold(0, |limb, &byte| limb << 8 | u64::from(byte)));
        }
        // From the low digits to the high ones, and then the other way round.
        self.digits.clear();
        while !self.limbs.is_empty() {
            let mut rest = self.divide();
            for _ in 0..CHUNK_DIGITS {
                self.digits.push(b'0' + low_digit(rest));
                rest /= 10;
            }
        }
        let len = self.digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
        self.digits.truncate(len);
        if self.digits.is_empty() {
            self.digits.push(b'0');
        }
        self.digits.reverse();
        if self.digits.len() > MAX_DIGITS { Err(DecimalFault::Limit) } else { Ok(()) }
    }

    /// Divides the limbs by 10^19 and gives what remains.
    fn divide(&mut self) -> u64 {
        let mut rest = 0u64;
        for limb in self.limbs.iter_mut().rev() {
            let wide = u128::from(rest) << 64 | u128::from(*limb);
            *limb = low_limb(wide / u128::from(CHUNK));
            rest = low_limb(wide % u128::from(CHUNK));
        }
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
        rest
    }

    /// How many digits it has.
    pub(in crate::codec) fn precision(&self) -> usize {
        self.digits.len()
    }

    /// The shortest two's complement, the high bytes first; at least one byte.
    pub(in crate::codec) fn bytes(&mut self) -> &[u8] {
        self.limbs.clear();
        let (head, rest) = self.digits.split_at(self.digits.len() % CHUNK_DIGITS);
        for chunk in std::iter::once(head).chain(rest.chunks(CHUNK_DIGITS)) {
            let mut carry = chunk.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            for limb in &mut self.limbs {
                let wide = u128::from(*limb) * u128::from(CHUNK) + u128::from(carry);
                *limb = low_limb(wide);
                carry = low_limb(wide >> 64);
            }
            if carry > 0 {
                self.limbs.push(carry);
            }
        }
        self.bytes.clear();
        self.bytes.push(0);
        for limb in self.limbs.iter().rev() {
            self.bytes.extend_from_slice(&limb.to_be_bytes());
        }
        if self.negative {
            negate(&mut self.bytes);
        }
        minimal(&self.bytes)
    }

    /// Whether it is below zero.
    pub(in crate::codec) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Appends `self × 10^-scale`, with `scale` digits behind the point.
    pub(in crate::codec) fn write(&self, scale: i64, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        // Digits before the point, if that many.
        let whole = signed(self.digits.len()) - scale;
        if scale < 0 || whole < -MAX_ZEROS {
            out.extend_from_slice(&self.digits);
            out.push(b'e');
            out.extend_from_slice(itoa::Buffer::new().format(-scale).as_bytes());
            return;
        }
        if let Ok(whole @ 1..) = usize::try_from(whole) {
            let (whole, fraction) = self.digits.split_at(whole);
            out.extend_from_slice(whole);
            if !fraction.is_empty() {
                out.push(b'.');
                out.extend_from_slice(fraction);
            }
        } else {
            out.extend_from_slice(b"0.");
            (whole..0).for_each(|_| out.push(b'0'));
            out.extend_from_slice(&self.digits);
        }
    }
}

/// Without bytes in front that only repeat the sign.
fn minimal(mut bytes: &[u8]) -> &[u8] {
    while let [0, 0..0x80, ..] | [0xff, 0x80..=0xff, ..] = bytes {
        bytes = &bytes[1..];
    }
    bytes
}

/// The other sign of two's complement, in as many bytes.
fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// Lengths in memory are within an `i64`.
fn signed(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "the low 64 bits are what is meant")]
fn low_limb(wide: u128) -> u64 {
    wide as u64
}

fn low_digit(value: u64) -> u8 {
    u8::try_from(value % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests;
