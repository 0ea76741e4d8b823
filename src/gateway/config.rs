//! The `gateway:` section of the config.

mod allow;
mod auth;
mod cors;
mod headers;
mod key;
mod names;
mod route;
mod subjects;

pub use allow::{Access, Allow, RawAllow, RawAllowed};
pub use auth::{Auth, Credential, RawAuth, RawCertificates, RawToken, RawTokens, RawUser, RawUsers};
pub use cors::{Cors, RawCors};
pub use headers::{HeaderRules, RawHeaders};
pub use key::{KeySource, RawKey, RawKeySource};
pub use names::Names;
pub use route::{LogMode, RawLogMode, RawRoute, RouteConfig, Topics};

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::consume::config::{Consumption, RawConsumption};
pub use crate::kafka::Acks;
use crate::listener::{Address, RawTls, Tls};
use crate::settings::{ByteSize, Faults, Period};
use crate::transform::Step;

/// Topics over HTTP: records are validated, serialized and produced, or consumed, deserialized and returned.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// The IP address and port to listen on, or `unix:PATH`. Without `auth` only loopback or a socket will do.
    /// Default: 127.0.0.1:8082.
    pub listen: Option<String>,
    /// The certificate to show to clients, and whose certificates to ask them for. Default: no TLS.
    pub tls: Option<RawTls>,
    /// Who may make requests: `none` (anybody who can connect), `basic`, `bearer` or `mtls`. Default: `none`.
    #[serde(default)]
    pub auth: RawAuth,
    /// Pages of other origins that may make requests. Default: none.
    pub cors: Option<RawCors>,
    /// Which topics there are, and how their records look. The first route that has a topic counts.
    pub routes: Vec<RawRoute>,
    /// What the body of a request may have, unless it is a stream. Default: 16MiB.
    pub max_body_bytes: Option<ByteSize>,
    /// What the bodies of all requests under way may take together; beyond it the answer is 429. Default: 256MiB.
    pub max_buffered_bytes: Option<ByteSize>,
    /// Connections at a time; further ones wait. Default: 1024.
    pub max_connections: Option<usize>,
    /// How long a request waits for a schema that is not there, before the answer is 503. Default: 2s.
    pub schema_timeout: Option<Period>,
    /// How long a record is tried to be delivered, before the answer is 503. Default: 10s.
    pub delivery_timeout: Option<Period>,
    /// How long a stop may take to answer what is under way. Default: 10s.
    pub shutdown_deadline: Option<Period>,
    /// What reading records may take.
    #[serde(default)]
    pub consume: RawConsumption,
}

/// The gateway, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: Address,
    /// With which certificate clients are met.
    pub tls: Option<Tls>,
    /// Who may make requests.
    pub auth: Auth,
    /// Pages of other origins that may make requests.
    pub cors: Option<Cors>,
    /// Which topics there are, in the order in which they are looked for.
    pub routes: Vec<RouteConfig>,
    /// What the body of a request may have, unless it is a stream.
    pub max_body_bytes: usize,
    /// What the bodies of all requests under way may take together.
    pub max_buffered_bytes: usize,
    /// Connections at a time.
    pub max_connections: usize,
    /// How long a request waits for a schema.
    pub schema_timeout: Duration,
    /// How long a record is tried to be delivered.
    pub delivery_timeout: Duration,
    /// How long a stop may take.
    pub shutdown_deadline: Duration,
    /// What reading records may take.
    pub consume: Consumption,
}

/// Where it listens unless the config says otherwise.
const LISTEN: &str = "127.0.0.1:8082";

/// How long a request may wait for schema and delivery together: connections that are silent for longer are closed.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The most that one request's body may have: a record is not larger, and a stream has no such bound.
const MAX_BODY: u64 = 1 << 30;

impl Config {
    /// Whether passwords or tokens come over a network as they are.
    pub(super) fn takes_secrets_in_the_clear(&self) -> bool {
        matches!(self.auth, Auth::Basic(_) | Auth::Bearer(_)) && self.tls.is_none() && !self.listen.is_local()
    }

    /// Whether it asks a registry for anything.
    pub fn needs_schemas(&self) -> bool {
        self.routes.iter().any(|route| [route.key.step, route.value.step].into_iter().any(|step| step != Step::Pass))
    }
}

