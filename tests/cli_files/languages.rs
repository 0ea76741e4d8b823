//! JSON Schema and Protobuf, whose files are not Avro containers.

use super::{Folder, SCHEMA, serdecar};

const JSON_SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "required": ["sku"],
    "properties": {"sku": {"type": "string"}, "qty": {"$ref": "quantity.json"}}}"#;

#[test]
fn what_a_json_schema_allows_passes_as_it_came() {
    let folder = Folder::new();
    let schema = folder.write("line.schema.json", JSON_SCHEMA);
    let quantity = folder.write("qty.json", r#"{"type": "integer", "minimum": 1}"#);
    let reference = format!("quantity.json={quantity}");
    let input = "{ \"qty\":123456789012345678901234567890,  \"sku\":\"a\" }\n\n{\"sku\":1,\"qty\":0.5}\n\t{\"sku\":\"\\u0062\"}\r\n{}";
    let run = serdecar(&["encode", "--schema", &schema, "--reference", &reference], input.as_bytes());
    assert_eq!(run.stdout, b"{ \"qty\":123456789012345678901234567890,  \"sku\":\"a\" }\n");
    let mut told: Vec<_> = run.stderr.lines().collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "3: /qty: expected a number of at least 1, found number 0.5",
            "3: /qty: expected integer, found number 0.5",
            "3: /sku: expected string, found number 1",
        ]
    );
    assert_eq!(run.code, Some(65));
    let run =
        serdecar(&["encode", "--schema", &schema, "--reference", &reference, "--on-invalid", "skip"], input.as_bytes());
    assert!(run.stdout.ends_with(b"\n\t{\"sku\":\"\\u0062\"}\r\n"), "{:?}", String::from_utf8_lossy(&run.stdout));
    assert!(run.stderr.ends_with("\n5: /sku: expected a member of this name, found nothing\n"), "{}", run.stderr);
    assert_eq!(run.code, Some(65));
}

#[test]
fn a_json_schema_that_can_not_be_used_says_why() {
    let folder = Folder::new();
    let schema = folder.write("line.schema.json", JSON_SCHEMA);
    let run = serdecar(&["encode", "--schema", &schema], b"{}");
    assert!(run.stderr.contains("quantity.json is none of the schema's references"), "{}", run.stderr);
    assert_eq!(run.code, Some(65));
    let mine = folder.write("mine", r#"{"$schema": "http://example.com/mine"}"#);
    let run = serdecar(&["bench", "--schema", &mine], b"{}");
    assert!(run.stderr.contains("$schema 'http://example.com/mine' is none of the drafts"), "{}", run.stderr);
    assert_eq!(run.code, Some(65));
    let ambiguous = folder.write("text", r#"{"type": "string"}"#);
    assert_eq!(serdecar(&["encode", "--schema", &ambiguous, "--format", "json"], b"\"a\"").stdout, b"\"a\"\n");
    assert!(serdecar(&["encode", "--schema", &ambiguous], b"\"a\"").stdout.starts_with(b"Obj\x01"));
}

const PROTO: &str = r#"syntax = "proto3"; package shop; import "shop/money.proto";
message Order { message Line { string sku = 1; int32 qty = 2; } Money total = 1; repeated Line lines = 2; }"#;
const MONEY_PROTO: &str = "syntax = \"proto3\"; package shop; message Money { int64 cents = 1; }";

#[test]
fn messages_stand_behind_their_lengths_and_come_back() {
    let folder = Folder::new();
    let (schema, money) = (folder.write("order.proto", PROTO), folder.write("money.proto", MONEY_PROTO));
    let reference = format!("shop/money.proto={money}");
    let start = ["--schema", &schema, "--reference", &reference];
    let line = [&start[..], &["--message", "shop.Order.Line"]].concat();
    let encoded = serdecar(&[&["encode"], &line[..]].concat(), b"{\"sku\":\"a\",\"qty\":1}\n\n{}\n{\"qty\": 300}\n");
    assert_eq!((encoded.code, encoded.stderr.as_str()), (Some(0), ""));
    assert_eq!(encoded.stdout, b"\x05\x0a\x01a\x10\x01\x00\x03\x10\xac\x02");
    let decoded = serdecar(&[&["decode"], &line[..]].concat(), &encoded.stdout);
    assert_eq!(String::from_utf8(decoded.stdout).unwrap(), "{\"sku\":\"a\",\"qty\":1}\n{}\n{\"qty\":300}\n");
    // Without a name the file's first message is meant.
    let order = "{\"total\":{\"cents\":\"5\"},\"lines\":[{\"sku\":\"b\"}]}\n";
    let encoded = serdecar(&[&["encode"], &start[..]].concat(), order.as_bytes());
    assert_eq!(serdecar(&[&["decode"], &start[..]].concat(), &encoded.stdout).stdout, order.as_bytes());

    let input = b"{\"qty\":1}\n{\"qty\":\"x\"}\n{\"qty\":2}\n";
    let stopped = serdecar(&[&["encode"], &line[..]].concat(), input);
    assert_eq!((stopped.code, stopped.stdout), (Some(65), b"\x02\x10\x01".to_vec()));
    assert_eq!(stopped.stderr, "2: /qty: expected int32, found string \"x\"\n");
    let skipped = serdecar(&[&["encode"], &line[..], &["--on-invalid", "skip"]].concat(), input);
    assert_eq!((skipped.code, skipped.stdout), (Some(65), b"\x02\x10\x01\x02\x10\x02".to_vec()));
    let benched = serdecar(&[&["bench"], &line[..]].concat(), input);
    assert!(benched.stdout.starts_with(b"records            2  (1 rejected)\nencode "));
}

#[test]
fn messages_that_can_not_be_read_say_why() {
    let folder = Folder::new();
    let (schema, money) = (folder.write("order.proto", PROTO), folder.write("money.proto", MONEY_PROTO));
    let alone = serdecar(&["encode", "--schema", &schema], b"{}");
    assert!(alone.stderr.contains("import \"shop/money.proto\" is none of the references"), "{}", alone.stderr);
    for (message, bytes, error) in [
        ("shop.Line", &b""[..], "the file has no message shop.Line"),
        ("shop.Order.Line", b"\x02\x10\x01\x09\x10", "damaged at byte 3: it ends 1 bytes into a message of 9"),
        ("shop.Order.Line", b"\x02\x10\x01\x01\x10", "record 2: : expected an integer, found none"),
    ] {
        let reference = format!("shop/money.proto={money}");
        let run = serdecar(&["decode", "--schema", &schema, "--reference", &reference, "--message", message], bytes);
        assert!(run.stderr.contains(error), "{}", run.stderr);
        assert_eq!(run.code, Some(65), "{error}");
        assert_eq!(run.stdout, if bytes.is_empty() { &b""[..] } else { b"{\"qty\":1}\n" });
    }
    let avro = folder.write("line.avsc", SCHEMA);
    for command in [&["encode", "--schema", &avro, "--message", "a"][..], &["decode", "--message", "a"]] {
        assert_eq!(serdecar(command, b"").code, Some(64), "{command:?}");
    }
}
