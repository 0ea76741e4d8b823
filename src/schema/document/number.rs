//! Numbers in JSON: as Java prints them, and their exact order.

use std::cmp::Ordering;
use std::fmt::Write;

/// Which of Java's types holds numbers with a fraction or an exponent, and so how they print. Whole numbers print as they
/// are, whatever their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// `BigDecimal`: no digit is lost, `1.50` stays, `1e2` becomes `1E+2`.
    Decimal,
    /// `double`: the shortest text that reads back to it, `1.50` becomes `1.5`, `1e2` becomes `100.0`.
    Double,
}

impl Numbers {
    pub(super) fn write(self, text: &str, out: &mut String) {
        if !text.contains(['.', 'e', 'E']) {
            // Integers have no negative zero.
            out.push_str(if text == "-0" { "0" } else { text });
            return;
        }
        match self {
            Self::Decimal => write_decimal(text, out),
            Self::Double => match text.parse() {
                Ok(value) => write_double(value, out),
                Err(_) => out.push_str(text),
            },
        }
    }
}

/// `BigDecimal.toString`: all digits, in scientific notation where the exponent is positive or the number is small.
fn write_decimal(text: &str, out: &mut String) {
    let (negative, digits, exponent) = parts(text);
    // Beyond this, Java has no such number: it stays as it is.
    if i32::try_from(exponent).is_err() {
        return out.push_str(text);
    }
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    };
    if negative && digits != "0" {
        out.push('-');
    }
    let point = exponent + count(digits);
    if exponent <= 0 && point > -6 {
        return write_plain(digits, point, out);
    }
    let (first, rest) = digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    // Writing to a string never fails.
    write!(out, "E{:+}", point - 1).unwrap_or_default();
}

/// Digits with a point after the first `point` of them, with as many zeros as that takes.
fn write_plain(digits: &str, point: i64, out: &mut String) {
    match usize::try_from(point) {
        Ok(point) if point >= digits.len() => out.push_str(digits),
        Ok(point) if point > 0 => {
            let (whole, fraction) = digits.split_at(point);
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        _ => {
            out.push_str("0.");
            out.extend((point..0).map(|_| '0'));
            out.push_str(digits);
        }
    }
}

/// `Double.toString`, and what is not finite as a JSON string.
fn write_double(value: f64, out: &mut String) {
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    let (digits, exponent) = shortest(value.abs());
    let point = exponent + 1;
    if value == 0.0 {
        out.push_str("0.0");
    } else if (-2..=7).contains(&point) {
        write_plain(&digits, point, out);
        if count(&digits) <= point {
            out.extend((count(&digits)..point).map(|_| '0'));
            out.push_str(".0");
        }
    } else {
        let (first, rest) = digits.split_at(1);
        let rest = if rest.is_empty() { "0" } else { rest };
        // Writing to a string never fails.
        write!(out, "{first}.{rest}E{exponent}").unwrap_or_default();
    }
}

/// The shortest digits that read back to the value, and the power of ten of the first. Of several with one or two digits,
/// Java takes the nearest.
fn shortest(value: f64) -> (String, i64) {
    let two = format!("{value:.1e}");
    let text = if two.parse() == Ok(value) { two } else { format!("{value:e}") };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    (if digits.is_empty() { "0" } else { digits }.to_owned(), exponent.parse().unwrap_or_default())
}

/// Sign, digits without the point, and the power of ten of the last digit. Saturates: no memory holds such a number.
fn parts(text: &str) -> (bool, String, i64) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let down = exponent.starts_with('-');
    let power = exponent.trim_start_matches(['+', '-']).bytes();
    let power = power.fold(0i64, |n, digit| n.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))));
    let power = if down { -power } else { power };
    (negative, [whole, fraction].concat(), power.saturating_sub(count(fraction)))
}

fn count(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// The exact value of a JSON number: `1.50`, `15e-1` and `1.5` are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// How many digits stand before the point; negative for zeros behind it.
    point: i64,
}

impl Decimal {
    /// The value of a number as JSON writes it.
    pub fn parse(text: &str) -> Self {
        let (negative, all, exponent) = parts(text);
        let point = exponent.saturating_add(count(all.trim_start_matches('0')));
        match all.trim_matches('0') {
            "" => Self { negative: false, digits: String::new(), point: 0 },
            digits => Self { negative, digits: digits.to_owned(), point },
        }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether it has no fraction.
    pub fn is_whole(&self) -> bool {
        self.point >= count(&self.digits)
    }

    /// Whether it is a whole multiple of another number; `None` where the numbers are too far apart to tell.
    pub fn is_multiple_of(&self, other: &Self) -> Option<bool> {
        let power = |number: &Self| number.point.checked_sub(count(&number.digits));
        let scale = power(self)?.min(power(other)?);
        let whole = |number: &Self| -> Option<u128> {
            let zeros = u32::try_from(power(number)?.checked_sub(scale)?).ok()?;
            let digits = if number.is_zero() { 0 } else { number.digits.parse().ok()? };
            10u128.checked_pow(zeros)?.checked_mul(digits)
        };
        whole(self)?.checked_rem(whole(other)?).map(|rest| rest == 0)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        // Digits without zeros at the end compare like the fractions 0.DIGITS.
        let magnitude = || self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { magnitude().reverse() } else { magnitude() })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
