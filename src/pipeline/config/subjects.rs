//! Which schemas a pipeline will ask for, as far as the config alone says it.

use super::{Config, PartConfig, TypedSide};
use crate::pipeline::transform::Step;
use crate::registry::Version;
use crate::schema::{QualifiedSubject, Subject};

impl Config {
    /// The subjects that are written with or read by, and in which version. Topics that only a pattern names, and contexts that only
    /// a record's header says, are not among them.
    pub fn subjects(&self) -> Vec<(QualifiedSubject, Version)> {
        let mut subjects = Vec::new();
        for source in self.source.names() {
            let Ok(Some(context)) = self.context.of_topic(source) else { continue };
            let typed = match self.typed_side {
                TypedSide::Source => source.to_owned(),
                TypedSide::Sink => self.sink.topic.fill(source),
            };
            for PartConfig { step, subject, .. } in [&self.key, &self.value] {
                if let Step::Encode(version) | Step::Decode(Some(version)) = step {
                    let subject = QualifiedSubject::new(context.clone(), Subject::new(&subject.fill(&typed)));
                    subjects.push((subject, *version));
                }
            }
        }
        subjects.sort();
        subjects.dedup();
        subjects
    }
}
