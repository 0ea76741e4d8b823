//! What can go wrong between us and a registry, and what to do about each of it.
//!
//! The rule behind [`RegistryError::disposition`]: a record may only be refused for a fault that the registry's *content*
//! proves. Whatever could pass by itself, or is somebody's configuration, is worth waiting for.

use std::fmt;
use std::time::Duration;

use crate::disposition::Disposition;
use crate::schema::{Context, Identifier, QualifiedSubject, SchemaType};

use super::client::Version;
use super::oauth2::TokenError;

/// Why a schema could not be had from the registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The client could not be built from its settings.
    #[error("can't set up the registry client: {0}")]
    Setup(String),
    /// No connection: refused, unresolvable, reset, or no agreement on TLS.
    #[error("registry unreachable: {url}: {reason}")]
    Unreachable {
        /// The registry's base URL.
        url: String,
        /// The root cause.
        reason: String,
    },
    /// A connection or an answer took too long.
    #[error("registry unreachable: {url}: no {what} within {limit:?}")]
    TimedOut {
        /// The registry's base URL.
        url: String,
        /// What did not come: `connection` or `answer`.
        what: &'static str,
        /// The configured limit.
        limit: Duration,
    },
    /// Status 429 or 5xx: the registry cannot answer now.
    #[error("registry unavailable: {0}")]
    Unavailable(Box<Answer>),
    /// There is no token to show to the registry.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// Status 401 or 403.
    #[error("registry denies access: {0}; check registry.auth and the registry's permissions")]
    Denied(Box<Answer>),
    /// Any other status, a plain 404 too, which proves nothing about a schema.
    #[error("registry refuses the request: {0}")]
    Refused(Box<Answer>),
    /// The registry says in so many words that it does not hold this.
    #[error(transparent)]
    NotFound(#[from] Missing),
    /// Redirected in a circle, or too often.
    #[error("{url}: {reason}; check registry.url")]
    Redirect {
        /// What was asked for.
        url: String,
        /// What was wrong with the redirects.
        reason: String,
    },
    /// The answer is not what a registry would say.
    #[error("{url}: not the answer of a schema registry: {reason}")]
    Garbage {
        /// What was asked for.
        url: String,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The answer, or a schema with all it refers to, is larger than `registry.max_response_bytes`.
    #[error("{what}: larger than registry.max_response_bytes ({limit} bytes)")]
    TooLarge {
        /// The URL, or the schema, that is too large.
        what: String,
        /// The configured limit in bytes.
        limit: usize,
    },
    /// A schema in a language that this version does not run.
    #[error("{schema} is of type {name}, which is not supported")]
    Unsupported {
        /// The schema.
        schema: String,
        /// Its type as the registry names it.
        name: String,
    },
    /// A schema in another language than the one that is configured.
    #[error("{schema} is of type {found}, not {wanted}")]
    SchemaType {
        /// The schema.
        schema: String,
        /// Its type.
        found: SchemaType,
        /// What it should be.
        wanted: SchemaType,
    },
    /// The text is no schema that a codec can run.
    #[error("{schema} does not compile: {source}")]
    Compile {
        /// The schema.
        schema: String,
        /// What is wrong with it, and where.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A schema refers to one that the registry does not hold.
    #[error("reference {path}: {missing}")]
    ReferenceMissing {
        /// The way from the schema to the missing one.
        path: String,
        /// What is missing.
        missing: Box<Missing>,
    },
    /// A schema refers to itself by way of others.
    #[error("reference cycle: {path}")]
    ReferenceCycle {
        /// The way around, the same schema at both ends.
        path: String,
    },
    /// Two places define one name differently.
    #[error("references disagree on the name {}: {} and {} differ", .0.name, .0.first, .0.second)]
    ReferenceConflict(Box<Conflict>),
    /// More references than a sane schema has, or nested deeper.
    #[error("reference {path}: more than {limit} references {what}")]
    ReferenceLimit {
        /// The way to the reference that was one too many.
        path: String,
        /// `in all` or `deep`.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A schema refers to one in another language.
    #[error("reference {path}: a schema of type {referrer} can't refer to one of type {referred}")]
    ReferenceType {
        /// The way to the reference.
        path: String,
        /// The type of the referring schema.
        referrer: SchemaType,
        /// The type of the other.
        referred: SchemaType,
    },
}

/// An HTTP status that is not a success, with what the registry said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked for; holds no secrets.
    pub url: String,
    /// The HTTP status.
    pub status: u16,
    /// The registry's own error code, if the body had one: 40403.
    pub code: Option<u32>,
    /// The registry's message, shortened.
    pub message: String,
    /// How long the registry asks to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a registry definitely does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No schema with this id in this context, or with this GUID anywhere.
    #[error("schema {1} not found in context {0}")]
    Id(Context, Identifier),
    /// The schema is no version of this subject.
    #[error("schema {1} is no version of subject {0}")]
    Holder(QualifiedSubject, Identifier),
    /// No such subject.
    #[error("subject {0} not found in the registry")]
    Subject(QualifiedSubject),
    /// The subject exists without this version.
    #[error("version {1} of subject {0} not found in the registry")]
    Version(QualifiedSubject, Version),
}

/// A name that two references define differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The name that the referring schemas use.
    pub name: String,
    /// The place that defined it first: `:.shared:address version 1`.
    pub first: String,
    /// The place that defines it otherwise.
    pub second: String,
}

impl RegistryError {
    /// What becomes of a record that needs the schema which this error kept away.
    ///
    /// [`NotFound`](Self::NotFound) of an id answers `Retry` too: whether a registry that does not know it *yet* had its
    /// time is for the cache to say, which settles it as unknown after `registry.unknown_grace`.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Setup(_) => Disposition::Fatal,
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Unavailable(_)
            | Self::Token(_)
            | Self::Denied(_)
            | Self::Refused(_)
            | Self::NotFound(_)
            | Self::Redirect { .. }
            | Self::Garbage { .. }
            | Self::TooLarge { .. }
            | Self::ReferenceMissing { .. } => Disposition::Retry,
            Self::Unsupported { .. }
            | Self::SchemaType { .. }
            | Self::Compile { .. }
            | Self::ReferenceCycle { .. }
            | Self::ReferenceConflict(_)
            | Self::ReferenceLimit { .. }
            | Self::ReferenceType { .. } => Disposition::Reject,
        }
    }

    /// Whether the same request may succeed in a moment: no connection, too slow, 429 or 5xx.
    pub(super) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Unavailable(_)
                | Self::Token(TokenError::Unreachable { .. })
        )
    }

    /// Whether another of the configured URLs may do better: the fault is this server's and not the answer.
    pub(super) fn is_servers_fault(&self) -> bool {
        self.is_transient() || matches!(self, Self::Redirect { .. } | Self::Garbage { .. })
    }

    /// How long the registry asked to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(answer) => answer.retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = reqwest::StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        write!(f, "{} answered {}", self.url, self.status)?;
        if let Some(reason) = reason {
            write!(f, " {reason}")?;
        }
        if let Some(code) = self.code {
            write!(f, ", error code {code}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        // Registries use five-digit codes for what they don't hold; a bare 404 comes from something else.
        if self.status == 404 && self.code.is_none_or(|code| code < 1000) {
            write!(f, " (is registry.url right?)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, code: Option<u32>) -> Answer {
        let url = "http://registry:8081/schemas/ids/1".to_owned();
        Answer { url, status, code, message: "so it is".into(), retry_after: None }
    }

    #[test]
    fn only_what_the_registrys_content_proves_rejects_a_record() {
        let staging = Context::parse("staging").unwrap();
        let subject = QualifiedSubject::new(staging.clone(), crate::schema::Subject::new("orders"));
        let id = crate::schema::SchemaId::new(1).unwrap().into();
        for error in [
            RegistryError::Unreachable { url: String::new(), reason: String::new() },
            RegistryError::Unavailable(Box::new(answer(503, None))),
            RegistryError::Denied(Box::new(answer(401, None))),
            RegistryError::Denied(Box::new(answer(403, None))),
            RegistryError::Refused(Box::new(answer(404, None))),
            RegistryError::Garbage { url: String::new(), reason: String::new() },
            RegistryError::NotFound(Missing::Id(staging, id)),
            RegistryError::NotFound(Missing::Subject(subject)),
        ] {
            assert_eq!(error.disposition(), Disposition::Retry, "{error}");
        }
        let unsupported = RegistryError::Unsupported { schema: "schema 1".into(), name: "THRIFT".into() };
        assert_eq!(unsupported.disposition(), Disposition::Reject);
        assert_eq!(RegistryError::Setup(String::new()).disposition(), Disposition::Fatal);
    }

    #[test]
    fn messages_say_what_and_where() {
        let subject =
            QualifiedSubject::new(Context::parse("staging").unwrap(), crate::schema::Subject::new("orders-value"));
        assert_eq!(
            RegistryError::from(Missing::Subject(subject)).to_string(),
            "subject :.staging:orders-value not found in the registry"
        );
        assert_eq!(
            RegistryError::Refused(Box::new(answer(404, None))).to_string(),
            "registry refuses the request: http://registry:8081/schemas/ids/1 answered 404 Not Found: so it is \
             (is registry.url right?)"
        );
        assert_eq!(
            RegistryError::Refused(Box::new(answer(422, Some(42202)))).to_string(),
            "registry refuses the request: http://registry:8081/schemas/ids/1 answered 422 Unprocessable Entity, \
             error code 42202: so it is"
        );
    }
}
