//! `encode` and `decode` as a user runs them: outputs, messages and exit codes.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod broken_inputs;
mod languages;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SCHEMA: &str = r#"{"type":"record","name":"shop.Line","fields":[
    {"name":"sku","type":"string"},{"name":"qty","type":"int"},{"name":"note","type":["null","string"],"default":null}]}"#;

struct Run {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

fn serdecar(args: &[&str], input: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_serdecar"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that stops early closes its input; that is no fault of the test.
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Run { code: status.code(), stdout, stderr: String::from_utf8(stderr).unwrap() }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        text(&self.path(name))
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn records_come_back_through_pipes_and_files() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let input = "{\"sku\":\"a\",\"qty\":1}\n\n{\"qty\":2,\"note\":\"é\",\"sku\":\"b\"}";
    let expected = "{\"sku\":\"a\",\"qty\":1,\"note\":null}\n{\"sku\":\"b\",\"qty\":2,\"note\":\"é\"}\n";
    for codec in ["null", "deflate", "snappy", "zstandard", "bzip2", "xz"] {
        let encoded = serdecar(&["encode", "--schema", &schema, "--codec", codec], input.as_bytes());
        assert_eq!((encoded.code, encoded.stderr.as_str()), (Some(0), ""));
        let decoded = serdecar(&["decode"], &encoded.stdout);
        assert_eq!((decoded.code, decoded.stderr.as_str()), (Some(0), ""));
        assert_eq!(String::from_utf8(decoded.stdout).unwrap(), expected, "{codec}");
    }
    let (ndjson, avro, back) =
        (folder.write("in.ndjson", input), text(&folder.path("x.avro")), text(&folder.path("out.ndjson")));
    assert_eq!(serdecar(&["encode", "--schema", &schema, "--input", &ndjson, "--output", &avro], b"").code, Some(0));
    let decoded = serdecar(&["decode", "--schema", &schema, "--input", &avro, "--output", &back], b"");
    assert_eq!((decoded.code, decoded.stderr.as_str()), (Some(0), ""));
    assert_eq!(std::fs::read_to_string(&back).unwrap(), expected);
}

#[test]
fn records_are_read_by_another_schema() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let container = serdecar(
        &["encode", "--schema", &schema],
        b"{\"sku\":\"a\",\"qty\":1}\n{\"sku\":\"b\",\"qty\":2,\"note\":\"x\"}",
    );
    let field = |name: &str, ty: &str, more: &str| format!(r#"{{"name":"{name}","type":{ty}{more}}}"#);
    let record = |fields: &[String]| format!(r#"{{"type":"record","name":"Line","fields":[{}]}}"#, fields.join(","));
    let later = record(&[
        field("number", "\"double\"", r#","aliases":["qty"]"#),
        field("unit", "\"string\"", r#","default":"kg""#),
        field("sku", r#"["null","string"]"#, ""),
    ]);
    let decoded = serdecar(&["decode", "--schema", &folder.write("later.avsc", later)], &container.stdout);
    assert_eq!((decoded.code, decoded.stderr.as_str()), (Some(0), ""));
    let expected = "{\"number\":1.0,\"unit\":\"kg\",\"sku\":\"a\"}\n{\"number\":2.0,\"unit\":\"kg\",\"sku\":\"b\"}\n";
    assert_eq!(String::from_utf8(decoded.stdout).unwrap(), expected);

    // A pair that never fits, and one that does not fit the second record.
    let wrong = folder.write("wrong.avsc", record(&[field("sku", "\"int\"", "")]));
    let refused = serdecar(&["decode", "--schema", &wrong], &container.stdout);
    let message = format!(
        "{wrong}: reader's schema /fields/0/type: expected int, found string (writer's schema /fields/0/type)\n"
    );
    assert_eq!((refused.code, refused.stdout.len()), (Some(65), 0));
    assert!(refused.stderr.ends_with(&message), "{}", refused.stderr);
    let narrow = folder.write("narrow.avsc", record(&[field("note", "\"null\"", "")]));
    let stopped = serdecar(&["decode", "--schema", &narrow], &container.stdout);
    assert_eq!((stopped.code, stopped.stdout.as_slice()), (Some(65), &b"{\"note\":null}\n"[..]));
    assert!(stopped.stderr.ends_with("record 2: /note: expected null, found string\n"), "{}", stopped.stderr);
}

#[test]
fn both_json_modes_are_read_and_printed() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let encoded =
        serdecar(&["encode", "--schema", &schema, "--json", "avro"], br#"{"sku":"a","qty":1,"note":{"string":"x"}}"#);
    assert_eq!((encoded.code, encoded.stderr.as_str()), (Some(0), ""));
    let plain = serdecar(&["decode"], &encoded.stdout);
    assert_eq!(String::from_utf8(plain.stdout).unwrap(), "{\"sku\":\"a\",\"qty\":1,\"note\":\"x\"}\n");
    let tagged = serdecar(&["decode", "--json", "avro"], &encoded.stdout);
    assert_eq!(String::from_utf8(tagged.stdout).unwrap(), "{\"sku\":\"a\",\"qty\":1,\"note\":{\"string\":\"x\"}}\n");
}

#[test]
fn encode_stops_at_the_first_rejected_line_or_skips_it() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let input = "{\"sku\":\"a\",\"qty\":1}\n\n{\"sku\":\"b\",\"qty\":\"two\"}\n[]\n{\"sku\":\"c\",\"qty\":3}\n";
    let stopped = serdecar(&["encode", "--schema", &schema], input.as_bytes());
    assert_eq!(stopped.code, Some(65));
    assert_eq!(stopped.stderr, "3: /qty: expected int, found string \"two\"\n");
    assert_eq!(serdecar(&["decode"], &stopped.stdout).stdout, b"{\"sku\":\"a\",\"qty\":1,\"note\":null}\n");

    let skipped = serdecar(&["encode", "--schema", &schema, "--on-invalid", "skip"], input.as_bytes());
    assert_eq!(skipped.code, Some(65));
    assert_eq!(
        skipped.stderr,
        "3: /qty: expected int, found string \"two\"\n4: : expected record shop.Line, found array\n"
    );
    let expected = "{\"sku\":\"a\",\"qty\":1,\"note\":null}\n{\"sku\":\"c\",\"qty\":3,\"note\":null}\n";
    assert_eq!(String::from_utf8(serdecar(&["decode"], &skipped.stdout).stdout).unwrap(), expected);
}

#[test]
fn bytes_times_and_decimals_are_printed_as_asked() {
    let folder = Folder::new();
    let schema = folder.write(
        "payment.avsc",
        r#"{"type":"record","name":"Payment","fields":[
            {"name":"hash","type":"bytes"},
            {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
            {"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}}]}"#,
    );
    let numbers = "{\"hash\":\"/wA=\",\"at\":1704164645678,\"amount\":12.30}\n";
    let texts = "{\"hash\":\"ÿ\\u0000\",\"at\":\"2024-01-02T03:04:05.678Z\",\"amount\":\"12.30\"}\n";
    let forms = ["--bytes", "latin1", "--timestamps", "iso8601", "--decimals", "string"];
    for (input, encode_forms) in [(numbers, &[][..]), (texts, &forms)] {
        let encoded = serdecar(&[&["encode", "--schema", &schema], encode_forms].concat(), input.as_bytes());
        assert_eq!((encoded.code, encoded.stderr.as_str()), (Some(0), ""));
        for (expected, decode_forms) in [(numbers, &[][..]), (texts, &forms)] {
            let decoded = serdecar(&[&["decode"], decode_forms].concat(), &encoded.stdout);
            assert_eq!((decoded.code, decoded.stderr.as_str()), (Some(0), ""));
            assert_eq!(String::from_utf8(decoded.stdout).unwrap(), expected);
        }
    }
    let fine = texts.replace("678Z", "6789Z");
    let refused = serdecar(&[&["encode", "--schema", &schema], &forms[..]].concat(), fine.as_bytes());
    assert_eq!(refused.code, Some(65));
    assert!(refused.stderr.starts_with("1: /at: expected long as timestamp-millis ("), "{}", refused.stderr);
}

#[test]
fn a_default_that_does_not_fit_is_refused_for_writing_alone() {
    let folder = Folder::new();
    let schema = |default: &str| {
        format!(r#"{{"type":"record","name":"R","fields":[{{"name":"n","type":"int","default":{default}}}]}}"#)
    };
    let (good, bad) = (folder.write("good.avsc", schema("100")), folder.write("bad.avsc", schema("\"1\"")));
    let refused = serdecar(&["encode", "--schema", &bad], b"{\"n\":5}");
    assert_eq!(refused.code, Some(65));
    let message = "the default of field 'n' of record R: expected int, found string";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    // A container that somebody else wrote with such a schema, whose text is as long.
    let mut container = serdecar(&["encode", "--schema", &good], b"{\"n\":5}").stdout;
    let at = container.windows(3).position(|window| window == b"100").unwrap();
    container[at..at + 3].copy_from_slice(b"\"1\"");
    let decoded = serdecar(&["decode"], &container);
    assert_eq!((decoded.code, decoded.stdout.as_slice()), (Some(0), &b"{\"n\":5}\n"[..]), "{}", decoded.stderr);
}

#[test]
fn unknown_fields_are_rejected_on_demand() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let input = br#"{"sku":"a","qty":1,"x":1}"#;
    assert_eq!(serdecar(&["encode", "--schema", &schema], input).code, Some(0));
    let rejected = serdecar(&["encode", "--schema", &schema, "--unknown-fields", "reject"], input);
    assert_eq!(
        (rejected.code, rejected.stderr.as_str()),
        (Some(65), "1: /x: expected a field of record shop.Line, found an unknown member\n")
    );
}

#[test]
fn references_are_found_in_any_order() {
    let folder = Folder::new();
    let money = folder.write(
        "money.avsc",
        r#"{"type":"record","name":"shop.Money","fields":[{"name":"in","type":"shop.Currency"}]}"#,
    );
    let currency = folder.write("currency.avsc", r#"{"type":"enum","name":"shop.Currency","symbols":["EUR"]}"#);
    let schema = folder
        .write("order.avsc", r#"{"type":"record","name":"shop.Order","fields":[{"name":"total","type":"Money"}]}"#);
    let misnamed = format!("shop.Coin={currency}");
    let (money, currency) = (format!("shop.Money={money}"), format!("shop.Currency={currency}"));
    let args = ["encode", "--schema", &schema, "--reference", &money, "--reference", &currency];
    let encoded = serdecar(&args, br#"{"total":{"in":"EUR"}}"#);
    assert_eq!((encoded.code, encoded.stderr.as_str()), (Some(0), ""));
    // The container's schema needs no reference.
    assert_eq!(serdecar(&["decode"], &encoded.stdout).stdout, b"{\"total\":{\"in\":\"EUR\"}}\n");

    let missing = serdecar(&args[..5], b"");
    assert_eq!(missing.code, Some(65));
    assert!(missing.stderr.contains("money.avsc: /fields/0/type: unknown type 'shop.Currency'"), "{}", missing.stderr);
    let misnamed = serdecar(&["encode", "--schema", &schema, "--reference", &misnamed], b"");
    assert_eq!(misnamed.code, Some(65));
    assert!(misnamed.stderr.contains("currency.avsc: it defines shop.Currency, not shop.Coin"), "{}", misnamed.stderr);
}

#[test]
fn every_failure_has_its_exit_code() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let broken = folder.write("broken.avsc", "{\"type\":\"record\"");
    let nowhere = text(&folder.path("nowhere"));
    let code = |args: &[&str], input: &[u8]| serdecar(args, input).code;
    assert_eq!(code(&["encode"], b""), Some(64));
    assert_eq!(code(&["encode", "--schema", &schema, "--on-invalid", "explode"], b""), Some(64));
    assert_eq!(code(&["no-such-command"], b""), Some(64));
    assert_eq!(code(&["--help"], b""), Some(0));
    assert_eq!(code(&["encode", "--schema", &broken], b""), Some(65));
    assert_eq!(code(&["encode", "--schema", &nowhere], b""), Some(66));
    assert_eq!(code(&["encode", "--schema", &schema, "--input", &nowhere], b""), Some(66));
    assert_eq!(code(&["encode", "--schema", &schema, "--output", &text(&folder.path("no/folder"))], b""), Some(74));
    assert_eq!(code(&["decode", "--input", &nowhere], b""), Some(66));
    assert_eq!(code(&["decode"], b""), Some(65));
    assert_eq!(code(&["decode"], b"PAR1"), Some(65));
    if Path::new("/dev/full").exists() {
        let full = serdecar(&["encode", "--schema", &schema, "--output", "/dev/full"], br#"{"sku":"a","qty":1}"#);
        assert_eq!(full.code, Some(74));
        assert!(
            full.stderr.starts_with("serdecar: can't write the output: No space left on device"),
            "{}",
            full.stderr
        );
    }
}

#[test]
fn an_input_is_not_overwritten_by_its_output() {
    let folder = Folder::new();
    let (schema, input) = (folder.write("line.avsc", SCHEMA), folder.write("in.ndjson", "{\"sku\":\"a\",\"qty\":1}\n"));
    let run = serdecar(&["encode", "--schema", &schema, "--input", &input, "--output", &input], b"");
    assert_eq!((run.code, run.stderr), (Some(64), format!("serdecar: {input} is both the input and the output\n")));
    assert_eq!(std::fs::read_to_string(&input).unwrap(), "{\"sku\":\"a\",\"qty\":1}\n");
}

#[test]
fn completions_and_the_man_page_are_printed() {
    assert!(serdecar(&["completions", "bash"], b"").stdout.starts_with(b"_serdecar()"));
    let page = serdecar(&["man"], b"");
    assert_eq!(page.code, Some(0));
    assert!(String::from_utf8(page.stdout).unwrap().contains(".TH serdecar 1"));
}
