//! Any bytes for any two schemas are read or refused; what was read is what the reader's schema itself writes and reads.

use serde_json::{Value as Json, json};

use crate::codec::ViolationKind;
use crate::codec::avro::{Decoder, Encoder, JsonMode, JsonOptions};
use crate::dice::Dice;
use crate::input::{LIMITS, Typed, damage, options, part, shown, typed};
use crate::schema::avro::{Plan, Projection, Schema};

/// Bytes: a schema; options, and how another schema differs; then the data, or a value whose data are damaged.
pub fn run(mut data: &[u8]) {
    let writer = typed(&mut data);
    let mut dice = Dice::new(part(&mut data));
    let options = options(&mut dice);
    let mut schema = serde_json::from_str(&writer.text).expect("it was parsed before");
    evolve(&mut schema, &mut dice);
    if Schema::parse::<&str>(&schema.to_string(), &[]).and_then(|schema| Plan::compile(&schema)).is_err() {
        // A name may be gone that is used elsewhere, a branch of a union be there twice, or a default not fit any more.
        return;
    }
    let reader = Typed::of_text(schema.to_string());
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
        let Some(mut datum) = writer.datum(&mut data) else { return };
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

/// Changes a schema here and there, in ways that mostly leave it able to read what it wrote.
fn evolve(schema: &mut Json, dice: &mut Dice<'_>) {
    match schema {
        Json::String(name) => {
            let wider: &[&str] = match name.as_str() {
                "int" => &["int", "long", "float", "double"],
                "long" => &["long", "float", "double"],
                "float" => &["float", "double"],
                "string" | "bytes" => &["string", "bytes"],
                _ => return,
            };
            *name = dice.pick(wider).to_owned();
        }
        Json::Array(branches) => {
            branches.iter_mut().for_each(|branch| evolve(branch, dice));
            let last = branches.len().saturating_sub(1);
            match dice.below(6) {
                1 if last > 0 => drop(branches.pop()),
                2 => branches.swap(0, last),
                3 => branches.push(json!("boolean")),
                _ => {}
            }
        }
        Json::Object(object) => {
            if let Some(Json::Array(fields)) = object.get_mut("fields") {
                fields.iter_mut().filter_map(|field| field.get_mut("type")).for_each(|ty| evolve(ty, dice));
                let last = fields.len().saturating_sub(1);
                match dice.below(6) {
                    1 => drop(fields.pop()),
                    2 if last > 0 => fields.swap(0, last),
                    3 => fields.insert(0, json!({"name": "added", "type": ["null", "string"], "default": null})),
                    _ => {}
                }
            }
            for part in ["items", "values"] {
                if let Some(part) = object.get_mut(part) {
                    evolve(part, dice);
                }
            }
        }
        _ => {}
    }
}
