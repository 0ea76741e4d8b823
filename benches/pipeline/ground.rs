//! What all contestants share: a broker, a registry, the topics that they read; and how one runs.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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

use super::contestants::{Contestant, Input, Place, config};
use super::measure::{Gauge, Usage};
use super::orders::{SCHEMA, order};
use crate::end_to_end::support::{Kafka, PATIENCE, Record, SchemaRegistry, eventually, free_port};

/// The partitions of topics, where nothing else is asked for.
pub(crate) const PARTITIONS: i32 = 4;
const SUBJECT: &str = "orders-value";
/// In front of an Avro datum: the magic byte and the id that an empty registry gives first.
pub(crate) const FRAME: [u8; 5] = [0, 0, 0, 0, 1];
/// No contestant needs nearly as long for a million records.
const DEADLINE: Duration = Duration::from_secs(300);

/// The broker, the registry and the topics to read.
pub(crate) struct Ground {
    kafka: Kafka,
    bootstrap: String,
    registry_url: String,
    _registry: SchemaRegistry,
    runtime: Runtime,
    setting: Setting,
    avro_bytes: usize,
    names: AtomicU32,
}

/// What is moved, and by how many.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Orders in a topic.
    pub(crate) records: u64,
    /// Partitions of each topic.
    pub(crate) partitions: i32,
    /// Processes of one contestant that share the work.
    pub(crate) processes: usize,
    /// The program that plays the peers.
    pub(crate) peers: Option<PathBuf>,
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
    pub(crate) fn prepare(setting: Setting) -> anyhow::Result<Self> {
        ensure!(setting.records > 0 && setting.partitions > 0 && setting.processes > 0, "nothing to do");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (kafka, registry) = (Kafka::start(), SchemaRegistry::start());
        let ground = Self {
            bootstrap: kafka.bootstrap(),
            registry_url: registry.url(),
            kafka,
            _registry: registry,
            runtime,
            setting,
            avro_bytes: mean_avro_bytes()?,
            names: AtomicU32::new(0),
        };
        ground.register()?;
        for (input, few) in [(Input::Json, true), (Input::Json, false), (Input::Avro, true), (Input::Avro, false)] {
            let Source { topic, records } = ground.source(input, few);
            ground.kafka.create_topic(topic, ground.setting.partitions);
            let mut writer = Writer::new(input, ground.setting.partitions)?;
            ground.kafka.produce(topic, (0..records).map(|number| writer.record(number)));
        }
        Ok(ground)
    }

    /// The length of an order as Avro, as [`mean_avro_bytes`] has it.
    pub(crate) fn avro_bytes(&self) -> usize {
        self.avro_bytes
    }

    /// The broker.
    pub(crate) fn kafka(&self) -> &Kafka {
        &self.kafka
    }

    /// The partitions of its topics.
    pub(crate) fn partitions(&self) -> i32 {
        self.setting.partitions
    }

    /// A name that nothing has yet.
    pub(crate) fn fresh(&self, what: &str) -> String {
        format!("{what}-{}", self.names.fetch_add(1, Ordering::Relaxed))
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
        Source {
            topic,
            records: if few { self.setting.partitions.unsigned_abs().into() } else { self.setting.records },
        }
    }

    /// Runs a contestant into a fresh topic.
    fn run_on(&self, contestant: Contestant, source: Source) -> anyhow::Result<Run> {
        let sink = self.fresh("sink");
        self.kafka.create_topic_with(&sink, self.setting.partitions, &[("file.delete.delay.ms", "1000")]);
        let run = self.measure(contestant, source, &sink)?;
        let admin: AdminClient<DefaultClientContext> = self.settings().create()?;
        for deleted in self.runtime.block_on(admin.delete_topics(&[&sink], &AdminOptions::new()))? {
            deleted.map_err(|(topic, code)| anyhow::anyhow!("deleting {topic}: {code}"))?;
        }
        Ok(run)
    }

    fn measure(&self, contestant: Contestant, source: Source, sink: &str) -> anyhow::Result<Run> {
        let (group, partitions) = (self.fresh("group"), self.setting.partitions);
        let place = Place { group: &group, source: source.topic, sink, ..self.place() };
        let gauge = if contestant.is_transactional() {
            Gauge::of_group(&self.kafka, &group, source.topic, partitions)?
        } else {
            Gauge::new(&self.kafka, sink, partitions)?
        };
        let start = || Process::start(contestant, &place);
        let mut processes = (0..self.setting.processes).map(|_| start()).collect::<anyhow::Result<Vec<_>>>()?;
        let failed = || format!("{} on {} records", contestant.title(), source.records);

        let deadline = Instant::now() + DEADLINE;
        let mut until = |records| wait(&mut processes, &gauge, records, deadline).with_context(failed);
        let (first, start) = until(1)?;
        let (last, end) = until(source.records)?;
        let usage = processes.iter().map(|process| Usage::of(process.id())).sum::<anyhow::Result<Usage>>()?;
        let committed = || self.kafka.committed(&group, source.topic).iter().flatten().sum::<i64>();
        eventually("everything is committed", || (committed().unsigned_abs() == source.records).then_some(()));
        let (written, _) = wait(&mut processes, &gauge, source.records, deadline)?;
        drop(processes);
        ensure!(written == source.records, "{}: {written} were written", failed());
        contestant.check(&self.some_record(sink)?, self.avro_bytes).with_context(failed)?;
        Ok(Run { usage, rate: (last - first) as f64 / (end - start).as_secs_f64() })
    }

    /// Where a contestant finds things, apart from its group and topics.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            bootstrap: &self.bootstrap,
            registry: &self.registry_url,
            subject: SUBJECT,
            group: "",
            source: "",
            sink: "",
            avro_bytes: self.avro_bytes,
            peers: self.setting.peers.as_ref(),
        }
    }

    /// The same with the topic that has a record for each partition.
    pub(crate) fn few<'a>(&'a self, contestant: Contestant, sink: &'a str, group: &'a str) -> Place<'a> {
        Place { source: self.source(contestant.input(), true).topic, sink, group, ..self.place() }
    }

    /// serdecar's config for a gateway that writes orders to this topic: what a user has to write, and nothing tuned.
    pub(crate) fn gateway_config(&self, topic: &str, listen: SocketAddr) -> String {
        let Place { bootstrap, registry, subject, .. } = self.place();
        format!(
            "kafka: {{bootstrap_servers: '{bootstrap}'}}\n\
             registry: {{url: '{registry}'}}\n\
             log: {{level: error}}\n\
             admin: {{listen: '127.0.0.1:{}'}}\n\
             gateway:\n  \
               listen: '{listen}'\n  \
               routes:\n  \
               - {{topics: ['{topic}'], value: {{subject: '{subject}'}}}}\n",
            free_port()
        )
    }

    /// serdecar's config for pipelines from and to these topics.
    pub(crate) fn idle_config(&self, topics: &[(String, String)]) -> String {
        let jobs = topics.iter().map(|(source, sink)| (source.as_str(), sink.as_str(), source.as_str()));
        config(&self.place(), jobs, "serialize", "at_least_once", free_port())
    }

    /// A record from the middle of a topic's first partition.
    fn some_record(&self, topic: &str) -> anyhow::Result<Record> {
        let consumer: BaseConsumer = self.kafka.client().create()?;
        let (_, end) = consumer.fetch_watermarks(topic, 0, PATIENCE)?;
        let mut assignment = TopicPartitionList::new();
        // Behind the last record of a transaction stands its end, which is none.
        assignment.add_partition_offset(topic, 0, Offset::Offset((end - 1) / 2))?;
        consumer.assign(&assignment)?;
        let message = consumer.poll(PATIENCE).context("no record")??;
        Ok(Record::from(&message))
    }

    fn register(&self) -> anyhow::Result<()> {
        let url = format!("{}/subjects/{SUBJECT}/versions", self.registry_url);
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
pub(crate) struct Process {
    child: Child,
    /// Holds its config.
    _dir: TempDir,
}

impl Process {
    /// Starts a contestant.
    pub(crate) fn start(contestant: Contestant, place: &Place<'_>) -> anyhow::Result<Self> {
        Self::spawn(contestant.command(place)?, contestant.config(place, free_port()))
    }

    /// Starts serdecar on a config.
    pub(crate) fn run(config: String) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
        command.arg("run");
        Self::spawn(command, Some(config))
    }

    /// Starts one of this program's own parts.
    pub(crate) fn part(arguments: Vec<OsString>) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments);
        Self::spawn(command, None)
    }

    fn spawn(mut command: Command, config: Option<String>) -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        if let Some(config) = config {
            let file = dir.path().join("serdecar.yaml");
            fs::write(&file, config)?;
            command.arg("--config").arg(file);
        }
        Ok(Self { child: command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?, _dir: dir })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if it has come to its end.
    pub(crate) fn check_alive(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("it ended: {status}"),
            None => Ok(()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait().map(drop)).ok();
    }
}

