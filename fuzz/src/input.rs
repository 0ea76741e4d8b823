//! What a target makes of the fuzzer's bytes.

use crate::codec::avro::{BytesForm, Decimals, Decoder, Encoder, JsonMode, JsonOptions, Timestamps, UnknownFields};
use crate::codec::{Limits, ViolationKind};
use crate::dice::Dice;
use crate::generated_schema;
use crate::schema::avro::{Plan, Schema};
use crate::value::{self, Value};

/// Limits that are met soon, so that nothing takes long.
pub(crate) const LIMITS: Limits = Limits { record_bytes: 1 << 16, depth: 32, items: 1 << 12, string_bytes: 1 << 14 };

/// A schema with its plan.
pub(crate) struct Typed {
    pub(crate) text: String,
    pub(crate) schema: Schema,
    pub(crate) plan: Plan,
}

/// The fuzzer's bytes in parts: the first byte says how long the next part is.
pub(crate) fn part<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let Some((&len, rest)) = data.split_first() else { return &[] };
    let (part, rest) = rest.split_at(usize::from(len).min(rest.len()));
    *data = rest;
    part
}

/// A schema of any type.
pub(crate) fn typed(data: &mut &[u8]) -> Typed {
    Typed::of_text(generated_schema::schema(&mut Dice::new(part(data))).to_string())
}

/// A schema without logical types.
pub(crate) fn typed_plainly(data: &mut &[u8]) -> Typed {
    let text = generated_schema::schema(&mut Dice::new(part(data))).to_string();
    Typed::of_text(text.replace("\"logicalType\"", "\"x-logical\""))
}

impl Typed {
    pub(crate) fn of_text(text: String) -> Self {
        let schema = Schema::parse::<&str>(&text, &[]).unwrap_or_else(|error| panic!("{error}: {text}"));
        let plan = Plan::compile(&schema).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self { text, schema, plan }
    }

    /// A value of the schema.
    pub(crate) fn value(&self, data: &mut &[u8]) -> Value {
        value::value(&self.schema, self.schema.root(), &mut Dice::new(part(data)))
    }

    /// The bytes of a value of the schema, unless that is beyond the limits.
    pub(crate) fn datum(&self, data: &mut &[u8]) -> Option<Vec<u8>> {
        // The specification's JSON has no other form of logical types.
        let options = JsonOptions { mode: JsonMode::Avro, ..JsonOptions::default() };
        let text = value::json(&self.schema, self.schema.root(), &self.value(data), options.mode).to_string();
        let mut datum = Vec::new();
        match Encoder::new(options, LIMITS).encode(&self.plan, text.as_bytes(), &mut datum) {
            Ok(()) => Some(datum),
            Err(error) if error.violation().kind == ViolationKind::Limit => None,
            Err(error) => panic!("{error}: {} {text}", self.text),
        }
    }

    /// The text of a value of the schema, unless that is beyond the limits.
    pub(crate) fn text_of_value(&self, options: JsonOptions, data: &mut &[u8]) -> Option<Vec<u8>> {
        let (datum, mut text) = (self.datum(data)?, Vec::new());
        match Decoder::new(options, LIMITS).decode(&self.plan, &datum, &mut text) {
            Ok(()) => Some(text),
            Err(error) if error.violation().kind == ViolationKind::Limit => None,
            Err(error) => panic!("{error}: {} {}", self.text, shown(&datum)),
        }
    }

    /// Whether text in this mode tells the branch of every union.
    pub(crate) fn tells_branches(&self, mode: JsonMode) -> bool {
        mode == JsonMode::Avro || value::tells_branches(&self.schema)
    }
}

/// One of all options.
pub(crate) fn options(dice: &mut Dice<'_>) -> JsonOptions {
    JsonOptions {
        mode: dice.pick(&[JsonMode::Plain, JsonMode::Avro]),
        unknown_fields: dice.pick(&[UnknownFields::Ignore, UnknownFields::Reject]),
        bytes: dice.pick(&[BytesForm::Base64, BytesForm::Latin1]),
        timestamps: dice.pick(&[Timestamps::Number, Timestamps::Iso8601]),
        decimals: dice.pick(&[Decimals::Number, Decimals::String]),
    }
}

/// Changes a few places: a byte is replaced, taken out or put in, or everything behind it is cut off.
pub(crate) fn damage(bytes: &mut Vec<u8>, dice: &mut Dice<'_>) {
    for _ in 0..dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(8) {
            0 => bytes.truncate(at),
            1 | 2 => bytes.insert(at, dice.byte()),
            3 if at < bytes.len() => drop(bytes.remove(at)),
            _ if at < bytes.len() => bytes[at] = dice.byte(),
            _ => {}
        }
    }
}

/// Whether this is JSON by RFC 8259, by somebody else's judgement. That one does not look at the bytes of strings that it
/// ignores, so UTF-8 is asked for first.
pub(crate) fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Bytes for a message.
pub(crate) fn shown(text: &[u8]) -> String {
    text.escape_ascii().to_string()
}
