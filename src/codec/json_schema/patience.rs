//! How much work a record is worth.
//!
//! A schema that doubles the work at each level, and a record that nests, would take forever. Whatever looks into an object
//! or an array pays for it here, and when nothing is left all of them look like scalars, so that the check comes to its end at
//! once. What it says then counts for nothing.

use std::cell::Cell;

/// What is left of the steps that a record may cost.
#[derive(Debug)]
pub(super) struct Patience(Cell<u64>);

/// Steps that any record may cost.
const STEPS: u64 = 2_000_000;

/// More of them for each value that is in it.
const STEPS_PER_VALUE: u64 = 256;

/// What a violation costs: its place is written down, of which a text of many levels has long ones.
const STEPS_PER_VIOLATION: u64 = 1_000;

impl Patience {
    /// For a record of so many values.
    pub(super) fn for_values(count: usize) -> Self {
        Self(Cell::new(STEPS.saturating_add(STEPS_PER_VALUE.saturating_mul(count as u64))))
    }

    /// Takes away some steps; whether there were as many.
    #[inline]
    pub(super) fn spend(&self, steps: usize) -> bool {
        let rest = self.0.get().checked_sub(steps as u64);
        self.0.set(rest.unwrap_or(0));
        rest.is_some()
    }

    /// Takes away what a violation costs; whether it may be believed.
    pub(super) fn spend_on_violation(&self) -> bool {
        let rest = self.0.get().saturating_sub(STEPS_PER_VIOLATION);
        self.0.set(rest);
        rest > 0
    }

    /// Whether the check came to its end by itself.
    pub(super) fn is_left(&self) -> bool {
        self.0.get() > 0
    }
}
