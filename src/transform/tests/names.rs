//! How records name their schemas: in front of the data, or in a header; by id, or by GUID.

use super::*;
use crate::schema::Guid;

/// The header that names the schema of an order.
fn order_guid() -> Vec<u8> {
    let mut name = Vec::new();
    crate::wire::write_header(Guid::of(ORDER, &[], |_| {}).into(), &mut name);
    name
}

fn run(transform: &mut Transform, value: Input<'_>) -> (Outcome, Vec<u8>) {
    let mut buffer = Vec::new();
    let outcome = transform.apply(Input::default(), value, &mut route("staging"), &mut schemas(), &mut buffer);
    (outcome, buffer)
}

#[test]
fn a_name_in_a_header_is_the_guid_and_the_value_is_the_bare_datum() {
    let encode = Step::Encode(Framed::Avro, Version::Latest);
    let (outcome, buffer) = run(&mut transform_in(IdIn::Header, Step::Pass, encode), input(Some(br#"{"qty": 2}"#)));
    let Outcome::Write { key, value } = outcome else { panic!("{outcome:?}") };
    assert_eq!(value.bytes.resolve(None, &buffer), Some(&[4][..]));
    assert_eq!(value.header.resolve(None, &buffer), Some(&order_guid()[..]));
    assert_eq!(key, Output { bytes: Bytes::Null, header: Bytes::Same });
}

#[test]
fn a_name_in_front_leaves_no_name_in_a_header() {
    let (outcome, _) =
        run(&mut transform(Step::Pass, Step::Encode(Framed::Avro, Version::Latest)), input(Some(br#"{"qty": 2}"#)));
    let Outcome::Write { value, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(value.header, Bytes::Null, "it would be read before the id in front");
}

#[test]
fn a_header_is_read_before_the_front_and_taken_away() {
    let mut deserialize = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let guid = order_guid();
    for header in [&guid[..], &[0, 0, 0, 0, 17]] {
        let (outcome, json) = run(&mut deserialize, Input { bytes: Some(&[4]), header: Some(header) });
        let Outcome::Write { value, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((json.as_slice(), value.header), (&br#"{"qty":2}"#[..], Bytes::Null));
    }
    // A GUID in front of the data is as good.
    let (outcome, json) = run(&mut deserialize, input(Some(&[&guid[..], &[4]].concat())));
    assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
    assert_eq!(json, br#"{"qty":2}"#);
    // With a good header the value is a bare datum, whatever it looks like.
    let (outcome, _) = run(&mut deserialize, Input { bytes: Some(&[0, 0, 0, 0, 17, 4]), header: Some(&guid) });
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rejection.reason, Reason::Violation(ViolationKind::Malformed));
    let guid = Guid::of(ORDER, &[], |_| {});
    assert_eq!(rejection.schema_id, Some(guid.into()));
    assert!(rejection.to_string().ends_with(&format!("(schema {guid} in context .staging)")), "{rejection}");
}

#[test]
fn a_header_that_names_nothing_is_no_reason_to_look_further() {
    let mut deserialize = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let tail = [&order_guid()[..], &[0]].concat();
    for header in [&b""[..], b"17", &[1; 16], &tail] {
        let input = Input { bytes: Some(&[0, 0, 0, 0, 17, 4]), header: Some(header) };
        let (outcome, _) = run(&mut deserialize, input);
        let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
        assert_eq!(rejection.reason, Reason::Frame, "{rejection}");
    }
}

#[test]
fn a_guid_that_no_context_holds_is_waited_for_and_then_unknown() {
    let mut deserialize = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let header = [1; 17];
    let (outcome, _) = run(&mut deserialize, Input { bytes: Some(&[4]), header: Some(&header) });
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert_eq!(waiting.to_string(), "schema 01010101-0101-0101-0101-010101010101 in context .staging is not available");
}

#[test]
fn a_tombstone_has_no_schema_and_keeps_no_name_of_one() {
    let encode = Step::Encode(Framed::Avro, Version::Latest);
    for (step, header) in [
        (Step::Pass, Bytes::Same),
        (encode, Bytes::Null),
        (Step::Decode(Framed::Avro, None), Bytes::Null),
        (Step::Verify(Framed::Avro), Bytes::Same),
    ] {
        let (outcome, _) = run(&mut transform_in(IdIn::Header, Step::Pass, step), input(None));
        let Outcome::Write { value, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!(value, Output { bytes: Bytes::Null, header });
    }
}
