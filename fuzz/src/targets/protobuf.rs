//! Any text and any bytes for a Protobuf message are taken or refused, and what was taken comes back.

use std::sync::LazyLock;

use crate::codec::ViolationKind;
use crate::codec::avro::UnknownFields;
use crate::codec::protobuf::{Decoder, Encoder};
use crate::input::{LIMITS, is_json, shown};
use crate::schema::protobuf::{Plan, ProtobufSchema};
use crate::wire;

/// Every type, alone, as a list and in a map, and Google's own, in both syntaxes.
const FILES: [&str; 2] = [
    r#"syntax = "proto3"; package p;
    import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/struct.proto";
    import "google/protobuf/wrappers.proto"; import "google/protobuf/any.proto"; import "google/protobuf/field_mask.proto";
    message M {
      bool b = 1; int32 i = 2; int64 l = 3; uint32 u = 4; uint64 ul = 5; sint32 s = 6; sint64 sl = 7; fixed32 f = 8;
      fixed64 fl = 9; float x = 10; double d = 11; string t = 12; bytes y = 13; E e = 14; M m = 15;
      repeated sint32 is = 16; repeated string ts = 17; repeated M ms = 18; map<string, int64> a = 19; map<int32, M> o = 20;
      oneof c { string c1 = 21; M c2 = 22; google.protobuf.NullValue c3 = 23; } optional int32 p = 24;
      google.protobuf.Timestamp w1 = 25; google.protobuf.Duration w2 = 26; google.protobuf.Value w3 = 27;
      google.protobuf.Struct w4 = 28; google.protobuf.Int64Value w5 = 29; google.protobuf.Any w6 = 30;
      google.protobuf.FieldMask w7 = 31; repeated google.protobuf.BytesValue w8 = 32; enum E { A = 0; B = 1; }
    }"#,
    r#"syntax = "proto2"; package p; enum E { A = 3; B = -1; }
    message M { required int32 i = 1; optional group G = 2 { optional M m = 1; repeated E e = 2; }
      repeated fixed64 f = 3 [packed = true]; map<bool, E> a = 4; optional double d = 5 [default = 7]; optional bytes y = 6; }"#,
];

static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let plan = |text: &&str| Plan::compile(&ProtobufSchema::parse::<&str, &str>(text, &[]).expect("a file"));
    FILES.iter().map(plan).collect()
});

/// A byte that says what follows: a file, and whether text or a payload.
pub fn run(data: &[u8]) {
    let Some((&first, data)) = data.split_first() else { return };
    let Some(plan) = PLANS.get(usize::from(first >> 1) % FILES.len()) else { return };
    let mut text = b"before".to_vec();
    if first & 1 == 0 {
        text.extend_from_slice(data);
    } else {
        let mut indexes = Vec::new();
        let Ok(message) = wire::read_message_indexes(data, &mut indexes) else { return };
        let Some(shape) = plan.message_at(&indexes).map(|message| message.shape) else { return };
        if Decoder::new(LIMITS).decode(plan, shape, message, &mut text).is_err() {
            assert_eq!(text, b"before", "a refused record leaves nothing behind");
            return;
        }
    }
    let text = text.strip_prefix(b"before").expect("what was there stays there");
    let mut bytes = Vec::new();
    let Err(error) = Encoder::new(UnknownFields::Ignore, LIMITS).encode(plan, 0, text, &mut bytes) else {
        assert!(is_json(text), "not JSON, but encoded: {}", shown(text));
        return comes_back(plan, &bytes);
    };
    assert!(bytes.is_empty(), "a refused record leaves nothing behind");
    // What was decoded is JSON, and mostly encodes: an enum of numbers alone may be closed, and a text is longer than bytes.
    let kind = error.violation().kind;
    let may_be = matches!(kind, ViolationKind::Limit | ViolationKind::Value);
    assert!(first & 1 == 0 || may_be, "{error}: {}", shown(text));
}

/// What was encoded decodes, and then it encodes the same.
fn comes_back(plan: &Plan, bytes: &[u8]) {
    let (mut text, mut again, mut third) = (Vec::new(), Vec::new(), Vec::new());
    match Decoder::new(LIMITS).decode(plan, 0, bytes, &mut text) {
        Ok(()) => {}
        Err(error) if error.violation().kind == ViolationKind::Limit => return,
        Err(error) => panic!("{error}: {}", shown(bytes)),
    }
    let mut encoder = Encoder::new(UnknownFields::Reject, LIMITS);
    encoder.encode(plan, 0, &text, &mut again).unwrap_or_else(|error| panic!("{error}: {}", shown(&text)));
    Decoder::new(LIMITS).decode(plan, 0, &again, &mut third).expect("what was encoded");
    assert_eq!(third, text, "{}", shown(bytes));
}
