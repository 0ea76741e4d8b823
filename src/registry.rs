//! The registry adapter: schemas fetched from a schema registry over HTTP, and remembered.
//!
//! * [`Client`] asks: by id in a context, by version of a subject, references followed to their ends.
//! * [`RegistryError`] says what went wrong, and by its [`Disposition`](crate::disposition::Disposition) what to do about it.
//! * [`SchemaCache`] remembers compiled schemas for all workers, [`LocalSchemas`] for one; neither ever blocks a record.
//!
//! A context is never guessed: it comes with every question, and an answer from another context counts as "not found".
//!
//! ```no_run
//! use std::time::Duration;
//! use serdecar::registry::{Client, Config, Lookup, RegistryError, SchemaCache};
//! use serdecar::schema::{Context, SchemaId};
//!
//! /// What a worker does with the id in front of a record.
//! fn example(config: &Config, runtime: tokio::runtime::Handle, id: SchemaId) -> Result<(), RegistryError> {
//!     let cache = SchemaCache::new(Client::new(config)?, config, runtime);
//!     let staging = Context::parse("staging").expect("a plain name");
//!     let mut schemas = cache.local();
//!     loop {
//!         match schemas.by_id(&staging, id) {
//!             Lookup::Ready(schema) => return Ok(println!("{}", schema.label)),
//!             Lookup::Unknown(error) | Lookup::Refused(error) => return Ok(println!("dead letter: {error}")),
//!             Lookup::Pending => println!("{:?}", schemas.wait(Duration::from_secs(1))),
//!         }
//!     }
//! }
//! ```

mod auth;
mod cache;
mod client;
mod config;
mod error;
mod measures;
mod oauth2;
mod references;
mod tls;
mod transport;

pub use auth::{Auth, RawAuth, RawBasic, RawBearer};
pub(crate) use cache::Shelf;
pub use cache::{CachedSchema, Compiled, LocalSchemas, Lookup, SchemaCache, Waited};
pub use client::{Client, FetchedSchema, Label, Reference, Version, VersionError};
pub use config::{CacheConfig, Config, Location, RawCache, RawConfig, RawRetry, RawUrl, Retry};
pub use error::{Answer, Conflict, Missing, RegistryError};
pub use measures::METRICS;
pub use oauth2::{Token, TokenError, TokenSource};
pub use tls::{RawTls, Tls};
