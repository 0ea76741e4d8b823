//! What a registry refuses, with the error codes that its clients branch on.
//!
//! Every answer that is not a success has the body `{"error_code": int, "message": string}`; the HTTP status is the
//! code's first three digits.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::definition::RuleError;
use crate::schema::{QualifiedSubject, SchemaId, SchemaType};

/// Why the registry refuses a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such path, or a number in the path that is none.
    #[error("HTTP 404 Not Found")]
    NoSuchPath,
    /// The path exists, but not with this method.
    #[error("HTTP 405 Method Not Allowed")]
    MethodNotAllowed,
    /// The client accepts none of the registry's media types.
    #[error("HTTP 406 Not Acceptable")]
    NotAcceptable,
    /// The request did not arrive in time.
    #[error("HTTP 408 Request Timeout")]
    Timeout,
    /// The body has a media type that the registry does not read.
    #[error("HTTP 415 Unsupported Media Type")]
    UnsupportedMediaType,
    /// The body is not JSON, or JSON of another shape; with the parser's message.
    #[error("{0}")]
    MalformedBody(String),
    /// A query parameter that must be a number is none.
    #[error("Query parameter '{0}' must be a whole number")]
    MalformedParameter(&'static str),
    /// The body ended before it was complete.
    #[error("The request body could not be read")]
    UnreadableBody,
    /// The body is missing.
    #[error("The request body must not be empty")]
    EmptyBody,
    /// A context in the base URL that cannot be one.
    #[error("Context name '{0}' cannot contain a colon")]
    ContextWithColon(String),
    /// A context in the base URL that cannot be one, for any other reason.
    #[error("Context name '{0}' is not valid")]
    InvalidContext(String),
    /// The base URL names a context, but contexts are turned off.
    #[error("Contexts are turned off: every subject is in the default context")]
    ContextsOff,

    /// The subject has no version that the request may see.
    #[error("Subject '{0}' not found.")]
    SubjectNotFound(QualifiedSubject),
    /// The context was never registered into, or has been deleted.
    #[error("Context '{0}' not found")]
    ContextNotFound(String),
    /// The subject has no such version.
    #[error("Version {0} not found.")]
    VersionNotFound(i32),
    /// No schema has this id, by the rules of id lookup.
    #[error("Schema {0} not found")]
    IdNotFound(i32),
    /// No such schema under the subject, or no schema with such a GUID.
    #[error("Schema not found")]
    SchemaNotFound,
    /// A soft delete of a subject that is soft-deleted.
    #[error("Subject '{0}' was soft deleted.Set permanent=true to delete permanently")]
    SubjectSoftDeleted(QualifiedSubject),
    /// A permanent delete of a subject that is not soft-deleted.
    #[error("Subject '{0}' was not deleted first before being permanently deleted")]
    SubjectNotSoftDeleted(QualifiedSubject),
    /// A soft delete of a version that is soft-deleted.
    #[error("Subject '{0}' Version {1} was soft deleted.Set permanent=true to delete permanently")]
    VersionSoftDeleted(QualifiedSubject, i32),
    /// A permanent delete of a version that is not soft-deleted.
    #[error("Subject '{0}' Version {1} was not deleted first before being permanently deleted")]
    VersionNotSoftDeleted(QualifiedSubject, i32),
    /// No compatibility level is set at exactly this place.
    #[error("Subject '{0}' does not have subject-level compatibility configured")]
    NoCompatibility(QualifiedSubject),
    /// No mode is set at exactly this place.
    #[error("Subject '{0}' does not have subject-level mode configured")]
    NoMode(QualifiedSubject),

    /// No schema text.
    #[error("Empty schema")]
    EmptySchema,
    /// A schema type that the registry does not know.
    #[error("Invalid schema type {0}")]
    UnknownSchemaType(String),
    /// The text is no schema of its type; with the parser's message.
    #[error("Invalid {0} schema: {1}")]
    InvalidSchema(SchemaType, String),
    /// A reference to a version that is not there, or only soft-deleted.
    #[error("No schema reference found for subject \"{0}\" and version {1}")]
    ReferenceNotFound(QualifiedSubject, i32),
    /// More schemas are referenced, directly and through others, than one registration may name.
    #[error("The schema refers to more than {0} others")]
    TooManyReferences(usize),
    /// What data were written with can't be read any more; with the reasons.
    #[error(
        "Schema being registered is incompatible with an earlier schema for subject \"{0}\", details: [{reasons}]",
        reasons = .1.join(", ")
    )]
    Incompatible(QualifiedSubject, Vec<String>),
    /// An explicit version that is not the next one.
    #[error("Version is not one more than previous version")]
    VersionNotNext,
    /// A version selector that is neither a version nor `latest`.
    #[error(
        "The specified version '{0}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\""
    )]
    InvalidVersion(String),
    /// A change where nothing may be changed.
    #[error("Subject {} in context {} is in read-only mode", .0, context_prefix(.0))]
    ReadOnly(QualifiedSubject),
    /// No explicit id, in import mode.
    #[error("Subject {} in context {} is not in read-write mode", .0, context_prefix(.0))]
    NotInReadWriteMode(QualifiedSubject),
    /// An explicit id outside import mode.
    #[error("Subject {} in context {} is not in import mode", .0, context_prefix(.0))]
    NotInImportMode(QualifiedSubject),
    /// An explicit id that has another schema.
    #[error("Overwrite new schema with id {} in context {} is not permitted.", .0, context_prefix(.1))]
    Overwrite(SchemaId, QualifiedSubject),
    /// Import mode where there are subjects.
    #[error("Cannot import since found existing subjects")]
    ExistingSubjects,
    /// A mode that the registry does not know.
    #[error("Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.")]
    InvalidMode,
    /// A mode that only counts for all contexts at once.
    #[error("Forward mode only supported on global level")]
    ForwardNotGlobal,
    /// A compatibility level that the registry does not know.
    #[error(
        "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, \
         forward_transitive, and full_transitive"
    )]
    InvalidCompatibility,
    /// The default context always exists.
    #[error("Cannot delete the default context")]
    DefaultContext,
    /// A delete of a version that others refer to.
    #[error("One or more references exist to the schema {{magic=1,keytype=SCHEMA,subject={0},version={1}}}.")]
    ReferenceExists(QualifiedSubject, i32),
    /// A name that no subject may have.
    #[error("The specified subject '{0}' is not a valid.")]
    InvalidSubject(QualifiedSubject),
    /// More than a record of the registry may hold.
    #[error("Register operation failed because schema is too large")]
    SchemaTooLarge,
    /// Rules that make no sense.
    #[error("{0}")]
    InvalidRuleSet(#[from] RuleError),
    /// A delete of a context that still has subjects, be they soft-deleted.
    #[error("The specified context ':{0}:' is not empty.")]
    ContextNotEmpty(String),

    /// The store failed; nothing has changed.
    #[error("The change could not be stored: {0}")]
    NotStored(String),
    /// No id or version number is left: 2³¹-1 are in use.
    #[error("Register operation failed because no further id is left")]
    Exhausted,
}

