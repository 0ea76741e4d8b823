//! Any bytes for any schema are decoded or refused; what was decoded is JSON, and its data decode to the same again. What the
//! decoder refuses the verifier refuses too, but for a text that is too large; and what it takes the verifier takes.

use crate::codec::ViolationKind;
use crate::codec::avro::{Decoder, Encoder, JsonOptions, Verifier};
use crate::dice::Dice;
use crate::input::{LIMITS, damage, options, shown, typed};
use crate::schema::avro::Plan;

/// Bytes: a schema; options; then the data, or a value whose data are damaged.
pub fn run(mut data: &[u8]) {
    let typed = typed(&mut data);
    let mut dice = Dice::new(crate::input::part(&mut data));
    let options = options(&mut dice);
    let datum = if dice.one_in(3) {
        data.to_vec()
    } else {
        let Some(mut datum) = typed.datum(&mut data) else { return };
        damage(&mut datum, &mut dice);
        datum
    };
    check_verdict(&typed.plan, &datum);
    let mut text = b"before".to_vec();
    if Decoder::new(options, LIMITS).decode(&typed.plan, &datum, &mut text).is_err() {
        assert_eq!(text, b"before", "refused data leave nothing behind");
        return;
    }
    let text = text.strip_prefix(b"before").expect("what was there stays there");
    let context = || format!("{} {options:?} {}", typed.text, shown(text));
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(text) {
        assert!(error.to_string().contains("recursion limit"), "{error}: {}", context());
    }
    if typed.tells_branches(options.mode) {
        let (mut again, mut printed) = (Vec::new(), Vec::new());
        let result = Encoder::new(options, LIMITS).encode(&typed.plan, text, &mut again);
        assert!(result.is_ok(), "{result:?}: {}", context());
        let result = Decoder::new(options, LIMITS).decode(&typed.plan, &again, &mut printed);
        assert!(result.is_ok(), "{result:?}: {}", context());
        assert_eq!(printed, text, "{}", context());
    }
}

/// Holds the verifier against the decoder.
fn check_verdict(plan: &Plan, datum: &[u8]) {
    let mut text = Vec::new();
    let decoded = Decoder::new(JsonOptions::default(), LIMITS).decode(plan, datum, &mut text);
    let verified = Verifier::new(LIMITS).verify(plan, datum);
    match (decoded, verified) {
        (Ok(()), verified) => assert!(verified.is_ok(), "{verified:?}: {}", shown(&text)),
        (Err(error), Ok(())) => assert_eq!(error.violation().kind, ViolationKind::Limit, "{error}"),
        (Err(_), Err(_)) => {}
    }
}
