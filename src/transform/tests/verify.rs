//! Records that are checked and passed on as they are.

use super::*;
use crate::schema::Guid;

fn verify_with(schemas: &mut FakeSchemas, format: Framed, value: Input<'_>) -> Result<(), Box<Rejection>> {
    let mut buffer = Vec::new();
    let mut verify = transform(Step::Pass, Step::Verify(format));
    let outcome = verify.apply(Input::default(), value, &mut route("staging"), schemas, &mut buffer);
    assert_eq!(buffer, b"", "nothing is made");
    match outcome {
        Outcome::Write { value: Output { bytes: Bytes::Verified, header: Bytes::Same }, .. } => Ok(()),
        Outcome::Reject(rejection) => Err(rejection),
        other => panic!("{other:?}"),
    }
}

fn verify(value: &[u8]) -> Result<(), Box<Rejection>> {
    verify_with(&mut schemas(), Framed::Avro, input(Some(value)))
}

#[test]
fn a_good_record_is_passed_on_whichever_way_it_names_its_schema() {
    assert_eq!(verify(&[0, 0, 0, 0, 17, 4]), Ok(()));
    let mut guid = Vec::new();
    crate::wire::write_header(Guid::of(ORDER, &[], |_| {}).into(), &mut guid);
    for header in [&guid[..], &[0, 0, 0, 0, 17]] {
        let value = Input { bytes: Some(&[4]), header: Some(header) };
        assert_eq!(verify_with(&mut schemas(), Framed::Avro, value), Ok(()));
    }
}

#[test]
fn anything_else_says_why_it_is_not() {
    for (value, reason, text) in [
        (&b""[..], Reason::Frame, "empty payload"),
        (b"{\"qty\": 2}", Reason::Frame, "unknown magic byte 0x7b"),
        (
            &[0, 0, 0, 0, 17],
            Reason::Violation(ViolationKind::Malformed),
            "/qty: expected int, found the end of the datum",
        ),
        (
            &[0, 0, 0, 0, 17, 4, 0],
            Reason::Violation(ViolationKind::Malformed),
            "expected the end of the datum, found 1 more",
        ),
        (&[0, 0, 0, 0, 3, 2, b'a'], Reason::WrongSubject, ": schema 3 is no version of subject :.staging:orders-value"),
    ] {
        let rejection = verify(value).unwrap_err();
        assert_eq!(rejection.reason, reason, "{rejection}");
        assert!(rejection.to_string().contains(text), "{rejection}");
        assert_eq!(rejection.context.as_ref().map(Context::as_str), Some(".staging"));
    }
}

#[test]
fn an_id_that_the_context_does_not_know_is_waited_for_and_then_unknown() {
    let mut schemas = schemas();
    let mut verify = transform(Step::Pass, Step::Verify(Framed::Avro));
    let mut route = route("staging");
    let frame = [0, 0, 0, 0, 9, 4];
    let outcome = verify.apply(Input::default(), input(Some(&frame)), &mut route, &mut schemas, &mut Vec::new());
    assert!(matches!(outcome, Outcome::Pending(_)), "{outcome:?}");
    assert!(verify.probe(&route, &mut schemas).is_none(), "nothing is needed before a record comes");
    schemas.disown("staging", 9);
    let rejection = verify_with(&mut schemas, Framed::Avro, input(Some(&frame))).unwrap_err();
    assert_eq!(rejection.reason, Reason::UnknownSchema);
}

#[test]
fn json_is_held_against_its_schema() {
    let check = |json: &[u8]| {
        let frame = [&[0, 0, 0, 0, 21], json].concat();
        verify_with(&mut json_schemas(), Framed::Json, input(Some(&frame)))
    };
    assert_eq!(check(br#"{ "n": 7.0, "big": 123456789012345678901234567890 }"#), Ok(()));
    let rejection = check(br#"{"n": 12}"#).unwrap_err();
    assert_eq!(rejection.pointer, "/n");
    assert_eq!(check(br#"{"n": 1} 2"#).unwrap_err().reason, Reason::Violation(ViolationKind::Syntax));
    // Avro of the same subject.
    let rejection = verify_with(&mut schemas(), Framed::Json, input(Some(&[0, 0, 0, 0, 17, 4]))).unwrap_err();
    assert_eq!(rejection.reason, Reason::UnusableSchema);
}
