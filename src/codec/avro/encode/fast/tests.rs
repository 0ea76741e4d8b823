//! Both paths give the same bytes and the same verdicts, whatever the text and whatever was learned.

#![expect(clippy::cast_possible_truncation, reason = "dice may be cut to any size")]

mod doubles;

use super::*;
use crate::codec::avro::Encoder;
use crate::codec::avro::sample::{Dice, SCHEMAS, Style, Writer, mutate, plans};
use crate::schema::avro::Schema;

fn general(encoder: &mut Encoder, plan: &Plan, text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    encoder.encode_generally(plan, text, &mut out).map(|()| out).map_err(|error| error.to_string())
}

#[test]
fn both_paths_give_the_same_bytes_and_verdicts() {
    let plans = plans();
    let mut dice = Dice(1);
    let small = Limits { record_bytes: 600, depth: 4, items: 4, string_bytes: 70 };
    let options = JsonOptions::default();
    let rejecting = JsonOptions { unknown_fields: UnknownFields::Reject, ..options };
    let mut encoders = [(options, Limits::default()), (options, small), (rejecting, Limits::default())]
        .map(|(o, l)| Encoder::new(o, l));
    let (mut fast, mut accepted) = (0, 0);
    for case in 0..60_000 {
        let plan = &plans[dice.below(plans.len())];
        let style = Style {
            shuffled: dice.one_in(2),
            spaced: [0, 0, 1, 4][dice.below(4)],
            escapes: [0, 0, 0, 10][dice.below(4)],
            odd: [0, 0, 10, 40][dice.below(4)],
        };
        let mut writer = Writer { plan, dice: &mut dice, style, text: Vec::new() };
        writer.value(plan.root(), 0);
        let mut text = writer.text;
        if dice.one_in(3) {
            mutate(&mut text, &mut dice);
        }
        let encoder = &mut encoders[[0, 0, 1, 2][dice.below(4)]];
        if dice.one_in(4) {
            encoder.fast.learned.of(plan).fill_with(|| (dice.roll() % 70) as u32);
            encoder.fast.indents.fill_with(|| dice.roll() as u8 % 33);
        }
        let expected = general(encoder, plan, &text);
        let mut out = Vec::new();
        let found = encoder.encode(plan, &text, &mut out).map(|()| out).map_err(|error| error.to_string());
        assert_eq!(found, expected, "case {case}, {:?}: {}", encoder.missed(), String::from_utf8_lossy(&text));
        accepted += usize::from(found.is_ok());
        fast += usize::from(encoder.missed().is_none());
    }
    // The comparison says nothing about a path that is not taken.
    assert!(fast * 10 > accepted * 7 && fast > 10_000, "{fast} of {accepted} took the fast path");
}

#[test]
fn output_much_larger_than_its_text_finds_room() {
    let long = "x".repeat(5_000);
    let schema = format!(
        r#"{{"type":"array","items":{{"type":"record","name":"R","fields":[{{"name":"s","type":"string","default":"{long}"}}]}}}}"#
    );
    let plan = Plan::compile(&Schema::parse::<&str>(&schema, &[]).unwrap()).unwrap();
    let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
    let mut out = Vec::new();
    encoder.encode(&plan, b"[{},{},{},{}]", &mut out).unwrap();
    assert_eq!((out.len(), encoder.missed()), (4 * 5_002 + 2, None));
}

#[test]
fn what_was_learned_of_a_plan_is_not_lost_to_another() {
    let schemas = [0, 1].map(|i| Plan::compile(&Schema::parse::<&str>(SCHEMAS[i + 1], &[]).unwrap()).unwrap());
    let mut learned = Learned::default();
    learned.of(&schemas[0])[1] = 5;
    learned.of(&schemas[1])[1] = 7;
    assert_eq!(learned.of(&schemas[0])[1], 5);
    assert_eq!(learned.of(&schemas[1])[1], 7);
}

#[test]
fn keys_with_escapes_are_found_and_no_others() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":7},
        {"name":"a_name_of_more_than_thirty_two_bytes","type":"int","default":8}]}"#;
    let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
    let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
    for (text, expected) in [
        (r#"{"\u0061":1}"#, Some(vec![2, 16])),
        (r#"{"\u0061" : 1}"#, Some(vec![2, 16])),
        (r#"{"a_name_of_more_than_thirty_two_byt\u0065\u0073":1}"#, Some(vec![14, 2])),
        (r#"{"\u0061_name_of_more_than_thirty_two_bytes":1,"a":2}"#, Some(vec![4, 2])),
        // What stands behind the escaped quote belongs to the name.
        (r#"{"a\":1,\"":1}"#, Some(vec![14, 16])),
        (r#"{"a\u0022:":1}"#, Some(vec![14, 16])),
        (r#"{"\u0061":1,"a":1}"#, None),
        (r#"{"\u006":1}"#, None),
        (r#"{"\u0061"#, None),
        (r#"{"\u0061":"#, None),
    ] {
        let expected_too = general(&mut encoder, &plan, text.as_bytes());
        let mut out = Vec::new();
        let found = encoder.encode(&plan, text.as_bytes(), &mut out).map(|()| out).map_err(|error| error.to_string());
        assert_eq!((&found, found.as_ref().ok()), (&expected_too, expected.as_ref()), "{text}");
    }
}

#[test]
fn a_member_that_takes_no_bytes_may_stand_once_like_all() {
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"null","default":null},
        {"name":"b","type":"null","default":null},{"name":"c","type":"int","default":0}]}"#;
    let plan = Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap();
    let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
    for (text, is_good) in [
        (r#"{"a":null,"a":null}"#, false),
        (r#"{"a":null,"b":null,"a":null}"#, false),
        (r#"{"c":1,"b":null,"a":null,"b":null}"#, false),
        (r#"{"b":null,"a":null,"c":1}"#, true),
    ] {
        // Once more with what was learned.
        for _ in 0..2 {
            let expected = general(&mut encoder, &plan, text.as_bytes());
            let mut out = Vec::new();
            let found = encoder.encode(&plan, text.as_bytes(), &mut out).map(|()| out);
            assert_eq!(found.map_err(|error| error.to_string()), expected, "{text}");
            assert_eq!(expected.is_ok(), is_good, "{text}");
        }
    }
}
