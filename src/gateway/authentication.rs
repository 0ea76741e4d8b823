//! Who makes a request.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::config::{Auth, Credential};
use super::problem::Problem;

/// Who makes a request; nobody has a name where no authentication is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Principal(Option<Arc<str>>);

impl Principal {
    /// The name in the config.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Finds out who makes a request.
pub(super) fn authenticate(auth: &Auth, headers: &HeaderMap) -> Result<Principal, Problem> {
    let (known, challenge, given) = match auth {
        Auth::None => return Ok(Principal::default()),
        Auth::Basic(users) => (users, "Basic realm=\"serdecar\", charset=\"UTF-8\"", given(headers, "basic")),
        Auth::Bearer(tokens) => (tokens, "Bearer realm=\"serdecar\"", given(headers, "bearer")),
    };
    let found = given.and_then(|given| match auth {
        Auth::None => None,
        Auth::Basic(_) => {
            let pair = STANDARD.decode(given).ok()?;
            let colon = pair.iter().position(|byte| *byte == b':')?;
            let (name, password) = pair.split_at_checked(colon)?;
            find(known, |one| one.name.as_bytes() == name, password.get(1..)?)
        }
        Auth::Bearer(_) => find(known, |_| true, given.as_bytes()),
    });
    found.map(|name| Principal(Some(name.into()))).ok_or_else(|| Problem::unauthorized(challenge))
}

/// What stands behind the scheme; nothing if there are two such headers.
fn given<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, None) = (all.next()?, all.next()) else { return None };
    let (found, rest) = first.to_str().ok()?.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// The name of the one whose secret this is. Looks at all of them, and at all of each.
fn find<'a>(known: &'a [Credential], is: impl Fn(&Credential) -> bool, secret: &[u8]) -> Option<&'a str> {
    let mut found = None;
    for one in known {
        if is_equal(one.secret.reveal().as_bytes(), secret) & is(one) {
            found = Some(one.name.as_str());
        }
    }
    found
}

/// Takes as long wherever the two differ.
fn is_equal(known: &[u8], given: &[u8]) -> bool {
    let differences = known.iter().zip(given.iter().chain(std::iter::repeat(&0))).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differences) == 0 && known.len() == given.len()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::settings::Secret;

    fn credential(name: &str, secret: &str) -> Credential {
        Credential { name: name.into(), secret: Secret::new(secret) }
    }

    fn name(auth: &Auth, header: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(header).unwrap())]);
        authenticate(auth, &headers).ok().map(|principal| principal.name().unwrap().to_owned())
    }

    #[test]
    fn a_user_is_known_by_name_and_password_together() {
        let auth = Auth::Basic(vec![credential("ann", "a:pass"), credential("bob", "other")]);
        let header = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        assert_eq!(name(&auth, &header("ann:a:pass")).as_deref(), Some("ann"));
        assert_eq!(name(&auth, &header("bob:other").replace("Basic", "bAsic")).as_deref(), Some("bob"));
        for pair in ["ann:other", "bob:a:pass", "ann:", "ann", "", "ann:a:pas", "ann:a:passs", "ann:a:pass\0"] {
            assert_eq!(name(&auth, &header(pair)), None, "{pair}");
        }
        for header in ["Bearer other", "Basic", "Basic !", "other"] {
            assert_eq!(name(&auth, header), None, "{header}");
        }
    }

    #[test]
    fn a_token_says_whose_it_is() {
        let auth = Auth::Bearer(vec![credential("ci", "t0ken"), credential("app", "s3cret")]);
        assert_eq!(name(&auth, "Bearer s3cret").as_deref(), Some("app"));
        assert_eq!(name(&auth, "Bearer t0ken").as_deref(), Some("ci"));
        assert_eq!(name(&auth, "Bearer t0keN"), None);
        let problem = authenticate(&auth, &HeaderMap::new()).unwrap_err();
        assert_eq!(problem.status(), 401);
    }

    #[test]
    fn two_headers_prove_nothing() {
        let auth = Auth::Bearer(vec![credential("ci", "t")]);
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        assert!(authenticate(&auth, &headers).is_ok());
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer u"));
        assert!(authenticate(&auth, &headers).is_err());
    }
}
