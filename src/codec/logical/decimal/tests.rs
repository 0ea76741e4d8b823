use super::*;
use crate::codec::json::Cursor;

/// The unscaled bytes of a text with this scale and precision.
fn bytes(text: &str, scale: i64, precision: usize) -> Result<Vec<u8>, DecimalFault> {
    let mut unscaled = Unscaled::default();
    unscaled.set(&Cursor::new(text.as_bytes()).number().unwrap(), scale, precision)?;
    Ok(unscaled.bytes().to_vec())
}

fn text(bytes: &[u8], scale: i64) -> String {
    let mut unscaled = Unscaled::default();
    unscaled.set_bytes(bytes).unwrap();
    let mut out = Vec::new();
    unscaled.write(scale, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn text_and_bytes() {
    for (decimal, scale, unscaled) in [
        ("0.00", 2, &[0][..]),
        ("0.01", 2, &[1]),
        ("1.27", 2, &[0x7f]),
        ("1.28", 2, &[0, 0x80]),
        ("-1.28", 2, &[0x80]),
        ("-1.29", 2, &[0xff, 0x7f]),
        ("-0.01", 2, &[0xff]),
        ("12.34", 2, &[4, 0xd2]),
        ("1234", 0, &[4, 0xd2]),
        ("9223372036854775808", 0, &[0, 0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("-9223372036854775808", 0, &[0x80, 0, 0, 0, 0, 0, 0, 0]),
        ("18446744073709551616", 0, &[1, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("-18446744073709551616", 0, &[0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("10000000000000000000", 0, &[0, 0x8a, 0xc7, 0x23, 0x04, 0x89, 0xe8, 0, 0]),
        ("0.10000000000000000000", 20, &[0, 0x8a, 0xc7, 0x23, 0x04, 0x89, 0xe8, 0, 0]),
    ] {
        assert_eq!(bytes(decimal, scale, 20).as_deref(), Ok(unscaled), "{decimal}");
        assert_eq!(text(unscaled, scale), decimal);
    }
}

#[test]
fn numbers_are_read_however_they_are_written() {
    for (text, unscaled) in [
        ("12.3", 1230),
        ("12.3400", 1234),
        ("1e1", 1000),
        ("1E-2", 1),
        ("100e-4", 1),
        ("-0", 0),
        ("0e999999999999999", 0),
    ] {
        let expected = Unscaled::default().set_bytes_of(unscaled);
        assert_eq!(bytes(text, 2, 4), Ok(expected), "{text}");
    }
}

impl Unscaled {
    fn set_bytes_of(mut self, number: i64) -> Vec<u8> {
        self.set_bytes(&number.to_be_bytes()).unwrap();
        self.bytes().to_vec()
    }
}

#[test]
fn no_digit_is_lost() {
    for (text, fault) in [
        ("0.001", DecimalFault::Scale),
        ("12.345", DecimalFault::Scale),
        ("1e-3", DecimalFault::Scale),
        ("1e-99999999999999999999", DecimalFault::Scale),
        ("123.45", DecimalFault::Precision),
        ("100", DecimalFault::Precision),
        ("1e2", DecimalFault::Precision),
        ("1e99999999999999999999", DecimalFault::Precision),
    ] {
        assert_eq!(bytes(text, 2, 4), Err(fault), "{text}");
    }
    assert_eq!(bytes("1e10000", 0, usize::MAX), Err(DecimalFault::Limit));
    assert_eq!(bytes("1e99999999999999999999", 0, usize::MAX), Err(DecimalFault::Limit));
    assert_eq!(Unscaled::default().set_bytes(&[1; MAX_BYTES + 1]), Err(DecimalFault::Limit));
}

#[test]
fn the_longest_values_go_both_ways() {
    for digits in ["9".repeat(MAX_DIGITS), format!("-1{}", "0".repeat(MAX_DIGITS - 1)), "123456789".repeat(1000)] {
        let unscaled = bytes(&digits, 0, MAX_DIGITS).unwrap();
        assert!(unscaled.len() <= MAX_BYTES);
        assert_eq!(text(&unscaled, 0), digits);
        assert_eq!(minimal(&unscaled).len(), unscaled.len());
    }
}

#[test]
fn bytes_that_repeat_the_sign_add_nothing() {
    assert_eq!(text(&[], 0), "0");
    assert_eq!(text(&[0, 0, 0], 0), "0");
    assert_eq!(text(&[0, 0, 0x80], 0), "128");
    assert_eq!(text(&[0xff, 0xff, 0xff], 0), "-1");
    assert_eq!(text(&vec![0xff; 100_000], 1), "-0.1");
}

#[test]
fn scales_out_of_the_common_are_powers_of_ten() {
    assert_eq!(text(&[5], -3), "5e3");
    assert_eq!(text(&[5], 65), format!("0.{}5", "0".repeat(64)));
    assert_eq!(text(&[5], 66), "5e-66");
    assert_eq!(text(&[0xfb], 2_147_483_647), "-5e-2147483647");
    for text in ["5e3", "-5e-66", "0e-2147483647", "1e2147483648", "1.50", "0", "0.0", "-12300"] {
        let mut unscaled = Unscaled::default();
        let scale = unscaled.set_with_scale(&Cursor::new(text.as_bytes()).number().unwrap()).unwrap();
        let mut out = Vec::new();
        unscaled.write(i64::from(scale), &mut out);
        assert_eq!(str::from_utf8(&out), Ok(text));
    }
    for text in ["1e2147483649", "1e-2147483648", "0e99999999999999999999"] {
        let number = Cursor::new(text.as_bytes()).number().unwrap();
        assert_eq!(Unscaled::default().set_with_scale(&number), Err(DecimalFault::Range), "{text}");
    }
}
