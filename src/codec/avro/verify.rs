//! Avro binary held against its schema: a walk over the plan that writes nothing.
//!
//! What the walk accepts the decoder accepts too, unless its text would be larger than a record may be. What the walk does
//! not accept the decoder looks at: it gives the verdict and says what is wrong. Limits are the decoder's; in place of the
//! text the values are counted, each of which takes a byte of text at least, so that a few bytes can't be endless work.

mod walk;

use super::{Decoder, JsonOptions};
use crate::codec::logical::decimal::Unscaled;
use crate::codec::{CodecError, Limits};
use crate::schema::avro::Plan;
use walk::Walk;

/// Checks data without reading them. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Verifier {
    limits: Limits,
    /// Where each key of the open maps stands in the datum.
    keys: Vec<(usize, usize)>,
    /// The number behind a decimal.
    unscaled: Unscaled,
    decoder: Decoder,
    /// What the decoder writes, and nobody reads.
    text: Vec<u8>,
}

impl Verifier {
    /// A verifier for data of any plan.
    pub fn new(limits: Limits) -> Self {
        let decoder = Decoder::new(JsonOptions::default(), limits);
        Self { limits, keys: Vec::new(), unscaled: Unscaled::default(), decoder, text: Vec::new() }
    }

    /// Fails unless `datum` could have been written with the plan's schema, logical types and all, and ends where the data
    /// end.
    pub fn verify(&mut self, plan: &Plan, datum: &[u8]) -> Result<(), CodecError> {
        let Self { limits, keys, unscaled, .. } = self;
        keys.clear();
        let mut walk = Walk { plan, datum, limits, keys, unscaled, left: limits.record_bytes };
        if datum.len() <= limits.record_bytes && walk.is_whole() {
            return Ok(());
        }
        self.text.clear();
        let verdict = self.decoder.decode_generally(plan, datum, &mut self.text);
        self.text.shrink_to(TEXT_KEPT);
        verdict
    }
}

/// Bytes of the decoder's text that are kept from datum to datum.
const TEXT_KEPT: usize = 1 << 20;

#[cfg(test)]
mod tests;
