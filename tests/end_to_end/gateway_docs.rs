//! What the documents show of the gateway is what it answers.

use std::path::Path;
use std::process::Command;

use super::support::{Gateway, Kafka, SchemaRegistry};

/// Where the gateway of the documents listens.
const ADDRESS: &str = "http://127.0.0.1:8082";

/// The blocks of a document in this language.
fn blocks<'t>(text: &'t str, language: &str) -> impl Iterator<Item = &'t str> {
    text.split("```").skip(1).step_by(2).filter_map(move |block| block.strip_prefix(language)?.strip_prefix('\n'))
}

/// The commands that ask the gateway, and what is shown below each.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for block in blocks(text, "console").filter(|block| block.contains(ADDRESS)) {
        for line in block.lines() {
            match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => found.push((command.to_owned(), String::new())),
                (None, Some((_, shown))) => shown.extend([line, "\n"]),
                (None, None) => panic!("no command above {line}"),
            }
        }
    }
    found
}

/// Times differ from run to run.
fn without_times(text: &str) -> String {
    let mut parts = text.split("\"timestamp\":");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "\"timestamp\":" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// Makes the requests of a document, in order, and compares the answers.
fn follow(document: &str, schema: &str, route: &str) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let (kafka, registry) = (Kafka::start(), SchemaRegistry::start());
    registry.register("orders-value", blocks(&text, "json").next().unwrap_or(schema));
    kafka.create_topic("orders", 1);
    let gateway = Gateway::start(&kafka, &registry, &[route], "");
    let (mut shown, mut answered) = (String::new(), String::new());
    for (command, below) in commands(&text) {
        let output = Command::new("bash").args(["-c", &command.replace(ADDRESS, &gateway.url())]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        shown.extend(["$ ", &command, "\n", &without_times(below.trim_end()), "\n"]);
        answered.extend(["$ ", &command, "\n", &without_times(printed.trim_end()), "\n"]);
    }
    assert!(shown == answered, "{document} shows\n{shown}\nand this is answered:\n{answered}");
    assert!(shown.contains("\"offset\":0"), "{document} shows no record");
}

#[test]
fn the_gateways_document_shows_what_it_answers() {
    follow("docs/GATEWAY.md", "", "topics: [orders], key: {from: {pointer: /order_id}}");
}

#[test]
fn the_readme_shows_what_the_gateway_answers() {
    let schema = r#"{"type": "record", "name": "Order", "fields": [{"name": "n", "type": "long"}]}"#;
    follow("README.md", schema, "topics: [orders]");
}
