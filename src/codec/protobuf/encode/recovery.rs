//! Reading on behind a value that departs from its schema, so that a refused record is told everything that is wrong with it.

use super::{Run, Written};
use crate::codec::fault::{Fault, Faults};

/// How far everything was when a value came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pos: usize,
    written: usize,
    seen: usize,
    keys: usize,
}

impl Run<'_> {
    /// A value comes.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark {
            pos: self.cursor.pos(),
            written: self.out.len(),
            seen: self.scratch.seen.len(),
            keys: self.scratch.keys.len(),
        }
    }

    /// Keeps the fault of the value at `mark`, `depth` levels deep, and passes over it. Fails where reading on makes no sense:
    /// what is not JSON, what is beyond a limit, and too many faults.
    #[cold]
    pub(super) fn go_on(
        &mut self,
        faults: &mut Faults,
        fault: Fault,
        (mark, depth): (Mark, u32),
        place: impl Fn(Fault) -> Fault,
    ) -> Written {
        let passed = self.cursor.pass(&fault, mark.pos, (self.limits, depth), &mut self.scratch.nesting);
        self.out.truncate(mark.written);
        self.scratch.seen.truncate(mark.seen);
        self.scratch.keys.truncate(mark.keys);
        faults.add(place(fault))?;
        passed.or_else(|fault| faults.add(place(fault)))
    }
}
