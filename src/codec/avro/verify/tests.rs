use super::super::sample::Dice;
use super::*;
use crate::codec::ViolationKind;
use crate::schema::avro::Schema;

fn plan(schema: &str) -> Plan {
    Plan::compile(&Schema::parse::<&str>(schema, &[]).unwrap()).unwrap()
}

fn verify(schema: &str, datum: &[u8]) -> Result<(), String> {
    Verifier::new(Limits::default()).verify(&plan(schema), datum).map_err(|error| error.to_string())
}

/// Every type, in records, arrays and maps.
const ALL: &str = r#"{"type":"record","name":"R","fields":[
    {"name":"a","type":["null","string"]},{"name":"b","type":{"type":"map","values":["int","double","null"]}},
    {"name":"c","type":{"type":"array","items":{"type":"record","name":"I","fields":[
        {"name":"x","type":"long"},{"name":"s","type":"string"},{"name":"o","type":"boolean"}]}}},
    {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}},
    {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
    {"name":"f","type":{"type":"fixed","name":"F","size":2}},
    {"name":"g","type":{"type":"string","logicalType":"uuid"}},
    {"name":"h","type":{"type":"bytes","logicalType":"big-decimal"}},
    {"name":"i","type":{"type":"fixed","name":"D","size":12,"logicalType":"duration"}},
    {"name":"j","type":{"type":"int","logicalType":"date"}},{"name":"k","type":"float"},{"name":"l","type":"bytes"}]}"#;

const RECORD: &str = r#"{"a":"grün","b":{"one":1,"two":2.5,"three":null},"c":[{"x":-1,"s":"","o":true},
    {"x":9007199254740993,"s":"a text that is longer than one block","o":false}],"d":12.34,"e":"B","f":"/wA=",
    "g":"095d71cf-1255-6b9d-5e33-0ad575b3df5d","h":1.50,"i":"P1M2DT3.004S","j":-7,"k":0.1,"l":"AAEC"}"#;

fn record() -> (Plan, Vec<u8>) {
    let (plan, mut datum) = (plan(ALL), Vec::new());
    let mut encoder = super::super::Encoder::new(JsonOptions::default(), Limits::default());
    encoder.encode(&plan, RECORD.as_bytes(), &mut datum).unwrap();
    (plan, datum)
}

#[test]
fn what_the_encoder_writes_is_good_until_a_byte_is_missing_or_follows() {
    let (plan, mut datum) = record();
    let mut verifier = Verifier::new(Limits::default());
    verifier.verify(&plan, &datum).unwrap();
    for len in 0..datum.len() {
        let error = verifier.verify(&plan, &datum[..len]).unwrap_err();
        assert_eq!(error.violation().kind, ViolationKind::Malformed, "{len}: {error}");
    }
    datum.push(0);
    let error = verifier.verify(&plan, &datum).unwrap_err().to_string();
    assert!(error.starts_with(": expected the end of the datum, found 1 more bytes"), "{error}");
}

#[test]
fn damaged_data_are_refused_exactly_when_the_decoder_refuses_them() {
    let (plan, datum) = record();
    let limits = Limits::default();
    let (mut verifier, mut decoder) = (Verifier::new(limits), Decoder::new(JsonOptions::default(), limits));
    let (mut dice, mut text, mut good) = (Dice(7), Vec::new(), 0);
    for _ in 0..20_000 {
        let mut damaged = datum.clone();
        for _ in 0..=dice.below(3) {
            let at = dice.below(damaged.len());
            match dice.below(4) {
                0 => damaged[at] = u8::try_from(dice.below(256)).unwrap(),
                1 => damaged[at] ^= 1 << dice.below(8),
                2 => drop(damaged.remove(at)),
                _ => damaged.insert(at, u8::try_from(dice.below(256)).unwrap()),
            }
        }
        text.clear();
        let told = decoder.decode(&plan, &damaged, &mut text).map_err(|error| error.to_string());
        good += usize::from(told.is_ok());
        let found = verifier.verify(&plan, &damaged).map_err(|error| error.to_string());
        assert_eq!(found, told, "{damaged:?}");
    }
    assert!((1_000..19_000).contains(&good), "{good} of 20,000 are good");
}

#[test]
fn the_walk_itself_takes_what_is_good() {
    let (plan, datum) = record();
    // But for the big-decimal, which is left to the decoder.
    for (schema, datum) in [
        (r#"{"type":"array","items":"int"}"#, &[3, 4, 2, 4, 2, 6, 0][..]),
        (r#"{"type":"map","values":"null"}"#, &[4, 2, b'a', 2, b'b', 0]),
        (r#"{"type":"bytes","logicalType":"decimal","precision":20}"#, &[18, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        (
            r#"["string",{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}]"#,
            &[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
    ] {
        let plan = self::plan(schema);
        let (limits, mut keys, mut unscaled) = (Limits::default(), Vec::new(), Unscaled::default());
        let left = limits.record_bytes;
        let mut walk = Walk { plan: &plan, datum, limits: &limits, keys: &mut keys, unscaled: &mut unscaled, left };
        assert!(walk.is_whole(), "{schema}");
    }
    Verifier::new(Limits::default()).verify(&plan, &datum).unwrap();
}

#[test]
fn keys_stand_once_however_many_there_are() {
    let schema = r#"{"type":"map","values":"null"}"#;
    for count in [2u8, 8, 9, 40] {
        let mut datum = vec![count * 2];
        datum.extend((0..count).flat_map(|key| [2, b'0' + key]));
        datum.push(0);
        assert_eq!(verify(schema, &datum), Ok(()), "{count}");
        let last = datum.len() - 2;
        datum[last] = b'0';
        let error = verify(schema, &datum).unwrap_err();
        assert!(error.contains("each key of the map once"), "{error}");
    }
}

#[test]
fn a_few_bytes_are_never_endless_work() {
    let limits = Limits { record_bytes: 1_000, items: 100_000, ..Limits::default() };
    let plan = plan(r#"{"type":"array","items":{"type":"array","items":"null"}}"#);
    // 10 arrays of 90,000 nulls each.
    let mut datum = vec![20];
    for _ in 0..10 {
        datum.extend([0xa0, 0xfe, 0x0a, 0]);
    }
    datum.push(0);
    let error = Verifier::new(limits).verify(&plan, &datum).unwrap_err();
    assert_eq!(error.violation().kind, ViolationKind::Limit, "{error}");
    for (limits, datum) in [
        (Limits { items: 2, ..Limits::default() }, &[6, 0, 0, 0, 0][..]),
        (Limits { depth: 1, ..Limits::default() }, &[2, 0, 0]),
        (Limits { record_bytes: 2, ..Limits::default() }, &[2, 0, 0]),
    ] {
        let error = Verifier::new(limits).verify(&plan, datum).unwrap_err();
        assert_eq!(error.violation().kind, ViolationKind::Limit, "{error}");
    }
    let claim = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    assert!(Verifier::new(Limits::default()).verify(&plan, &claim).is_err());
}
