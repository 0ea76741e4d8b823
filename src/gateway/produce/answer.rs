//! What is said of a record that was taken.

use crate::codec::write_json_string;
use crate::kafka::Written;
use crate::registry::Label;
use crate::schema::Identifier;

/// What is said of a record that was taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer<'a> {
    /// Where it stands in a stream, counted from 1.
    pub(super) line: Option<u64>,
    /// A topic's name, which has nothing to escape.
    pub(super) topic: &'a str,
    /// Where it was written, if that was waited for.
    pub(super) written: Option<Written>,
    /// What it was written with.
    pub(super) schema: Option<&'a Label>,
}

impl Answer<'_> {
    /// Appends it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Self { line, topic, written, schema } = self;
        out.push(b'{');
        if let Some(line) = line {
            number("\"line\":", *line, out);
            out.push(b',');
        }
        out.extend_from_slice(b"\"topic\":\"");
        out.extend_from_slice(topic.as_bytes());
        out.push(b'"');
        if let Some(Written { partition, offset }) = written {
            number(",\"partition\":", *partition, out);
            match offset {
                Some(offset) => number(",\"offset\":", *offset, out),
                // No broker tells.
                None => out.extend_from_slice(b",\"offset\":null"),
            }
        }
        if let Some(label) = schema {
            out.extend_from_slice(b",\"schema\":");
            write_schema(label, out);
        }
        out.push(b'}');
    }
}

fn write_schema(label: &Label, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"context\":");
    write_json_string(label.context.as_str(), out);
    match label.id {
        Identifier::Id(id) => number(",\"id\":", id.get(), out),
        Identifier::Guid(guid) => {
            out.extend_from_slice(b",\"id\":");
            write_json_string(&guid.to_string(), out);
        }
    }
    if let Some(subject) = &label.subject {
        out.extend_from_slice(b",\"subject\":");
        write_json_string(subject.as_str(), out);
    }
    if let Some(version) = label.version {
        number(",\"version\":", version, out);
    }
    out.push(b'}');
}

fn number(name: &str, number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::gateway::problem::SchemaName;
    use crate::schema::{Context, SchemaId, Subject};

    fn told(answer: Answer<'_>) -> Value {
        let mut out = Vec::new();
        answer.write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn what_is_known_is_said() {
        let label = Label {
            context: Context::parse("staging").unwrap(),
            id: SchemaId::new(7).unwrap().into(),
            subject: Some(Subject::new("a\"b-value")),
            version: Some(3),
        };
        let whole = Answer {
            line: Some(2),
            topic: "orders",
            written: Some(Written { partition: 1, offset: Some(41) }),
            schema: Some(&label),
        };
        let schema = json!({"context": ".staging", "id": 7, "subject": "a\"b-value", "version": 3});
        assert_eq!(schema, serde_json::to_value(SchemaName::of(&label)).unwrap(), "as a problem has it");
        let expected = json!({"line": 2, "topic": "orders", "partition": 1, "offset": 41, "schema": schema});
        assert_eq!(told(whole), expected);
        let unknown =
            Answer { line: None, written: Some(Written { partition: 0, offset: None }), schema: None, ..whole };
        assert_eq!(told(unknown), json!({"topic": "orders", "partition": 0, "offset": null}));
        let nameless = Label { subject: None, version: None, ..label.clone() };
        let expected = json!({"topic": "orders", "schema": {"context": ".staging", "id": 7}});
        assert_eq!(told(Answer { written: None, schema: Some(&nameless), ..unknown }), expected);
    }
}
