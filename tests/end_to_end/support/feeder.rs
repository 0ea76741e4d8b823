//! A steady stream of numbered records, for tests of what happens in mid-stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::producer::{BaseProducer, Producer};

use super::topics::{Deliveries, send};
use super::{Kafka, Record, eventually, orders};

/// Writes the numbers from 0 to every partition of a topic, until it is told to stop.
#[derive(Debug)]
pub(crate) struct Feeder {
    stop: Arc<AtomicBool>,
    /// Returns how many numbers it wrote to each partition.
    thread: Option<JoinHandle<usize>>,
}

/// Numbers written between two pauses: with the pause of 5 ms that is a thousand a second and partition, which even a
/// debug build on a busy machine keeps up with.
const STRIDE: usize = 5;

impl Feeder {
    pub(crate) fn start(kafka: &Kafka, topic: &str, partitions: i32) -> Self {
        Self::start_with(kafka, topic, partitions, orders::number)
    }

    /// The same with other values of the numbers.
    pub(crate) fn start_with(kafka: &Kafka, topic: &str, partitions: i32, value: fn(usize) -> String) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut config = kafka.client();
        config.remove("group.id");
        config.remove("enable.auto.commit");
        // It has to keep the order and to repeat nothing when its broker is away.
        config.set("enable.idempotence", "true").set("reconnect.backoff.max.ms", "200").set("retry.backoff.ms", "20");
        let producer: BaseProducer<Deliveries> = config.create_with_context(Deliveries::default()).expect("a producer");
        let (topic, stopped) = (topic.to_owned(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let mut count = 0;
            while !stopped.load(Ordering::Relaxed) {
                for n in count..count + STRIDE {
                    for partition in 0..partitions {
                        send(&producer, &topic, &Record::new(value(n)).partition(partition));
                    }
                }
                count += STRIDE;
                producer.poll(Duration::from_millis(5));
            }
            producer.context().flushed(&producer, &topic);
            count
        });
        Self { stop, thread: Some(thread) }
    }

    /// Ends the stream; returns how many numbers stand in each partition.
    pub(crate) fn finish(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("not finished before").join().expect("every record is acknowledged")
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Waits until each partition of a sink holds framed [numbers](orders::NUMBER) from 0 to below `count`, in this order by
/// their first sightings. Returns how many records are there more than once.
pub(crate) fn await_numbers(kafka: &Kafka, sink: &str, partitions: i32, count: usize) -> usize {
    let wanted = count * usize::try_from(partitions).expect("a number of partitions");
    kafka.await_count(sink, wanted);
    let mut records = Vec::new();
    let seen = eventually(&format!("{count} numbers in each partition of {sink}"), || {
        records = kafka.read_to_end(sink);
        let seen: Vec<Vec<usize>> = (0..partitions).map(|partition| first_sightings(&records, partition)).collect();
        seen.iter().all(|numbers| numbers.len() == count).then_some(seen)
    });
    for (partition, numbers) in seen.into_iter().enumerate() {
        let wrong = numbers.iter().zip(0..count).find(|(number, expected)| *number != expected);
        assert_eq!(wrong, None, "{sink}[{partition}] out of order (found, expected)");
    }
    records.len() - wanted
}

fn first_sightings(records: &[Record], partition: i32) -> Vec<usize> {
    let mut seen = std::collections::HashSet::new();
    let own = records.iter().filter(|record| record.partition == Some(partition));
    own.map(|record| orders::number_of(record.value.as_deref().expect("a number")))
        .filter(|n| seen.insert(*n))
        .collect()
}
