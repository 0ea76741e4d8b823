//! The way that nearly all records take: it knows what well-written text looks like and compares instead of parsing.
//!
//! Whatever it does not know is a *miss*: the general path then encodes the record from its start and gives the verdict and
//! its message. So this path refuses nothing, and what it accepts the general path accepts with the same bytes.
//!
//! Invariants:
//! - A miss has no effect beyond the buffers of this module.
//! - Text is matched byte for byte or validated, never guessed; UTF-8 from the first character beyond ASCII on, for all that
//!   follows at once.
//! - What was learned from earlier records changes how fast one is, never what becomes of it.
//! - Both cursors are passed and returned by value, in registers: they are what everything waits for. A cursor that has
//!   missed stands beyond the text, where nothing matches.
//! - Zeros follow the text, so that a block can be read anywhere in it; no token of JSON holds a zero.

mod collection;
mod learned;
mod logical;
mod miss;
mod number;
mod record;
mod run;
mod shuffled;
mod space;
mod string;
mod union;

pub use miss::Miss;

use super::super::UnknownFields;
use super::{JsonMode, JsonOptions};
use crate::block::{PADDING, Padded, Room};
use crate::codec::Limits;
use crate::codec::logical::decimal::Unscaled;
use crate::schema::avro::Plan;
use learned::Learned;
use run::Run;
use space::Indents;

/// Room in the output for each byte of the text, at first. `1,` can become a double.
const GROWTH: usize = 5;

/// Lengths below this one are written as one byte, before the string is known to be as short.
const SHORT: usize = 64;

/// How often an object of a record may be read again because its members did not keep the order.
const MAX_RESTARTS: u32 = 8;

/// What this path keeps from record to record.
#[derive(Debug, Default)]
pub(super) struct FastPath {
    /// The record and the zeros behind it.
    text: Vec<u8>,
    /// Where the datum is written. Its length is the room that there is.
    out: Vec<u8>,
    learned: Learned,
    indents: Indents,
    scratch: Scratch,
}

/// Stacks and copies that are used again for every record.
#[derive(Debug, Default)]
struct Scratch {
    /// Where each field of the open records stands in the output, if their members come in any order.
    spans: Vec<shuffled::Span>,
    /// Where each key of the open maps stands in the output.
    keys: Vec<(usize, usize)>,
    /// A copy of a record's fields while they are put in order.
    fields: Vec<u8>,
    /// A name without its escapes.
    text: Vec<u8>,
    /// What is open in a value that is passed over.
    nesting: Vec<u8>,
    /// The number behind a decimal.
    unscaled: Unscaled,
}

/// A place in the text and one in the output.
#[derive(Debug, Clone, Copy)]
struct At {
    i: usize,
    p: usize,
}

/// Where `i` stands after a miss; `p` then tells why. Beyond any text, and far enough from the end to add to.
const MISSED: usize = usize::MAX >> 1;

impl FastPath {
    /// Appends the datum of `json` to `out`, or leaves it as it is.
    pub(super) fn encode(
        &mut self,
        plan: &Plan,
        json: &[u8],
        options: JsonOptions,
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> Result<(), Miss> {
        if limits.string_bytes < SHORT || options.mode != JsonMode::Plain {
            return Err(Miss::Settings);
        }
        if self.text.len() < json.len() + PADDING {
            self.text.resize(json.len() * 2 + PADDING, 0);
            self.out.resize(json.len() * 2 * GROWTH + PADDING, 0);
        }
        let (text, rest) = self.text.split_at_mut(json.len());
        text.copy_from_slice(json);
        if let Some(padding) = rest.first_chunk_mut() {
            *padding = [0; PADDING];
        }
        loop {
            match self.attempt(plan, json.len(), options, limits) {
                Ok(len) => {
                    out.extend_from_slice(&self.out[..len]);
                    return Ok(());
                }
                // Text that would take more room than that is left to the general path, which has limits for it.
                Err(Miss::Room) if self.out.len() / 2 < limits.record_bytes.saturating_add(PADDING) => {
                    self.out.resize(self.out.len() * 2 + PADDING, 0);
                }
                Err(miss) => return Err(miss),
            }
        }
    }

    /// Writes the datum to the front of the output and gives its length.
    fn attempt(&mut self, plan: &Plan, len: usize, options: JsonOptions, limits: &Limits) -> Result<usize, Miss> {
        self.scratch.spans.clear();
        self.scratch.keys.clear();
        let text = self.text.get(..len + PADDING).and_then(Padded::new).ok_or(Miss::Room)?;
        let out = Room::new(&mut self.out).ok_or(Miss::Room)?;
        let mut run = Run {
            plan,
            text,
            out,
            learned: self.learned.of(plan),
            indents: &mut self.indents,
            scratch: &mut self.scratch,
            limits,
            reject_unknown: options.unknown_fields == UnknownFields::Reject,
            is_utf8: false,
            restarts: 0,
            surprises: 0,
            pending: 0,
            in_vain: 0,
        };
        let start = run.skip_space(0);
        let end = run.rare(plan.root(), At { i: start, p: 0 }, 0);
        if end.is_miss() {
            return Err(Miss::from_code(end.p));
        }
        if end.i != len && run.skip_space(end.i) != len {
            return Err(Miss::Syntax);
        }
        // What the general path writes on the way may be more by as much as it undoes.
        if end.p.saturating_add(run.in_vain) > limits.record_bytes { Err(Miss::Limit) } else { Ok(end.p) }
    }
}

#[cfg(test)]
mod tests;
