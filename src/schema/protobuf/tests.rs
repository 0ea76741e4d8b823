mod hostile;

use super::*;
use serde_json::Value;

/// What Confluent's registry answered for 33 schemas.
const VECTORS: &str = include_str!("../../../tests/data/registry/guid-vectors.json");

const LEAF: &str = "syntax = \"proto3\";\npackage ex;\nmessage Leaf { string s = 1; }\n";

#[test]
fn texts_are_stored_as_by_confluents_registry() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let mut count = 0;
    for vector in vectors.iter().filter(|vector| vector["schemaType"] == "PROTOBUF") {
        let sent = vector["schema"].as_str().unwrap();
        for (form, expected) in [(Form::Written, "stored"), (Form::Normalized, "normalized")] {
            let expected = vector[expected]["schema"].as_str().unwrap();
            let stored = |text: &str| stored_text(text, &[("leaf.proto", LEAF)], form).unwrap();
            assert_eq!(stored(sent), expected);
            assert_eq!(stored(expected), expected, "stored text stays as it is");
            count += 1;
        }
    }
    assert_eq!(count, 10);
}

/// Fields, reserved numbers, options, choices, groups, ranges, nested types, extensions and services, in every order.
const DISORDER: &str = r#"
// A comment.
syntax = "proto3"; package ex;
option (agg) = {a: 1, b {c: "x" d: [1,2]} e: TRUE, f: [3]};
option java_package = "x.y";
import public "a.proto"; import "google/protobuf/timestamp.proto"; import weak "b.proto";
enum X { option (foo) = "x"; A0 = 0; A1 = 0x10; }
message M {
  option deprecated = true; option (foo).bar.baz = -1.25;
  enum E { option allow_alias = true; Z = 0; Y = 1 [(x.y).z = 1.5, deprecated=true]; YY = 1; reserved 5 to max, -3; reserved "A", 'B'; }
  google.protobuf.Timestamp t = 2; /* another */
  map<string, int32> m = 1 [deprecated = true];
  oneof o { option (foo) = 1; string a = 3; int64 b = 4 [json_name="bb", (x) = "q\"\n"]; }
  repeated E e = 5 [deprecated = true, (m) = {}, json_name = "eee"];
  reserved 9, 10 to 12; reserved 20; reserved "a1";
  optional int32 z = 30;
  message N { message O {} O o = 1; enum P { Q = 0; } }
}
service S { option deprecated = true; rpc Do (M) returns (stream M); rpc Re (stream M) returns (M) { option (a).b = {x: 1}; } }
message After {}
extend google.protobuf.FieldOptions { string opt = 50000; repeated int32 opt2 = 50001 [packed=true]; }
"#;

/// As Square's Wire prints the parts, in the order that the registry gives them.
const ORDER: &str = r#"syntax = "proto3";
package ex;

import "google/protobuf/timestamp.proto";
import public "a.proto";
import weak "b.proto";

option (agg) = {
  a: 1,
  b: {
    c: "x",
    d: [
      1,
      2
    ]
  },
  e: TRUE,
  f: [
    3
  ]
};
option java_package = "x.y";

message M {
  reserved 9, 10 to 12;
  reserved 20;
  reserved "a1";

  option deprecated = true;
  option (foo).bar.baz = -1.25;

  google.protobuf.Timestamp t = 2;
  map<string, int32> m = 1 [deprecated = true];
  repeated E e = 5 [
    deprecated = true,
    (m) = {
    },
    json_name = "eee"
  ];
  optional int32 z = 30;

  oneof o {
    option (foo) = 1;
  
    string a = 3;
    int64 b = 4 [
      (x) = "q\"\n",
      json_name = "bb"
    ];
  }

  message N {
    O o = 1;
  
    message O {}
    enum P {
      Q = 0;
    }
  }
  enum E {
    reserved 5 to max, -3;
    reserved "A", "B";
  
    option allow_alias = true;
  
    Z = 0;
    Y = 1 [
      (x.y).z = 1.5,
      deprecated = true
    ];
    YY = 1;
  }
}
message After {}
enum X {
  option (foo) = "x";

