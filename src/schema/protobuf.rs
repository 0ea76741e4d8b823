//! Protobuf schemas: `.proto` files and the files that they import.
//!
//! Clients send them as text or, as some serializers do, as a serialized `FileDescriptorProto` in base64; stored is text in
//! the form in which Confluent's registry prints it ([`stored_text`]).

pub mod compatibility;
mod compile;
mod known;
mod message;
mod names;
mod normalize;
pub mod plan;
mod print;
mod serialized;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::FileDescriptor;

use super::Form;
use compile::ImportList;
pub use plan::Plan;

/// A file that compiles, with everything that it imports.
#[derive(Clone)]
pub struct ProtobufSchema {
    file: FileDescriptor,
    imports: ImportList,
}

/// Descriptors print what they hold, which has no end where a message holds itself.
impl fmt::Debug for ProtobufSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtobufSchema").field("file", &self.file.name()).finish_non_exhaustive()
    }
}

/// Why a text is not a usable Protobuf schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(String);

impl ProtobufSchema {
    /// Compiles a file. `references` are the files that it may import, by path, each ahead of those that import it.
    pub fn parse<N: AsRef<str>, T: AsRef<str>>(text: &str, references: &[(N, T)]) -> Result<Self, SchemaError> {
        let file = compile::syntax(text)?;
        let imports = ImportList::of(&file);
        Ok(Self { file: compile::file(file, references)?, imports })
    }

    /// The file as a serialized `FileDescriptorProto` in base64.
    pub fn serialized(&self) -> Result<String, SchemaError> {
        let bytes = serialized::with_imports(&self.file.encode_to_vec(), self.file.name(), self.imports.clone())?;
        Ok(STANDARD.encode(bytes))
    }
}

/// The text to store for one that was sent: comments and needless white space gone, everything in its place.
///
/// Normalized, what has no order is sorted and types have their full names, which takes the files that are imported.
pub fn stored_text<N: AsRef<str>, T: AsRef<str>>(
    sent: &str,
    references: &[(N, T)],
    form: Form,
) -> Result<String, SchemaError> {
    let file = match compile::syntax(sent) {
        Ok(file) => file,
        Err(error) => serialized::file(sent, references).ok_or(error)??,
    };
    let text = print::file(&file);
    if text.is_empty() {
        return Err(SchemaError("the file is empty".to_owned()));
    }
    match form {
        Form::Written => Ok(text),
        Form::Normalized => {
            let file = compile::syntax(&text)?;
            let compiled = compile::file(file.clone(), references)?;
            Ok(print::file(&normalize::normalized(file, compiled.file_descriptor_proto())))
        }
    }
}

#[cfg(test)]
mod tests;
