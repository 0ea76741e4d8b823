//! The text of a schema in another form than it is stored in: what the parameter `format` asks for.

use std::sync::Arc;

use super::Registry;
use super::definition::{Definition, Schema};
use super::lookup::Registered;
use super::parsed::Parsed;
use super::store::VersionKey;
use super::stored_text::stored_text;
use crate::schema::{Form, SchemaType};

/// A form that texts of one language can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Avro, with the schemas that it refers to written out where they are used first.
    Resolved,
}

impl Format {
    /// Reads the parameter. What the language does not know is as good as absent.
    pub(super) fn parse(text: Option<&str>, schema_type: SchemaType) -> Option<Self> {
        let is = |name: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(name));
        match schema_type {
            SchemaType::Avro if is("resolved") => Some(Self::Resolved),
            _ => None,
        }
    }
}

impl Registry {
    /// The version with its text in another form; as it is stored if it has no such form, being no valid schema.
    pub(super) fn in_format(&self, held: Registered, format: Format) -> Registered {
        let key = VersionKey { subject: held.subject.clone(), version: held.version };
        let references = self.read().behind(&key).unwrap_or_default();
        let definition = &held.schema.definition;
        let text = match (format, Parsed::parse(definition, &references)) {
            (Format::Resolved, Ok(Parsed::Avro(schema))) => {
                stored_text(SchemaType::Avro, &schema.to_text(), Form::Written).ok()
            }
            _ => None,
        };
        match text {
            Some(text) => {
                let definition = Definition { text: text.into(), ..definition.clone() };
                Registered { schema: Arc::new(Schema { guid: held.schema.guid, definition }), ..held }
            }
            None => held,
        }
    }
}
