//! Any bytes for any two schemas are read or refused; what was read is what the reader's schema itself writes and reads.

use crate::codec::ViolationKind;
use crate::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use crate::dice::Dice;
use crate::input::{LIMITS, Typed, damage, options, part, shown, typed};
use crate::schema::avro::Projection;
use crate::value::json;

/// Bytes: a schema; options, and how another schema differs; then the data, or a value whose data are damaged.
pub fn run(mut data: &[u8]) {
    let mut start = data;
    let writer = typed(&mut data);
    let mut changed = part(&mut start).to_vec();
    let mut dice = Dice::new(part(&mut data));
    let options = options(&mut dice);
    damage(&mut changed, &mut dice);
    let reader = Typed::new(&mut Dice::new(&changed));
    let context = || format!("{} as {} {options:?}", writer.text, reader.text);
    let projection = match Projection::compile(&writer.schema, &reader.schema) {
        Ok(projection) => projection,
        Err(error) => {
            assert_ne!(writer.schema, reader.schema, "{error}: {}", context());
            return;
        }
    };
    assert!(writer.schema != reader.schema || projection.is_identity(), "{}", context());
    let datum = if dice.one_in(3) {
        data.to_vec()
    } else {
        let value = json(&writer.schema, writer.schema.root(), &writer.value(&mut data), options.mode).to_string();
        let mut datum = Vec::new();
        // It may be beyond the limits.
        if Encoder::new(options, LIMITS).encode(&writer.plan, value.as_bytes(), &mut datum).is_err() {
            return;
        }
        damage(&mut datum, &mut dice);
        datum
    };
    let mut text = b"before".to_vec();
    if Decoder::new(options, LIMITS).decode_as(&projection, &datum, &mut text).is_err() {
        assert_eq!(text, b"before", "refused data leave nothing behind");
        return;
    }
    let text = text.strip_prefix(b"before").expect("what was there stays there");
    // Without logical types, which don't matter in what is passed over.
    let underlying = JsonOptions { mode: JsonMode::Avro, ..options };
    if let Err(error) = Decoder::new(underlying, LIMITS).decode(&writer.plan, &datum, &mut Vec::new()) {
        // A map that is passed over may hold a key twice, and text that is not written has no length.
        let kind = error.violation().kind;
        assert!(matches!(kind, ViolationKind::Duplicate | ViolationKind::Limit), "{error}: {}", context());
    }
    if reader.tells_branches(options.mode) {
        let (mut again, mut printed) = (Vec::new(), Vec::new());
        let result = Encoder::new(options, LIMITS).encode(&reader.plan, text, &mut again);
        assert!(result.is_ok(), "{result:?}: {} {}", context(), shown(text));
        let result = Decoder::new(options, LIMITS).decode(&reader.plan, &again, &mut printed);
        assert!(result.is_ok(), "{result:?}: {} {}", context(), shown(text));
        assert_eq!(printed, text, "{}", context());
    }
}
