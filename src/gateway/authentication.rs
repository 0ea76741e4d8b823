//! Who makes a request.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::config::{Auth, Credential, Names};
use super::problem::Problem;
use crate::listener::Certificate;

/// Who makes a request; nobody has a name where no authentication is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Principal(Arc<[Box<str>]>);

impl Principal {
    /// The name in the config, or the first one in the certificate.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.first().map(AsRef::as_ref)
    }

    /// Whether it is one of these.
    pub(super) fn is_among(&self, names: &Names) -> bool {
        names.contain_any(&self.0)
    }
}

/// Finds out who makes a request; `certificate` is what it has shown.
pub(super) fn authenticate(
    auth: &Auth,
    headers: &HeaderMap,
    certificate: Option<&Certificate>,
) -> Result<Principal, Problem> {
    let (found, challenge) = match auth {
        Auth::None => return Ok(Principal::default()),
        Auth::Mtls(names) => return certified(names.as_ref(), certificate),
        Auth::Basic(users) => (given(headers, "basic").and_then(|given| user(users, given)), BASIC),
        Auth::Bearer(tokens) => {
            (given(headers, "bearer").and_then(|given| find(tokens, |_| true, given.as_bytes())), BEARER)
        }
    };
    found.map(|name| Principal([name.into()].into())).ok_or_else(|| Problem::unauthorized(challenge))
}

const BASIC: &str = "Basic realm=\"serdecar\", charset=\"UTF-8\"";
const BEARER: &str = "Bearer realm=\"serdecar\"";

/// The user whose name and password these are, in base64.
fn user<'a>(users: &'a [Credential], given: &str) -> Option<&'a str> {
    let pair = STANDARD.decode(given).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    let (name, password) = pair.split_at_checked(colon)?;
    find(users, |one| one.name.as_bytes() == name, password.get(1..)?)
}

/// Whoever has a certificate, with one of these names if there are any.
fn certified(names: Option<&Names>, certificate: Option<&Certificate>) -> Result<Principal, Problem> {
    let principal = Principal(certificate.map(|shown| Arc::clone(shown.names())).unwrap_or_default());
    let is_welcome = match names {
        Some(names) => principal.is_among(names),
        None => principal.name().is_some(),
    };
    let detail = "no name in the certificate is known here";
    if is_welcome { Ok(principal) } else { Err(Problem::new(StatusCode::FORBIDDEN, detail)) }
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
    use crate::settings::{Faults, Secret};

    fn credential(name: &str, secret: &str) -> Credential {
        Credential { name: name.into(), secret: Secret::new(secret) }
    }

    fn name(auth: &Auth, header: &str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(header).unwrap())]);
        authenticate(auth, &headers, None).ok().map(|principal| principal.name().unwrap().to_owned())
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
        let problem = authenticate(&auth, &HeaderMap::new(), None).unwrap_err();
        assert_eq!(problem.status(), 401);
    }

    #[test]
    fn a_certificate_has_to_have_one_of_the_names() {
        let name = |auth: &Auth, names: &[&str]| {
            let principal = authenticate(auth, &HeaderMap::new(), Some(&Certificate::of(names)));
            principal.map(|principal| principal.name().unwrap().to_owned()).map_err(|problem| problem.status().as_u16())
        };
        let of = |list: &[&str]| {
            let list = list.iter().copied().map(str::to_owned).collect();
            Auth::Mtls(Names::validate(list, "", &mut Faults::default(), |_| None))
        };
        let some = of(&["ann", "^spiffe://example/"]);
        assert_eq!(name(&some, &["ann"]).unwrap(), "ann");
        assert_eq!(name(&some, &["host.example", "ann"]).unwrap(), "host.example");
        assert_eq!(name(&some, &["x", "spiffe://example/ns/a"]).unwrap(), "x");
        for names in [&["bob"][..], &["anna"], &["ANN"], &["xspiffe://example/"], &[]] {
            assert_eq!(name(&some, names), Err(403), "{names:?}");
        }
        assert_eq!(name(&Auth::Mtls(None), &["bob"]).unwrap(), "bob");
        assert_eq!(name(&Auth::Mtls(None), &[]), Err(403));
        assert_eq!(authenticate(&Auth::Mtls(None), &HeaderMap::new(), None).unwrap_err().status(), 403);
    }

    #[test]
    fn two_headers_prove_nothing() {
        let auth = Auth::Bearer(vec![credential("ci", "t")]);
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer t"));
        assert!(authenticate(&auth, &headers, None).is_ok());
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer u"));
        assert!(authenticate(&auth, &headers, None).is_err());
    }
}
