//! Where the cache's background tasks get schemas from.

use std::sync::Arc;

use crate::registry::client::{Client, Deleted, FetchedSchema, Version};
use crate::registry::error::RegistryError;
use crate::schema::{Context, Identifier, QualifiedSubject};

use super::CachedSchema;

/// The origin of schemas.
pub(super) enum Source {
    /// A schema registry over HTTP.
    Registry(Box<Client>),
    /// A test's script.
    #[cfg(test)]
    Script(super::tests::Script),
}

impl Source {
    /// Whether the origin answers.
    pub(super) async fn reach(&self) -> Result<(), RegistryError> {
        match self {
            Self::Registry(client) => client.reach().await,
            #[cfg(test)]
            Self::Script(_) => Ok(()),
        }
    }

    /// The schema that `id` means in `context`, ready to run.
    pub(super) async fn by_id(&self, context: &Context, id: Identifier) -> Result<CachedSchema, RegistryError> {
        let fetched = match self {
            Self::Registry(client) => client.by_id(context, id).await?,
            #[cfg(test)]
            Self::Script(script) => script.by_id(context, id).await?,
        };
        compile(fetched).await
    }

    /// Fails if the subject does not hold the schema.
    pub(super) async fn check_holder(&self, subject: &QualifiedSubject, id: Identifier) -> Result<(), RegistryError> {
        match self {
            Self::Registry(client) => client.check_holder(subject, id).await,
            #[cfg(test)]
            Self::Script(script) => script.check_holder(subject, id).await,
        }
    }

    /// A version of a subject, ready to run: `current` itself if it still is that version.
    pub(super) async fn by_version(
        &self,
        subject: &QualifiedSubject,
        version: Version,
        current: Option<Arc<CachedSchema>>,
    ) -> Result<Arc<CachedSchema>, RegistryError> {
        let registered = match self {
            Self::Registry(client) => client.registered_version(subject, version, Deleted::Hidden).await?,
            #[cfg(test)]
            Self::Script(script) => script.by_version(subject, version).await?,
        };
        match current {
            Some(current) if current.label == registered.label => Ok(current),
            _ => {
                let fetched = match self {
                    Self::Registry(client) => client.complete(registered).await?,
                    #[cfg(test)]
                    Self::Script(_) => super::tests::Script::complete(registered),
                };
                Ok(Arc::new(compile(fetched).await?))
            }
        }
    }
}

/// Compiles where it holds up nobody: a large schema takes milliseconds.
async fn compile(fetched: FetchedSchema) -> Result<CachedSchema, RegistryError> {
    let label = fetched.label.clone();
    tokio::task::spawn_blocking(move || CachedSchema::compile(fetched)).await.unwrap_or_else(|error| {
        // The runtime is shutting down, or the compiler has a defect: neither speaks against the records.
        Err(RegistryError::Garbage { url: label.to_string(), reason: format!("not compiled: {error}") })
    })
}
