//! How names in a request select subjects and ids.
//!
//! A qualified name means one context; an unqualified one means the default context, except in id lookup, where it is
//! a hint that finds the schema in whichever context the subject holds it ([`IdScope::Anywhere`]).

use super::error::Error;
use crate::schema::{Context, QualifiedNames, QualifiedSubject, Subject};

/// Names that Confluent's registry keeps for itself in its topic.
const RESERVED: [&str; 2] = ["__GLOBAL", "__EMPTY"];

/// Which level of mode and compatibility a name may mean beside ordinary subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Schemas live here: the global context is not a place.
    Schemas,
    /// Modes and compatibility levels, which the global context has too.
    Settings,
}

/// Reads the subject of a request; names that no subject may have are refused.
///
/// Empty subjects are allowed, as in Confluent's registry unless it is told otherwise.
pub(super) fn subject(text: &str, names: QualifiedNames, level: Level) -> Result<QualifiedSubject, Error> {
    admitted(QualifiedSubject::parse(text, names), level)
}

/// A name, unless no subject may have it.
pub(super) fn admitted(name: QualifiedSubject, level: Level) -> Result<QualifiedSubject, Error> {
    let reserved = RESERVED.contains(&name.subject.as_str());
    let misplaced = level == Level::Schemas && name.context.as_str() == Context::GLOBAL;
    let invisible = [name.context.as_str(), name.subject.as_str()].iter().any(|part| part.contains(char::is_control));
    if reserved || misplaced || invisible { Err(Error::InvalidSubject(name)) } else { Ok(name) }
}

/// Whether requests can name a context.
pub(super) fn is_reachable(context: &Context, names: QualifiedNames) -> bool {
    names == QualifiedNames::On || context.is_default()
}

/// The name as it is printed, so that it reads back as itself: a subject of the default context that looks qualified,
/// from a time when names were literals, is qualified once more.
pub(super) fn printed(name: &QualifiedSubject, names: QualifiedNames) -> String {
    let ambiguous = names == QualifiedNames::On && name.context.is_default() && name.subject.as_str().starts_with(":.");
    if ambiguous { format!(":.:{}", name.subject) } else { name.to_string() }
}

/// The value of `subjectPrefix`: which subjects a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SubjectPrefix {
    /// `None` for the wildcard `:*:`.
    context: Option<Context>,
    prefix: Subject,
}

impl SubjectPrefix {
    /// Every subject of every context that can be named: what a list without the parameter shows.
    pub(super) fn everything(names: QualifiedNames) -> Self {
        let context = (names == QualifiedNames::Off).then(Context::default);
        Self { context, prefix: Subject::new("") }
    }

    /// `:*:my-` is `my-` in every context, `:.staging:my-` in one, `my-` in the default context.
    pub(super) fn parse(text: &str, names: QualifiedNames) -> Self {
        if names == QualifiedNames::On
            && let Some(prefix) = text.strip_prefix(":*:")
        {
            return Self { context: None, prefix: Subject::new(prefix) };
        }
        let QualifiedSubject { context, subject } = QualifiedSubject::parse(text, names);
        Self { context: Some(context), prefix: subject }
    }

    /// Whether subjects of this context can match.
    pub(super) fn admits(&self, context: &Context) -> bool {
        self.context.as_ref().is_none_or(|only| only == context)
    }

    /// Whether a subject of an admitted context matches.
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        subject.as_str().starts_with(self.prefix.as_str())
    }
}

/// Where an id is looked up: the value of `subject` beside an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IdScope {
    /// Any schema of one context: no subject at all (the default context), or `:.context:`.
    Context(Context),
    /// `:.context:subject`: that context, and the subject must hold the id.
    Subject(QualifiedSubject),
    /// `subject`: in the default context under the subject, else under the subject in the first other context, else
    /// any schema of the default context.
    Anywhere(Subject),
    /// The same where no other context can be named: any schema of the default context, under the subject if it can be.
    Here(Subject),
}

