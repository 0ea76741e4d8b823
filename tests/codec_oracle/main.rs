//! Random schemas and values: what apache-avro writes we read, as the JSON that is meant, and write back to the same bytes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "dice may be cut to any size"
)]

mod sample;
mod types;

use apache_avro::writer::datum::GenericDatumWriter;
use proptest::prelude::*;
use serde_json::Value as Json;
use serdecar::codec::avro::{
    BytesForm, Decimals, Decoder, Encoder, JsonMode, JsonOptions, Timestamps, UnknownFields, Verifier, ambiguities,
};
use serdecar::codec::{Limits, ViolationKind};
use serdecar::schema::avro::{Plan, Schema};

use crate::sample::{Dice, ISO_TEXT, Sample, sample};
use crate::types::{Names, schema, types};

fn options() -> impl Strategy<Value = JsonOptions> {
    let forms = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    forms.prop_map(|(bytes, timestamps, decimals, unknown)| JsonOptions {
        mode: JsonMode::Plain,
        unknown_fields: if unknown { UnknownFields::Reject } else { UnknownFields::Ignore },
        bytes: if bytes { BytesForm::Latin1 } else { BytesForm::Base64 },
        timestamps: if timestamps { Timestamps::Iso8601 } else { Timestamps::Number },
        decimals: if decimals { Decimals::String } else { Decimals::Number },
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn apache_avros_bytes_are_read_and_written_back(ty in types(), plain in options(), seed: u64) {
        let schema = schema(&ty, &mut Names::default());
        let text = schema.to_string();
        let apache = apache_avro::Schema::parse_str(&text).unwrap();
        let plan = Plan::compile(&Schema::parse::<&str>(&text, &[]).unwrap()).unwrap();
        let writer = GenericDatumWriter::builder(&apache).build().unwrap();
        let mut dice = Dice(seed);
        for _ in 0..4 {
            let Sample { avro, plain: expected, tagged } = sample(&ty, &schema, &mut dice, plain);
            let datum = writer.write_value_to_vec(avro).unwrap();
            let avro = JsonOptions { mode: JsonMode::Avro, ..plain };
            for (options, expected) in [(plain, &expected), (avro, &tagged)] {
                let mut json = Vec::new();
                Decoder::new(options, Limits::default()).decode(&plan, &datum, &mut json).unwrap();
                Verifier::new(Limits::default()).verify(&plan, &datum).unwrap();
                let read: Json = serde_json::from_slice(&json).unwrap();
                prop_assert!(matches(&read, expected), "{} {:?} {} {}", text, options, read, expected);
                // A schema without ambiguities has none in any value.
                if !ambiguities(&plan, options).is_empty() {
                    continue;
                }
                let mut written = Vec::new();
                Encoder::new(options, Limits::default()).encode(&plan, &json, &mut written).unwrap();
                prop_assert_eq!(&written, &datum, "{} {:?} {}", text, options, read);
                // However a producer prints it: with white space, and members in another order. A decimal would lose
                // digits on the way.
                if options.mode == JsonMode::Avro || options.decimals == Decimals::String {
                    let pretty = serde_json::to_string_pretty(&reversed(read)).unwrap();
                    written.clear();
                    Encoder::new(options, Limits::default()).encode(&plan, pretty.as_bytes(), &mut written).unwrap();
                    prop_assert_eq!(&written, &datum, "{} {:?} {}", text, options, pretty);
                }
            }
        }
    }

    #[test]
    fn a_cut_lengthened_or_changed_datum_is_verified_exactly_when_it_can_be_decoded(
        ty in types(), seed: u64, damage: u8, byte: u8, at: usize,
    ) {
        let schema = schema(&ty, &mut Names::default());
        let text = schema.to_string();
        let apache = apache_avro::Schema::parse_str(&text).unwrap();
        let plan = Plan::compile(&Schema::parse::<&str>(&text, &[]).unwrap()).unwrap();
        let options = JsonOptions::default();
        let Sample { avro, .. } = sample(&ty, &schema, &mut Dice(seed), options);
        let mut datum = GenericDatumWriter::builder(&apache).build().unwrap().write_value_to_vec(avro).unwrap();
        match damage % 4 {
            0 => datum.truncate(at % (datum.len() + 1)),
            1 => datum.push(byte),
            2 => datum.insert(at % (datum.len() + 1), byte),
            _ => {
                let len = datum.len().max(1);
                datum.get_mut(at % len).into_iter().for_each(|changed| *changed = byte);
            }
        }
        let limits = Limits { record_bytes: 1 << 16, ..Limits::default() };
        let decoded = Decoder::new(options, limits).decode(&plan, &datum, &mut Vec::new());
        let verified = Verifier::new(limits).verify(&plan, &datum);
        // A text may be too large where the data are not.
        if !decoded.as_ref().is_err_and(|error| error.violation().kind == ViolationKind::Limit) {
            let (decoded, verified) = (decoded.map_err(|e| e.to_string()), verified.map_err(|e| e.to_string()));
            prop_assert_eq!(verified, decoded, "{} {:?}", text, datum);
        }
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused_but_never_worse(ty in types(), options in options(), bytes: Vec<u8>) {
        let text = schema(&ty, &mut Names::default()).to_string();
        let plan = Plan::compile(&Schema::parse::<&str>(&text, &[]).unwrap()).unwrap();
        let limits = Limits { record_bytes: 1 << 16, ..Limits::default() };
        let (mut encoder, mut decoder) = (Encoder::new(options, limits), Decoder::new(options, limits));
        let (mut json, mut datum) = (Vec::new(), Vec::new());
        if decoder.decode(&plan, &bytes, &mut json).is_ok() {
            encoder.encode(&plan, &json, &mut datum).unwrap();
            let mut again = Vec::new();
            decoder.decode(&plan, &datum, &mut again).unwrap();
            if ambiguities(&plan, options).is_empty() {
                prop_assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(json).unwrap(), "{}", text);
            }
        }
        datum.clear();
        if encoder.encode(&plan, &bytes, &mut datum).is_ok() {
            serde_json::from_slice::<Json>(&bytes).unwrap();
        }
    }
}

/// Whether what was read is what was expected, where a text of a date or time may be any.
fn matches(read: &Json, expected: &Json) -> bool {
    match (read, expected) {
        (Json::String(_), Json::String(text)) if text == ISO_TEXT => true,
        (Json::Array(read), Json::Array(expected)) => {
            read.len() == expected.len() && read.iter().zip(expected).all(|(a, b)| matches(a, b))
        }
        (Json::Object(read), Json::Object(expected)) => {
            read.len() == expected.len() && read.iter().zip(expected).all(|(a, b)| a.0 == b.0 && matches(a.1, b.1))
        }
        _ => read == expected,
    }
}

fn reversed(json: Json) -> Json {
    match json {
        Json::Object(members) => members.into_iter().rev().map(|(key, value)| (key, reversed(value))).collect(),
        Json::Array(items) => items.into_iter().map(reversed).collect(),
        other => other,
    }
}
