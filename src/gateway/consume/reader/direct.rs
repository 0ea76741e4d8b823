//! Reading without a group.

use super::{Reader, START, Slot, named};
use crate::gateway::consume::begin::{From, Offsets};
use crate::gateway::consume::failure::Failure;
use crate::transform::Schemas;

impl<S: Schemas> Reader<S> {
    /// Begins to read where the client says.
    pub(super) fn assign(&mut self, from: &From, behind: &Offsets, count: i32) -> Result<(), Failure> {
        let positions = from.positions(&self.consumer, &self.topic, count, behind, START)?;
        self.consumer.assign(named(&self.topic, &positions)).map_err(|error| Failure::of_kafka(&error))?;
        self.slots = positions.into_iter().map(|(partition, _)| (partition, Slot::default())).collect();
        Ok(())
    }
}
