//! Both paths print the same and give the same verdicts, whatever the data.

use super::*;
use crate::codec::avro::sample::{Dice, Style, Writer, mutate, plans};
use crate::codec::avro::{Decoder, Encoder};
use crate::schema::avro::Schema;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap()
}

fn both(decoder: &mut Decoder, plan: &Plan, datum: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let expected = decoder.decode_generally(plan, datum, &mut out).map(|()| out).map_err(|error| error.to_string());
    let mut out = Vec::new();
    let found = decoder.decode(plan, datum, &mut out).map(|()| out).map_err(|error| error.to_string());
    let shown =
        |result: &Result<Vec<u8>, String>| result.clone().map(|text| String::from_utf8_lossy(&text).into_owned());
    assert_eq!(shown(&found), shown(&expected), "{}", datum.escape_ascii());
    found
}

#[test]
fn both_paths_print_the_same_and_give_the_same_verdicts() {
    let plans = plans();
    let mut dice = Dice(3);
    let small = Limits { record_bytes: 600, depth: 4, items: 4, string_bytes: 70 };
    let options = JsonOptions::default();
    let as_text = JsonOptions { timestamps: Timestamps::Iso8601, ..options };
    let mut decoders = [(options, Limits::default()), (options, small), (as_text, Limits::default())]
        .map(|(options, limits)| Decoder::new(options, limits));
    let mut encoder = Encoder::new(options, Limits::default());
    let (mut fast, mut accepted) = (0, 0);
    for _ in 0..60_000 {
        let plan = &plans[dice.below(plans.len())];
        let style = Style { shuffled: false, spaced: 0, escapes: [0, 0, 10][dice.below(3)], odd: 0 };
        let mut writer = Writer { plan, dice: &mut dice, style, text: Vec::new() };
        writer.value(plan.root(), 0);
        let (text, mut datum) = (writer.text, Vec::new());
        if encoder.encode(plan, &text, &mut datum).is_err() {
            continue;
        }
        if dice.one_in(3) {
            mutate(&mut datum, &mut dice);
        }
        let decoder = &mut decoders[[0, 0, 1, 2][dice.below(4)]];
        accepted += usize::from(both(decoder, plan, &datum).is_ok());
        let Decoder { fast: path, options, limits, .. } = decoder;
        fast += usize::from(path.decode(plan, &datum, *options, limits, &mut Vec::new()));
    }
    // The comparison says nothing about a path that is not taken.
    assert!(fast * 10 > accepted * 9 && fast > 20_000, "{fast} of {accepted} took the fast path");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "any double will do")]
fn numbers_are_printed_alike() {
    let (long, int, double) = (plan("\"long\""), plan("\"int\""), plan("\"double\""));
    let mut decoder = Decoder::new(JsonOptions::default(), Limits::default());
    let mut dice = Dice(4);
    let mut datum = Vec::new();
    for case in 0..200_000 {
        let bits = dice.roll();
        datum.clear();
        varint::write(bits.cast_signed() >> dice.below(64), &mut datum);
        both(&mut decoder, &long, &datum).unwrap();
        let _either = both(&mut decoder, &int, &datum);
        let number = if case % 4 == 0 {
            f64::from_bits(bits)
        } else {
            let scale = 10f64.powi(i32::try_from(dice.below(9)).unwrap());
            let near = (bits.cast_signed() >> (10 + dice.below(54))) as f64 / scale;
            if case % 4 == 3 { f64::from_bits(near.to_bits() ^ 1) } else { near }
        };
        both(&mut decoder, &double, &number.to_le_bytes()).unwrap();
    }
    let edges = [0.0, 1.0, 0.001, 0.000_999, 0.000_001, 1e8, 99_999_999.999_999, 99_999_999.999_999_99, 1e15];
    for number in edges.into_iter().chain([f64::MIN_POSITIVE, f64::MAX, f64::NAN, f64::INFINITY]) {
        both(&mut decoder, &double, &number.to_le_bytes()).unwrap();
        both(&mut decoder, &double, &(-number).to_le_bytes()).unwrap();
    }
    let powers = (0..63).flat_map(|shift| [1 << shift, -1 << shift, (1 << shift) - 1]);
    let tens = (0..19).flat_map(|zeros| [10i64.pow(zeros), 10i64.pow(zeros) - 1, -(10i64.pow(zeros))]);
    for number in powers.chain(tens).chain([i64::MIN, i64::MAX]) {
        datum.clear();
        varint::write(number, &mut datum);
        both(&mut decoder, &long, &datum).unwrap();
    }
}

#[test]
fn strings_of_every_length_are_printed_alike() {
    let plan = plan("\"string\"");
    let mut decoder = Decoder::new(JsonOptions::default(), Limits::default());
    let odd: [&[u8]; 9] =
        [b"", b"\"", b"\\", b"\n", b"\x01", "é".as_bytes(), b"\xc3", b"\"\"\x1f\"", "😊\"".as_bytes()];
    for len in 0..200 {
        for odd in odd {
            for place in [0, len / 2, len] {
                let mut text = vec![b'x'; len];
                text.splice(place..place, odd.iter().copied());
                let mut datum = Vec::new();
                varint::write_len(text.len(), &mut datum);
                datum.extend_from_slice(&text);
                assert_eq!(both(&mut decoder, &plan, &datum).is_ok(), odd != b"\xc3");
                datum.pop();
                assert!(text.is_empty() || both(&mut decoder, &plan, &datum).is_err());
                datum.extend_from_slice(b"xx");
                assert!(both(&mut decoder, &plan, &datum).is_err());
            }
        }
    }
}

#[test]
fn text_much_larger_than_its_data_finds_room() {
    let fields: Vec<_> = (0..50).map(|i| format!(r#"{{"name":"a_rather_long_name_{i}","type":"null"}}"#)).collect();
    let record = format!(r#"{{"type":"record","name":"R","fields":[{}]}}"#, fields.join(","));
    let plan = plan(&format!(r#"{{"type":"array","items":{record}}}"#));
    let mut decoder = Decoder::new(JsonOptions::default(), Limits::default());
    let text = both(&mut decoder, &plan, &[20, 0]).unwrap();
    assert!(text.len() > 10_000, "{}", text.len());
    let Decoder { fast, options, limits, .. } = &mut decoder;
    assert!(fast.decode(&plan, &[20, 0], *options, limits, &mut Vec::new()));
}
