//! The gateway's producers: one for each kind of acknowledgement that its routes ask for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Instant;

use super::StartError;
use super::config::Config;
use super::consume::OnInvalid;
use super::deliveries::Deliveries;
use super::route::Routes;
use crate::kafka::{self, Acks, ProducerSettings};
use crate::readiness::Readiness;

/// The name that brokers log for our producers.
const CLIENT: &str = "serdecar-gateway";

/// Dead letters are as safe as the records that they stand for.
pub(super) const OF_DEAD_LETTERS: Acks = Acks::All;

/// The producers, by what they wait for.
#[derive(Debug)]
pub(super) struct Producers(HashMap<Acks, Arc<Deliveries>>);

impl Producers {
    /// Makes those that the routes ask for.
    pub(super) fn start(
        config: &Config,
        routes: &Routes,
        kafka: &kafka::Config,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let mut producers = HashMap::new();
        let has_letters = routes.iter().any(|route| matches!(route.config.on_invalid, OnInvalid::DeadLetter(_)));
        let of_letters = has_letters.then_some(OF_DEAD_LETTERS);
        for acks in routes.iter().map(|route| route.config.acks).chain(of_letters) {
            if let Entry::Vacant(place) = producers.entry(acks) {
                let settings = ProducerSettings::for_requests(kafka, CLIENT, acks, config.delivery_timeout);
                place.insert(Arc::new(Deliveries::start(settings, readiness.condition("gateway"))?));
            }
        }
        Ok(Self(producers))
    }

    /// The one that waits for these acknowledgements.
    pub(super) fn of(&self, acks: Acks) -> Option<&Arc<Deliveries>> {
        self.0.get(&acks)
    }

    /// Delivers what was taken until a deadline; blocks the thread.
    pub(super) fn drain(&self, deadline: Instant) {
        for deliveries in self.0.values() {
            deliveries.drain(deadline);
        }
    }
}
