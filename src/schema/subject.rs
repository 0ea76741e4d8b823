//! Contexts, subjects and ids: which schema is meant, without ambiguity.
//!
//! A context is a namespace of a registry with ids of its own: id 1 in `.staging` is not id 1 in `.production`.
//! A qualified subject is written `:.context:subject`; in the default context `.` the bare subject is enough.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// A namespace of a registry, with a leading dot: `.staging`; the default context is `.`.
///
/// Cheap to clone. Contexts order by name, so the default context comes first.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Context(Arc<str>);

/// The name part of a qualified subject: `orders-value`. May hold any text, colons too; empty means the context itself.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Arc<str>);

/// The number by which a schema is known **within one context**: 0 to 2³¹-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct SchemaId(u32);

/// A subject and the context it lives in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedSubject {
    /// The namespace; decides which ids are meant.
    pub context: Context,
    /// The name within it.
    pub subject: Subject,
}

/// Whether `:.context:subject` is read as a qualified name, or every name is a literal of the default context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QualifiedNames {
    /// `:.staging:orders` is the subject `orders` in the context `.staging`.
    #[default]
    On,
    /// `:.staging:orders` is a subject of that very name in the default context.
    Off,
}

/// Why a text is not a context.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The colon separates context and subject.
    #[error("context name '{0}' cannot contain a colon")]
    Colon(String),
    /// Control characters would be invisible in every listing.
    #[error("context name '{}' cannot contain control characters", .0.escape_default())]
    Control(String),
    /// `.__GLOBAL` is the fallback for modes and compatibility levels; no schema lives there.
    #[error("context '.__GLOBAL' holds no schemas; it is only the fallback for modes and compatibility levels")]
    Global,
}

impl Context {
    /// The fallback for modes and compatibility levels, invalid elsewhere.
    pub const GLOBAL: &'static str = ".__GLOBAL";

    /// Reads a context as users write it: `staging`, `.staging` and `:.staging:` are the same, as are `.`, `:.:` and
    /// the empty text.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.strip_prefix(':').unwrap_or(text);
        let name = name.strip_suffix(':').unwrap_or(name);
        if name.contains(':') {
            return Err(NameError::Colon(text.to_owned()));
        }
        if name.contains(char::is_control) {
            return Err(NameError::Control(text.to_owned()));
        }
        let context = if name.starts_with('.') { Self(name.into()) } else { Self(format!(".{name}").into()) };
        if context.as_str() == Self::GLOBAL {
            return Err(NameError::Global);
        }
        Ok(context)
    }

    /// The name with its dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is `.`, the context of unqualified subjects.
    pub fn is_default(&self) -> bool {
        &*self.0 == "."
    }
}

impl Default for Context {
    fn default() -> Self {
        Self(".".into())
    }
}

impl Subject {
    /// Any text is a subject; what a registry refuses to register is the registry's matter.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The bare name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is empty: a qualified name that means a whole context.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl SchemaId {
    /// The highest id there can be.
    pub const MAX: Self = Self(i32::MAX as u32);

    /// `None` above 2³¹-1: ids are non-negative `i32`s on the wire and in every client.
    pub const fn new(id: u32) -> Option<Self> {
        if id <= Self::MAX.0 { Some(Self(id)) } else { None }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl QualifiedSubject {
    /// A subject in a context.
    pub fn new(context: Context, subject: Subject) -> Self {
        Self { context, subject }
    }

    /// Reads a name as it stands in a request or a reference. Never fails: what is not qualified is a literal of the
    /// default context.
    ///
    /// Text that starts with `:.` is qualified: the context runs to the next colon, the subject is everything behind it
    /// and may hold colons itself. Without a second colon the whole rest is the context.
    ///
    /// ```
    /// use serdecar::schema::{QualifiedNames, QualifiedSubject};
    /// let name = QualifiedSubject::parse(":.staging:orders-value", QualifiedNames::On);
    /// assert_eq!((name.context.as_str(), name.subject.as_str()), (".staging", "orders-value"));
    /// assert_eq!(name.to_string(), ":.staging:orders-value");
    /// ```
    pub fn parse(text: &str, names: QualifiedNames) -> Self {
        Self::resolve(text, &Context::default(), names)
    }

    /// Like [`parse`](Self::parse), but an unqualified name belongs to `home`: the context of the schema that refers to it.
    pub fn resolve(text: &str, home: &Context, names: QualifiedNames) -> Self {
        let qualified = match names {
            QualifiedNames::On => text.strip_prefix(':').filter(|rest| rest.starts_with('.')),
            QualifiedNames::Off => None,
        };
        match qualified {
            Some(rest) => {
                let (context, subject) = rest.split_once(':').unwrap_or((rest, ""));
                Self::new(Context(context.into()), Subject::new(subject))
            }
            None => Self::new(home.clone(), Subject::new(text)),
        }
    }
}

/// The printed form that every registry reads back: the bare subject in the default context, else `:.context:subject`.
impl fmt::Display for QualifiedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.context.is_default() {
            write!(f, "{}", self.subject)
        } else {
            write!(f, ":{}:{}", self.context, self.subject)
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({:?})", &*self.0)
    }
}

impl Borrow<str> for Context {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Subject({:?})", &*self.0)
    }
}

