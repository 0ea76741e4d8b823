//! Which schemas the gateway will ask for, as far as the config alone says it.

use super::Config;
use crate::registry::Version;
use crate::schema::{QualifiedSubject, Subject};
use crate::transform::Step;
use crate::transform::part::PartConfig;

impl Config {
    /// The subjects that are written with, in which version, and what is done with them. Topics that only a pattern names,
    /// and contexts that only a request's header says, are not among them.
    pub fn subjects(&self) -> Vec<(QualifiedSubject, Version, &PartConfig)> {
        let mut subjects = Vec::new();
        for route in &self.routes {
            for topic in route.topics.names() {
                let Ok(Some(context)) = route.context.of_topic(topic) else { continue };
                for part in [&route.key, &route.value] {
                    if let Step::Encode(_, version) = part.step {
                        let subject = Subject::new(&part.subject.fill(topic));
                        subjects.push((QualifiedSubject::new(context.clone(), subject), version, part));
                    }
                }
            }
        }
        subjects
    }
}
