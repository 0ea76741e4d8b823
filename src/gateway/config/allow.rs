//! Who may use a route, and for what.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Auth, Names};
use crate::settings::Faults;

/// Who may use a route.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawAllow {
    /// These may write and read.
    Both(Vec<String>),
    /// Some may write, others read.
    Each(RawAllowed),
}

/// Who may do what; a key that is missing means nobody.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawAllowed {
    /// Those who may write records.
    pub produce: Vec<String>,
    /// Those who may read them.
    pub consume: Vec<String>,
}

/// What somebody wants of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To write records.
    Produce,
    /// To read them.
    Consume,
}

/// Who may use a route, checked.
#[derive(Debug, Clone)]
pub struct Allow {
    produce: Names,
    consume: Names,
}

impl Allow {
    /// Those who may do this.
    pub fn names(&self, access: Access) -> &Names {
        match access {
            Access::Produce => &self.produce,
            Access::Consume => &self.consume,
        }
    }
}

impl RawAllow {
    /// Checks what stands at `pointer`; `auth` says which names there are, as far as that is known.
    pub(super) fn validate(self, auth: Option<&Auth>, pointer: &str, faults: &mut Faults) -> Option<Allow> {
        if let Some(Auth::None) = auth {
            faults.note(pointer, "nobody has a name: gateway.auth is none");
            return None;
        }
        let mut names = |list: Vec<String>, pointer: &str| {
            Names::validate(list, pointer, faults, |name| auth.and_then(|auth| auth.fault_of(name)))
        };
        match self {
            Self::Both(list) => {
                let names = names(list, pointer)?;
                Some(Allow { produce: names.clone(), consume: names })
            }
            Self::Each(RawAllowed { produce, consume }) => {
                let produce = names(produce, &format!("{pointer}/produce"));
                let consume = names(consume, &format!("{pointer}/consume"));
                Some(Allow { produce: produce?, consume: consume? })
            }
        }
    }
}