/// Waits for a number of records in the sink; returns how many there were, and when.
pub(crate) fn wait(
    processes: &mut [Process],
    gauge: &Gauge,
    records: u64,
    deadline: Instant,
) -> anyhow::Result<(u64, Instant)> {
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
        for process in &mut *processes {
            process.check_alive().with_context(|| format!("{found} records are written"))?;
        }
        ensure!(now < deadline, "only {found} records are written in {DEADLINE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Makes the records that are read.
struct Writer {
    input: Input,
    partitions: u64,
    plan: Plan,
    encoder: Encoder,
}

impl Writer {
    fn new(input: Input, partitions: i32) -> anyhow::Result<Self> {
        let plan = Plan::compile(&Schema::parse::<&str>(SCHEMA, &[])?)?;
        Ok(Self {
            input,
            partitions: partitions.unsigned_abs().into(),
            plan,
            encoder: Encoder::new(JsonOptions::default(), Limits::default()),
        })
    }

    fn record(&mut self, number: u64) -> Record {
        let order = order(number);
        let partition = i32::try_from(number % self.partitions).unwrap_or_default();
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
    let mut writer = Writer::new(Input::Avro, 1)?;
    let bytes: usize = (0..sample).filter_map(|number| writer.record(number).value).map(|value| value.len()).sum();
    Ok(bytes / usize::try_from(sample)?)
}
