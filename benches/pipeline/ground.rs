//! What all contestants share: a broker, a registry, the topics that they read; and how one runs.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serdecar::codec::Limits;
use serdecar::codec::avro::{Encoder, JsonOptions};
use serdecar::schema::avro::{Plan, Schema};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::contestants::{Contestant, Input, Place};
use super::measure::{Gauge, Usage};
use super::orders::{SCHEMA, order};
use crate::end_to_end::support::{Kafka, PATIENCE, Record, SchemaRegistry, eventually, free_port};

const PARTITIONS: i32 = 4;
const SUBJECT: &str = "orders-value";
/// In front of an Avro datum: the magic byte and the id that an empty registry gives first.
pub(crate) const FRAME: [u8; 5] = [0, 0, 0, 0, 1];
/// No contestant needs nearly as long for a million records.
const DEADLINE: Duration = Duration::from_secs(300);

/// The broker, the registry and the topics to read.
pub(crate) struct Ground {
    kafka: Kafka,
    registry: SchemaRegistry,
    runtime: Runtime,
    dir: TempDir,
    records: u64,
    avro_bytes: usize,
    peers: Option<PathBuf>,
    topics: AtomicU32,
}

/// A topic to read.
#[derive(Debug, Clone, Copy)]
struct Source {
    topic: &'static str,
    records: u64,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) usage: Usage,
    /// Records a second, from the first to the last in the sink.
    pub(crate) rate: f64,
}

impl Ground {
    /// Starts a broker and a registry, and fills the topics.
    pub(crate) fn prepare(records: u64, peers: Option<PathBuf>) -> anyhow::Result<Self> {
        ensure!(records > 0, "no records");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let ground = Self {
            kafka: Kafka::start(),
            registry: SchemaRegistry::start(),
            runtime,
            dir: TempDir::new()?,
            records,
            avro_bytes: mean_avro_bytes()?,
            peers,
            topics: AtomicU32::new(0),
        };
        ground.register()?;
        for (input, few) in [(Input::Json, true), (Input::Json, false), (Input::Avro, true), (Input::Avro, false)] {
            let Source { topic, records } = ground.source(input, few);
            ground.kafka.create_topic(topic, PARTITIONS);
            let mut writer = Writer::new(input)?;
            ground.kafka.produce(topic, (0..records).map(|number| writer.record(number)));
        }
        Ok(ground)
    }

    /// The length of an order as Avro, as [`mean_avro_bytes`] has it.
    pub(crate) fn avro_bytes(&self) -> usize {
        self.avro_bytes
    }

    /// What a contestant has used by the time that it has moved the first records.
    pub(crate) fn start_cost(&self, contestant: Contestant) -> anyhow::Result<Usage> {
        Ok(self.run_on(contestant, self.source(contestant.input(), true))?.usage)
    }

    /// Lets a contestant move all records.
    pub(crate) fn run(&self, contestant: Contestant) -> anyhow::Result<Run> {
        self.run_on(contestant, self.source(contestant.input(), false))
    }

    fn source(&self, input: Input, few: bool) -> Source {
        let topic = match (input, few) {
            (Input::Json, false) => "orders-json",
            (Input::Json, true) => "orders-json-few",
            (Input::Avro, false) => "orders-avro",
            (Input::Avro, true) => "orders-avro-few",
        };
        // One for each partition brings every connection up.
        Source { topic, records: if few { PARTITIONS.unsigned_abs().into() } else { self.records } }
    }

    /// Runs a contestant into a fresh topic.
    fn run_on(&self, contestant: Contestant, source: Source) -> anyhow::Result<Run> {
        let sink = format!("sink-{}", self.topics.fetch_add(1, Ordering::Relaxed));
        self.kafka.create_topic_with(&sink, PARTITIONS, &[("file.delete.delay.ms", "1000")]);
        let run = self.measure(contestant, source, &sink)?;
        let admin: AdminClient<DefaultClientContext> = self.settings().create()?;
        for deleted in self.runtime.block_on(admin.delete_topics(&[&sink], &AdminOptions::new()))? {
            deleted.map_err(|(topic, code)| anyhow::anyhow!("deleting {topic}: {code}"))?;
        }
        Ok(run)
    }

