//! The text of a JSON document as it is stored: without white space, with everything else as it was written.
//!
//! Members keep their order and numbers their text (`1.50` stays `1.50`, and no digit is lost); only white space
//! between tokens goes, and strings are written with the fewest escapes (`é`, not `\u00e9`), so that two spellings of
//! one document are one schema.

use serde::de::IgnoredAny;

/// Compacts `text`, or says why it is not JSON (RFC 8259).
pub(super) fn compact(text: &str) -> Result<String, serde_json::Error> {
    serde_json::from_str::<IgnoredAny>(text)?;
    let mut stored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', ' ', '\t', '\n', '\r']) {
        let (before, from) = rest.split_at(at);
        stored.push_str(before);
        if from.starts_with('"') {
            let (string, behind) = from.split_at(string_length(from));
            if string.contains('\\') {
                let value: String = serde_json::from_str(string)?;
                stored.push_str(&serde_json::to_string(&value)?);
            } else {
                stored.push_str(string);
            }
            rest = behind;
        } else {
            rest = from.trim_start_matches([' ', '\t', '\n', '\r']);
        }
    }
    stored.push_str(rest);
    Ok(stored)
}

/// The bytes of the string token that `text` starts with, both quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let closing = |byte: u8| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    };
    text.bytes().skip(1).position(closing).map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn only_white_space_and_needless_escapes_go() {
        for (text, stored) in [
            (" { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : \" x \" } ", "{\"b\":[1,2],\"a\":\" x \"}"),
            ("{\"minimum\": 1.50, \"maximum\": 1e400}", "{\"minimum\":1.50,\"maximum\":1e400}"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (r#" "Gr\u00f6\u00dfe \"q\" \\ \/ \n" "#, r#""Größe \"q\" \\ / \n""#),
            (r#"["\\", "a \" b", ""]"#, r#"["\\","a \" b",""]"#),
            ("\"\u{2003}東京\"", "\"\u{2003}東京\""),
        ] {
            assert_eq!(compact(text).unwrap(), stored);
            assert_eq!(compact(stored).unwrap(), stored, "stored text stays as it is");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", " ", "{", "{\"a\":1,}", "[1] x", "\"\\ud800\"", "\"\\x\"", "01", "\u{a0}1"] {
            assert!(compact(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_hundred_thousand_levels_do_not_overflow_the_stack() {
        let deep = "[ ".repeat(100_000) + &"] ".repeat(100_000);
        assert_eq!(compact(&deep).unwrap().len(), 200_000);
    }
}
