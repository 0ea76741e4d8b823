//! What a registry holds, by id and by version, always in a context that the caller names.
//!
//! A registry may answer from another context than the one asked (some look an unqualified subject up everywhere). Such an
//! answer counts as "not found": a context is never guessed.

mod answer;
mod holders;
mod version;

pub use version::{Version, VersionError};

use std::fmt;

use crate::schema::{
    Context, Guid, Identifier, QualifiedNames, QualifiedSubject, SchemaId, SchemaReference, SchemaType, Subject,
};

use super::config::Config;
use super::error::{Missing, RegistryError};
use super::references;
use super::transport::{Resource, Transport};
use answer::Body;

/// Which schema this is, for errors and metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The context in which it was asked for: that of its id, and of what it refers to.
    pub context: Context,
    /// What it was asked for by, or the id of the version that was.
    pub id: Identifier,
    /// The subject it was found under, if one was asked for or told.
    pub subject: Option<Subject>,
    /// Its version under that subject, if known.
    pub version: Option<u32>,
}

/// A schema with everything that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedSchema {
    /// Which schema this is.
    pub label: Label,
    /// Its GUID: the registry's word for it, or else computed. `None` where neither can be had, as the registry keeps facts
    /// or rules with the schema that are part of it.
    pub guid: Option<Guid>,
    /// The language of the text and of everything it refers to.
    pub schema_type: SchemaType,
    /// The text as the registry holds it.
    pub text: String,
    /// What it refers to, directly and by way of others, each before those that use it.
    pub references: Vec<Reference>,
}

/// A schema that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The name that the referring schemas use.
    pub name: String,
    /// The text as the registry holds it.
    pub text: String,
}

/// A schema as it stands in the registry, its references not followed.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) label: Label,
    pub(super) guid: Option<Guid>,
    pub(super) schema_type: SchemaType,
    pub(super) text: String,
    pub(super) references: Vec<SchemaReference>,
}

/// Whether deleted versions count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deleted {
    /// Only live versions, for whoever writes.
    Hidden,
    /// Deleted ones too, for whoever reads what was written before the deletion.
    Found,
}

/// A client of one registry. Sends nothing but `GET`.
pub struct Client {
    transport: Transport,
    names: QualifiedNames,
}

impl Client {
    /// A client with these settings; no request is sent yet.
    pub fn new(config: &Config) -> Result<Self, RegistryError> {
        Ok(Self { transport: Transport::new(config)?, names: config.names })
    }

