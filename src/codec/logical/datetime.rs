//! Dates and times: numbers since 1970 and texts as of ISO 8601 and RFC 3339.
//!
//! The calendar is the proleptic Gregorian one. A year beyond 0000 to 9999 has a sign: `+10000-01-01`, `-0001-12-31`, so
//! that each value of each type has a text. Every time is written with all digits of its unit and UTC with `Z`.

use super::{Reader, TextFault, write_padded};
use crate::schema::avro::TimeUnit;

const SECONDS_A_DAY: i64 = 86_400;

type Parsed = Result<i64, TextFault>;

/// Days since 1970-01-01, from `2024-02-29`.
pub(in crate::codec) fn read_date(text: &[u8]) -> Parsed {
    let mut text = Reader(text);
    let days = date(&mut text)?;
    end(&text)?;
    Ok(days)
}

/// The time since midnight, from `12:30`, `12:30:00` or `12:30:00.5`.
pub(in crate::codec) fn read_time(text: &[u8], unit: TimeUnit) -> Parsed {
    let mut text = Reader(text);
    let (seconds, fraction) = time(&mut text, unit)?;
    end(&text)?;
    Ok(seconds * unit.per_second() + fraction)
}

/// The time since 1970-01-01T00:00:00Z, from a date, a time and an offset: `Z`, `+01:00`, `+0100` or `+01`.
pub(in crate::codec) fn read_timestamp(text: &[u8], unit: TimeUnit) -> Parsed {
    let (seconds, fraction) = instant(text, unit)?;
    units(seconds, fraction, unit)
}

/// The same as whole seconds and nanoseconds.
pub(in crate::codec) fn read_instant(text: &[u8]) -> Result<(i64, i64), TextFault> {
    instant(text, TimeUnit::Nanos)
}

fn instant(text: &[u8], unit: TimeUnit) -> Result<(i64, i64), TextFault> {
    let mut text = Reader(text);
    let (seconds, fraction) = date_and_time(&mut text, unit)?;
    let offset = offset(&mut text).ok_or(TextFault::Form)?;
    end(&text)?;
    Ok((seconds - offset, fraction))
}

/// The time since 1970-01-01T00:00:00, from a date and a time without offset.
pub(in crate::codec) fn read_local_timestamp(text: &[u8], unit: TimeUnit) -> Parsed {
    let mut text = Reader(text);
    let (seconds, fraction) = date_and_time(&mut text, unit)?;
    end(&text)?;
    units(seconds, fraction, unit)
}

fn end(text: &Reader<'_>) -> Result<(), TextFault> {
    if text.is_empty() { Ok(()) } else { Err(TextFault::Form) }
}

fn units(seconds: i64, fraction: i64, unit: TimeUnit) -> Parsed {
    let units = i128::from(seconds) * i128::from(unit.per_second()) + i128::from(fraction);
    i64::try_from(units).map_err(|_| TextFault::Range)
}

fn date_and_time(text: &mut Reader<'_>, unit: TimeUnit) -> Result<(i64, i64), TextFault> {
    let days = date(text)?;
    text.eat(b"Tt ").ok_or(TextFault::Form)?;
    let (seconds, fraction) = time(text, unit)?;
    Ok((days * SECONDS_A_DAY + seconds, fraction))
}

fn date(text: &mut Reader<'_>) -> Parsed {
    let year = year(text)?;
    match month_and_day(text) {
        Some((month @ 1..=12, day)) if (1..=days_of_month(year, month)).contains(&day) => {
            Ok(days_since_1970(year, month, day))
        }
        _ => Err(TextFault::Form),
    }
}

fn month_and_day(text: &mut Reader<'_>) -> Option<(i64, i64)> {
    text.eat(b"-")?;
    let month = text.digits(2)?;
    text.eat(b"-")?;
    Some((month, text.digits(2)?))
}

/// Four digits, or a sign and at least four.
fn year(text: &mut Reader<'_>) -> Parsed {
    /// No type holds a year of more digits, and all the arithmetic on this many fits 64 bits.
    const MAX_DIGITS: usize = 10;
    let Some(sign) = text.eat(b"+-") else {
        return text.digits(4).ok_or(TextFault::Form);
    };
    let mut year = text.digits(4).ok_or(TextFault::Form)?;
    let mut count = 4;
    while let Some(digit) = text.digit() {
        count += 1;
        if count > MAX_DIGITS {
            return Err(TextFault::Range);
        }
        year = year * 10 + i64::from(digit);
    }
    match (sign, year) {
        // There is one year 0.
        (b'-', 0) => Err(TextFault::Form),
        (b'-', year) => Ok(-year),
        (_, year) => Ok(year),
    }
}

