//! What serdecar costs while nothing happens, and how soon it has written its first record.

use std::thread;
use std::time::{Duration, Instant};

use super::contestants::Contestant;
use super::ground::{Ground, PARTITIONS, Process, wait};
use super::measure::{Gauge, Usage};
use crate::end_to_end::support::PATIENCE;

/// How long a process is left alone before it is looked at.
const SETTLE: Duration = Duration::from_secs(30);
/// How long it is looked at.
const SPAN: Duration = Duration::from_secs(20);

/// What a process without records uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rest {
    /// Resident memory in bytes.
    pub(crate) memory: u64,
    /// The part of a core.
    pub(crate) cpu: f64,
}

impl Ground {
    /// Runs serdecar on `pipelines` pipelines, each with an empty topic of its own, and lets it be.
    pub(crate) fn rest(&self, pipelines: usize) -> anyhow::Result<Rest> {
        let topics: Vec<_> = (0..pipelines).map(|_| (self.fresh("quiet"), self.fresh("still"))).collect();
        for (source, sink) in &topics {
            self.kafka().create_topic(source, PARTITIONS);
            self.kafka().create_topic(sink, PARTITIONS);
        }
        let process = Process::run(self.idle_config(&topics))?;
        thread::sleep(SETTLE);
        let (before, start) = (Usage::of(process.id())?, Instant::now());
        thread::sleep(SPAN);
        let after = Usage::of(process.id())?;
        let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64() / start.elapsed().as_secs_f64();
        Ok(Rest { memory: after.memory, cpu })
    }

    /// From the start of the process to the first record in the sink, with a record that waits in the source.
    pub(crate) fn first_record(&self, contestant: Contestant) -> anyhow::Result<Duration> {
        let (sink, group) = (self.fresh("first"), self.fresh("group"));
        self.kafka().create_topic(&sink, self.partitions());
        let gauge = Gauge::new(self.kafka(), &sink, self.partitions())?;
        gauge.records()?;
        let place = self.few(contestant, &sink, &group);
        let start = Instant::now();
        let process = Process::start(contestant, &place)?;
        let (_, first) = wait(&mut [process], &gauge, 1, start + PATIENCE)?;
        Ok(first - start)
    }
}
