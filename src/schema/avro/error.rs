//! What can be wrong with a schema.

/// Why a text is not a usable Avro schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{pointer}: {message}", .reference.as_ref().map(|name| format!("in referenced schema {name} ")).unwrap_or_default())]
pub struct SchemaError {
    /// Which of the referenced schemas it is about, counted from 1; `None` for the schema itself.
    pub reference: Option<u32>,
    /// The place in the schema text as a JSON Pointer (RFC 6901): `/fields/2/type`; empty for the whole text.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl SchemaError {
    pub(super) fn at(pointer: &str, message: impl Into<String>) -> Self {
        Self { reference: None, pointer: pointer.to_owned(), message: message.into() }
    }
}
