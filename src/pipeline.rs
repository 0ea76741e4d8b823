//! Pipelines: records of one topic, validated and transformed, written to another.
//!
//! A pipeline is a number of workers, each a thread of its own that shares nothing with the others but the
//! group they are in, the stop signal and the [`Status`].
//!
//! The parts that decide something are pure: [`transform`](crate::transform) (what becomes of a record), [`offsets`] (what may be
//! committed), [`partition`] (where a record goes).

pub mod config;
mod metrics;
pub mod offsets;
pub mod partition;
mod status;
mod worker;

pub use config::{Config, RawConfig};
pub use metrics::METRICS;
pub use status::{Condition, Halt, Problem, Status};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::disposition::Disposition;
use crate::kafka;
use crate::transform::Schemas;
use worker::{Setup, Worker};

/// A running pipeline.
#[derive(Debug)]
pub struct Pipeline {
    status: Status,
    stop: Stop,
    workers: Vec<JoinHandle<Result<Ended, WorkerError>>>,
}

/// How a pipeline came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was told to stop, and drained.
    Stopped,
    /// It halted before a bad record, as `on_invalid: stop` says.
    Halted(Halt),
}

/// Why a pipeline can't go on. None of these is mended by trying again.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A client can't be made, or not be used.
    #[error("kafka: {0}")]
    Kafka(#[from] kafka::Error),
    /// The peer does not speak as a broker does.
    #[error("kafka: {0}; is bootstrap_servers the address of a broker, not of a controller?")]
    WrongPeer(kafka::Error),
    /// Nothing says where to read on.
    #[error("kafka: {0}; auto.offset.reset is error: set the group's offsets, or let it be earliest or latest")]
    NoOffset(kafka::Error),
    /// Records could not keep the number of their partition.
    #[error(
        "topic {sink} has {room} partitions and {topic} has {partitions}: add partitions, or set sink.partition to key"
    )]
    FewerPartitions {
        /// The source's topic.
        topic: String,
        /// How many partitions it has.
        partitions: i32,
        /// The sink's topic.
        sink: String,
        /// How many partitions that has.
        room: i32,
    },
    /// The output would come back as input.
    #[error("topic {topic} is written by this pipeline and matches its source: its output would come back as input")]
    Loop {
        /// The topic.
        topic: String,
    },
    /// A client that is replaced again and again.
    #[error("the {0} fails again and again: see the log")]
    Failing(&'static str),
    /// Two live workers write transactions under one id, and fence each other off.
    #[error(
        "transactional id {id} is used by another live worker too: instances need names of their own, by their hosts or \
         by group.instance.id"
    )]
    Fenced {
        /// The id.
        id: String,
    },
    /// A thread can't be started.
    #[error("can't start a thread: {0}")]
    Thread(std::io::Error),
    /// A worker ended in a way that is a defect of ours.
    #[error("a worker panicked")]
    Panicked,
}

impl WorkerError {
    /// What to do about it: always give up, as whatever could pass was waited for.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Kafka(_)
            | Self::WrongPeer(_)
            | Self::NoOffset(_)
            | Self::FewerPartitions { .. }
            | Self::Loop { .. }
            | Self::Failing(_)
            | Self::Fenced { .. }
            | Self::Thread(_)
            | Self::Panicked => Disposition::Fatal,
        }
    }
}

/// Tells workers to stop. Clones are the same signal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<AtomicBool>);

impl Stop {
    fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Pipeline {
    /// Starts the workers. `schemas` makes a source of schemas for each, on its own thread.
    pub fn start<S, F>(config: Config, kafka: &kafka::Config, schemas: F) -> Result<Self, WorkerError>
    where
        S: Schemas,
        F: Fn() -> S + Clone + Send + 'static,
    {
        let (config, kafka) = (Arc::new(config), Arc::new(kafka.clone()));
        let mut pipeline = Self {
            status: Status::new(&config.name, config.workers),
            stop: Stop::default(),
            workers: Vec::with_capacity(config.workers),
        };
        for index in 0..config.workers {
            let (config, kafka, schemas) = (Arc::clone(&config), Arc::clone(&kafka), schemas.clone());
            let (status, stop) = (pipeline.status.worker(index), pipeline.stop.clone());
            let name = format!("{}-{index}", config.name);
            let work = move || {
                let signal = stop.clone();
                let ended = Worker::run(Setup { config, kafka, index, stop, status, schemas: schemas() });
                if ended.is_err() {
                    // One worker alone would only hide that the pipeline is broken.
                    signal.request();
                }
                ended
            };
            match thread::Builder::new().name(name).spawn(work) {
                Ok(worker) => pipeline.workers.push(worker),
                Err(error) => {
                    pipeline.stop();
                    return Err(WorkerError::Thread(error));
                }
            }
        }
        Ok(pipeline)
    }

    /// How it is; for readiness. Outlives the pipeline.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Tells it to stop: what was read is delivered and committed, within the configured deadline. Returns at once.
    pub fn stop(&self) {
        self.stop.request();
    }

    /// Whether every worker has come to its end.
    pub fn is_finished(&self) -> bool {
        self.workers.iter().all(JoinHandle::is_finished)
    }

    /// Waits for the end: after [`stop`](Self::stop), or when it halts or can't go on.
    pub fn join(self) -> Result<Ended, WorkerError> {
        let mut end = Ok(Ended::Stopped);
        for worker in self.workers {
            let ended = worker.join().unwrap_or(Err(WorkerError::Panicked));
            end = match (end, ended) {
                (Err(error), _) | (_, Err(error)) => Err(error),
                (Ok(Ended::Halted(halt)), _) | (_, Ok(Ended::Halted(halt))) => Ok(Ended::Halted(halt)),
                (Ok(Ended::Stopped), Ok(Ended::Stopped)) => Ok(Ended::Stopped),
            };
        }
        end
    }
}

#[cfg(test)]
mod tests;