impl RawConfig {
    /// Checks the section, which stands at `pointer`.
    pub fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Config> {
        let at = |key: &str| format!("{pointer}/{key}");
        let listen = faults.take(at("listen"), self.listen.as_deref().unwrap_or(LISTEN).parse::<Address>());
        let auth = self.auth.validate(&at("auth"), faults);
        let tls = match self.tls {
            None => Some(None),
            Some(tls) => tls.validate(&at("tls"), faults).map(Some),
        };
        if let (Some(listen), Some(tls), Some(auth)) = (&listen, &tls, &auth) {
            check_access(listen, tls.as_ref(), auth, pointer, faults);
        }
        let cors = match self.cors {
            None => Some(None),
            Some(cors) => cors.validate(&at("cors"), faults).map(Some),
        };
        if self.routes.is_empty() {
            faults.note(at("routes"), "no topic to serve");
        }
        let count = self.routes.len();
        let mut routes = Vec::with_capacity(count);
        for (index, raw) in self.routes.into_iter().enumerate() {
            routes.extend(raw.validate(&format!("{pointer}/routes/{index}"), auth.as_ref(), faults));
        }
        let max_body_bytes = bytes(self.max_body_bytes, 16 << 20, &at("max_body_bytes"), faults);
        let max_buffered_bytes = bytes(self.max_buffered_bytes, 256 << 20, &at("max_buffered_bytes"), faults);
        if let (Some(one), Some(all)) = (max_body_bytes, max_buffered_bytes)
            && one > all
        {
            faults.note(at("max_buffered_bytes"), "less than max_body_bytes: one request would be too many");
        }
        let max_connections = self.max_connections.unwrap_or(1024);
        if !(1..=65_536).contains(&max_connections) {
            faults.note(at("max_connections"), format!("{max_connections} is not a number from 1 to 65536"));
        }
        let mut period = |given: Option<Period>, default, key: &str| {
            let period = given.map_or_else(|| Duration::from_secs(default), |period| period.0);
            if period.is_zero() || period > LONGEST_WAIT {
                faults.note(at(key), "has to be longer than nothing and at most 60s");
            }
            period
        };
        let schema_timeout = period(self.schema_timeout, 2, "schema_timeout");
        let delivery_timeout = period(self.delivery_timeout, 10, "delivery_timeout");
        let shutdown_deadline = period(self.shutdown_deadline, 10, "shutdown_deadline");
        if schema_timeout + delivery_timeout > LONGEST_WAIT {
            faults.note(
                at("delivery_timeout"),
                "more than 60s together with schema_timeout: connections end before that",
            );
        }
        let consume = self.consume.validate(&at("consume"), faults);
        (routes.len() == count).then_some(())?;
        Some(Config {
            listen: listen?,
            tls: tls?,
            auth: auth?,
            cors: cors?,
            routes,
            max_body_bytes: max_body_bytes?,
            max_buffered_bytes: max_buffered_bytes?,
            max_connections,
            schema_timeout,
            delivery_timeout,
            shutdown_deadline,
            consume: consume?,
        })
    }
}

/// Checks that whoever can connect has to say who it is, where that is not only this machine.
fn check_access(listen: &Address, tls: Option<&Tls>, auth: &Auth, pointer: &str, faults: &mut Faults) {
    if matches!(auth, Auth::None) && !listen.is_local() {
        let message = format!(
            "{listen} can be reached from elsewhere: set gateway.auth, or listen on a loopback address or unix:PATH"
        );
        faults.note(format!("{pointer}/listen"), message);
    }
    if matches!(auth, Auth::Mtls(_)) && !tls.is_some_and(Tls::asks_for_certificates) {
        faults.note(format!("{pointer}/auth"), "mtls needs gateway.tls.client_ca: it says whose certificates count");
    }
    if tls.is_some() && matches!(listen, Address::Unix(_)) {
        faults.note(format!("{pointer}/tls"), "a Unix socket takes no TLS");
    }
}

fn bytes(given: Option<ByteSize>, default: u64, pointer: &str, faults: &mut Faults) -> Option<usize> {
    match given.map_or(default, |size| size.0) {
        0 => faults.note(pointer, "has to allow at least one byte"),
        size if size > MAX_BODY * 16 => faults.note(pointer, "more than 16GiB"),
        size => return usize::try_from(size).ok(),
    }
    None
}

#[cfg(test)]
mod tests;
