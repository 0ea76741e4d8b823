use super::*;

fn cursor(text: &str) -> Cursor<'_> {
    Cursor::new(text.as_bytes())
}

fn message(fault: Fault) -> String {
    CodecErrorText::from(fault).0
}

/// The message behind the pointer.
struct CodecErrorText(String);

impl From<Fault> for CodecErrorText {
    fn from(fault: Fault) -> Self {
        Self(crate::codec::CodecError::from(fault).to_string())
    }
}

fn skip(text: &str) -> Result<(), String> {
    let mut cursor = cursor(text);
    cursor.skip_space();
    cursor.skip_value(&Limits::default(), 0, &mut Vec::new()).and_then(|()| cursor.end()).map_err(message)
}

#[test]
fn what_rfc_8259_accepts_is_skipped() {
    for text in [
        "0",
        "-0",
        "1.5e-3",
        "1E+2",
        "123456789012345678901234567890",
        "null",
        " true ",
        "false\n",
        r#""""#,
        r#""\"\\\/\b\f\n\r\té""#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        "\"\u{7f}\u{80}\u{10ffff}\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1 , 2]",
        r#"{"a":1,"a":{"b":[[],{}]}}"#,
        r#"{"":""}"#,
        "[[[[]]]]",
    ] {
        assert_eq!(skip(text), Ok(()), "{text}");
    }
}

#[test]
fn what_rfc_8259_refuses_is_refused() {
    for text in [
        "",
        " ",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1 2",
        "NaN",
        "Infinity",
        "nul",
        "True",
        "tru",
        "\"",
        "\"\\",
        "\"\\\"",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        "\"\n\"",
        "\"\u{1f}\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{1:1}",
        "{\"a\":1]",
        "[1}",
        "'a'",
        "\u{feff}1",
        "1,",
        "[]]",
        "\u{a0}1",
        "/**/1",
    ] {
        assert!(skip(text).is_err(), "{text:?}");
    }
}

#[test]
fn syntax_faults_say_what_and_where() {
    assert_eq!(skip("[1,"), Err(": expected a value, found the end of the text at byte 3".into()));
    assert_eq!(skip("{\"a\":1;"), Err(": expected ',' or '}', found ';' at byte 6".into()));
    assert_eq!(
        skip("\"a\u{1}\""),
        Err(": expected no control character in a string (escape it), found '\\u{1}' at byte 2".into())
    );
    assert_eq!(skip("1 é"), Err(": expected the end of the record, found trailing text at byte 2".into()));
    assert_eq!(skip("é"), Err(": expected a value, found 'é' at byte 0".into()));
}

#[test]
fn deep_nesting_is_a_limit_and_needs_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = |levels: usize| open.repeat(levels) + "1" + &close.repeat(levels);
        assert_eq!(skip(&text(128)), Ok(()));
        let expected = ": expected at most 128 levels of nesting, found one level more";
        assert_eq!(skip(&text(129)), Err(expected.into()));
        assert_eq!(skip(&open.repeat(100_000)), Err(expected.into()));
    }
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut scratch = Vec::new();
    let text = cursor(text).string().map_err(message)?;
    text.unescaped(&mut scratch).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).map_err(message)
}

