//! Seconds and nanoseconds, as Protobuf has them: in timestamps since 1970-01-01T00:00:00Z of the years 1 to 9999, in
//! durations of up to 10,000 years each way.

use super::{Reader, datetime, write_padded};

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
const TIMESTAMPS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// The longest duration.
const MAX_DURATION: i64 = 315_576_000_000;

const NANOS: i32 = 1_000_000_000;

/// The instant of a date, a time and an offset; `None` if the text is no such one.
pub(in crate::codec) fn read_timestamp(text: &[u8]) -> Option<(i64, i32)> {
    let (seconds, nanos) = datetime::read_instant(text).ok()?;
    TIMESTAMPS.contains(&seconds).then_some((seconds, i32::try_from(nanos).ok()?))
}

/// A number of seconds with the letter `s` behind it: `-1.5s`; `None` if the text is no such one. Both parts have its sign.
pub(in crate::codec) fn read_duration(text: &[u8]) -> Option<(i64, i32)> {
    let mut text = Reader(text);
    let sign = if text.eat(b"-").is_some() { -1 } else { 1 };
    let mut seconds = i64::from(text.digit()?);
    while let Some(digit) = text.digit() {
        seconds = seconds * 10 + i64::from(digit);
        if seconds > MAX_DURATION {
            return None;
        }
    }
    let nanos = if text.eat(b".").is_some() { text.fraction(9).ok()? } else { 0 };
    text.eat(b"s")?;
    let within = text.is_empty() && (seconds < MAX_DURATION || nanos == 0);
    within.then_some((sign * seconds, i32::try_from(sign * nanos).ok()?))
}

/// Appends the text of an instant; `false` if it is none, and nothing is written.
pub(in crate::codec) fn write_timestamp(seconds: i64, nanos: i32, out: &mut Vec<u8>) -> bool {
    if !TIMESTAMPS.contains(&seconds) || !(0..NANOS).contains(&nanos) {
        return false;
    }
    datetime::write_seconds(seconds, out);
    write_fraction(nanos, out);
    out.push(b'Z');
    true
}

/// Appends the text of a duration; `false` if it is none, and nothing is written.
pub(in crate::codec) fn write_duration(seconds: i64, nanos: i32, out: &mut Vec<u8>) -> bool {
    let apart = seconds.signum() * i64::from(nanos.signum()) < 0;
    let within = seconds.abs_diff(0) < MAX_DURATION.unsigned_abs()
        || seconds.abs_diff(0) == MAX_DURATION.unsigned_abs() && nanos == 0;
    if apart || !within || nanos <= -NANOS || nanos >= NANOS {
        return false;
    }
    if seconds < 0 || nanos < 0 {
        out.push(b'-');
    }
    write_padded(seconds.unsigned_abs(), 1, out);
    write_fraction(nanos, out);
    out.push(b's');
    true
}

/// Appends a point and three, six or nine digits, or nothing.
fn write_fraction(nanos: i32, out: &mut Vec<u8>) {
    let nanos = u64::from(nanos.unsigned_abs());
    let (digits, width) = match nanos {
        0 => return,
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
        _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, 6),
        _ => (nanos, 9),
    };
    out.push(b'.');
    write_padded(digits, width, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back() {
        for (text, value) in [
            ("1970-01-01T00:00:00Z", (0, 0)),
            ("0001-01-01T00:00:00Z", (-62_135_596_800, 0)),
            ("9999-12-31T23:59:59.999999999Z", (253_402_300_799, 999_999_999)),
            ("1969-12-31T23:59:59.999Z", (-1, 999_000_000)),
            ("2024-02-29T12:00:00.000001Z", (1_709_208_000, 1_000)),
        ] {
            assert_eq!(read_timestamp(text.as_bytes()), Some(value), "{text}");
            let mut out = Vec::new();
            assert!(write_timestamp(value.0, value.1, &mut out));
            assert_eq!(out, text.as_bytes());
        }
        for (text, value) in [
            ("0s", (0, 0)),
            ("-0.500s", (0, -500_000_000)),
            ("1.000000001s", (1, 1)),
            ("-315576000000s", (-315_576_000_000, 0)),
            ("315575999999.999999s", (315_575_999_999, 999_999_000)),
        ] {
            assert_eq!(read_duration(text.as_bytes()), Some(value), "{text}");
            let mut out = Vec::new();
            assert!(write_duration(value.0, value.1, &mut out));
            assert_eq!(out, text.as_bytes());
        }
        assert_eq!(read_timestamp(b"2024-02-29T12:00:00+01:00"), Some((1_709_204_400, 0)));
        assert_eq!(read_duration(b"-1.5s"), Some((-1, -500_000_000)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01"] {
            assert_eq!(read_timestamp(text.as_bytes()), None, "{text}");
        }
        for text in
            ["", "s", "1", "-s", "1.s", "1.0000000001s", "315576000000.1s", "315576000001s", "+1s", "1 s", "1s "]
        {
            assert_eq!(read_duration(text.as_bytes()), None, "{text}");
        }
        let huge = "9".repeat(1_000) + "s";
        assert_eq!(read_duration(huge.as_bytes()), None);
        let mut out = Vec::new();
        for (seconds, nanos) in [(i64::MIN, 0), (i64::MAX, 0), (0, -1), (0, NANOS), (-62_135_596_801, 0)] {
            assert!(!write_timestamp(seconds, nanos, &mut out), "{seconds} {nanos}");
        }
        for (seconds, nanos) in [(i64::MIN, 0), (i64::MAX, 0), (1, -1), (-1, 1), (0, NANOS), (0, i32::MIN)] {
            assert!(!write_duration(seconds, nanos, &mut out), "{seconds} {nanos}");
        }
        assert!(out.is_empty());
    }
}
