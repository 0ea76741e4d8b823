//! Schemas by GUID, and the subjects that hold a schema.

use serde::Deserialize;

use super::{Body, Client, Label, Registered, definite};
use crate::registry::error::{Missing, RegistryError};
use crate::registry::transport::Resource;
use crate::schema::{Context, Guid, Identifier, QualifiedSubject, SchemaId};

/// A context that holds a GUID, and the schema's id there.
#[derive(Deserialize)]
struct Held {
    context: String,
    id: u32,
}

impl Client {
    /// Whether a schema is a version of a subject, soft-deleted ones too: what was written before the deletion stays good.
    /// Fails with [`Missing::Id`] or [`Missing::Holder`] if it definitely is not.
    pub async fn check_holder(
        &self,
        subject: &QualifiedSubject,
        id: impl Into<Identifier>,
    ) -> Result<(), RegistryError> {
        let (context, id) = (&subject.context, id.into());
        let not_held = || Missing::Holder(subject.clone(), id);
        let number = match id {
            Identifier::Id(id) => id,
            Identifier::Guid(guid) => self.id_of(context, guid).await?.ok_or_else(not_held)?,
        };
        if !self.has(context) {
            return Err(Missing::Id(context.clone(), id).into());
        }
        let mut resource =
            Resource::new(&["schemas", "ids", &number.get().to_string(), "subjects"]).with("deleted", "true");
        // Without the parameter a registry means the default context and no other.
        if !context.is_default() {
            resource = resource.with("subject", format!(":{context}:"));
        }
        let holders: Vec<String> = self.transport.get(&resource).await.map_err(|error| match definite(&error) {
            Some(_) => Missing::Id(context.clone(), id).into(),
            None => error,
        })?;
        let holds = |name: &String| QualifiedSubject::parse(name, self.names) == *subject;
        if holders.iter().any(holds) { Ok(()) } else { Err(not_held().into()) }
    }

    pub(super) async fn registered_guid(&self, context: &Context, guid: Guid) -> Result<Registered, RegistryError> {
        let resource = Resource::new(&["schemas", "guids", &guid.to_string()]);
        let body: Body = self.transport.get(&resource).await.map_err(|error| match definite(&error) {
            Some(_) => Missing::Id(context.clone(), guid.into()).into(),
            None => error,
        })?;
        // Where the registry found it says nothing about who wrote the record.
        let label = Label { context: context.clone(), id: guid.into(), subject: None, version: None };
        Ok(Registered { guid: Some(guid), ..body.registered(label)? })
    }

    /// The id that a GUID has in a context, if that holds it.
    async fn id_of(&self, context: &Context, guid: Guid) -> Result<Option<SchemaId>, RegistryError> {
        let resource = Resource::new(&["schemas", "guids", &guid.to_string(), "ids"]);
        let missing = || Missing::Id(context.clone(), guid.into());
        let held: Vec<Held> = self.transport.get(&resource).await.map_err(|error| match definite(&error) {
            Some(_) => missing().into(),
            None => error,
        })?;
        if held.is_empty() {
            return Err(missing().into());
        }
        let here = held.iter().find(|held| Context::parse(&held.context).is_ok_and(|name| name == *context));
        Ok(here.and_then(|held| SchemaId::new(held.id)))
    }
}
