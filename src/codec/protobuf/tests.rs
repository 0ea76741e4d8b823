mod hostile;
mod peer;

use super::*;
use crate::codec::avro::UnknownFields;
use crate::codec::{Limits, ViolationKind};
use crate::schema::protobuf::ProtobufSchema;
use crate::schema::protobuf::plan::Plan;

/// Every type, alone, as a list and in a map, and Google's own.
const ALL: &str = r#"
syntax = "proto3"; package p;
import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto"; import "google/protobuf/any.proto"; import "google/protobuf/field_mask.proto";
import "google/protobuf/empty.proto";
message All {
  bool b = 1; int32 i32 = 2; int64 i64 = 3; uint32 u32 = 4; uint64 u64 = 5; sint32 s32 = 6; sint64 s64 = 7;
  fixed32 f32 = 8; fixed64 f64 = 9; sfixed32 sf32 = 10; sfixed64 sf64 = 11; float fl = 12; double db = 13;
  string text_value = 14; bytes by = 15; Color color = 16; All inner = 17;
  repeated int32 ints = 20; repeated string texts = 21; repeated Color colors = 22; repeated All inners = 23;
  repeated double doubles = 24; repeated sint64 loose = 25 [packed = false];
  map<string, int32> by_text = 30; map<int64, All> by_number = 31; map<bool, Color> by_flag = 32;
  oneof choice { string left = 40; int32 right = 41; All both = 42; }
  optional int32 maybe = 50; string renamed = 51 [json_name = "@other"];
  google.protobuf.Timestamp at = 60; google.protobuf.Duration took = 61; google.protobuf.Value any_value = 62;
  google.protobuf.Struct object = 63; google.protobuf.Int64Value wrapped = 64; google.protobuf.Any any = 65;
  google.protobuf.FieldMask mask = 66; google.protobuf.Empty empty = 67; google.protobuf.NullValue nothing = 68;
  enum Color { RED = 0; GREEN = 1; BLUE = -5; }
}
"#;

fn plan(text: &str) -> Plan {
    let schema = ProtobufSchema::parse::<&str, &str>(text, &[]).unwrap();
    Plan::compile(&schema)
}

fn encode(plan: &Plan, json: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(UnknownFields::Ignore, Limits::default());
    encoder.encode(plan, 0, json.as_bytes(), &mut out).map_err(|error| error.to_string())?;
    Ok(out)
}