    fn measure(&self, contestant: Contestant, source: Source, sink: &str) -> anyhow::Result<Run> {
        let group = format!("group-{}", self.topics.fetch_add(1, Ordering::Relaxed));
        let (bootstrap, registry) = (self.kafka.bootstrap(), self.registry.url());
        let place = Place {
            bootstrap: &bootstrap,
            registry: &registry,
            subject: SUBJECT,
            group: &group,
            source: source.topic,
            sink,
            avro_bytes: self.avro_bytes,
            peers: self.peers.as_ref(),
        };
        let mut command = contestant.command(&place)?;
        if let Some(config) = contestant.config(&place, free_port()) {
            let file = self.dir.path().join("serdecar.yaml");
            fs::write(&file, config)?;
            command.arg("--config").arg(file);
        }
        let gauge = if contestant.is_transactional() {
            Gauge::of_group(&self.kafka, &group, source.topic, PARTITIONS)?
        } else {
            Gauge::new(&self.kafka, sink, PARTITIONS)?
        };
        let mut process = Process(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
        let failed = || format!("{} on {} records", contestant.title(), source.records);

        let deadline = Instant::now() + DEADLINE;
        let (first, start) = process.until(&gauge, 1, deadline).with_context(failed)?;
        let (last, end) = process.until(&gauge, source.records, deadline).with_context(failed)?;
        let usage = Usage::of(process.0.id())?;
        let committed = || self.kafka.committed(&group, source.topic).iter().flatten().sum::<i64>();
        eventually("everything is committed", || (committed().unsigned_abs() == source.records).then_some(()));
        let (written, _) = process.until(&gauge, source.records, deadline)?;
        drop(process);
        ensure!(written == source.records, "{}: {written} were written", failed());
        contestant.check(&self.some_record(sink)?, self.avro_bytes).with_context(failed)?;
        Ok(Run { usage, rate: (last - first) as f64 / (end - start).as_secs_f64() })
    }

    /// A record from the middle of a topic's first partition.
    fn some_record(&self, topic: &str) -> anyhow::Result<Record> {
        let consumer: BaseConsumer = self.kafka.client().create()?;
        let (_, end) = consumer.fetch_watermarks(topic, 0, PATIENCE)?;
        let mut assignment = TopicPartitionList::new();
        assignment.add_partition_offset(topic, 0, Offset::Offset(end / 2))?;
        consumer.assign(&assignment)?;
        let message = consumer.poll(PATIENCE).context("no record")??;
        Ok(Record::from(&message))
    }

    fn register(&self) -> anyhow::Result<()> {
        let url = format!("{}/subjects/{SUBJECT}/versions", self.registry.url());
        let body = serde_json::json!({"schema": SCHEMA});
        let answer = self.runtime.block_on(reqwest::Client::new().post(url).json(&body).send())?;
        answer.error_for_status()?;
        Ok(())
    }

    fn settings(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.kafka.bootstrap());
        config
    }
}

/// A contestant's process, killed when it is dropped.
struct Process(Child);

impl Process {
    /// Waits for a number of records in the sink; returns how many there were, and when.
    fn until(&mut self, gauge: &Gauge, records: u64, deadline: Instant) -> anyhow::Result<(u64, Instant)> {
        loop {
            let now = Instant::now();
            let found = match gauge.records() {
                Ok(found) => found,
                // A busy broker may take a while to know itself as a new topic's leader.
                Err(_) if now < deadline => 0,
                Err(error) => return Err(error),
            };
            if found >= records {
                return Ok((found, now));
            }
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended with {found} records written: {status}");
            }
            ensure!(now < deadline, "it has written {found} records in {DEADLINE:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait().map(drop)).ok();
    }
}

/// Makes the records that are read.
struct Writer {
    input: Input,
    plan: Plan,
    encoder: Encoder,
}

impl Writer {
    fn new(input: Input) -> anyhow::Result<Self> {
        let plan = Plan::compile(&Schema::parse::<&str>(SCHEMA, &[])?)?;
        Ok(Self { input, plan, encoder: Encoder::new(JsonOptions::default(), Limits::default()) })
    }

    fn record(&mut self, number: u64) -> Record {
        let order = order(number);
        let partition = i32::try_from(number % u64::from(PARTITIONS.unsigned_abs())).unwrap_or_default();
        let value = match self.input {
            Input::Json => order.value.into_bytes(),
            Input::Avro => {
                let mut framed = FRAME.to_vec();
                let encoded = self.encoder.encode(&self.plan, order.value.as_bytes(), &mut framed);
                encoded.expect("a generated order fits its schema");
                framed
            }
        };
        Record::new(value).key(order.key).partition(partition)
    }
}

/// The length of an order as Avro in the registry's wire format, in bytes, on average.
fn mean_avro_bytes() -> anyhow::Result<usize> {
    let sample = 1_000;
    let mut writer = Writer::new(Input::Avro)?;
    let bytes: usize = (0..sample).filter_map(|number| writer.record(number).value).map(|value| value.len()).sum();
    Ok(bytes / usize::try_from(sample)?)
}
