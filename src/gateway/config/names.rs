//! Names of clients, as the config lists them.

use std::sync::Arc;

use regex::Regex;

use crate::settings::Faults;

/// Names of clients; those that start with `^` are patterns.
#[derive(Debug, Clone)]
pub struct Names {
    names: Vec<String>,
    patterns: Vec<Regex>,
}

impl Names {
    /// Reads a list, which stands at `pointer`. `fault` says what is wrong with a name that is no pattern, if anything.
    pub(in crate::gateway) fn validate(
        list: Vec<String>,
        pointer: &str,
        faults: &mut Faults,
        fault: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let (mut names, mut patterns, count) = (Vec::new(), Vec::new(), list.len());
        for (index, name) in list.into_iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            if name.starts_with('^') {
                patterns.extend(faults.take(pointer, Regex::new(&name)));
            } else if let Some(fault) = fault(&name) {
                faults.note(pointer, fault);
            } else {
                names.push(name);
            }
        }
        (names.len() + patterns.len() == count).then_some(Self { names, patterns })
    }

    /// Whether a name is among them.
    pub(in crate::gateway) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|one| one == name) || self.patterns.iter().any(|pattern| pattern.is_match(name))
    }

    /// Whether any of these is among them.
    pub(in crate::gateway) fn contain_any(&self, names: &Arc<[Box<str>]>) -> bool {
        names.iter().any(|name| self.contains(name))
    }
}