/// Seconds and units since midnight.
fn time(text: &mut Reader<'_>, unit: TimeUnit) -> Result<(i64, i64), TextFault> {
    let minutes = hours_and_minutes(text).ok_or(TextFault::Form)?;
    if text.eat(b":").is_none() {
        return Ok((minutes * 60, 0));
    }
    let seconds = match text.digits(2) {
        Some(60) => return Err(TextFault::LeapSecond),
        Some(seconds @ 0..60) => minutes * 60 + seconds,
        _ => return Err(TextFault::Form),
    };
    let fraction = if text.eat(b".,").is_some() { text.fraction(unit.digits())? } else { 0 };
    Ok((seconds, fraction))
}

/// Minutes since midnight.
fn hours_and_minutes(text: &mut Reader<'_>) -> Option<i64> {
    let hours = text.digits(2).filter(|&hours| hours < 24)?;
    text.eat(b":")?;
    let minutes = text.digits(2).filter(|&minutes| minutes < 60)?;
    Some(hours * 60 + minutes)
}

/// Seconds east of Greenwich.
fn offset(text: &mut Reader<'_>) -> Option<i64> {
    let sign = match text.eat(b"Zz+-")? {
        b'+' => 1,
        b'-' => -1,
        _ => return Some(0),
    };
    let hours = text.digits(2).filter(|&hours| hours < 24)?;
    let colon = text.eat(b":").is_some();
    let minutes = if text.is_empty() && !colon { 0 } else { text.digits(2).filter(|&minutes| minutes < 60)? };
    Some(sign * (hours * 60 + minutes) * 60)
}

/// Appends the date of so many days since 1970-01-01.
pub(in crate::codec) fn write_date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    match year {
        0..=9999 => {}
        ..0 => out.push(b'-'),
        _ => out.push(b'+'),
    }
    write_padded(year.unsigned_abs(), 4, out);
    out.push(b'-');
    write_padded(month.unsigned_abs(), 2, out);
    out.push(b'-');
    write_padded(day.unsigned_abs(), 2, out);
}

/// Appends the time that is so long after midnight; `false` if that is no time of a day, and nothing is written.
pub(in crate::codec) fn write_time(value: i64, unit: TimeUnit, out: &mut Vec<u8>) -> bool {
    let seconds = value.div_euclid(unit.per_second());
    if !(0..SECONDS_A_DAY).contains(&seconds) {
        return false;
    }
    write_clock(seconds, out);
    out.push(b'.');
    write_padded(value.rem_euclid(unit.per_second()).unsigned_abs(), unit.digits(), out);
    true
}

/// Appends hours, minutes and seconds of a day.
fn write_clock(seconds: i64, out: &mut Vec<u8>) {
    write_padded((seconds / 3600).unsigned_abs(), 2, out);
    for part in [seconds / 60 % 60, seconds % 60] {
        out.push(b':');
        write_padded(part.unsigned_abs(), 2, out);
    }
}

/// Appends date and time that are so many seconds after 1970-01-01T00:00:00, without offset.
pub(in crate::codec) fn write_seconds(seconds: i64, out: &mut Vec<u8>) {
    write_date(seconds.div_euclid(SECONDS_A_DAY), out);
    out.push(b'T');
    write_clock(seconds.rem_euclid(SECONDS_A_DAY), out);
}

/// Appends date and time that are so long after 1970-01-01T00:00:00, without offset.
pub(in crate::codec) fn write_local_timestamp(value: i64, unit: TimeUnit, out: &mut Vec<u8>) {
    let day = SECONDS_A_DAY * unit.per_second();
    write_date(value.div_euclid(day), out);
    out.push(b'T');
    write_time(value.rem_euclid(day), unit, out);
}

/// Appends date and time that are so long after 1970-01-01T00:00:00Z.
pub(in crate::codec) fn write_timestamp(value: i64, unit: TimeUnit, out: &mut Vec<u8>) {
    write_local_timestamp(value, unit, out);
    out.push(b'Z');
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the 400 years after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// Days from 0000-03-01, with which an era is taken to begin, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// Years are counted from March, so that a leap day is the last of its year; the days before a month are then
/// `(153 × month + 2) / 5`.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(400) * ERA + day_of_era - EPOCH
}

/// Year, month and day of so many days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let day_of_era = days.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + days.div_euclid(ERA) * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests;
