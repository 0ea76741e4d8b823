//! How a pipeline is, as readiness asks for it. Workers write only when something changes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::transform::rejection::{Reason, Rejection};

/// How a pipeline is. Clones share it.
#[derive(Debug, Clone)]
pub struct Status(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pipeline: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    workers: Vec<[Option<String>; Condition::COUNT]>,
    halt: Option<Halt>,
}

/// What has to hold for a worker to be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Its topics are there, with partitions enough.
    Topics,
    /// A broker answers.
    Broker,
    /// The brokers let it do what it has to.
    Rights,
    /// The group has told it its partitions (which may be none).
    Assigned,
    /// The schemas that it needs can be had.
    Schemas,
    /// It runs, rather than recovering from a fault.
    Running,
}

impl Condition {
    const COUNT: usize = 6;
    const ALL: [Self; Self::COUNT] =
        [Self::Topics, Self::Broker, Self::Rights, Self::Assigned, Self::Schemas, Self::Running];

    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::Broker => "broker",
            Self::Rights => "rights",
            Self::Assigned => "assigned",
            Self::Schemas => "schemas",
            Self::Running => "running",
        }
    }
}

/// Something that keeps a pipeline from being ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which worker, counted from 0; `None` for the pipeline as a whole.
    pub worker: Option<usize>,
    /// Which condition does not hold; `None` if the pipeline has halted.
    pub condition: Option<Condition>,
    /// What is wrong. Names topics, subjects and offsets, never a record's values.
    pub reason: String,
}

/// The record before which a pipeline halted. Holds nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// The record's topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// What is wrong with it.
    pub reason: Reason,
    /// Where in the schema; empty for all of it.
    pub schema_path: String,
}

impl Halt {
    /// The halt before a rejected record.
    pub(super) fn before(topic: &str, partition: i32, offset: i64, rejection: &Rejection) -> Self {
        let schema_path = rejection.schema_path.clone();
        Self { topic: topic.to_owned(), partition, offset, reason: rejection.reason, schema_path }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { topic, partition, offset, reason, schema_path } = self;
        write!(f, "halted before the record at offset {offset} of {topic}[{partition}]: {}", reason.as_str())?;
        if schema_path.is_empty() { Ok(()) } else { write!(f, " at {schema_path}") }
    }
}

impl Status {
    pub(super) fn new(pipeline: &str, workers: usize) -> Self {
        let starting = || {
            let mut problems = [const { None }; Condition::COUNT];
            problems[Condition::Broker as usize] = Some("not connected yet".to_owned());
            problems[Condition::Assigned as usize] = Some("no partitions assigned yet".to_owned());
            problems[Condition::Schemas as usize] = Some("schemas not asked for yet".to_owned());
            problems
        };
        let state = State { workers: (0..workers).map(|_| starting()).collect(), halt: None };
        Self(Arc::new(Shared { pipeline: pipeline.to_owned(), state: Mutex::new(state) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here can panic half-way, so what a poisoned lock guards is whole.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pipeline's name.
    pub fn pipeline(&self) -> &str {
        &self.0.pipeline
    }

    /// The record before which the pipeline halted.
    pub fn halt(&self) -> Option<Halt> {
        self.state().halt.clone()
    }

    /// Notes a halt; the first one stays.
    pub(super) fn set_halt(&self, halt: Halt) {
        self.state().halt.get_or_insert(halt);
    }

    /// Everything that keeps the pipeline from being ready; empty if it is. Once it has halted that is the halt alone:
    /// what its workers lacked when they stopped does not matter any more.
    pub fn problems(&self) -> Vec<Problem> {
        let state = self.state();
        if let Some(halt) = &state.halt {
            return vec![Problem { worker: None, condition: None, reason: halt.to_string() }];
        }
        let workers = state.workers.iter().enumerate().flat_map(|(worker, problems)| {
            Condition::ALL.into_iter().zip(problems).filter_map(move |(condition, reason)| {
                Some(Problem { worker: Some(worker), condition: Some(condition), reason: reason.clone()? })
            })
        });
        workers.collect()
    }

    /// Whether nothing keeps the pipeline from being ready.
    pub fn is_ready(&self) -> bool {
        self.problems().is_empty()
    }

    pub(super) fn worker(&self, index: usize) -> WorkerStatus {
        let known = self.state().workers.get(index).cloned().unwrap_or_default();
        WorkerStatus { status: self.clone(), index, known }
    }
}

/// A worker's own end of the status.
#[derive(Debug)]
pub(super) struct WorkerStatus {
    status: Status,
    index: usize,
    /// What it said last, so that saying it again costs no lock.
    known: [Option<String>; Condition::COUNT],
}

impl WorkerStatus {
    /// The condition holds.
    pub(super) fn holds(&mut self, condition: Condition) {
        self.set(condition, None);
    }

    /// The condition does not hold.
    pub(super) fn lacks(&mut self, condition: Condition, reason: impl Into<String>) {
        self.set(condition, Some(reason.into()));
    }

    /// Whether the condition holds.
    pub(super) fn is(&self, condition: Condition) -> bool {
        self.known[condition as usize].is_none()
    }

    fn set(&mut self, condition: Condition, reason: Option<String>) {
        let known = &mut self.known[condition as usize];
        if *known == reason {
            return;
        }
        let (pipeline, worker) = (self.status.pipeline(), self.index);
        let condition_name = condition.as_str();
        if let Some(reason) = &reason {
            tracing::warn!(pipeline, worker, condition = condition_name, "not ready: {reason}");
        } else {
            tracing::info!(pipeline, worker, condition = condition_name, "ready");
        }
        known.clone_from(&reason);
        if let Some(problems) = self.status.state().workers.get_mut(self.index) {
            problems[condition as usize] = reason;
        }
    }

    /// Notes that the pipeline halted.
    pub(super) fn halt(&self, halt: Halt) {
        self.status.set_halt(halt);
    }

    /// Whether any worker of the pipeline halted.
    pub(super) fn is_halted(&self) -> bool {
        self.status.state().halt.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::ViolationKind;

    #[test]
    fn a_pipeline_is_ready_when_every_condition_of_every_worker_holds() {
        let status = Status::new("orders", 2);
        let mut workers = [status.worker(0), status.worker(1)];
        for worker in &mut workers {
            assert!(!status.is_ready());
            worker.holds(Condition::Broker);
            worker.holds(Condition::Assigned);
            worker.holds(Condition::Schemas);
        }
        assert_eq!(status.problems(), []);
        workers[1].lacks(Condition::Schemas, "latest version of orders-value is not available");
        let problem = &status.problems()[0];
        assert_eq!((problem.worker, problem.condition), (Some(1), Some(Condition::Schemas)));
        assert_eq!(problem.reason, "latest version of orders-value is not available");
    }

    #[test]
    fn a_halt_names_the_record_and_the_kind_of_fault() {
        let status = Status::new("orders", 1);
        let halt = |offset| Halt {
            topic: "raw".into(),
            partition: 3,
            offset,
            reason: Reason::Violation(ViolationKind::Type),
            schema_path: "/items/[]/qty".into(),
        };
        status.worker(0).halt(halt(41));
        status.worker(0).halt(halt(99));
        let problems = status.problems();
        assert_eq!(problems.len(), 1, "what the worker lacked before does not matter any more: {problems:?}");
        assert_eq!(problems[0].reason, "halted before the record at offset 41 of raw[3]: type at /items/[]/qty");
    }
}
