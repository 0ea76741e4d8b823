//! Which language a schema file is written in, and how one of JSON Schema is read.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::files;
use super::{Exit, Failure};
use crate::codec::json_schema::Validator;

/// A schema language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// Apache Avro.
    Avro,
    /// JSON Schema.
    Json,
}

impl Language {
    /// What is asked for; else what the file's name and text say.
    pub(super) fn of(asked: Option<Self>, path: &Path) -> Result<Self, Failure> {
        match asked {
            Some(language) => Ok(language),
            None => Ok(Self::guess(path, &files::read_text(path)?)),
        }
    }

    /// A file `*.json` is a JSON Schema, and so is any other with a `$schema` that is not `*.avsc`.
    fn guess(path: &Path, text: &str) -> Self {
        let says_schema = || {
            let document: Option<serde_json::Value> = serde_json::from_str(text).ok();
            document.is_some_and(|document| document.get("$schema").is_some())
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("avsc") => Self::Avro,
            Some("json") => Self::Json,
            _ if says_schema() => Self::Json,
            _ => Self::Avro,
        }
    }
}

/// Reads and compiles a JSON Schema and what it refers to.
pub(super) fn validator(path: &Path, references: &[(String, PathBuf)]) -> Result<Validator, Failure> {
    let text = files::read_text(path)?;
    let mut named = Vec::with_capacity(references.len());
    for (name, path) in references {
        named.push((name, files::read_text(path)?));
    }
    Validator::compile(&text, &named)
        .map_err(|error| Failure::new(Exit::Data, anyhow::Error::from(error).context(path.display().to_string())))
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
            ("order", draft, Language::Json),
            ("order", r#"{"type": "string"}"#, Language::Avro),
            ("order.txt", "no JSON", Language::Avro),
        ] {
            assert_eq!(Language::guess(Path::new(name), text), language, "{name}: {text}");
        }
    }
}
