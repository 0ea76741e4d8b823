//! Records in Protobuf.

use super::*;

const SHOP: &str = r#"
syntax = "proto3"; package shop;
import "shop/money.proto"; import "google/protobuf/timestamp.proto";
message Order { string id = 1; Money price = 2; message Line { int32 qty = 1; } google.protobuf.Timestamp at = 3; }
message Refund { string order = 1; }
"#;
const MONEY: &str = "syntax = \"proto3\"; package shop; message Money { int64 cents = 1; }";

fn schemas() -> FakeSchemas {
    let schemas = FakeSchemas::default();
    schemas.register("staging", "orders-value", 17, ORDER);
    let references = [("shop/money.proto", MONEY)];
    schemas.register_with(SchemaType::Protobuf, "staging", "orders-value", 30, SHOP, &references);
    schemas
}

fn apply(message: Option<&str>, step: Step, value: &[u8]) -> (Outcome, Vec<u8>) {
    apply_in(IdIn::Prefix, message, step, Input { bytes: Some(value), header: None })
}

fn apply_in(id_in: IdIn, message: Option<&str>, step: Step, value: Input<'_>) -> (Outcome, Vec<u8>) {
    let mut buffer = Vec::new();
    let value_work = Work { message: message.map(Arc::from), ..work(id_in, step) };
    let mut transform = Transform::new(work(IdIn::Prefix, Step::Pass), value_work);
    let outcome = transform.apply(Input::default(), value, &mut route("staging"), &mut schemas(), &mut buffer);
    (outcome, buffer)
}

const ENCODE: Step = Step::Encode(Framed::Protobuf, Version::Latest);
const DECODE: Step = Step::Decode(Framed::Protobuf, None);

#[test]
fn a_message_is_framed_with_its_indexes_and_reads_back() {
    let order = r#"{"id":"a","price":{"cents":"150"},"at":"2024-02-29T12:00:00Z"}"#;
    for (message, json, indexes) in [
        (None, order, &[0][..]),
        (Some("shop.Order"), order, &[0]),
        (Some("shop.Order.Line"), r#"{"qty":7}"#, &[4, 0, 0]),
        (Some("shop.Refund"), r#"{"order":"a"}"#, &[2, 2]),
    ] {
        let (outcome, framed) = apply(message, ENCODE, json.as_bytes());
        assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
        assert!(framed.starts_with(&[&[0, 0, 0, 0, 30], indexes].concat()), "{framed:?}");
        let (outcome, read) = apply(None, DECODE, &framed);
        assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
        assert_eq!(String::from_utf8(read).unwrap(), json);
    }
    let (_, framed) = apply(Some("shop.Refund"), ENCODE, br#"{"order": "ab"}"#);
    assert_eq!(framed, *b"\0\0\0\0\x1e\x02\x02\x0a\x02ab");
}

#[test]
fn indexes_stand_behind_the_name_wherever_that_is() {
    let json = br#"{"order":"ab"}"#;
    let input = Input { bytes: Some(json), header: None };
    let (outcome, buffer) = apply_in(IdIn::Header, Some("shop.Refund"), ENCODE, input);
    let Outcome::Write { value, .. } = outcome else { panic!("{outcome:?}") };
    let (bytes, header) = (value.bytes.resolve(None, &buffer).unwrap(), value.header.resolve(None, &buffer).unwrap());
    assert_eq!((bytes, header.len(), &header[17..]), (&b"\x0a\x02ab"[..], 19, &[2, 2][..]));

    let (outcome, read) = apply_in(IdIn::Prefix, None, DECODE, Input { bytes: Some(bytes), header: Some(header) });
    assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
    assert_eq!(read, json);

    for (header, error) in [
        (&header[..17], "truncated message indexes"),
        (&[header, &[7]].concat()[..], "1 more byte(s) behind the message indexes in the record's header"),
    ] {
        let (outcome, _) = apply_in(IdIn::Prefix, None, DECODE, Input { bytes: Some(bytes), header: Some(header) });
        let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
        assert!(rejection.to_string().contains(error), "{rejection}");
        assert_eq!(rejection.reason, Reason::Frame);
    }
}

#[test]
fn a_message_is_verified_to_its_last_byte() {
    let verify = |bytes: &[u8]| apply(None, Step::Verify(Framed::Protobuf), bytes);
    let good = b"\0\0\0\0\x1e\x02\x02\x0a\x02ab";
    let (outcome, buffer) = verify(good);
    let Outcome::Write { value, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!((value.bytes, value.header, buffer.len()), (Bytes::Verified, Bytes::Same, 0));
    for (bytes, reason) in [
        (&good[..good.len() - 1], Reason::Violation(ViolationKind::Malformed)),
        (&[&good[..], &[0]].concat(), Reason::Violation(ViolationKind::Malformed)),
        (&good[..5], Reason::Frame),
    ] {
        let (outcome, _) = verify(bytes);
        let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
        assert_eq!(rejection.reason, reason, "{bytes:?}");
    }
}

#[test]
fn indexes_of_no_message_are_rejected() {
    for (payload, error) in [
        (&[][..], "truncated message indexes"),
        (&[2], "truncated message indexes"),
        (&[1], "-1 message indexes, expected 0 to 64"),
        (&[2, 4, 9], "message indexes [2] name no message of the schema"),
        (&[4, 0, 2], "message indexes [0, 1] name no message of the schema"),
    ] {
        let (outcome, buffer) = apply(None, DECODE, &[&[0, 0, 0, 0, 30], payload].concat());
        let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
        assert_eq!(rejection.to_string(), format!(": {error} (schema 30 in context .staging)"));
        assert_eq!((rejection.reason, rejection.schema_id), (Reason::Frame, SchemaId::new(30).map(Identifier::Id)));
        assert!(buffer.is_empty());
    }
    let (outcome, _) = apply(None, DECODE, &[0, 0, 0, 0, 30, 0, 0x0a, 5, b'a']);
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rejection.reason, Reason::Violation(ViolationKind::Malformed));
    let (outcome, _) = apply(None, DECODE, &[0, 0, 0, 0, 17, 4]);
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rejection.reason, Reason::UnusableSchema);
}

#[test]
fn json_that_is_not_the_message_is_rejected_with_the_place() {
    let (outcome, buffer) = apply(None, ENCODE, br#"{"price": {"cents": 1.5}}"#);
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert!(buffer.is_empty());
    assert_eq!(
        rejection.to_string(),
        "/price/cents: expected int64, found number 1.5, which is not whole (schema 30 of :.staging:orders-value)"
    );
}

#[test]
fn a_message_that_the_file_does_not_have_is_no_fault_of_the_records() {
    let (outcome, _) = apply(Some("shop.Money"), ENCODE, b"{}");
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        waiting.to_string(),
        "version latest of subject :.staging:orders-value can't be used: schema 30 of :.staging:orders-value does not compile: \
         the file has no message shop.Money"
    );
}
