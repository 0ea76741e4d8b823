//! The registry adapter: schemas fetched from a schema registry over HTTP, and remembered.
//!
//! * [`Client`] asks: by id in a context, by version of a subject, references followed to their ends.
//! * [`RegistryError`] says what went wrong, and by its [`Disposition`] what to do about it.
//! * [`SchemaCache`] remembers compiled schemas for all workers, [`LocalSchemas`] for one; neither ever blocks a record.
//!
//! A context is never guessed: it comes with every question, and an answer from another context counts as "not found".

mod auth;
mod cache;
mod client;
mod config;
mod error;
mod measures;
mod references;
mod tls;
mod transport;

pub use auth::{Auth, RawAuth, RawBasic, RawBearer};
pub use cache::{CachedSchema, Interrupter, LocalSchemas, Lookup, SchemaCache, Waited};
pub use client::{Client, FetchedSchema, Label, Reference, Version, VersionError};
pub use config::{CacheConfig, Config, Location, RawCache, RawConfig, RawRetry, RawUrl, Retry};
pub use error::{Answer, Conflict, Disposition, Missing, RegistryError};
pub use measures::METRICS;
pub use tls::{RawTls, Tls};
