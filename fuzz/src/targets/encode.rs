//! Any text for any schema is encoded or refused; what was encoded was JSON, and comes back through decoding.

use crate::codec::avro::{Decoder, Encoder};
use crate::dice::Dice;
use crate::input::{LIMITS, damage, is_json, options, shown, typed};

/// Bytes: a schema; options; then the text, or a value whose text is damaged.
pub fn run(mut data: &[u8]) {
    let typed = typed(&mut data);
    let mut dice = Dice::new(crate::input::part(&mut data));
    let options = options(&mut dice);
    let text = if dice.one_in(4) {
        data.to_vec()
    } else {
        let Some(mut text) = typed.text_of_value(options, &mut data) else { return };
        damage(&mut text, &mut dice);
        text
    };
    let mut datum = b"before".to_vec();
    if Encoder::new(options, LIMITS).encode(&typed.plan, &text, &mut datum).is_err() {
        assert_eq!(datum, b"before", "a refused record leaves nothing behind");
        return;
    }
    let context = || format!("{} {options:?} {}", typed.text, shown(&text));
    assert!(is_json(&text), "not JSON, but encoded: {}", context());
    let datum = datum.strip_prefix(b"before").expect("what was there stays there");
    let mut printed = Vec::new();
    match Decoder::new(options, LIMITS).decode(&typed.plan, datum, &mut printed) {
        Ok(()) => {}
        // The text is longer than the data.
        Err(error) if error.violation().kind == crate::codec::ViolationKind::Limit => return,
        Err(error) => panic!("{error}: {}", context()),
    }
    if typed.tells_branches(options.mode) {
        let mut again = Vec::new();
        let result = Encoder::new(options, LIMITS).encode(&typed.plan, &printed, &mut again);
        assert!(result.is_ok(), "{result:?}: {} {}", shown(&printed), context());
        assert_eq!(again, datum, "{} {}", shown(&printed), context());
    }
}
