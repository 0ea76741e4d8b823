//! Durations: months, days and milliseconds, each by itself, and texts as of ISO 8601.
//!
//! How many days make a month and how many hours a day depends on the calendar, so none is turned into another. Only years
//! become months, weeks become days, and hours, minutes and seconds become milliseconds.

use super::{Reader, TextFault, write_padded};

/// Three numbers that count by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::codec) struct Duration {
    pub(in crate::codec) months: u32,
    pub(in crate::codec) days: u32,
    pub(in crate::codec) millis: u32,
}

impl Duration {
    /// From `P1M2DT3.004S`; also with years, weeks, hours and minutes.
    pub(in crate::codec) fn read(text: &[u8]) -> Result<Self, TextFault> {
        let mut text = Reader(text);
        text.eat(b"P").ok_or(TextFault::Form)?;
        let (mut months, mut days, mut millis) = (0u64, 0u64, 0u64);
        let mut designators: &[u8] = b"YMWD";
        let mut parts = 0;
        let mut in_time = false;
        while !text.is_empty() {
            if !in_time && text.eat(b"T").is_some() {
                (designators, in_time, parts) = (b"HMS", true, 0);
            }
            let (whole, fraction) = number(&mut text)?;
            let designator = text.eat(designators).ok_or(TextFault::Form)?;
            let (sum, factor) = match (designator, in_time) {
                (b'Y', _) => (&mut months, 12),
                (b'M', false) => (&mut months, 1),
                (b'W', _) => (&mut days, 7),
                (b'D', _) => (&mut days, 1),
                (b'H', _) => (&mut millis, 3_600_000),
                (b'M', true) => (&mut millis, 60_000),
                (_, _) => (&mut millis, 1_000),
            };
            if fraction.is_some() && designator != b'S' {
                return Err(TextFault::Form);
            }
            *sum = whole.saturating_mul(factor).saturating_add(*sum).saturating_add(fraction.unwrap_or(0));
            // They come in this order, each at most once.
            designators = designators.iter().position(|&d| d == designator).map_or(&[], |at| &designators[at + 1..]);
            parts += 1;
        }
        if parts == 0 {
            return Err(TextFault::Form);
        }
        let fit = |sum: u64| u32::try_from(sum).map_err(|_| TextFault::Range);
        Ok(Self { months: fit(months)?, days: fit(days)?, millis: fit(millis)? })
    }

    /// Appends the text, without parts that are zero; `PT0S` if all are.
    pub(in crate::codec) fn write(self, out: &mut Vec<u8>) {
        let Self { months, days, millis } = self;
        out.push(b'P');
        for (part, designator) in [(months, b'M'), (days, b'D')] {
            if part > 0 {
                write_padded(u64::from(part), 1, out);
                out.push(designator);
            }
        }
        if millis > 0 || (months, days) == (0, 0) {
            out.push(b'T');
            write_padded(u64::from(millis / 1000), 1, out);
            if millis % 1000 > 0 {
                out.push(b'.');
                write_padded(u64::from(millis % 1000), 3, out);
            }
            out.push(b'S');
        }
    }

    /// As Avro writes it.
    pub(in crate::codec) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        for (to, part) in bytes.as_chunks_mut::<4>().0.iter_mut().zip([self.months, self.days, self.millis]) {
            *to = part.to_le_bytes();
        }
        bytes
    }

    /// As Avro writes it.
    pub(in crate::codec) fn from_bytes(bytes: [u8; 12]) -> Self {
        let [m0, m1, m2, m3, d0, d1, d2, d3, s0, s1, s2, s3] = bytes;
        let part = u32::from_le_bytes;
        Self { months: part([m0, m1, m2, m3]), days: part([d0, d1, d2, d3]), millis: part([s0, s1, s2, s3]) }
    }
}

/// A number, and its thousandths if it has a point.
fn number(text: &mut Reader<'_>) -> Result<(u64, Option<u64>), TextFault> {
    let mut whole = u64::from(text.digit().ok_or(TextFault::Form)?);
    while let Some(digit) = text.digit() {
        whole = whole.saturating_mul(10).saturating_add(u64::from(digit));
    }
    let fraction = if text.eat(b".,").is_some() { Some(text.fraction(3)?.unsigned_abs()) } else { None };
    Ok((whole, fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(u32, u32, u32), TextFault> {
        Duration::read(text.as_bytes()).map(|d| (d.months, d.days, d.millis))
    }

    #[test]
    fn what_is_written_is_read() {
        for (parts, text) in [
            ((1, 2, 3004), "P1M2DT3.004S"),
            ((0, 0, 0), "PT0S"),
            ((0, 0, 1), "PT0.001S"),
            ((1, 0, 0), "P1M"),
            ((0, 7, 0), "P7D"),
            ((0, 7, 60_000), "P7DT60S"),
            ((u32::MAX, u32::MAX, u32::MAX), "P4294967295M4294967295DT4294967.295S"),
        ] {
            let duration = Duration { months: parts.0, days: parts.1, millis: parts.2 };
            let mut out = Vec::new();
            duration.write(&mut out);
            assert_eq!(str::from_utf8(&out), Ok(text));
            assert_eq!(read(text), Ok(parts));
            assert_eq!(Duration::from_bytes(duration.to_bytes()), duration);
        }
        let duration = Duration { months: 1, days: 2, millis: 0x0403_0201 };
        assert_eq!(duration.to_bytes(), [1, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_others_write_is_read() {
        for (text, parts) in [
            ("P1Y2M3W4DT5H6M7S", (14, 25, 18_367_000)),
            ("PT1.5S", (0, 0, 1500)),
            ("PT1,5S", (0, 0, 1500)),
            ("PT0.0010000S", (0, 0, 1)),
            ("P0D", (0, 0, 0)),
            ("PT36H", (0, 0, 129_600_000)),
            ("P001D", (0, 1, 0)),
        ] {
            assert_eq!(read(text), Ok(parts), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1D",
            "P1DT",
            "-P1D",
            "P-1D",
            "P1D2M",
            "P1M1M",
            "PT1S1H",
            "P1H",
            "PT1D",
            "P1.5D",
            "PT1.S",
            "PT.5S",
            "P1DT1ST1S",
            "p1d",
            "P1D ",
            "P 1D",
            "PT1S2",
        ] {
            assert_eq!(read(text), Err(TextFault::Form), "{text}");
        }
        assert_eq!(read("PT0.0001S"), Err(TextFault::Finer));
        for text in ["P4294967296D", "PT4294967.296S", "P99999999999999999999999D", "P357913942Y"] {
            assert_eq!(read(text), Err(TextFault::Range), "{text}");
        }
    }
}
