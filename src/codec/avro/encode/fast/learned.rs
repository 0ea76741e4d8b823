//! What was learned of the order in which the members of records come.

use std::collections::HashMap;

use crate::schema::avro::{Plan, RecordPlan};

/// Plans that are kept in mind; beyond it all are forgotten.
const MAX_PLANS: usize = 256;

/// How many objects must keep the order before a record type is taken for one that does.
const TRUST: u32 = 64;

/// For each plan, by its address: a number for each record type, and one for each place among its fields. A plan that has
/// come to the address of another one finds numbers that mean nothing, which does no harm: they are guesses.
#[derive(Debug, Default)]
pub(super) struct Learned {
    last: usize,
    slots: Vec<u32>,
    others: HashMap<usize, Vec<u32>>,
}

impl Learned {
    /// The numbers of `plan`.
    #[inline]
    pub(super) fn of(&mut self, plan: &Plan) -> &mut [u32] {
        if self.last != std::ptr::from_ref(plan).addr() || self.slots.len() != plan.slots() {
            self.change(plan);
        }
        &mut self.slots
    }

    #[cold]
    fn change(&mut self, plan: &Plan) {
        if self.others.len() >= MAX_PLANS {
            self.others.clear();
        }
        let address = std::ptr::from_ref(plan).addr();
        let slots = self.others.remove(&address).unwrap_or_default();
        let before = std::mem::replace(&mut self.slots, slots);
        self.others.insert(std::mem::replace(&mut self.last, address), before);
        self.slots.resize(plan.slots(), 0);
    }
}

/// Whether members of this record type come in another order than the schema's.
#[inline]
pub(super) fn is_shuffled(learned: &[u32], record: &RecordPlan) -> bool {
    learned.get(record.slot).is_some_and(|&doubt| doubt > 0)
}

/// An object's members did not keep the order.
pub(super) fn doubt(learned: &mut [u32], record: &RecordPlan) {
    if let Some(doubt) = learned.get_mut(record.slot) {
        *doubt = TRUST;
    }
}

/// An object's members kept the order.
pub(super) fn trust(learned: &mut [u32], record: &RecordPlan) {
    if let Some(doubt) = learned.get_mut(record.slot) {
        *doubt = doubt.saturating_sub(1);
    }
}

/// Which field came the last time where now `due` is due; `due` itself as long as nothing is known.
#[inline]
pub(super) fn successor(learned: &[u32], record: &RecordPlan, due: usize) -> usize {
    learned.get(record.slot + 1 + due).and_then(|&number| number.checked_sub(1)).map_or(due, |index| index as usize)
}

/// `index` came where `due` was due.
#[inline]
pub(super) fn learn(learned: &mut [u32], record: &RecordPlan, due: usize, index: usize) {
    if let (Some(slot), Ok(number)) = (learned.get_mut(record.slot + 1 + due), u32::try_from(index + 1)) {
        *slot = number;
    }
}