/// The context as messages about modes name it: empty for the default context, else `:.context:`.
fn context_prefix(name: &QualifiedSubject) -> String {
    if name.context.is_default() { String::new() } else { format!(":{}:", name.context) }
}

impl Error {
    /// The number that clients branch on.
    pub fn code(&self) -> u32 {
        match self {
            Self::MalformedBody(_)
            | Self::MalformedParameter(_)
            | Self::UnreadableBody
            | Self::ContextWithColon(_)
            | Self::InvalidContext(_) => 400,
            Self::NoSuchPath | Self::ContextsOff => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::Timeout => 408,
            Self::UnsupportedMediaType => 415,
            Self::EmptyBody => 422,
            Self::SubjectNotFound(_) | Self::ContextNotFound(_) => 40401,
            Self::VersionNotFound(_) => 40402,
            Self::IdNotFound(_) | Self::SchemaNotFound => 40403,
            Self::SubjectSoftDeleted(_) => 40404,
            Self::SubjectNotSoftDeleted(_) => 40405,
            Self::VersionSoftDeleted(..) => 40406,
            Self::VersionNotSoftDeleted(..) => 40407,
            Self::NoCompatibility(_) => 40408,
            Self::NoMode(_) => 40409,
            Self::Incompatible(..) => 40901,
            Self::EmptySchema
            | Self::UnknownSchemaType(_)
            | Self::InvalidSchema(..)
            | Self::ReferenceNotFound(..)
            | Self::TooManyReferences(_)
            | Self::VersionNotNext => 42201,
            Self::InvalidVersion(_) => 42202,
            Self::InvalidCompatibility => 42203,
            Self::InvalidMode | Self::ForwardNotGlobal => 42204,
            Self::ReadOnly(_)
            | Self::NotInReadWriteMode(_)
            | Self::NotInImportMode(_)
            | Self::Overwrite(..)
            | Self::ExistingSubjects
            | Self::DefaultContext => 42205,
            Self::ReferenceExists(..) => 42206,
            Self::InvalidSubject(_) => 42208,
            Self::SchemaTooLarge => 42209,
            Self::InvalidRuleSet(_) => 42210,
            Self::ContextNotEmpty(_) => 42211,
            Self::NotStored(_) | Self::Exhausted => 50001,
        }
    }

    /// The HTTP status: the first three digits of the code.
    pub fn status(&self) -> StatusCode {
        let code = self.code();
        u16::try_from(if code < 1_000 { code } else { code / 100 })
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

#[derive(serde::Serialize)]
struct Body {
    error_code: u32,
    message: String,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        (self.status(), Json(Body { error_code: self.code(), message: self.to_string() })).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::QualifiedNames;

    fn name(text: &str) -> QualifiedSubject {
        QualifiedSubject::parse(text, QualifiedNames::On)
    }

    #[test]
    fn the_status_is_the_first_three_digits_of_the_code() {
        assert_eq!(Error::NoSuchPath.status(), StatusCode::NOT_FOUND);
        assert_eq!(Error::IdNotFound(7).status(), StatusCode::NOT_FOUND);
        assert_eq!(Error::SchemaTooLarge.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(Error::Exhausted.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn messages_read_as_clients_know_them() {
        assert_eq!(Error::SubjectNotFound(name(":.a:s")).to_string(), "Subject ':.a:s' not found.");
        assert_eq!(
            Error::VersionSoftDeleted(name("s"), 2).to_string(),
            "Subject 's' Version 2 was soft deleted.Set permanent=true to delete permanently"
        );
        assert_eq!(
            Error::ReferenceExists(name("s"), 2).to_string(),
            "One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=s,version=2}."
        );
        assert_eq!(
            Error::NotInImportMode(name(":.a:s")).to_string(),
            "Subject :.a:s in context :.a: is not in import mode"
        );
    }
}
