//! What a worker finds beyond what it was asked for last: on its own shelves, at the shared level, or not yet.

use std::sync::Arc;

use super::{Awaited, Known, LastId, LastName, LocalSchemas, Lookup, Used};
use crate::registry::cache::slot::{Slot, View};
use crate::registry::cache::{Asked, Flight, Key, Outcome};
use crate::registry::client::Version;
use crate::schema::{Context, Identifier, QualifiedSubject};

/// Unsettled questions that are kept in mind; beyond it those that nobody asked for again are dropped.
const MAX_PENDING: usize = 4_096;

impl LocalSchemas {
    /// Finds an id beyond the last one; if it is there, it is the last one afterwards.
    #[inline(never)]
    pub(super) fn recall_id(&mut self, context: &Context, id: Identifier) -> Result<(), Lookup<'static>> {
        if let Some(known) = self.ids.get_mut(context, &id) {
            let known = known.clone();
            self.remember_id(context, id, known, 1);
            return Ok(());
        }
        let known = self.recall(Key { context: context.clone(), id, holder: None })?;
        self.ids.insert(context.clone(), id, known.clone(), known.schema.byte_size() as u64);
        self.remember_id(context, id, known, 0);
        Ok(())
    }

    /// What the shared level knows, or a flight has brought.
    pub(super) fn recall(&mut self, key: Key) -> Result<Known, Lookup<'static>> {
        let outcome = match self.flights.get(&key) {
            Some(flight) => match flight.outcome() {
                Some(outcome) => {
                    let outcome = outcome.clone();
                    self.flights.remove(&key);
                    outcome
                }
                None => return Err(Lookup::Pending),
            },
            None => match self.shared.ask(&key, &self.bell) {
                Asked::Settled(outcome) => {
                    if let Outcome::Ready(_) = &outcome {
                        let tally = self.tallies.of(&key.context, &self.shared.measures);
                        self.tallies.shared_hit(tally);
                    }
                    outcome
                }
                Asked::Flying(flight) => {
                    self.await_flight(key, flight);
                    return Err(Lookup::Pending);
                }
            },
        };
        match outcome {
            Outcome::Ready(schema) => Ok(Known { tally: self.tallies.of(&key.context, &self.shared.measures), schema }),
            Outcome::Unknown(error) => Err(Lookup::Unknown(error)),
            Outcome::Refused(error) => Err(Lookup::Refused(error)),
        }
    }

    /// Finds a name beyond the last one, or looks again at that; if it is there, it is the last one afterwards.
    #[inline(never)]
    pub(super) fn recall_name(&mut self, subject: &QualifiedSubject, version: Version) -> Result<(), Lookup<'static>> {
        if let Some(used) = self.names.get_mut(subject, &version)
            && let Some(known) = &used.known
            && used.slot.epoch() == used.epoch
        {
            let (slot, epoch, known) = (Arc::clone(&used.slot), used.epoch, known.clone());
            self.remember_name(subject, version, slot, epoch, known, 1);
            return Ok(());
        }
        let name = (subject.clone(), version);
        let (slot, is_new) = match self.names.get_mut(subject, &version) {
            Some(used) => (Arc::clone(&used.slot), false),
            None => (self.shared.slot(&name), true),
        };
        if is_new {
            slot.attach(&self.bell);
        }
        let View { epoch, schema } = self.shared.look(&name, &slot);
        let known =
            schema.map(|schema| Known { tally: self.tallies.of(&subject.context, &self.shared.measures), schema });
        let used = Used { slot: Arc::clone(&slot), epoch, known: known.clone() };
        self.names.insert(name.0, version, used, 0);
        if let Some(known) = known {
            self.tallies.shared_hit(known.tally);
            self.remember_name(subject, version, slot, epoch, known, 0);
            Ok(())
        } else {
            if is_new {
                self.awaited.push(Awaited::Slot(slot));
            }
            Err(Lookup::Pending)
        }
    }

    fn remember_id(&mut self, context: &Context, id: Identifier, known: Known, hits: u64) {
        self.settle_hits();
        self.last_id = Some(LastId { context: context.clone(), id, known, hits });
    }

    fn remember_name(
        &mut self,
        subject: &QualifiedSubject,
        version: Version,
        slot: Arc<Slot>,
        epoch: u64,
        known: Known,
        hits: u64,
    ) {
        self.settle_hits();
        self.last_name = Some(LastName { subject: subject.clone(), version, slot, epoch, known, hits });
    }

    fn await_flight(&mut self, key: Key, flight: Arc<Flight>) {
        if self.flights.len() >= MAX_PENDING {
            self.flights.clear();
        }
        if self.awaited.len() >= MAX_PENDING {
            self.awaited.retain(|one| !one.is_settled());
        }
        self.awaited.push(Awaited::Flight(Arc::clone(&flight)));
        self.flights.insert(key, flight);
    }

    /// Moves the hits of the last id and name to their tallies.
    pub(super) fn settle_hits(&mut self) {
        if let Some(last) = &mut self.last_id {
            self.tallies.local_hits(last.known.tally, std::mem::take(&mut last.hits));
        }
        if let Some(last) = &mut self.last_name {
            self.tallies.local_hits(last.known.tally, std::mem::take(&mut last.hits));
        }
    }
}
