//! The fast paths and the general ones give the same bytes, the same text and the same verdicts with the same messages.

use crate::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use crate::codec::{CodecError, Limits};
use crate::dice::Dice;
use crate::input::{LIMITS, damage, options, part, shown, typed};
use crate::schema::avro::Plan;

/// Limits that even small records meet.
const NARROW: Limits = Limits { record_bytes: 300, depth: 3, items: 3, string_bytes: 70 };

/// Bytes: a schema; options; then the text, or a value whose text is damaged, written in another way, and read twice.
pub fn run(mut data: &[u8]) {
    let typed = typed(&mut data);
    let mut dice = Dice::new(part(&mut data));
    let options = JsonOptions { mode: JsonMode::Plain, ..options(&mut dice) };
    let limits = if dice.one_in(4) { NARROW } else { LIMITS };
    let mut style = Dice::new(part(&mut data));
    let text = if dice.one_in(4) {
        data.to_vec()
    } else {
        let Some(text) = typed.text_of_value(options, &mut data) else { return };
        let Ok(value) = serde_json::from_slice(&text) else { return };
        let mut text = Vec::new();
        write(&value, &mut style, &mut text);
        damage(&mut text, &mut dice);
        text
    };
    let context = || format!("{} {options:?} {}", typed.text, shown(&text));
    let mut encoder = Encoder::new(options, limits);
    // The second time with what the first one taught.
    for _ in 0..2 {
        let (fast, general) = encoded(&mut encoder, &typed.plan, &text);
        assert_eq!(fast, general, "{}", context());
    }
    let mut datum = match encoded(&mut encoder, &typed.plan, &text).0 {
        Ok(datum) => datum,
        Err(_) => data.to_vec(),
    };
    let mut decoder = Decoder::new(options, limits);
    for _ in 0..2 {
        let (mut fast, mut general) = (b"before".to_vec(), b"before".to_vec());
        let results = (
            decoder.decode(&typed.plan, &datum, &mut fast).map_err(said),
            decoder.decode_generally(&typed.plan, &datum, &mut general).map_err(said),
        );
        assert_eq!(results.0, results.1, "{} {}", shown(&datum), context());
        assert_eq!(shown(&fast), shown(&general), "{} {}", shown(&datum), context());
        damage(&mut datum, &mut dice);
    }
}

type Encoded = Result<Vec<u8>, String>;

/// What both paths make of a text.
fn encoded(encoder: &mut Encoder, plan: &Plan, text: &[u8]) -> (Encoded, Encoded) {
    let (mut fast, mut general) = (Vec::new(), Vec::new());
    let (fast_result, general_result) =
        (encoder.encode(plan, text, &mut fast), encoder.encode_generally(plan, text, &mut general));
    (fast_result.map(|()| fast).map_err(said), general_result.map(|()| general).map_err(said))
}

fn said(error: CodecError) -> String {
    format!("{:?} {error}", error.violation().kind)
}

/// Writes a value with white space, members in another order and characters as escapes, as the dice fall.
fn write(value: &serde_json::Value, style: &mut Dice<'_>, text: &mut Vec<u8>) {
    match value {
        serde_json::Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            if style.below(4) == 1 {
                members.reverse();
            }
            if style.below(4) == 1 && !members.is_empty() {
                let middle = style.below(members.len());
                members.rotate_left(middle);
            }
            text.push(b'{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                space(style, text);
                string(name, style, text);
                text.push(b':');
                space(style, text);
                write(value, style, text);
            }
            space(style, text);
            text.push(b'}');
        }
        serde_json::Value::Array(items) => {
            text.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(b',');
                }
                space(style, text);
                write(item, style, text);
            }
            text.push(b']');
        }
        serde_json::Value::String(string_value) => string(string_value, style, text),
        other => text.extend_from_slice(other.to_string().as_bytes()),
    }
}

fn space(style: &mut Dice<'_>, text: &mut Vec<u8>) {
    let spaces = ["", "", "", " ", "\n  ", "\n    ", "\n                                    ", "\t\r\n"];
    text.extend_from_slice(style.pick(&spaces).as_bytes());
}

fn string(string: &str, style: &mut Dice<'_>, text: &mut Vec<u8>) {
    let escaped = style.below(3) == 1;
    text.push(b'"');
    for char in string.chars() {
        if escaped && style.below(3) == 1 || char < ' ' || char == '"' || char == '\\' {
            let units = char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            text.extend_from_slice(units.as_bytes());
        } else {
            text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    text.push(b'"');
}