#[test]
fn escapes_are_undone() {
    assert_eq!(unescaped(r#""plain""#), Ok("plain".into()));
    assert_eq!(unescaped(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude0a!""#), Ok("\"\\/\u{8}\u{c}\n\r\té😊!".into()));
    assert_eq!(unescaped(r#""\u0000""#), Ok("\0".into()));
    for lone in [r#""a\ud800""#, r#""a\ud800b""#, r#""a\ud800\u0041""#, r#""a\udc00""#, r#""a\ud800\""#] {
        assert!(unescaped(lone).is_err(), "{lone}");
    }
    assert_eq!(unescaped(r#""a\udc00""#), Err(": expected a character, found a lone surrogate at byte 2".into()));
}

#[test]
fn written_strings_read_back_and_match_serde_json() {
    for text in ["", "plain", "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é😊", "twelve bytes\nand more"] {
        let mut out = Vec::new();
        write_string(text.as_bytes(), &mut out);
        // The same out of the midst of other bytes, which don't count.
        for around in ["", "é\"é\n\u{1}", "plain text that is longer than one block"] {
            let (data, mut again) = ([around, text, around].concat(), out[..0].to_vec());
            let is_ascii = write_string_of(data.as_bytes(), around.len(), text.len(), &mut again);
            assert_eq!((&again, is_ascii), (&out, text.is_ascii()), "{text:?}");
        }
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, serde_json::to_string(text).unwrap());
        assert_eq!(unescaped(&out).as_deref(), Ok(text));
    }
}

fn number(text: &str) -> Number<'_> {
    let mut cursor = cursor(text);
    let number = cursor.number().unwrap();
    assert_eq!(cursor.peek(), None);
    number
}

#[test]
fn whole_numbers_are_read_exactly() {
    use Misfit::{Fraction, Range};
    for (text, value) in [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("0.0", Ok(0)),
        ("0e99999999999999999999", Ok(0)),
        ("1.0", Ok(1)),
        ("1e2", Ok(100)),
        ("-12.5e1", Ok(-125)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775808", Err(Range)),
        ("-9223372036854775809", Err(Range)),
        ("9.223372036854775807e18", Ok(i64::MAX)),
        ("100000000000000000000", Err(Range)),
        ("18446744073709551617", Err(Range)),
        ("1e999999999999999999999", Err(Range)),
        ("1.5", Err(Fraction)),
        ("1e-1", Err(Fraction)),
        ("1e-99999999999999999999", Err(Fraction)),
        ("10e-1", Ok(1)),
        ("1000000000000000000000e-3", Ok(1_000_000_000_000_000_000)),
    ] {
        assert_eq!(number(text).to_i64(), value, "{text}");
    }
}

#[test]
fn doubles_are_the_nearest_and_whole_numbers_must_survive() {
    for text in [
        "0.1",
        "-0.0",
        "1e22",
        "1e23",
        "123456789.125",
        "5e-324",
        "1e-400",
        "1.7976931348623157e308",
        "0.30000000000000004",
        "9007199254740993.0",
    ] {
        assert_eq!(number(text).to_f64().map(f64::to_bits), Ok(text.parse::<f64>().unwrap().to_bits()), "{text}");
    }
    assert_eq!(number("-0").to_f64().map(f64::to_bits), Ok((-0.0f64).to_bits()));
    for whole in [
        "9007199254740992",
        "9007199254740994",
        "1152921504606846976",
        "1152921504606847000",
        "-1152921504606847000",
        "100000000000000000000000",
    ] {
        assert_eq!(number(whole).to_f64(), Ok(whole.parse().unwrap()), "{whole}");
    }
    for lost in ["9007199254740993", "1152921504606846977", "1152921504606847001", "1e309", "-1e309"] {
        assert_eq!(number(lost).to_f64(), Err(Misfit::Range), "{lost}");
    }
}

#[test]
fn floats_are_rounded_once() {
    // Through a double this would be rounded twice, and come out one place lower.
    let text = "1.000000059604644775390625000000000000001";
    assert_eq!(number(text).to_f32(), Ok(1.000_000_1));
    assert_eq!(number("16777216").to_f32(), Ok(16_777_216.0));
    assert_eq!(number("16777217").to_f32(), Err(Misfit::Range));
    assert_eq!(number("1e39").to_f32(), Err(Misfit::Range));
}

#[test]
fn short_integers_leave_the_rest_alone() {
    for (text, value, pos) in [
        ("0,", Some(0), 1),
        ("-12 ", Some(-12), 3),
        ("123456789012345678", Some(123_456_789_012_345_678), 18),
        ("1234567890123456789", None, 0),
        ("1.0", None, 0),
        ("1e1", None, 0),
        ("01", None, 0),
        ("-", None, 0),
        ("", None, 0),
        ("a", None, 0),
    ] {
        let mut cursor = cursor(text);
        assert_eq!((cursor.short_integer(), cursor.pos()), (value, pos), "{text:?}");
    }
}

#[test]
fn short_decimals_are_the_nearest_double_or_left_alone() {
    for text in [
        "0",
        "-0",
        "0.5",
        "-1.25",
        "123456789012345",
        "0.00000000000001",
        "12345.6789012345",
        "99999999999999.9",
        "3.3",
    ] {
        let mut cursor = cursor(text);
        assert_eq!(cursor.short_decimal().map(f64::to_bits), Some(text.parse::<f64>().unwrap().to_bits()), "{text}");
        assert_eq!(cursor.pos(), text.len());
    }
    for text in [
        "",
        "-",
        ".5",
        "1.",
        "-.",
        "01",
        "00.1",
        "1e5",
        "1.5E1",
        "1..2",
        "1.2.3",
        "1234567890123456",
        "0.123456789012345",
        "\"NaN\"",
    ] {
        let mut cursor = cursor(text);
        assert_eq!((cursor.short_decimal(), cursor.pos()), (None, 0), "{text}");
    }
}
