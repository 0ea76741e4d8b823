//! Doubles are rounded as the library does it.

use crate::codec::Limits;
use crate::codec::avro::sample::Dice;
use crate::codec::avro::{Encoder, JsonOptions};
use crate::schema::avro::{Plan, Schema};

#[test]
#[expect(clippy::cast_sign_loss, reason = "no number here is negative")]
fn every_rounding_is_the_librarys() {
    let plan = Plan::compile(&Schema::parse::<&str>("\"double\"", &[]).unwrap()).unwrap();
    let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
    let mut dice = Dice(2);
    for case in 0..400_000 {
        let digits = 1 + dice.below(19);
        let mut number = format!("{:0digits$}", dice.roll() % 10u64.pow(digits as u32));
        let point = 1 + dice.below(digits);
        if point < digits {
            number.insert(point, '.');
        }
        let mut number = number.trim_start_matches('0').to_owned();
        if !number.starts_with(|char: char| char.is_ascii_digit()) {
            number.insert(0, '0');
        }
        let integer = !number.contains('.');
        let expected: f64 = number.parse().unwrap();
        // Whole numbers that a double can't hold have rules of their own.
        if integer && expected as u128 != number.parse::<u128>().unwrap() {
            continue;
        }
        let mut out = Vec::new();
        encoder.encode(&plan, number.as_bytes(), &mut out).unwrap();
        assert_eq!(out, expected.to_le_bytes(), "case {case}: {number}");
    }
    // Half way between two doubles, or just beside it, and what no rounding touches.
    for (number, expected) in [
        ("9007199254740993.0", 9_007_199_254_740_992.0),
        ("9007199254740993.01", 9_007_199_254_740_994.0),
        ("9007199254740995.00", 9_007_199_254_740_996.0),
        ("0.50000000000000000", 0.5),
        ("100.00000000", 100.0),
        ("0.000000000000000000", 0.0),
        ("-0.00000000", -0.0),
        ("4503599627370497.5", 4_503_599_627_370_497.5),
    ] {
        let mut out = Vec::new();
        encoder.encode(&plan, number.as_bytes(), &mut out).unwrap();
        assert_eq!(out, f64::to_le_bytes(expected), "{number}");
    }
}
