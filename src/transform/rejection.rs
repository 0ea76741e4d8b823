//! Why a record was not written to the sink, in a form that a person can act on.

use std::fmt;

use crate::codec::{CodecError, Violation, ViolationKind};
use crate::kafka::Code;
use crate::registry::{Label, RegistryError};
use crate::schema::avro::ResolutionError;
use crate::schema::{Context, Identifier, QualifiedSubject};
use crate::wire::FrameError;

/// Key or value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The record's key.
    Key,
    /// The record's value.
    Value,
}

impl Part {
    /// `key` or `value`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Value => "value",
        }
    }
}

/// The kinds of rejection: closed, so that each can be a label value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The record departs from its schema.
    Violation(ViolationKind),
    /// The bytes are not framed with a schema id.
    Frame,
    /// The registry does not know the schema id in this context.
    UnknownSchema,
    /// The schema is no version of the subject that the records of this topic belong to.
    WrongSubject,
    /// The registry has the schema, but it can't be used, or not read by the schema that is to read it.
    UnusableSchema,
    /// No context can be told from the record.
    Context,
    /// Larger than the sink's topic takes.
    TooLarge,
    /// The sink's broker refuses the record for a reason of its own.
    Refused,
}

impl Reason {
    /// Every reason, for the tables that count them.
    pub fn all() -> impl Iterator<Item = Self> {
        ViolationKind::ALL.into_iter().map(Self::Violation).chain([
            Self::Frame,
            Self::UnknownSchema,
            Self::WrongSubject,
            Self::UnusableSchema,
            Self::Context,
            Self::TooLarge,
            Self::Refused,
        ])
    }

    /// The word used in metrics and in the dead letter's `serdecar.reason` header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Violation(kind) => kind.as_str(),
            Self::Frame => "frame",
            Self::UnknownSchema => "unknown_schema",
            Self::WrongSubject => "wrong_subject",
            Self::UnusableSchema => "unusable_schema",
            Self::Context => "context",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
        }
    }
}

/// Why a record was not written to the sink. Its `Display` may hold values of the record: it belongs in dead letters,
/// not in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The kind, safe to log and to count.
    pub reason: Reason,
    /// Whether key or value is at fault.
    pub part: Part,
    /// The place in the record as a JSON Pointer; empty for all of it. May hold map keys.
    pub pointer: String,
    /// The place in the schema, safe to log.
    pub schema_path: String,
    /// What was expected and found, with the schema. May hold values.
    pub error: String,
    /// The context, as far as it is known.
    pub context: Option<Context>,
    /// The schema's id, or its GUID if the record names it so, as far as it is known.
    pub schema_id: Option<Identifier>,
    /// Where the record departs from its schema, as far as that was looked for. May hold values and map keys.
    pub violations: Vec<Violation>,
    /// The schema, if it was found.
    pub schema: Option<Label>,
}

impl Rejection {
    fn new(reason: Reason, part: Part, context: Option<&Context>, error: String) -> Self {
        let (pointer, schema_path) = (String::new(), String::new());
        let (context, violations) = (context.cloned(), Vec::new());
        Self { reason, part, pointer, schema_path, error, context, schema_id: None, violations, schema: None }
    }

    /// The codec refused the record, which is read by another schema than its own if there is a `reader`.
    pub fn violation(part: Part, error: &CodecError, label: &Label, reader: Option<&Label>) -> Self {
        let violation = error.violation();
        Self {
            reason: Reason::Violation(violation.kind),
            part,
            pointer: violation.pointer.clone(),
            schema_path: violation.schema_path.clone(),
            error: format!("{error} ({})", read_by(label, reader)),
            context: Some(label.context.clone()),
            schema_id: Some(label.id),
            violations: error.violations().cloned().collect(),
            schema: Some(label.clone()),
        }
    }

    /// The bytes are not framed.
    pub fn frame(part: Part, error: FrameError, context: &Context) -> Self {
        Self::new(Reason::Frame, part, Some(context), format!(": {error} (in context {context})"))
    }

    /// What stands in front of a Protobuf message says of no message which it is.
    pub fn indexes(part: Part, error: &impl fmt::Display, label: &Label) -> Self {
        let error = format!(": {error} ({label})");
        Self { schema_id: Some(label.id), ..Self::new(Reason::Frame, part, Some(&label.context), error) }
    }