impl IdScope {
    /// Reads the parameter; empty is as good as absent.
    pub(super) fn parse(subject: Option<&str>, names: QualifiedNames) -> Self {
        let text = subject.unwrap_or_default();
        let name = QualifiedSubject::parse(text, names);
        let qualified = names == QualifiedNames::On && text.starts_with(":.");
        match (qualified, name.subject.is_empty()) {
            (_, true) => Self::Context(name.context),
            (true, false) => Self::Subject(name),
            (false, false) if names == QualifiedNames::Off => Self::Here(name.subject),
            (false, false) => Self::Anywhere(name.subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 5] = ["my-a", "other", ":.staging:my-b", ":.staging:other", ":.test:my-c"];

    fn shown(prefix: &str) -> Vec<&'static str> {
        let prefix = SubjectPrefix::parse(prefix, QualifiedNames::On);
        let matches = |text: &&str| {
            let name = QualifiedSubject::parse(text, QualifiedNames::On);
            prefix.admits(&name.context) && prefix.matches(&name.subject)
        };
        ALL.into_iter().filter(matches).collect()
    }

    #[test]
    fn a_prefix_selects_by_context_and_by_name() {
        assert_eq!(shown("my-"), ["my-a"]);
        assert_eq!(shown(""), ["my-a", "other"]);
        assert_eq!(shown(":.:"), ["my-a", "other"]);
        assert_eq!(shown(":.staging:"), [":.staging:my-b", ":.staging:other"]);
        assert_eq!(shown(":.staging:my-"), [":.staging:my-b"]);
        assert_eq!(shown(":*:"), ALL);
        assert_eq!(shown(":*:my-"), ["my-a", ":.staging:my-b", ":.test:my-c"]);
        assert_eq!(shown(":.sta"), [""; 0], "a context is named in full");
    }

    #[test]
    fn with_qualified_names_off_a_prefix_is_a_literal() {
        let prefix = SubjectPrefix::parse(":*:", QualifiedNames::Off);
        assert!(prefix.admits(&Context::default()));
        assert!(prefix.matches(&Subject::new(":*:x")));
        assert!(!prefix.matches(&Subject::new("x")));
    }

    #[test]
    fn an_id_is_looked_up_where_the_subject_says() {
        let scope = |text| IdScope::parse(text, QualifiedNames::On);
        let staging = Context::parse("staging").unwrap();
        assert_eq!(scope(None), IdScope::Context(Context::default()));
        assert_eq!(scope(Some("")), IdScope::Context(Context::default()));
        assert_eq!(scope(Some(":.staging:")), IdScope::Context(staging.clone()));
        assert_eq!(scope(Some(":.staging:s")), IdScope::Subject(QualifiedSubject::new(staging, Subject::new("s"))));
        assert_eq!(scope(Some(":.:s")), IdScope::Subject(QualifiedSubject::new(Context::default(), Subject::new("s"))));
        assert_eq!(scope(Some("s")), IdScope::Anywhere(Subject::new("s")));
        assert_eq!(
            IdScope::parse(Some(":.staging:s"), QualifiedNames::Off),
            IdScope::Here(Subject::new(":.staging:s"))
        );
    }

    #[test]
    fn a_literal_that_looks_qualified_is_printed_so_that_it_reads_back() {
        let literal = QualifiedSubject::parse(":.a:s", QualifiedNames::Off);
        assert_eq!(printed(&literal, QualifiedNames::Off), ":.a:s");
        let text = printed(&literal, QualifiedNames::On);
        assert_eq!(text, ":.::.a:s");
        assert_eq!(QualifiedSubject::parse(&text, QualifiedNames::On), literal);
        for text in ["s", ":.a:s", ":foo", ""] {
            assert_eq!(printed(&QualifiedSubject::parse(text, QualifiedNames::On), QualifiedNames::On), text);
        }
    }

    #[test]
    fn reserved_names_are_refused() {
        let check = |text, level| subject(text, QualifiedNames::On, level).map(|name| name.to_string());
        for text in ["__GLOBAL", ":.a:__EMPTY", ":.__GLOBAL:s", ":.__GLOBAL:", "a\nb", ":.a\u{7f}:s"] {
            assert!(matches!(check(text, Level::Schemas), Err(Error::InvalidSubject(_))), "{text:?}");
        }
        assert_eq!(check(":.__GLOBAL:", Level::Settings).unwrap(), ":.__GLOBAL:");
        assert_eq!(check("__global", Level::Schemas).unwrap(), "__global");
        assert_eq!(check(":.a:b/c:d", Level::Schemas).unwrap(), ":.a:b/c:d");
    }
}
