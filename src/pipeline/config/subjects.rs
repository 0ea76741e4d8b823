//! Which schemas a pipeline will ask for, as far as the config alone says it.

use super::{Config, TypedSide};
use crate::registry::Version;
use crate::schema::{QualifiedSubject, Subject};
use crate::transform::Step;
use crate::transform::part::PartConfig;

impl Config {
    /// The subjects that are written with, in which version, and what is done with them. Topics that only a pattern names,
    /// and contexts that only a record's header says, are not among them.
    pub fn subjects(&self) -> Vec<(QualifiedSubject, Version, &PartConfig)> {
        self.versions(|step| match step {
            Step::Encode(_, version) => Some(version),
            Step::Decode(..) | Step::Verify(_) | Step::Pass => None,
        })
    }

    /// The same for those that are read by, and for those that records are verified against: these in their latest version.
    pub fn readers(&self) -> Vec<(QualifiedSubject, Version, &PartConfig)> {
        self.versions(|step| match step {
            Step::Decode(_, version) => version,
            Step::Verify(_) => Some(Version::Latest),
            Step::Encode(..) | Step::Pass => None,
        })
    }

    fn versions(&self, of: impl Fn(Step) -> Option<Version>) -> Vec<(QualifiedSubject, Version, &PartConfig)> {
        let mut subjects = Vec::new();
        for source in self.source.names() {
            let Ok(Some(context)) = self.context.of_topic(source) else { continue };
            let typed = match self.typed_side {
                TypedSide::Source => source.to_owned(),
                TypedSide::Sink => self.sink.topic.fill(source),
            };
            for part in [&self.key, &self.value] {
                if let Some(version) = of(part.step) {
                    let subject = QualifiedSubject::new(context.clone(), Subject::new(&part.subject.fill(&typed)));
                    subjects.push((subject, version, part));
                }
            }
        }
        subjects
    }
}