    /// What a JSON Schema was to be checked by is no JSON.
    pub fn not_json(part: Part, id: Option<Identifier>, context: &Context) -> Self {
        let error = format!(": expected JSON text (in context {context})");
        let reason = Reason::Violation(ViolationKind::Syntax);
        Self { schema_id: id, ..Self::new(reason, part, Some(context), error) }
    }

    /// The registry does not know the id.
    pub fn unknown_schema(part: Part, id: Identifier, context: &Context) -> Self {
        let error = format!(": the registry knows no schema {id} (in context {context})");
        Self { schema_id: Some(id), ..Self::new(Reason::UnknownSchema, part, Some(context), error) }
    }

    /// The schema is no version of the subject.
    pub fn wrong_subject(part: Part, id: Identifier, subject: &QualifiedSubject) -> Self {
        let context = &subject.context;
        let error = format!(": schema {id} is no version of subject {subject} (in context {context})");
        Self { schema_id: Some(id), ..Self::new(Reason::WrongSubject, part, Some(context), error) }
    }

    /// The schema can't be used.
    pub fn unusable_schema(part: Part, id: Identifier, context: &Context, why: &RegistryError) -> Self {
        let error = format!(": {why} (schema {id} in context {context})");
        Self { schema_id: Some(id), ..Self::new(Reason::UnusableSchema, part, Some(context), error) }
    }

    /// Data of the record's schema can't be read by the reader's schema.
    pub fn incompatible_schema(part: Part, error: &ResolutionError, label: &Label, reader: &Label) -> Self {
        let error = format!(": {error} ({})", read_by(label, Some(reader)));
        Self { schema_id: Some(label.id), ..Self::new(Reason::UnusableSchema, part, Some(&label.context), error) }
    }

    /// No context can be told.
    pub fn context(error: &impl fmt::Display) -> Self {
        Self::new(Reason::Context, Part::Value, None, format!(": {error}"))
    }

    /// The record is too large for the sink.
    pub fn too_large(bytes: usize, topic: &str, context: Option<&Context>) -> Self {
        let error = format!(": {bytes} bytes exceed what topic {topic} takes");
        Self::new(Reason::TooLarge, Part::Value, context, error)
    }

    /// A broker refused the record.
    pub fn refused(code: Code, topic: &str, context: Option<&Context>) -> Self {
        let reason = if code == Code::MESSAGE_TOO_LARGE { Reason::TooLarge } else { Reason::Refused };
        Self::new(reason, Part::Value, context, format!(": topic {topic} refuses the record: {code}"))
    }
}

/// `schema 17 in context .staging`, and as which it is read: `, read by schema 18 of :.staging:orders-value`.
fn read_by(label: &Label, reader: Option<&Label>) -> String {
    match reader {
        Some(reader) => format!("{label}, read by {reader}"),
        None => label.to_string(),
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Value => f.write_str(&self.error),
            Part::Key => write!(f, "key {}", self.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Violation;
    use crate::schema::{SchemaId, Subject};

    fn violation() -> CodecError {
        CodecError::from(Violation {
            kind: ViolationKind::Type,
            pointer: "/items/2/qty".into(),
            schema_path: "/items/[]/qty".into(),
            expected: "int".into(),
            found: "string \"two\"".into(),
        })
    }

    #[test]
    fn the_text_names_place_expectation_finding_and_schema() {
        let label = Label {
            context: Context::parse("staging").unwrap(),
            id: SchemaId::new(17).unwrap().into(),
            subject: Some(Subject::new("orders-value")),
            version: Some(3),
        };
        let rejection = Rejection::violation(Part::Value, &violation(), &label, None);
        assert_eq!(
            rejection.to_string(),
            "/items/2/qty: expected int, found string \"two\" (schema 17 of :.staging:orders-value)"
        );
        assert_eq!((rejection.reason.as_str(), rejection.pointer.as_str()), ("type", "/items/2/qty"));
        let by_id = Label { subject: None, ..label };
        assert_eq!(
            Rejection::violation(Part::Key, &violation(), &by_id, None).to_string(),
            "key /items/2/qty: expected int, found string \"two\" (schema 17 in context .staging)"
        );
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        let words: std::collections::HashSet<_> = Reason::all().map(Reason::as_str).collect();
        assert_eq!(words.len(), Reason::all().count());
    }
}
