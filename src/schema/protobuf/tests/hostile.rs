//! Files that are broken, or written to cost much.

use std::time::{Duration, Instant};

use super::super::*;
use super::{normalized, parsed, written};

#[test]
fn broken_base64_is_a_syntax_error() {
    let serialized = parsed("message M {}", &[]).unwrap().serialized().unwrap();
    assert_eq!(written(&serialized).unwrap(), "\nmessage M {}\n");
    for cut in 1..serialized.len() {
        let text = serialized.get(..cut).unwrap();
        if let Ok(stored) = written(text) {
            assert!(stored.is_empty(), "{text} is read as {stored}");
        }
    }
    assert!(written(&format!("{serialized}!")).unwrap_err().starts_with("line 1, column 1: "));
    // A file of which nothing holds together.
    for bytes in [&[0x22_u8, 0x02, 0x12, 0x00][..], &[0x22, 0x04, 0x12, 0x02, 0x18, 0x00], &[0x1a, 0x01, b'x']] {
        assert!(written(&STANDARD.encode(bytes)).is_err_and(|error| !error.is_empty()), "{bytes:?}");
    }
}

#[test]
fn a_file_with_an_edition_is_refused_and_says_so() {
    let refused = "editions are not supported, only proto2 and proto3";
    let error = parsed("edition = \"2023\"; message M {}", &[]).unwrap_err();
    assert!(error.ends_with(refused), "{error}");
    // The same as a descriptor: a message M, the syntax "editions", and the edition 2023.
    let bytes = [&[0x22, 3, 0x0a, 1, b'M', 0x62, 8][..], b"editions", &[0x70, 0xe8, 7]].concat();
    let error = written(&STANDARD.encode(bytes)).unwrap_err();
    assert_eq!(error, refused);
}

#[test]
fn hostile_files_take_bounded_time() {
    let start = Instant::now();
    let head = "syntax = \"proto3\"; ";
    let each = |count: usize, item: &dyn Fn(usize) -> String| (1..=count).map(item).collect::<String>();
    let body = |inside: &str| format!("{head}message M {{ {inside} }}");
    let ok = |text: &str| assert!(normalized(text, &[]).is_ok());
    let fields = body(&each(100_000, &|n| format!("int32 f{n} = {};\n", if n < 19_000 { n } else { n + 1000 })));
    assert!(parsed(&fields, &[]).is_ok());
    ok(&body(&each(4_000, &|n| format!("map<string, int32> f{n} = {n};\n"))));
    ok(&body(&each(4_000, &|n| format!("oneof o{n} {{ int32 f{n} = {n}; }}\n"))));
    ok(&format!("{head}{}", each(4_000, &|n| format!("message M{n} {{ M{n} m = 1; }}\n"))));
    let error = |text: &str, expected: &str| {
        let error = normalized(text, &[]).unwrap_err();
        assert!(error.contains(expected), "{error}");
    };
    error(&format!("{head}{}{}", "message M {".repeat(100_000), "}".repeat(100_000)), "maximum recursion limit");
    error(&body(&each(4_000, &|n| format!("option (o).a{n} = 1;"))), "name 'o' is not defined");
    error(
        &body(&format!("option (o) = {{ {} {} }};", "a {".repeat(20_000), "}".repeat(20_000))),
        "name 'o' is not defined",
    );
    error(&body(&format!("option (o) = {{ {} }};", each(20_000, &|n| format!("a{n}: 1 ")))), "name 'o' is not defined");
    error(&format!("{head}package {}b;", "a.".repeat(20_000)), "the package's name has 40001 bytes");
    let long = "x".repeat(40_000);
    let nested = each(2_000, &|n| format!("N f{n} = {n};"));
    error(&format!("{head}message {long} {{ message N {{}} {nested} }}"), "names take up to 160");
    error(&" ".repeat(5 << 20), "the text has 5242880 bytes");
    assert!(start.elapsed() < Duration::from_mins(3), "{:?}", start.elapsed());
}

#[test]
fn long_chains_of_imports_take_bounded_time() {
    let chain = |keyword: &str| -> Vec<(String, String)> {
        let text = |index: usize| match index {
            0 => "message M0 {}".to_owned(),
            _ => format!("{keyword} \"f{}.proto\"; message M{index} {{ optional M{} m = 1; }}", index - 1, index - 1),
        };
        (0..1000).map(|index| (format!("f{index}.proto"), text(index))).collect()
    };
    let root = "import \"f999.proto\"; message M { optional M999 m = 1; }";
    let mut files = chain("import");
    assert!(ProtobufSchema::parse(root, &files).is_ok());
    files.reverse();
    assert!(ProtobufSchema::parse(root, &files).is_ok());
    let error = ProtobufSchema::parse(root, &chain("import public")).unwrap_err();
    assert!(error.to_string().ends_with("too many files import each other publicly"), "{error}");
}

#[test]
fn a_message_that_holds_itself_can_be_shown() {
    let schema = parsed("message M { optional M m = 1; }", &[]).unwrap();
    let shown = format!("{schema:?}");
    assert_eq!(shown, "ProtobufSchema { file: \"default.proto\", .. }");
    let plan = format!("{:?}", Plan::compile(&schema));
    assert!(plan.starts_with("Plan { shapes: [Shape { name: \"M\""), "{plan}");
}
