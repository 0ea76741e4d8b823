//! What the head of a request has to have over HTTP/1.1, beside what the server's library looks at.
//!
//! Requests whose ends two programs see at different places let a client smuggle one past a proxy. So how long a body is, and
//! whom a request is for, has to be said once and plainly ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112), 3.2 and 6.1).

use axum::http::header::{HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode, Version};

use super::problem::Problem;

/// Fails where a request is not for one host, or its body is coded in a way that is not known here.
pub(super) fn check(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    if version != Version::HTTP_11 {
        return Ok(());
    }
    let bad_request = |detail| Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => {}
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {}
        (Some(_), None) => {
            return Err(Problem::new(StatusCode::NOT_IMPLEMENTED, "no transfer coding but chunked is known here"));
        }
        (Some(_), Some(_)) => return bad_request("there is more than one header Transfer-Encoding"),
    }
    match headers.get_all(HOST).iter().count() {
        1 => Ok(()),
        0 => bad_request("there is no header Host"),
        _ => bad_request("there is more than one header Host"),
    }
}
