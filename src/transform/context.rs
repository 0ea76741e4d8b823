//! Where records belong: a context is said, never guessed.

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::schema::{Context, NameError};
use crate::settings::Faults;

/// How the context of a record is told.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawContext {
    /// The same for every record.
    Literal(String),
    /// Told by the source topic's name.
    Topic(RawTopicContext),
    /// Told by a header.
    Header(RawHeaderContext),
}

/// A context told by the source topic's name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTopicContext {
    /// A regular expression with a group named `context`: `^(?<context>[a-z]+)\.`.
    pub topic: String,
}

/// A context told by a header of the record.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawHeaderContext {
    /// The header's name.
    pub header: String,
}

/// How the context of a record is told.
#[derive(Debug, Clone)]
pub enum ContextRule {
    /// The same for every record.
    Literal(Context),
    /// The group named `context` of this expression, in the source topic's name.
    Topic(Regex),
    /// The value of this header.
    Header(String),
}

/// Why no context can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The expression does not match.
    #[error("topic '{0}' names no context")]
    Topic(String),
    /// The name that was found is none.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The record lacks the header, or its value is null.
    #[error("no header '{0}' says the context")]
    NoHeader(String),
    /// The header's value is not text.
    #[error("the context in header '{0}' is not UTF-8")]
    NotText(String),
}

impl ContextRule {
    /// The name of the group that a topic's expression must have.
    pub const GROUP: &'static str = "context";

    /// The context of every record of a source topic; `None` if each record says its own.
    pub fn of_topic(&self, topic: &str) -> Result<Option<Context>, ContextError> {
        match self {
            Self::Literal(context) => Ok(Some(context.clone())),
            Self::Topic(expression) => {
                let name = expression
                    .captures(topic)
                    .and_then(|captures| captures.name(Self::GROUP))
                    .ok_or_else(|| ContextError::Topic(topic.to_owned()))?;
                Ok(Some(Context::parse(name.as_str())?))
            }
            Self::Header(_) => Ok(None),
        }
    }

    /// The context that a header's value says.
    pub fn of_header(header: &str, value: Option<&[u8]>) -> Result<Context, ContextError> {
        let value = value.ok_or_else(|| ContextError::NoHeader(header.to_owned()))?;
        let value = std::str::from_utf8(value).map_err(|_| ContextError::NotText(header.to_owned()))?;
        Ok(Context::parse(value)?)
    }
}

impl RawContext {
    /// Checks it; `topics` are those that are known by name. Without one it is the default context.
    pub fn validate(raw: Option<Self>, topics: Vec<&str>, pointer: &str, faults: &mut Faults) -> Option<ContextRule> {
        match raw {
            None => Some(ContextRule::Literal(Context::default())),
            Some(Self::Literal(name)) => faults.take(pointer, Context::parse(&name)).map(ContextRule::Literal),
            Some(Self::Header(RawHeaderContext { header })) => {
                if header.is_empty() || header.contains('\0') {
                    faults.note(format!("{pointer}/header"), "not a header's name");
                    return None;
                }
                Some(ContextRule::Header(header))
            }
            Some(Self::Topic(RawTopicContext { topic })) => {
                let pointer = format!("{pointer}/topic");
                let expression = faults.take(&pointer, Regex::new(&topic))?;
                if !expression.capture_names().flatten().any(|name| name == ContextRule::GROUP) {
                    faults.note(pointer, "the expression needs a group named 'context': (?<context>[a-z]+)");
                    return None;
                }
                let rule = ContextRule::Topic(expression);
                for name in topics {
                    faults.take(&pointer, rule.of_topic(name));
                }
                Some(rule)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_says_its_context_by_the_named_group() {
        let rule = ContextRule::Topic(Regex::new(r"^(?<context>[a-z]+)\.").unwrap());
        assert_eq!(rule.of_topic("staging.orders").unwrap().unwrap().as_str(), ".staging");
        assert_eq!(rule.of_topic("orders"), Err(ContextError::Topic("orders".into())));
    }

    #[test]
    fn a_header_says_its_context_in_every_spelling() {
        assert_eq!(ContextRule::of_header("h", Some(b":.staging:")).unwrap().as_str(), ".staging");
        assert_eq!(ContextRule::of_header("h", None), Err(ContextError::NoHeader("h".into())));
        assert_eq!(ContextRule::of_header("h", Some(b"\xff")), Err(ContextError::NotText("h".into())));
        assert!(matches!(ContextRule::of_header("h", Some(b"a:b")), Err(ContextError::Name(_))));
    }
}
