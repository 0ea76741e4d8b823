//! Values of logical types between text and numbers or bytes.
//!
//! Pure functions that know neither JSON nor Avro. Whatever they write they read back to the same value.

pub(super) mod datetime;
pub(super) mod decimal;
pub(super) mod duration;
pub(super) mod seconds;
pub(super) mod uuid;

/// Why a text is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextFault {
    /// It has not the form, or no calendar or clock shows it.
    Form,
    /// The type can't hold it.
    Range,
    /// It has digits behind the point that the type has no room for.
    Finer,
    /// A leap second, which none of the types counts.
    LeapSecond,
}

/// What is left of a text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Steps over one of these bytes, if that is what comes.
    fn eat(&mut self, bytes: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        bytes.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn digit(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        first.is_ascii_digit().then(|| {
            self.0 = rest;
            first - b'0'
        })
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + i64::from(self.digit()?)))
    }

    /// What stands behind the point of a second, as a whole number of units of `places` digits. Digits behind those must
    /// be zeros.
    fn fraction(&mut self, places: usize) -> Result<i64, TextFault> {
        let (mut value, mut count) = (0, 0);
        while let Some(digit) = self.digit() {
            if count < places {
                value = value * 10 + i64::from(digit);
            } else if digit != 0 {
                return Err(TextFault::Finer);
            }
            count += 1;
        }
        if count == 0 {
            return Err(TextFault::Form);
        }
        Ok((count..places).fold(value, |value, _| value * 10))
    }
}

/// Appends `value` with zeros in front, up to `width` digits.
fn write_padded(value: u64, width: usize, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value).as_bytes();
    out.resize(out.len() + width.saturating_sub(digits.len()), b'0');
    out.extend_from_slice(digits);
}
