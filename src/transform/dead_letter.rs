//! Dead letters: the original record, and beside it everything that is known about why it is here.

use schemars::JsonSchema;
use serde::Deserialize;

use super::rejection::Rejection;
use crate::kafka::topic_name::check_name;
use crate::kafka::{Error, Headers};
use crate::settings::Faults;

/// A topic for records that were rejected.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDeadLetter {
    /// The topic's name.
    pub dead_letter: String,
}

/// A topic for records that were rejected, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its name.
    pub topic: String,
}

impl RawDeadLetter {
    /// Checks what stands at `pointer`.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<DeadLetter> {
        faults.take(format!("{pointer}/dead_letter"), check_name(&self.dead_letter))?;
        Some(DeadLetter { topic: self.dead_letter })
    }
}

/// Where a rejected record came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The pipeline that rejected it, or `gateway`.
    pub pipeline: &'a str,
    /// Its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

/// Adds the headers of a dead letter to those of the record. Numbers are decimal text; headers whose value is not known
/// are left out.
///
/// | header | value |
/// |---|---|
/// | `serdecar.reason` | the kind of rejection, one word |
/// | `serdecar.error` | what was expected and found, and by which schema |
/// | `serdecar.pointer` | the place in the record as a JSON Pointer (RFC 6901) |
/// | `serdecar.pipeline` | the pipeline's name, or `gateway` where a client of that was to read it |
/// | `serdecar.context` | the context |
/// | `serdecar.schema_id` | the schema's id in that context, or its GUID if that is what the record says |
/// | `serdecar.topic`, `serdecar.partition`, `serdecar.offset` | where the record came from |
pub fn add_headers(headers: &mut Headers, rejection: &Rejection, origin: Origin<'_>) -> Result<(), Error> {
    let mut add = |name, value: &str| headers.push(name, Some(value.as_bytes()));
    add("serdecar.reason", rejection.reason.as_str())?;
    add("serdecar.error", &rejection.to_string())?;
    add("serdecar.pointer", &rejection.pointer)?;
    add("serdecar.pipeline", origin.pipeline)?;
    if let Some(context) = &rejection.context {
        add("serdecar.context", context.as_str())?;
    }
    if let Some(id) = rejection.schema_id {
        add("serdecar.schema_id", &id.to_string())?;
    }
    add("serdecar.topic", origin.topic)?;
    add("serdecar.partition", &origin.partition.to_string())?;
    add("serdecar.offset", &origin.offset.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Context, SchemaId};

    #[test]
    fn a_dead_letter_says_why_and_where_from_after_its_own_headers() {
        let mut headers = Headers::with_capacity(10);
        headers.push("own", Some(b"1")).unwrap();
        let context = Context::parse("staging").unwrap();
        let mut rejection =
            Rejection::unknown_schema(super::super::rejection::Part::Value, SchemaId::new(9).unwrap().into(), &context);
        rejection.pointer = "/a".into();
        let origin = Origin { pipeline: "orders", topic: "raw", partition: 3, offset: 41 };
        add_headers(&mut headers, &rejection, origin).unwrap();
        let text = |value: Option<&[u8]>| String::from_utf8(value.unwrap().to_vec()).unwrap();
        let read: Vec<_> = headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
        let expected = [
            ("own", "1"),
            ("serdecar.reason", "unknown_schema"),
            ("serdecar.error", ": the registry knows no schema 9 (in context .staging)"),
            ("serdecar.pointer", "/a"),
            ("serdecar.pipeline", "orders"),
            ("serdecar.context", ".staging"),
            ("serdecar.schema_id", "9"),
            ("serdecar.topic", "raw"),
            ("serdecar.partition", "3"),
            ("serdecar.offset", "41"),
        ];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
