//! SASL/OAUTHBEARER: the library asks for tokens on its background thread, and is given them there.

use std::ffi::{c_char, c_void};
use std::ptr::{self, NonNull};
use std::time::{Duration, UNIX_EPOCH};

use super::conf::Conf;
use super::rebalance::Callbacks;
use super::{Error, c_string, client, sys};
use crate::kafka::tokens::Token;

/// How long a token is waited for before the library is told that there is none; a client's end waits as long. The library
/// asks again 10 s later.
const WAIT: Duration = Duration::from_secs(3);

/// Room for the library's words on a token that it refuses.
const ERROR_TEXT: usize = 512;

/// Has the client that is made of `conf` ask for tokens.
pub(super) fn prepare(conf: &Conf) {
    // SAFETY: a live configuration of ours; the callback is a plain function that lives for ever.
    unsafe {
        sys::rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf.as_ptr(), Some(on_refresh));
        sys::rd_kafka_conf_enable_sasl_queue(conf.as_ptr(), 1);
    }
}

/// Lets the library's own thread do the asking.
pub(super) fn start(client: NonNull<sys::rd_kafka_t>) -> Result<(), Error> {
    // SAFETY: a live client; the error object is taken over.
    unsafe { client::outcome("ask for tokens", sys::rd_kafka_sasl_background_callbacks_enable(client.as_ptr())) }
}

/// `oauthbearer_token_refresh_cb`, on the library's background thread.
extern "C" fn on_refresh(client: *mut sys::rd_kafka_t, _: *const c_char, opaque: *mut c_void) {
    // SAFETY: the opaque is the `Callbacks` that the client was made with, freed only after the client and its threads
    // are gone. Only `tokens` is touched, which nobody ever writes to and which any thread may read.
    let tokens = unsafe { (*opaque.cast::<Callbacks>()).tokens.as_ref() };
    let Some(tokens) = tokens else { return };
    let given = tokens.wait(WAIT).and_then(|token| give(client, &token));
    if let Err(reason) = given {
        let reason = c_string(&reason.replace('\0', "")).unwrap_or_default();
        // SAFETY: the client that called back lives; the text is NUL-terminated and copied. Gives local codes only.
        unsafe { sys::rd_kafka_oauthbearer_set_token_failure(client, reason.as_ptr()) };
    }
}

fn give(client: *mut sys::rd_kafka_t, token: &Token) -> Result<(), String> {
    let text = |text: &str| c_string(text).map_err(|_| "a token with a NUL byte".to_owned());
    let (value, principal) = (text(token.text.reveal())?, text(&token.principal)?);
    let expires = token.expires.duration_since(UNIX_EPOCH).unwrap_or_default();
    let expires = i64::try_from(expires.as_millis()).unwrap_or(i64::MAX);
    let mut error: [c_char; ERROR_TEXT] = [0; ERROR_TEXT];
    // SAFETY: the client that called back lives; NUL-terminated strings that are copied, no extensions, and a buffer whose
    // length goes with it. Gives local codes only.
    let code = unsafe {
        sys::rd_kafka_oauthbearer_set_token(
            client,
            value.as_ptr(),
            expires,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            error.as_mut_ptr(),
            error.len(),
        )
    };
    // The library's words quote the token where it is not printable; ours is, or it was refused before.
    // SAFETY: the buffer starts as zeros and the library writes NUL-terminated text into it.
    if code as i32 == 0 { Ok(()) } else { Err(unsafe { super::text(error.as_ptr()) }) }
}