fn decode(plan: &Plan, data: &[u8]) -> Result<String, String> {
    let mut out = Vec::new();
    Decoder::new(Limits::default()).decode(plan, 0, data, &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

/// What a text becomes on its way there and back.
fn round_trip(plan: &Plan, json: &str) -> String {
    decode(plan, &encode(plan, json).unwrap()).unwrap()
}

#[test]
fn values_are_written_as_the_encoding_says() {
    // The examples of the documentation of the encoding.
    let plan = plan(
        "syntax = \"proto3\"; message M { int32 a = 1; string b = 2; M c = 3; repeated int32 f = 6; map<string, int32> g = 7; }",
    );
    assert_eq!(encode(&plan, r#"{"a": 150}"#).unwrap(), [0x08, 0x96, 0x01]);
    assert_eq!(encode(&plan, r#"{"b": "testing"}"#).unwrap(), *b"\x12\x07testing");
    assert_eq!(encode(&plan, r#"{"c": {"a": 150}}"#).unwrap(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
    assert_eq!(encode(&plan, r#"{"f": [3, 270, 86942]}"#).unwrap(), [0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
    assert_eq!(encode(&plan, r#"{"a": -2}"#).unwrap(), [0x08, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    assert_eq!(encode(&plan, r#"{"g": {"k": 1}}"#).unwrap(), [0x3a, 5, 0x0a, 1, b'k', 0x10, 1]);
    assert_eq!(encode(&plan, r#"{"a": 0, "b": "", "c": null, "f": [], "g": {}}"#).unwrap(), b"");
    assert_eq!(encode(&plan, r#"{"c": {}}"#).unwrap(), [0x1a, 0]);
    let long = "x".repeat(300);
    let bytes = encode(&plan, &format!(r#"{{"c": {{"b": "{long}"}}}}"#)).unwrap();
    assert_eq!(bytes[..6], [0x1a, 0xaf, 2, 0x12, 0xac, 2]);
}

#[test]
fn json_is_read_in_all_its_forms_and_printed_in_one() {
    let plan = plan(ALL);
    for (text, printed) in [
        (r"{}", r"{}"),
        (r#" { "i32" : 1.0 , "i64" : "9007199254740993" } "#, r#"{"i32":1,"i64":"9007199254740993"}"#),
        (
            r#"{"u64": 18446744073709551615, "s64": -9223372036854775808}"#,
            r#"{"u64":"18446744073709551615","s64":"-9223372036854775808"}"#,
        ),
        (r#"{"i32": "1e2", "u32": 4294967295, "f64": "7"}"#, r#"{"i32":100,"u32":4294967295,"f64":"7"}"#),
        (r#"{"db": "NaN", "fl": "-Infinity"}"#, r#"{"fl":"-Infinity","db":"NaN"}"#),
        (
            r#"{"db": 0.1, "fl": "0.1", "doubles": [0, -0.0, 1e300]}"#,
            r#"{"fl":0.1,"db":0.1,"doubles":[0.0,-0.0,1e+300]}"#,
        ),
        (r#"{"text_value": "a"}"#, r#"{"textValue":"a"}"#),
        (r#"{"textValue": "\u00e9\ud83d\ude00\n"}"#, "{\"textValue\":\"é😀\\n\"}"),
        (r#"{"by": "-_8"}"#, r#"{"by":"+/8="}"#),
        (r#"{"color": 1, "colors": ["BLUE", 7, 0]}"#, r#"{"color":"GREEN","colors":["BLUE",7,"RED"]}"#),
        (r#"{"color": "RED", "b": false, "choice": 1}"#, r"{}"),
        (r#"{"maybe": 0, "right": 0}"#, r#"{"right":0,"maybe":0}"#),
        (
            r#"{"byText": {"b": 1, "a": 0}, "byFlag": {"true": "BLUE"}}"#,
            r#"{"byText":{"b":1,"a":0},"byFlag":{"true":"BLUE"}}"#,
        ),
        (r#"{"byNumber": {"-1": {"inner": {}}}}"#, r#"{"byNumber":{"-1":{"inner":{}}}}"#),
        (r#"{"@other": "x", "loose": [1, -1]}"#, r#"{"loose":["1","-1"],"@other":"x"}"#),
        (r#"{"at": "2024-02-29T12:00:00.5Z", "took": "1.5s"}"#, r#"{"at":"2024-02-29T12:00:00.500Z","took":"1.500s"}"#),
        (
            r#"{"anyValue": [1, {"a": null}], "object": {"k": "v"}}"#,
            r#"{"anyValue":[1.0,{"a":null}],"object":{"k":"v"}}"#,
        ),
        (
            r#"{"anyValue": null, "wrapped": "5", "mask": "a.bC", "empty": {}}"#,
            r#"{"anyValue":null,"wrapped":"5","mask":"a.bC","empty":{}}"#,
        ),
        (
            r#"{"any": {"@type": "type.googleapis.com/p.All", "i32": 4}}"#,
            r#"{"any":{"@type":"type.googleapis.com/p.All","i32":4}}"#,
        ),
        (
            r#"{"any": {"i32": 4, "inner": {"any": {"value": "1.5s", "@type": "x/google.protobuf.Duration"}}, "@type": "x/p.All"}}"#,
            r#"{"any":{"@type":"x/p.All","i32":4,"inner":{"any":{"@type":"x/google.protobuf.Duration","value":"1.500s"}}}}"#,
        ),
        (r#"{"any": {}, "object": {}, "mask": "", "wrapped": 0}"#, r#"{"object":{},"wrapped":"0","any":{},"mask":""}"#),
        (r#"{"unknown": {"deep": [1, "}"]}, "i32": 2}"#, r#"{"i32":2}"#),
    ] {
        assert_eq!(round_trip(&plan, text), printed, "{text}");
        assert_eq!(round_trip(&plan, printed), printed, "what is printed is read the same");
    }
}

#[test]
fn refusals_say_where_what_and_why() {
    let plan = plan(ALL);
    for (text, error) in [
        ("", ": expected a value, found the end of the text at byte 0"),
        ("[]", ": expected message p.All, found array"),
        (r#"{"i32": "x"}"#, "/i32: expected int32, found string \"x\""),
        (r#"{"i32": 1.5}"#, "/i32: expected int32, found number 1.5, which is not whole"),
        (r#"{"i32": 2147483648}"#, "/i32: expected int32, found number 2147483648, which it can't hold"),
        (r#"{"u64": -1}"#, "/u64: expected uint64, found number -1, which it can't hold"),
        (
            r#"{"u64": 18446744073709551616}"#,
            "/u64: expected uint64, found number 18446744073709551616, which it can't hold",
        ),
        (r#"{"fl": 1e39}"#, "/fl: expected float, found number 1e39, which it can't hold"),
        (r#"{"b": 1}"#, "/b: expected bool, found number 1"),
        (r#"{"textValue": 1}"#, "/textValue: expected string, found number 1"),
        (r#"{"by": "a"}"#, "/by: expected base64 for bytes, found string \"a\""),
        (r#"{"color": "PINK"}"#, "/color: expected a name in enum p.All.Color, found string \"PINK\""),
        (r#"{"ints": 1}"#, "/ints: expected list of int32, found number 1"),
        (r#"{"ints": [1, null]}"#, "/ints/1: expected int32, found null"),
        (r#"{"inners": [{}, {"inner": {"b": {}}}]}"#, "/inners/1/inner/b: expected bool, found object"),
        (r#"{"byText": [1]}"#, "/byText: expected map of int32, found array"),
        (r#"{"byNumber": {"x": {}}}"#, "/byNumber/x: expected int64 as a key, found another text"),
        (r#"{"byText": {"a/b": 1, "a/b": 2}}"#, "/byText/a~1b: expected each key of the map once, found a duplicate"),
        (
            r#"{"byNumber": {"1": {}, "1.0": {}}}"#,
            "/byNumber/1.0: expected each key of the map once, found a duplicate",
        ),
        (r#"{"i32": 1, "i32": 2}"#, "/i32: expected each member once, found a duplicate"),
        (r#"{"textValue": "a", "text_value": "b"}"#, "/textValue: expected each member once, found a duplicate"),
        (r#"{"left": "a", "right": 1}"#, "/right: expected one member of a choice, found a second one"),
        (
            r#"{"at": "yesterday"}"#,
            "/at: expected RFC 3339 text of the years 1 to 9999 for message google.protobuf.Timestamp, found string \"yesterday\"",
        ),
        (
            r#"{"took": "1"}"#,
            "/took: expected text such as 1.5s for message google.protobuf.Duration, found string \"1\"",
        ),
        (r#"{"took": 1}"#, "/took: expected message google.protobuf.Duration, found number 1"),
        (
            r#"{"mask": "a_b"}"#,
            "/mask: expected paths such as a.fooBar,c for message google.protobuf.FieldMask, found string \"a_b\"",
        ),
        (r#"{"wrapped": "x"}"#, "/wrapped: expected int64, found string \"x\""),
        (r#"{"object": []}"#, "/object: expected map of message google.protobuf.Value, found array"),
        (r#"{"object": {"a": 1, "a": 2}}"#, "/object/a: expected each key of the map once, found a duplicate"),
        (r#"{"any": {"i32": 1}}"#, "/any/@type: expected string, found nothing: the member is missing"),
        (
            r#"{"any": {"@type": "x/p.Other"}}"#,
            "/any/@type: expected the type of a message of the file or of what it imports, behind a slash, \
             found string \"x/p.Other\"",
        ),
        (r#"{"any": {"@type": "x/p.All", "i32": "x"}}"#, "/any/i32: expected int32, found string \"x\""),
        (
            r#"{"any": {"@type": "x/google.protobuf.Duration"}}"#,
            "/any/value: expected message google.protobuf.Duration, found nothing: the member is missing",
        ),
        (r#"{"i32": 1} x"#, ": expected the end of the record, found trailing text"),
        (r#"{"i32": 1,}"#, ": expected a member's name in quotes, found '}'"),
    ] {
        let found = encode(&plan, text).unwrap_err();
        assert!(found.starts_with(error), "{text}: {found}");
    }
    let mut out = b"kept".to_vec();
    let mut strict = Encoder::new(UnknownFields::Reject, Limits::default());
    let error = strict.encode(&plan, 0, br#"{"inner": {"nix": 1}}"#, &mut out).unwrap_err();
    assert_eq!(error.to_string(), "/inner/nix: expected a field of message p.All, found an unknown member");
    assert_eq!((error.violation().kind, &*out), (ViolationKind::Unknown, &b"kept"[..]));
}

#[test]
fn everything_that_is_wrong_is_told_in_the_order_of_the_text() {
    let plan = plan(ALL);
    let all = r#"{"i32": "x", "ints": [1, null, 2.5], "inners": [{"b": 1, "color": []}, 7], "i32": 2, "left": "a", "right": 1,
        "byText": {"a": 1, "b": {}, "c": 3, "a": "4"}, "byNumber": {"x": {}, "1": {"b": 2}, "2": {}, "2.0": {}},
        "any": {"@type": "x/p.All", "i32": "x", "s64": true}, "at": 0, "b": null,
        "inner": {"any": {"value": {}, "@type": "x/google.protobuf.Duration", "value": 2}}, "db": "y"}"#;
    let told = |plan: &Plan, json: &str| {
        let mut encoder = Encoder::new(UnknownFields::Reject, Limits::default());
        let error = encoder.encode(plan, 0, json.as_bytes(), &mut Vec::new()).unwrap_err();
        error.violations().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&plan, all),
        [
            "/i32: expected int32, found string \"x\"",
            "/ints/1: expected int32, found null",
            "/ints/2: expected int32, found number 2.5, which is not whole",
            "/inners/0/b: expected bool, found number 1",
            "/inners/0/color: expected enum p.All.Color, found array",
            "/inners/1: expected message p.All, found number 7",
            "/i32: expected each member once, found a duplicate",
            "/right: expected one member of a choice, found a second one",
            "/byText/b: expected int32, found object",
            "/byText/a: expected each key of the map once, found a duplicate",
            "/byNumber/x: expected int64 as a key, found another text",
            "/byNumber/1/b: expected bool, found number 2",
            "/byNumber/2.0: expected each key of the map once, found a duplicate",
            "/any/i32: expected int32, found string \"x\"",
            "/any/s64: expected sint64, found boolean true",
            "/at: expected message google.protobuf.Timestamp, found number 0",
            "/inner/any/value: expected message google.protobuf.Duration, found object",
            "/inner/any/value: expected each member once, found a duplicate",
            "/db: expected double, found string \"y\"",
        ]
    );
    assert_eq!(
        told(&plan, r#"{"i32": "x", "nix": [{}], "b": tru}"#),
        ["/b: expected true, found 't' at byte 31"],
        "of text that is not JSON nothing else is said"
    );
    let many = format!(r#"{{"nix": 1, "ints": [{}1]}}"#, "true,".repeat(30));
    let (told_of_many, first) =
        (told(&plan, &many), "/nix: expected a field of message p.All, found an unknown member");
    assert_eq!((told_of_many.len(), &*told_of_many[0]), (crate::codec::MAX_VIOLATIONS, first));
    let old =
        self::plan(r#"syntax = "proto2"; message M { required int32 a = 1; optional M m = 2; required bool b = 3; }"#);
    let nothing = "found nothing: the field is missing";
    assert_eq!(
        told(&old, r#"{"b": true, "m": {"a": "x"}}"#),
        [
            "/m/a: expected int32, found string \"x\"".to_owned(),
            format!("/m/b: expected bool, {nothing}"),
            format!("/a: expected int32, {nothing}")
        ]
    );
}

#[test]
fn older_files_have_required_fields_groups_and_closed_enums() {
    let plan = plan(
        "syntax = \"proto2\"; message M { required int32 id = 1; optional group Part = 2 { optional string s = 1; }
         repeated int32 list = 3; optional E e = 4; enum E { A = 1; B = 2; } optional int32 d = 5 [default = 7]; }",
    );
    let text = r#"{"id":0,"part":{"s":"x"},"list":[1,2],"e":"B","d":0}"#;
    assert_eq!(round_trip(&plan, text), text);
    assert_eq!(
        encode(&plan, r#"{"id": 1, "part": {"s": "x"}, "list": [1, 2]}"#).unwrap(),
        *b"\x08\x01\x13\x0a\x01x\x14\x18\x01\x18\x02"
    );
    assert_eq!(encode(&plan, "{}").unwrap_err(), "/id: expected int32, found nothing: the field is missing");
    assert_eq!(decode(&plan, &[]).unwrap_err(), "/id: expected int32, found nothing: the field is missing");
    assert!(encode(&plan, r#"{"id": 1, "e": 9}"#).unwrap_err().starts_with("/e: expected a number in enum M.E"));
}

#[test]
fn the_last_of_a_field_counts_and_parts_are_put_together() {
    let plan = plan(ALL);
    assert_eq!(decode(&plan, &[0x10, 1, 0x10, 2]).unwrap(), r#"{"i32":2}"#);
    // A message in two parts, a list in packs and items, fields in disorder.
    assert_eq!(
        decode(&plan, &[0x8a, 1, 2, 0x10, 1, 0x10, 9, 0x8a, 1, 2, 0x08, 1]).unwrap(),
        r#"{"i32":9,"inner":{"b":true,"i32":1}}"#
    );
    assert_eq!(decode(&plan, &[0xa2, 1, 2, 1, 2, 0xa0, 1, 3, 0xa2, 1, 0]).unwrap(), r#"{"ints":[1,2,3]}"#);
    assert_eq!(
        decode(&plan, &[0xca, 1, 2, 1, 2]).unwrap(),
        r#"{"loose":["-1","1"]}"#,
        "packed although the file says not to"
    );
    // right, left, right: what came before left is gone.
    assert_eq!(decode(&plan, &[0xc8, 2, 1, 0xc2, 2, 1, b'a', 0xc8, 2, 3]).unwrap(), r#"{"right":3}"#);
    assert_eq!(decode(&plan, &[0xc8, 2, 1, 0xc2, 2, 1, b'a']).unwrap(), r#"{"left":"a"}"#);
    // An entry without key or value, a key that comes twice, an unknown field.
    assert_eq!(decode(&plan, &[0xf2, 1, 0, 0xf2, 1, 2, 0x10, 5, 0x98, 6, 1]).unwrap(), r#"{"byText":{"":5}}"#);
}

#[test]
fn a_message_is_chosen_by_name_or_index() {
    let text = "syntax = \"proto3\"; package p.q; message A { map<string, int32> m = 1; message B { message C {} } } message D {}";
    let schema = ProtobufSchema::parse::<&str, &str>(text, &[]).unwrap();
    let plan = Plan::compile(&schema);
    for (name, indexes) in [("p.q.A", &[0][..]), ("p.q.D", &[1]), ("p.q.A.B", &[0, 0]), ("p.q.A.B.C", &[0, 0, 0])] {
        let by_name = plan.message(Some(name)).unwrap();
        assert_eq!(*by_name.indexes, *indexes);
        assert_eq!(&*plan.shape(by_name.shape).name, name);
        assert_eq!(plan.message_at(indexes).unwrap().shape, by_name.shape);
    }
    assert_eq!(plan.message(None).unwrap().indexes[..], [0]);
    assert_eq!(plan.names().collect::<Vec<_>>(), ["p.q.A", "p.q.A.B", "p.q.A.B.C", "p.q.D"]);
    for name in ["A", "p.q", "p.q.A.MEntry", "p.q.B", "", "p.q.A."] {
        assert_eq!(plan.message(Some(name)).unwrap_err().to_string(), format!("the file has no message {name}"));
    }
    for indexes in [&[2][..], &[0, 1], &[0, 0, 0, 0], &[]] {
        assert!(plan.message_at(indexes).is_none());
    }
    let none = Plan::compile(&ProtobufSchema::parse::<&str, &str>("enum E { A = 0; }", &[]).unwrap());
    assert_eq!(none.message(None).unwrap_err().to_string(), "the file has no message");
    assert!(none.message_at(&[0]).is_none());
}
