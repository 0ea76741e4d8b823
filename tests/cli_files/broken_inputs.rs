//! Inputs that are damaged, or made to cost much.

use super::{Folder, SCHEMA, serdecar};

#[test]
fn a_damaged_container_keeps_what_came_before() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let line = "{\"sku\":\"0123456789\",\"qty\":1}\n";
    // More than one block.
    let encoded = serdecar(&["encode", "--schema", &schema], line.repeat(10_000).as_bytes()).stdout;
    let cut = serdecar(&["decode"], &encoded[..encoded.len() - 1]);
    assert_eq!(cut.code, Some(65));
    assert!(cut.stderr.contains("damaged block 2"), "{}", cut.stderr);
    assert!(cut.stderr.trim_end().ends_with("the file ends within it"), "{}", cut.stderr);
    let lines = String::from_utf8(cut.stdout).unwrap().lines().count();
    assert!((1..10_000).contains(&lines), "{lines}");
}

#[test]
fn a_line_of_100_mb_is_rejected_without_being_held() {
    let folder = Folder::new();
    let schema = folder.write("line.avsc", SCHEMA);
    let input = format!("{{\"sku\":\"{}\",\"qty\":1}}\n{{\"sku\":\"b\",\"qty\":2}}\n", "x".repeat(100_000_000));
    let run = serdecar(&["encode", "--schema", &schema, "--on-invalid", "skip"], input.as_bytes());
    assert_eq!(run.code, Some(65));
    assert_eq!(run.stderr, "1: : expected at most 16777216 bytes of record, found 100000019\n");
    assert_eq!(serdecar(&["decode"], &run.stdout).stdout, b"{\"sku\":\"b\",\"qty\":2,\"note\":null}\n");
}

#[test]
fn a_block_that_claims_endless_records_of_no_bytes_is_damaged() {
    let folder = Folder::new();
    let schema = folder.write("null.avsc", "\"null\"");
    let mut container = serdecar(&["encode", "--schema", &schema], b"null\n").stdout;
    assert_eq!(serdecar(&["decode"], &container).stdout, b"null\n");
    // The block is its count (1), its size (0) and the marker: claim 2^40 records instead.
    let (sync, start) = (container[container.len() - 16..].to_vec(), container.len() - 18);
    container.truncate(start);
    container.extend([0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0]);
    container.extend(sync);
    let run = serdecar(&["decode"], &container);
    assert_eq!((run.code, run.stdout.len()), (Some(65), 0));
    let expected =
        format!("damaged block 1, which starts at byte {start}: it claims 1099511627776 records in 0 bytes\n");
    assert_eq!(run.stderr, format!("serdecar: {expected}"));
}
