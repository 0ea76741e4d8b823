//! Before the first record: clients, topics, limits. What is wrong for good ends the worker here; what may still come is
//! waited for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::assignment::Assignment;
use super::backoff::Backoff;
use super::commit::Commits;
use super::dispatch::Batch;
use super::orphans::Lookout;
use super::rights::Rights;
use super::routes::Routes;
use super::sink::Sink;
use super::transaction::Transactions;
use super::watch::Clock;
use super::{Setup, Worker};
use crate::disposition::Disposition;
use crate::kafka::{Code, Consumer, ConsumerSettings, Error, GroupIdentity, ProducerLimits, transactional_id};
use crate::pipeline::WorkerError;
use crate::pipeline::config::{Config, Delivery, OnInvalid};
use crate::pipeline::metrics::{Metrics, Tally};
use crate::pipeline::partition::{Partitioner, Partitioning};
use crate::pipeline::status::Condition;
use crate::transform::Schemas;
use crate::transform::Transform;

/// How long a question about a topic may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Between looks at whether everything is there.
const RETRY: Duration = Duration::from_secs(1);

/// Why a worker has not started.
enum NotYet {
    Never(WorkerError),
    Wait(Condition, String),
}

impl<S: Schemas> Worker<S> {
    /// Makes a worker that has joined its group; `None` if it was told to stop before.
    pub(super) fn start(setup: Setup<S>) -> Result<Option<Self>, WorkerError> {
        let Setup { config, kafka, index, stop, status, schemas } = setup;
        let metrics = Metrics::new(&config.name, index);
        let client = client_id(&config.name, index);
        let transactions = (config.delivery == Delivery::ExactlyOnce)
            .then(|| Transactions::new(transactional_id(&kafka, &identity(&config, index))));
        let mut worker = Self {
            consumer: Consumer::new(&settings(&kafka, &config, index))?,
            sink: Sink::new(
                &kafka,
                &client,
                ProducerLimits::default(),
                metrics.end_to_end_seconds.clone(),
                transactions,
                stop.clone(),
            )?,
            transform: Transform::new(config.key.work(), config.value.work()),
            partitioner: Partitioner::new(config.sink.partition),
            mean_size: (config.batch.max_bytes / config.batch.max_records).max(1),
            config,
            kafka,
            index,
            stop,
            status,
            schemas,
            metrics,
            dead_letters: None,
            assignment: Assignment::default(),
            routes: Routes::default(),
            unrouted: Tally::default(),
            messages: Vec::new(),
            batch: Batch::default(),
            commits: Commits::new(),
            quiet: Some(Instant::now()),
            sparse: false,
            congested: None,
            backoff: Backoff::default(),
            unreached: None,
            clock: Clock::new(),
            lookout: Lookout::default(),
            rights: Rights::default(),
            renewed: None,
        };
        while let Err(not_yet) = worker.prepare() {
            match not_yet {
                NotYet::Never(error) => return Err(error),
                NotYet::Wait(Condition::Broker, reason) => worker.lacks_broker(&reason),
                NotYet::Wait(condition, reason) => worker.status.lacks(condition, reason),
            }
            if !worker.wait_for_retry()? {
                return Ok(None);
            }
        }
        worker.status.holds(Condition::Topics);
        worker.status.holds(Condition::Broker);
        // Before it has partitions that wait for it.
        if !worker.init_transactions()? {
            return Ok(None);
        }
        worker.sink.warm_up();
        worker.consumer.subscribe(&worker.config.source.topics)?;
        Ok(Some(worker))
    }

    pub(super) fn client_id(&self) -> String {
        client_id(&self.config.name, self.index)
    }

    pub(super) fn consumer_settings(&self) -> ConsumerSettings {
        settings(&self.kafka, &self.config, self.index)
    }

    /// Waits until it is time to look again; `false` if a stop came first.
    fn wait_for_retry(&mut self) -> Result<bool, WorkerError> {
        let deadline = Instant::now() + RETRY;
        while Instant::now() < deadline {
            if self.stop.is_requested() {
                return Ok(false);
            }
            self.sink.serve(Duration::from_millis(20));
        }
        self.mind_errors()?;
        Ok(true)
    }

    /// Looks at every topic that is known by name, and makes the producer fit them.
    fn prepare(&mut self) -> Result<(), NotYet> {
        let config = std::sync::Arc::clone(&self.config);
        let mut names: BTreeSet<_> = config.sink.topic.literal().into_iter().map(str::to_owned).collect();
        for source in config.source.names() {
            let partitions = self.consumer.partition_count(source, TIMEOUT).map_err(|error| not_yet(source, &error))?;
            let sink = config.sink.topic.fill(source);
            let index = self.sink.open(&sink).map_err(|error| not_yet(&sink, &error))?;
            let room = self.sink.partitions(index);
            if config.sink.partition == Partitioning::Preserve && room < partitions {
                let topic = source.to_owned();
                return Err(NotYet::Never(WorkerError::FewerPartitions { topic, partitions, sink, room }));
            }
            // Known before the first record, so that readiness can say whether its schemas are there.
            self.routes.of_topic(&config, source, &mut self.metrics).ok();
            names.insert(sink);
        }
        if let OnInvalid::DeadLetter(dead) = &config.on_invalid {
            let index = self.sink.open(&dead.topic).map_err(|error| not_yet(&dead.topic, &error))?;
            self.dead_letters = Some(index);
            names.insert(dead.topic.clone());
        }
        let limits = self.ask_limits(&names)?;
        if limits != self.sink.limits() {
            self.sink.renew(&self.kafka, &self.client_id(), limits).map_err(|error| NotYet::Never(error.into()))?;
        }
        Ok(())
    }

    /// What the topics allow, as far as the cluster tells it; what is too large otherwise is found out one by one.
    fn ask_limits(&mut self, names: &BTreeSet<String>) -> Result<ProducerLimits, NotYet> {
        let mut limits = self.sink.limits();
        for name in names {
            let index = self.sink.open(name).map_err(|error| not_yet(name, &error))?;
            if self.kafka.is_embedded() {
                continue;
            }
            match self.sink.ask_limit(index) {
                Ok(bytes) => limits = limits.with_topic(bytes),
                Err(error) => {
                    tracing::debug!(pipeline = self.config.name, worker = self.index, "{error}");
                    break;
                }
            }
        }
        Ok(limits)
    }
}

fn client_id(pipeline: &str, index: usize) -> String {
    format!("serdecar-{pipeline}-{index}")
}

fn identity(config: &Config, index: usize) -> GroupIdentity {
    GroupIdentity { group: config.source.group.clone(), client: client_id(&config.name, index), worker: index }
}

fn settings(kafka: &crate::kafka::Config, config: &Config, index: usize) -> ConsumerSettings {
    let settings = ConsumerSettings::new(kafka, &identity(config, index));
    match config.delivery {
        Delivery::AtLeastOnce => settings,
        Delivery::ExactlyOnce => settings.read_committed(),
    }
}

/// What a question about a topic failed with.
fn not_yet(topic: &str, error: &Error) -> NotYet {
    let code = error.code().unwrap_or(Code::STATE);
    if matches!(code, Code::UNSUPPORTED | Code::UNSUPPORTED_VERSION) {
        return NotYet::Never(WorkerError::WrongPeer(error.clone()));
    }
    if error.disposition() == Disposition::Fatal {
        return NotYet::Never(WorkerError::Kafka(error.clone()));
    }
    let condition = if code.is_connection() { Condition::Broker } else { Condition::Topics };
    NotYet::Wait(condition, format!("topic {topic}: {error}"))
}
