//! The gateway's producers: for each kind of acknowledgement that its routes ask for one of records that are waited for one
//! by one, and one of streams.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// Producers by what they wait for.
type ByAcks = HashMap<Acks, Arc<Deliveries>>;

/// All producers.
#[derive(Debug)]
pub(super) struct Producers {
    of_requests: ByAcks,
    /// Made when there is a stream.
    of_streams: Mutex<ByAcks>,
    kafka: kafka::Config,
    delivery_timeout: Duration,
}

impl Producers {
    /// Makes those that the routes ask for.
    pub(super) fn start(
        config: &Config,
        routes: &Routes,
        kafka: kafka::Config,
        readiness: &Readiness,
    ) -> Result<Self, StartError> {
        let mut of_requests = HashMap::new();
        let has_letters = routes.iter().any(|route| matches!(route.config.on_invalid, OnInvalid::DeadLetter(_)));
        let of_letters = has_letters.then_some(OF_DEAD_LETTERS);
        for acks in routes.iter().map(|route| route.config.acks).chain(of_letters) {
            if let Entry::Vacant(place) = of_requests.entry(acks) {
                let settings = ProducerSettings::for_requests(&kafka, CLIENT, acks, config.delivery_timeout);
                let condition = readiness.condition("gateway");
                place.insert(Arc::new(Deliveries::start(settings, Some(condition))?));
            }
        }
        Ok(Self { of_requests, of_streams: Mutex::default(), kafka, delivery_timeout: config.delivery_timeout })
    }

    /// The one for records that are waited for one by one.
    pub(super) fn of_requests(&self, acks: Acks) -> Option<&Arc<Deliveries>> {
        self.of_requests.get(&acks)
    }

    /// The one for streams.
    pub(super) fn of_streams(&self, acks: Acks) -> Result<Arc<Deliveries>, StartError> {
        let mut known = self.of_streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(deliveries) = known.get(&acks) {
            return Ok(Arc::clone(deliveries));
        }
        let settings = ProducerSettings::for_streams(&self.kafka, CLIENT, acks, self.delivery_timeout);
        let deliveries = Arc::new(Deliveries::start(settings, None)?);
        known.insert(acks, Arc::clone(&deliveries));
        Ok(deliveries)
    }

    /// Delivers what was taken until a deadline; blocks the thread.
    pub(super) fn drain(&self, deadline: Instant) {
        let of_streams = std::mem::take(&mut *self.of_streams.lock().unwrap_or_else(PoisonError::into_inner));
        for deliveries in self.of_requests.values().chain(of_streams.values()) {
            deliveries.drain(deadline);
        }
    }
}