    /// Whether a registry answers and lets us in. Asks for its schema types; one that does not know that question has
    /// answered too.
    pub async fn reach(&self) -> Result<(), RegistryError> {
        let types: Result<serde_json::Value, _> = self.transport.get(&Resource::new(&["schemas", "types"])).await;
        match types {
            Ok(_) | Err(RegistryError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The schema that `id` means in `context`, and everything that it refers to. A GUID means the same in every context;
    /// what the schema refers to by an unqualified subject is then looked up in `context`.
    pub async fn by_id(&self, context: &Context, id: impl Into<Identifier>) -> Result<FetchedSchema, RegistryError> {
        let registered = match id.into() {
            Identifier::Id(id) => self.registered_id(context, id).await?,
            Identifier::Guid(guid) => self.registered_guid(context, guid).await?,
        };
        self.complete(registered).await
    }

    /// A version of a subject, and everything that it refers to.
    pub async fn by_version(
        &self,
        subject: &QualifiedSubject,
        version: Version,
    ) -> Result<FetchedSchema, RegistryError> {
        let registered = self.registered_version(subject, version, Deleted::Hidden).await?;
        self.complete(registered).await
    }

    /// Follows the references of a schema.
    pub(super) async fn complete(&self, registered: Registered) -> Result<FetchedSchema, RegistryError> {
        references::resolve(self, registered).await
    }

    /// The bytes that a schema with its references may have.
    pub(super) fn max_bytes(&self) -> usize {
        self.transport.max_response_bytes
    }

    /// How this registry reads names.
    pub(super) fn names(&self) -> QualifiedNames {
        self.names
    }

    async fn registered_id(&self, context: &Context, id: SchemaId) -> Result<Registered, RegistryError> {
        let missing = || Missing::Id(context.clone(), id.into());
        if !self.has(context) {
            return Err(missing().into());
        }
        let mut resource = Resource::new(&["schemas", "ids", &id.get().to_string()]);
        // Without the parameter a registry means the default context and no other.
        if !context.is_default() {
            resource = resource.with("subject", format!(":{context}:"));
        }
        let body: Body = self.transport.get(&resource).await.map_err(|error| match definite(&error) {
            Some(_) => missing().into(),
            None => error,
        })?;
        let subject = self.told(&body);
        if subject.as_ref().is_some_and(|subject| subject.context != *context) {
            return Err(missing().into());
        }
        let subject = subject.map(|subject| subject.subject).filter(|subject| !subject.is_empty());
        let version = body.version.filter(|_| subject.is_some());
        body.registered(Label { context: context.clone(), id: id.into(), subject, version })
    }

    pub(super) async fn registered_version(
        &self,
        subject: &QualifiedSubject,
        version: Version,
        deleted: Deleted,
    ) -> Result<Registered, RegistryError> {
        if !self.has(&subject.context) {
            return Err(Missing::Subject(subject.clone()).into());
        }
        let name = self.spell(subject);
        let mut resource = Resource::new(&["subjects", &name, "versions", &version.to_string()]);
        if deleted == Deleted::Found && version != Version::Latest {
            resource = resource.with("deleted", "true");
        }
        let body: Body = self.transport.get(&resource).await.map_err(|error| match definite(&error) {
            Some(40402) => Missing::Version(subject.clone(), version).into(),
            Some(_) => Missing::Subject(subject.clone()).into(),
            None => error,
        })?;
        let told = self.told(&body);
        if told.as_ref().is_some_and(|told| told.context != subject.context) {
            return Err(Missing::Subject(subject.clone()).into());
        }
        let garbage = |reason: &str| RegistryError::Garbage {
            url: format!("version {version} of subject {subject}"),
            reason: reason.to_owned(),
        };
        let id = body.id.and_then(SchemaId::new).ok_or_else(|| garbage("no id, or one above 2147483647"))?;
        if let (Version::Number(asked), Some(answered)) = (version, body.version)
            && asked != answered
        {
            return Err(garbage(&format!("the answer is version {answered}")));
        }
        let number = match version {
            Version::Number(asked) => Some(asked),
            Version::Latest => body.version,
        };
        // A subject may be an alias: then the answer names the true one.
        let label = told.map_or_else(|| subject.subject.clone(), |told| told.subject);
        let context = &subject.context;
        body.registered(Label { context: context.clone(), id: id.into(), subject: Some(label), version: number })
    }

    /// The subject that an answer names.
    fn told(&self, body: &Body) -> Option<QualifiedSubject> {
        body.subject.as_ref().map(|subject| QualifiedSubject::parse(subject, self.names))
    }

    /// Whether the registry can hold anything in this context at all.
    fn has(&self, context: &Context) -> bool {
        self.names == QualifiedNames::On || context.is_default()
    }

    /// A subject as the registry must be asked for it. Names of the default context that a registry would read as
    /// qualified, or a URL as "here" and "above", are spelled with their context.
    fn spell(&self, subject: &QualifiedSubject) -> String {
        let name = subject.subject.as_str();
        let ambiguous = name.starts_with(":.") || name.starts_with(":*:") || matches!(name, "." | "..");
        if self.names == QualifiedNames::On && subject.context.is_default() && ambiguous {
            format!(":.:{name}")
        } else {
            subject.to_string()
        }
    }
}

/// The registry's code, if it says in so many words that something is not there. A bare 404 says nothing of the kind.
fn definite(error: &RegistryError) -> Option<u32> {
    match error {
        RegistryError::Refused(answer) if answer.status == 404 => {
            answer.code.filter(|code| matches!(code, 40401..=40403))
        }
        _ => None,
    }
}

impl AsRef<str> for Reference {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("bases", &self.transport.bases()).finish_non_exhaustive()
    }
}

/// `schema 17 of :.staging:orders-value`, or `schema 17 in context .staging` when no subject is known.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => {
                let subject = QualifiedSubject::new(self.context.clone(), subject.clone());
                write!(f, "schema {} of {subject}", self.id)
            }
            None => write!(f, "schema {} in context {}", self.id, self.context),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