  A0 = 0;
  A1 = 16;
}

extend google.protobuf.FieldOptions {
  string opt = 50000;
  repeated int32 opt2 = 50001 [packed = true];
}

service S {
  option deprecated = true;

  rpc Do (M) returns (stream M);
  rpc Re (stream M) returns (M) {
    option (a).b = {
      x: 1
    };
  };
}
"#;

fn written(text: &str) -> Result<String, String> {
    stored_text::<&str, &str>(text, &[], Form::Written).map_err(|error| error.to_string())
}

fn normalized(text: &str, references: &[(&str, &str)]) -> Result<String, String> {
    stored_text(text, references, Form::Normalized).map_err(|error| error.to_string())
}

fn parsed(text: &str, references: &[(&str, &str)]) -> Result<ProtobufSchema, String> {
    ProtobufSchema::parse(text, references).map_err(|error| error.to_string())
}

#[test]
fn everything_is_put_in_its_place() {
    assert_eq!(written(DISORDER).unwrap(), ORDER);
    assert_eq!(written(ORDER).unwrap(), ORDER);
}

#[test]
fn normalizing_sorts_what_has_no_order_and_names_types_in_full() {
    let one = "syntax = \"proto3\"; package ex; import \"leaf.proto\"; import \"google/protobuf/any.proto\";
        message A { option deprecated = true; option (b) = 1; Leaf c = 3; oneof y { B b = 2; } oneof x { google.protobuf.Any a = 1; } message B {} }
        extend google.protobuf.MessageOptions { optional int32 b = 5000; } import \"google/protobuf/descriptor.proto\";";
    let two = "syntax = \"proto3\"; package ex; import \"google/protobuf/any.proto\"; import \"leaf.proto\"; import \"google/protobuf/descriptor.proto\";
        message A { message B {} oneof x { google.protobuf.Any a = 1; } oneof y { .ex.A.B b = 2; } ex.Leaf c = 3; option (b) = 1; option deprecated = true; }
        extend .google.protobuf.MessageOptions { optional int32 b = 5000; }";
    let stored = normalized(one, &[("leaf.proto", LEAF)]).unwrap();
    assert_eq!(normalized(two, &[("leaf.proto", LEAF)]).unwrap(), stored);
    assert!(
        stored.contains("  option (b) = 1;\n  option deprecated = true;\n\n  .ex.Leaf c = 3;\n\n  oneof x {"),
        "{stored}"
    );
}

#[test]
fn a_serialized_file_is_stored_as_text() {
    let texts = [
        (
            "syntax = \"proto3\"; package ex; import \"leaf.proto\"; message Root { Leaf leaf = 1; map<string, Leaf> m = 2; optional int32 o = 3; }",
            ".ex.Leaf leaf = 1",
        ),
        (
            "syntax = \"proto2\"; message R { required int32 a = 1 [default = 5]; optional group G = 2 { } extensions 100 to max; }",
            "optional group G = 2 {}",
        ),
        (
            "syntax = \"proto3\"; import \"confluent/meta.proto\"; message M { option (confluent.message_meta) = {doc: \"d\", tags: [\"PII\"]}; }",
            "doc: \"d\"",
        ),
    ];
    for (text, part) in texts {
        let serialized = parsed(text, &[("leaf.proto", LEAF)]).unwrap().serialized().unwrap();
        let stored = stored_text(&serialized, &[("leaf.proto", LEAF)], Form::Written).unwrap();
        assert!(stored.contains(part), "{stored}");
        let again = parsed(&stored, &[("leaf.proto", LEAF)]).unwrap();
        assert_eq!(again.serialized().unwrap(), serialized, "{stored}");
    }
}