impl fmt::Display for SchemaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let name = QualifiedSubject::parse(text, QualifiedNames::On);
        (name.context.to_string(), name.subject.to_string())
    }

    fn pair(context: &str, subject: &str) -> (String, String) {
        (context.to_owned(), subject.to_owned())
    }

    #[test]
    fn qualified_names_split_at_the_second_colon() {
        assert_eq!(parts("user-events-value"), pair(".", "user-events-value"));
        assert_eq!(parts(":.staging:user-events-value"), pair(".staging", "user-events-value"));
        assert_eq!(parts(":.:user-events-value"), pair(".", "user-events-value"));
        assert_eq!(parts(":.staging:"), pair(".staging", ""));
        assert_eq!(parts(":.staging"), pair(".staging", ""));
        assert_eq!(parts(":.staging:a:b:"), pair(".staging", "a:b:"));
    }

    #[test]
    fn everything_else_is_a_literal_of_the_default_context() {
        for text in [":foo", "::x", ":ctx1:s", "", ".", ".x", ":", " :.a:b", "a:.b:c"] {
            assert_eq!(parts(text), pair(".", text), "{text:?}");
        }
    }

    #[test]
    fn with_the_switch_off_every_name_is_a_literal() {
        let name = QualifiedSubject::parse(":.staging:orders", QualifiedNames::Off);
        assert!(name.context.is_default());
        assert_eq!(name.subject.as_str(), ":.staging:orders");
        assert_eq!(name.to_string(), ":.staging:orders");
    }

    #[test]
    fn names_print_as_they_are_read() {
        for text in ["orders", ":.staging:orders", ":.staging:", ":.a:b:c"] {
            assert_eq!(QualifiedSubject::parse(text, QualifiedNames::On).to_string(), text);
        }
        assert_eq!(QualifiedSubject::parse(":.:orders", QualifiedNames::On).to_string(), "orders");
    }

    #[test]
    fn an_unqualified_reference_belongs_to_the_referrers_context() {
        let staging = Context::parse("staging").unwrap();
        let resolve = |text| QualifiedSubject::resolve(text, &staging, QualifiedNames::On).to_string();
        assert_eq!(resolve("address"), ":.staging:address");
        assert_eq!(resolve(":.shared:address"), ":.shared:address");
        assert_eq!(resolve(":.:address"), "address");
    }

    #[test]
    fn contexts_are_read_in_every_spelling() {
        for text in ["staging", ".staging", ":.staging:", ":.staging", "staging:"] {
            assert_eq!(Context::parse(text).unwrap().as_str(), ".staging", "{text:?}");
        }
        for text in ["", ".", ":.:", ":", "::"] {
            assert!(Context::parse(text).unwrap().is_default(), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_a_context_says_why() {
        assert_eq!(Context::parse("foo:bar"), Err(NameError::Colon("foo:bar".into())));
        assert_eq!(Context::parse("foo:bar").unwrap_err().to_string(), "context name 'foo:bar' cannot contain a colon");
        assert_eq!(Context::parse("a\nb"), Err(NameError::Control("a\nb".into())));
        assert_eq!(Context::parse("__GLOBAL"), Err(NameError::Global));
    }

    #[test]
    fn ids_are_non_negative_i32s() {
        assert_eq!(SchemaId::new(0).map(SchemaId::get), Some(0));
        assert_eq!(SchemaId::new(2_147_483_647).map(SchemaId::get), Some(2_147_483_647));
        assert_eq!(SchemaId::new(2_147_483_648), None);
    }
}
