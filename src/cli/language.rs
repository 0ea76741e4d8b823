//! Which language a schema file is written in, and how one of JSON Schema or Protobuf is read.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;

use super::files;
use super::{Exit, Failure};
use crate::codec::json_schema::Validator;
use crate::schema::protobuf::plan::ShapeId;
use crate::schema::protobuf::{Plan, ProtobufSchema};

/// A schema language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Apache Avro.
    Avro,
    /// JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
}

impl Language {
    /// What is asked for; else what the file's name and text say.
    pub(super) fn of(asked: Option<Self>, path: &Path) -> Result<Self, Failure> {
        match asked {
            Some(language) => Ok(language),
            None => Ok(Self::guess(path, &files::read_text(path)?)),
        }
    }

    /// A file `*.proto` is one of Protobuf, and `*.avsc` one of Avro. `*.schema.json` is a JSON Schema, and so is any other with a
    /// `$schema`, and what is no Avro in `*.json`.
    fn guess(path: &Path, text: &str) -> Self {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let document: Option<Value> = serde_json::from_str(text).ok();
        let says_schema = || document.as_ref().is_some_and(|document| document.get("$schema").is_some());
        match name.rsplit_once('.') {
            Some((_, "avsc")) => Self::Avro,
            Some((_, "proto")) => Self::Protobuf,
            Some((_, "json")) if name.ends_with(".schema.json") || says_schema() => Self::Json,
            Some((_, "json")) if document.as_ref().is_some_and(|document| !may_be_avro(document)) => Self::Json,
            _ if says_schema() => Self::Json,
            _ => Self::Avro,
        }
    }
}

/// Whether a schema's outermost type is one of Avro's; a text may be of both languages.
fn may_be_avro(schema: &Value) -> bool {
    const TYPES: [&str; 14] = [
        "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "error", "enum", "array",
        "map", "fixed",
    ];
    match schema {
        Value::String(_) | Value::Array(_) => true,
        Value::Object(members) => match members.get("type") {
            Some(Value::String(name)) => TYPES.contains(&name.as_str()),
            Some(Value::Object(_)) => true,
            _ => false,
        },
        _ => false,
    }
}

/// Reads and compiles a JSON Schema and what it refers to.
pub(super) fn validator(path: &Path, references: &[(String, PathBuf)]) -> Result<Validator, Failure> {
    let (text, named) = read(path, references)?;
    Validator::compile(&text, &named).map_err(|error| refused(path, error))
}

/// A message of a Protobuf file.
#[derive(Debug)]
pub(super) struct ProtobufMessage {
    pub(super) plan: Plan,
    pub(super) shape: ShapeId,
}

impl ProtobufMessage {
    /// Reads and compiles a file and what it imports; takes the message of this full name, else the first.
    pub(super) fn read(path: &Path, references: &[(String, PathBuf)], name: Option<&str>) -> Result<Self, Failure> {
        let (text, named) = read(path, references)?;
        let schema = ProtobufSchema::parse(&text, &named).map_err(|error| refused(path, error))?;
        let plan = Plan::compile(&schema);
        let shape = plan.message(name).map_err(|error| refused(path, error))?.shape;
        Ok(Self { plan, shape })
    }
}

/// A file's text, and those that it refers to by their names.
#[expect(clippy::type_complexity, reason = "a text, and names with theirs")]
fn read<'a>(path: &Path, references: &'a [(String, PathBuf)]) -> Result<(String, Vec<(&'a String, String)>), Failure> {
    let text = files::read_text(path)?;
    let mut named = Vec::with_capacity(references.len());
    for (name, path) in references {
        named.push((name, files::read_text(path)?));
    }
    Ok((text, named))
}

fn refused(path: &Path, error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Data, error.into().context(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_text_say_the_language() {
        let draft = r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#;
        for (name, text, language) in [
            ("order.avsc", r#"{"type": "string"}"#, Language::Avro),
            ("order.avsc", draft, Language::Avro),
            ("order.schema.json", r#"{"type": "string"}"#, Language::Json),
            ("order.json", r#"{"type": "record", "name": "R", "fields": []}"#, Language::Avro),
            ("order.json", r#"["null", "string"]"#, Language::Avro),
            ("order.json", r#"{"type": "string"}"#, Language::Avro),
            ("order.json", draft, Language::Json),
            ("order.json", r#"{"type": "object"}"#, Language::Json),
            ("order.json", r#"{"properties": {}}"#, Language::Json),
            ("order", draft, Language::Json),
            ("order", r#"{"type": "string"}"#, Language::Avro),
            ("order.txt", "no JSON", Language::Avro),
            ("order.proto", "message M {}", Language::Protobuf),
        ] {
            assert_eq!(Language::guess(Path::new(name), text), language, "{name}: {text}");
        }
    }
}