#[test]
fn what_is_known_everywhere_is_imported_without_a_reference() {
    let known = [
        ("google/protobuf/timestamp.proto", "google.protobuf.Timestamp"),
        ("google/protobuf/struct.proto", "google.protobuf.Value"),
        ("google/type/datetime.proto", "google.type.DateTime"),
        ("google/type/money.proto", "google.type.Money"),
        ("confluent/meta.proto", "confluent.Meta"),
        ("confluent/type/decimal.proto", "confluent.type.Decimal"),
    ];
    for (path, ty) in known {
        let text = format!("syntax = \"proto3\"; import \"{path}\"; message M {{ {ty} f = 1; }}");
        assert!(parsed(&text, &[]).is_ok(), "{path}");
    }
    for (path, text) in known::all() {
        assert!(parsed(text, &[]).is_ok(), "{path}");
    }
    let own = ("confluent/type/decimal.proto", "syntax = \"proto3\"; message Mine {}");
    let text = "syntax = \"proto3\"; import \"confluent/type/decimal.proto\"; message M { Mine f = 1; }";
    assert!(parsed(text, &[own]).is_ok(), "what is referred to goes first");
}

#[test]
fn public_imports_are_seen_through() {
    let leaf = "syntax = \"proto3\"; message Leaf {}";
    let through = |import: &str| format!("syntax = \"proto3\"; import public \"{import}\";");
    let (a, b) = (through("leaf.proto"), through("a.proto"));
    let references = [("leaf.proto", leaf), ("a.proto", &a), ("b.proto", &b)];
    let text = "syntax = \"proto3\"; import \"b.proto\"; message M { Leaf l = 1; }";
    let schema = parsed(text, &references).unwrap();
    let stored = written(&schema.serialized().unwrap());
    assert_eq!(
        stored.unwrap_err(),
        "import \"b.proto\" is none of the references and not known",
        "imports stay as they are"
    );
    let private = "syntax = \"proto3\"; import \"a.proto\";";
    let references = [("leaf.proto", leaf), ("a.proto", &a), ("b.proto", private)];
    assert_eq!(parsed(text, &references).unwrap_err(), "line 1, column 50: name 'Leaf' is not defined");
}

#[test]
fn errors_say_where_and_what() {
    let error = |text: &str| parsed(text, &[("leaf.proto", LEAF), ("bad.proto", "message {")]).unwrap_err();
    let head = "syntax = \"proto3\";\n";
    assert_eq!(
        error("{"),
        "line 1, column 1: expected 'enum', 'extend', 'import', 'message', 'option', 'service', 'package' or ';', but found '{'"
    );
    assert_eq!(error(&format!("{head}message M {{ Nix n = 1; }}")), "line 2, column 13: name 'Nix' is not defined");
    assert_eq!(
        error(&format!("{head}import \"no.proto\";")),
        "import \"no.proto\" is none of the references and not known"
    );
    assert_eq!(
        error(&format!("{head}import \"bad.proto\";")),
        "import \"bad.proto\": line 1, column 9: expected an identifier, but found '{'"
    );
    assert_eq!(error("edition = \"2023\";"), "line 1, column 1: editions are not supported, only proto2 and proto3");
    assert_eq!(error("syntax = \"proto4\";"), "line 1, column 10: unknown syntax 'proto4'");
    assert_eq!(
        error(&format!("{head}message M {{ int32 a = 536870912; }}")),
        "line 2, column 23: message numbers must be between 1 and 536870911"
    );
    assert_eq!(
        error(&format!("{head}message M {{ int32 a = 99999999999999999999; }}")),
        "line 2, column 23: integer is too large"
    );
    assert_eq!(
        error(&format!("{head}message M {{ option map_entry = true; }}")),
        "message M sets map_entry, which only a map field may"
    );
    assert_eq!(
        error("import \"default.proto\";"),
        "the file \"default.proto\" imports itself: default.proto -> default.proto"
    );
    let a = "import \"b.proto\";";
    let cycle = parsed(a, &[("a.proto", a), ("b.proto", "import \"a.proto\";")]).unwrap_err();
    assert_eq!(cycle, "the file \"b.proto\" imports itself: b.proto -> a.proto -> b.proto");
}
