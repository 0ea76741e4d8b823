//! Who may make requests.

use std::collections::HashSet;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Names;
use crate::settings::{Faults, Secret};

/// Who may make requests.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawAuth {
    /// Anybody who can connect.
    #[default]
    None,
    /// Users with a password (RFC 7617).
    Basic(RawUsers),
    /// Whoever has a token (RFC 6750).
    Bearer(RawTokens),
    /// Whoever shows a certificate that `tls.client_ca` vouches for.
    Mtls(RawCertificates),
}

/// Users with a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawUsers {
    /// The users.
    pub users: Vec<RawUser>,
}

/// A user with a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawUser {
    /// The user's name, without a colon.
    pub username: String,
    /// The password; better kept in a file.
    pub password: Option<Secret>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
}

/// Tokens, each with the name of whoever has it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTokens {
    /// The tokens.
    pub tokens: Vec<RawToken>,
}

/// A token, with the name of whoever has it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawToken {
    /// What whoever has it is called in `allow` and in logs.
    pub name: String,
    /// The token; better kept in a file.
    pub token: Option<Secret>,
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
}

/// Clients with a certificate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCertificates {
    /// Those who may make requests, by a name in their certificate: the subject's common name, a URI or a DNS name among the
    /// alternative names. One that starts with `^` is a pattern. Default: everybody with a certificate.
    pub names: Option<Vec<String>>,
}

/// Who may make requests, checked.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Anybody who can connect.
    None,
    /// Users with a password.
    Basic(Vec<Credential>),
    /// Whoever has a token.
    Bearer(Vec<Credential>),
    /// Whoever has a certificate, and one of these names if there are any.
    Mtls(Option<Names>),
}

/// A name, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The user's name, or what the token is called.
    pub name: String,
    /// The password or the token.
    pub secret: Secret,
}

impl Auth {
    /// Why nobody has this name, if that is so.
    pub(super) fn fault_of(&self, name: &str) -> Option<String> {
        let is_known = match self {
            Self::None => false,
            Self::Basic(all) | Self::Bearer(all) => all.iter().any(|one| one.name == name),
            Self::Mtls(names) => names.as_ref().is_none_or(|names| names.contains(name)),
        };
        (!is_known).then(|| format!("gateway.auth knows no '{name}'"))
    }
}

impl RawAuth {
    pub(super) fn validate(self, pointer: &str, faults: &mut Faults) -> Option<Auth> {
        match self {
            Self::None => Some(Auth::None),
            Self::Basic(RawUsers { users }) => {
                let pointer = format!("{pointer}/basic/users");
                let users = users.into_iter().map(|user| (user.username, user.password, user.password_file));
                credentials(users, &pointer, ("username", "password"), faults).map(Auth::Basic)
            }
            Self::Bearer(RawTokens { tokens }) => {
                let pointer = format!("{pointer}/bearer/tokens");
                let tokens = tokens.into_iter().map(|token| (token.name, token.token, token.token_file));
                credentials(tokens, &pointer, ("name", "token"), faults).map(Auth::Bearer)
            }
            Self::Mtls(RawCertificates { names: None }) => Some(Auth::Mtls(None)),
            Self::Mtls(RawCertificates { names: Some(names) }) => {
                let pointer = format!("{pointer}/mtls/names");
                if names.is_empty() {
                    faults.note(pointer.as_str(), NOBODY);
                }
                let is_empty = |name: &str| name.is_empty().then(|| "a name is needed".to_owned());
                Names::validate(names, &pointer, faults, is_empty).map(|names| Auth::Mtls(Some(names)))
            }
        }
    }
}

/// What is wrong with an empty list.
const NOBODY: &str = "nobody could make a request";

fn credentials(
    given: impl Iterator<Item = (String, Option<Secret>, Option<PathBuf>)>,
    pointer: &str,
    (name_key, secret_key): (&str, &str),
    faults: &mut Faults,
) -> Option<Vec<Credential>> {
    let (mut names, mut found, mut count) = (HashSet::new(), Vec::new(), 0);
    for (index, (name, inline, file)) in given.enumerate() {
        count += 1;
        let at = |key: &str| format!("{pointer}/{index}/{key}");
        if name.is_empty() || name.contains([':', '\0']) || name.contains(char::is_control) {
            faults.note(at(name_key), "a name is needed, without a colon");
            continue;
        }
        if !names.insert(name.clone()) {
            faults.note(at(name_key), format!("'{name}' is there already"));
        }
        match faults.take(at(secret_key), Secret::resolve(inline, file.as_deref())) {
            Some(secret) if secret.reveal().is_empty() => faults.note(at(secret_key), "is empty"),
            Some(secret) => found.push(Credential { name, secret }),
            None => {}
        }
    }
    if count == 0 {
        faults.note(pointer, NOBODY);
    }
    (count > 0 && found.len() == count).then_some(found)
}
