//! Who waits for which record.

use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

use crate::gateway::measures::RecordMeasures;
use crate::kafka::{Undelivered, Written};

/// What became of a record.
pub(in crate::gateway) type Settled = Result<Written, Undelivered>;

/// Who waits for a record, and where it counts.
pub(in crate::gateway) struct Ticket {
    /// `None`: its waiter counts it.
    pub(in crate::gateway) measures: Option<Arc<RecordMeasures>>,
    pub(in crate::gateway) waiter: Waiter,
}

/// Who waits for a record.
pub(in crate::gateway) enum Waiter {
    /// A request.
    Request(oneshot::Sender<Settled>),
    /// A thread.
    Thread(mpsc::Sender<Settled>),
}

/// Tickets by their numbers, which are used again.
#[derive(Default)]
pub(super) struct Tickets {
    issued: Vec<Option<Ticket>>,
    free: Vec<usize>,
}

impl Tickets {
    /// The number of a ticket that nobody else has.
    pub(super) fn issue(&mut self, ticket: Ticket) -> usize {
        match self.free.pop() {
            Some(number) if number < self.issued.len() => {
                self.issued[number] = Some(ticket);
                number
            }
            _ => {
                self.issued.push(Some(ticket));
                self.issued.len() - 1
            }
        }
    }

    /// Takes a ticket back.
    pub(super) fn redeem(&mut self, number: usize) -> Option<Ticket> {
        let ticket = self.issued.get_mut(number)?.take()?;
        self.free.push(number);
        Some(ticket)
    }
}

impl Ticket {
    /// Counts the record, and tells whoever waits.
    pub(super) fn settle(self, settled: Settled) {
        if let Some(measures) = self.measures {
            let count = if settled.is_ok() { &measures.written } else { &measures.failed };
            count.increment(1);
        }
        // Whoever waits may have gone.
        match self.waiter {
            Waiter::Request(request) => drop(request.send(settled)),
            Waiter::Thread(thread) => drop(thread.send(settled)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_used_again_and_never_twice_at_a_time() {
        let ticket = || Ticket { measures: None, waiter: Waiter::Request(oneshot::channel().0) };
        let mut tickets = Tickets::default();
        assert_eq!([tickets.issue(ticket()), tickets.issue(ticket()), tickets.issue(ticket())], [0, 1, 2]);
        assert!(tickets.redeem(1).is_some() && tickets.redeem(1).is_none() && tickets.redeem(9).is_none());
        assert_eq!([tickets.issue(ticket()), tickets.issue(ticket())], [1, 3]);
    }
}
