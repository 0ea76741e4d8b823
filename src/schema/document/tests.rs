use super::*;

fn text(source: &str, numbers: Numbers) -> String {
    Document::parse(source).unwrap().to_text(numbers)
}

#[test]
fn only_white_space_and_needless_escapes_go() {
    for (source, stored) in [
        (" { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : \" x \" } ", "{\"b\":[1,2],\"a\":\" x \"}"),
        (r#" "Gr\u00f6\u00dfe \"q\" \\ \/ \n" "#, r#""Größe \"q\" \\ / \n""#),
        (r#"["\\", "a \" b", ""]"#, r#"["\\","a \" b",""]"#),
        ("\"\u{2003}東京\"", "\"\u{2003}東京\""),
        (r#""\u001f\u007F\b\f\n\r\t\u0000""#, "\"\\u001F\u{7f}\\b\\f\\n\\r\\t\\u0000\""),
        ("[ ]", "[]"),
        ("{ }", "{}"),
        (" true", "true"),
        ("[null,false , true]", "[null,false,true]"),
    ] {
        assert_eq!(text(source, Numbers::Decimal), stored);
        assert_eq!(text(stored, Numbers::Decimal), stored, "stored text stays as it is");
    }
}

#[test]
fn of_two_members_with_one_name_the_later_value_takes_the_first_place() {
    assert_eq!(text(r#"{"a":1,"b":2,"a":3}"#, Numbers::Decimal), r#"{"a":3,"b":2}"#);
}

/// What Java 21 prints.
#[test]
fn numbers_print_as_javas_big_decimal() {
    for (source, stored) in [
        ("0", "0"),
        ("-0", "0"),
        ("1.50", "1.50"),
        ("1e2", "1E+2"),
        ("1E+2", "1E+2"),
        ("1.0e3", "1.0E+3"),
        ("12e-1", "1.2"),
        ("100e-2", "1.00"),
        ("1e-2", "0.01"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1E-7"),
        ("1.20e-7", "1.20E-7"),
        ("-0.0", "0.0"),
        ("0e5", "0E+5"),
        ("0e-9", "0E-9"),
        ("0.00", "0.00"),
        ("-12.5e1", "-125"),
        ("-12.5e2", "-1.25E+3"),
        ("1e400", "1E+400"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("0.1234567890123456789012345", "0.1234567890123456789012345"),
        ("1e99999999999", "1e99999999999"),
    ] {
        assert_eq!(text(source, Numbers::Decimal), stored);
    }
}

/// What Java 21 prints.
#[test]
fn numbers_print_as_javas_double() {
    for (source, stored) in [
        ("12345678901234567890", "12345678901234567890"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("0.0", "0.0"),
        ("1.0", "1.0"),
        ("1.50", "1.5"),
        ("1e2", "100.0"),
        ("0.001", "0.001"),
        ("0.0012", "0.0012"),
        ("0.00099", "9.9E-4"),
        ("1e-5", "1.0E-5"),
        ("9999999.0", "9999999.0"),
        ("1234567.5", "1234567.5"),
        ("10000000.0", "1.0E7"),
        ("-123456789012345678.0", "-1.2345678901234568E17"),
        ("1e23", "1.0E23"),
        ("4.9e-324", "4.9E-324"),
        ("2e-323", "2.0E-323"),
        ("1.7976931348623157e308", "1.7976931348623157E308"),
        ("1e400", "\"Infinity\""),
        ("-1e400", "\"-Infinity\""),
        ("100.25", "100.25"),
        ("120.0", "120.0"),
    ] {
        assert_eq!(text(source, Numbers::Double), stored);
    }
}

#[test]
fn numbers_compare_by_value() {
    let decimal = |text: &str| Document::parse(text).unwrap().as_decimal().unwrap();
    let ascending = ["-1e400", "-2", "-1.5", "-1e-9", "0", "1e-400", "0.001", "1", "1.01", "2", "10", "9e99", "1e100"];
    for (index, left) in ascending.iter().enumerate() {
        for (other, right) in ascending.iter().enumerate() {
            assert_eq!(decimal(left).cmp(&decimal(right)), index.cmp(&other), "{left} and {right}");
        }
    }
    for (left, right) in [("1.50", "15e-1"), ("-0.0", "0"), ("100", "1E2"), ("0.010", "1e-2")] {
        assert_eq!(decimal(left), decimal(right));
    }
}

#[test]
fn multiples_are_told_exactly() {
    let multiple = |left: &str, right: &str| {
        let decimal = |text: &str| Document::parse(text).unwrap().as_decimal().unwrap();
        decimal(left).is_multiple_of(&decimal(right))
    };
    assert_eq!(multiple("10", "5"), Some(true));
    assert_eq!(multiple("0.3", "0.1"), Some(true));
    assert_eq!(multiple("1", "0.3"), Some(false));
    assert_eq!(multiple("1e3", "2.5"), Some(true));
    assert_eq!(multiple("0", "7"), Some(true));
    assert_eq!(multiple("7", "0"), None);
    assert_eq!(multiple("1e400", "3"), None);
}

#[test]
fn members_are_sorted_as_java_sorts_texts() {
    // U+1F600 is a pair of surrogates in UTF-16, which come before U+FF5E.
    let mut document = Document::parse("{\"\u{ff5e}\":1,\"\u{1f600}\":[{\"b\":1,\"a\":2}],\"Z\":3}").unwrap();
    document.sort_members();
    assert_eq!(document.to_text(Numbers::Decimal), "{\"Z\":3,\"\u{1f600}\":[{\"a\":2,\"b\":1}],\"\u{ff5e}\":1}");
}

#[test]
fn what_is_not_json_is_refused() {
    for text in ["", " ", "{", "{\"a\":1,}", "[1] x", "\"\\ud800\"", "\"\\x\"", "01", "\u{a0}1"] {
        assert!(Document::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_hundred_thousand_levels_are_an_error() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(Document::parse(&deep(128)).is_ok());
    for levels in [129, 100_000] {
        assert_eq!(Document::parse(&deep(levels)).unwrap_err().to_string(), "it nests deeper than 128 levels");
    }
}
