//! Which schemas a pipeline will ask for, as far as the config alone says it.

use std::sync::Arc;

use super::{Config, PartConfig, TypedSide};
use crate::codec::avro::JsonOptions;
use crate::pipeline::transform::Step;
use crate::registry::Version;
use crate::schema::{QualifiedSubject, SchemaType, Subject};

/// A schema that a config names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSchema {
    /// Where it is registered.
    pub subject: QualifiedSubject,
    /// Which of the subject's schemas.
    pub version: Version,
    /// The language that it has to be in.
    pub language: SchemaType,
    /// The Protobuf message to write, if it is not the first of the file.
    pub message: Option<Arc<str>>,
    /// How JSON looks there.
    pub options: JsonOptions,
}

impl Config {
    /// The schemas that are written with. Topics that only a pattern names, and contexts that only a record's header says,
    /// are not among them.
    pub fn subjects(&self) -> Vec<NamedSchema> {
        self.versions(|step| match step {
            Step::Encode(format, version) => Some((format.schema_type(), version)),
            Step::Decode(..) | Step::Pass => None,
        })
    }

    /// The same for those that are read by.
    pub fn readers(&self) -> Vec<NamedSchema> {
        self.versions(|step| match step {
            Step::Decode(format, version) => Some((format.schema_type(), version?)),
            Step::Encode(..) | Step::Pass => None,
        })
    }

    fn versions(&self, of: impl Fn(Step) -> Option<(SchemaType, Version)>) -> Vec<NamedSchema> {
        let mut subjects = Vec::new();
        for source in self.source.names() {
            let Ok(Some(context)) = self.context.of_topic(source) else { continue };
            let typed = match self.typed_side {
                TypedSide::Source => source.to_owned(),
                TypedSide::Sink => self.sink.topic.fill(source),
            };
            for PartConfig { step, subject, message, options, .. } in [&self.key, &self.value] {
                if let Some((language, version)) = of(*step) {
                    let subject = QualifiedSubject::new(context.clone(), Subject::new(&subject.fill(&typed)));
                    let message = message.clone();
                    subjects.push(NamedSchema { subject, version, language, message, options: *options });
                }
            }
        }
        subjects
    }
}
