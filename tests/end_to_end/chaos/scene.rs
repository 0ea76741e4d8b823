//! Where faults strike: brokers and a registry behind proxies, a stream of numbers, and the processes that copy it.

use crate::support::orders::{LETTER, NUMBER};
use crate::support::{Audit, Audited, Feeder, Kafka, Proxy, SchemaRegistry, Sidecar, config, eventually, serialize};

pub(super) const PARTITIONS: i32 = 4;
pub(super) const WORKERS: usize = 2;
pub(super) const SOURCE: &str = "chaos.raw";
const SINK: &str = "chaos.avro";
const DEAD: &str = "chaos.dlq";
pub(super) const GROUP: &str = "serdecar-chaos.avro";

pub(super) struct Scene {
    pub(super) kafka: Kafka,
    pub(super) registry: SchemaRegistry,
    /// Between the processes and the registry.
    pub(super) gate: Proxy,
    pub(super) audit: Audit,
    text: String,
    /// The processes that run, each with the number in its name.
    pub(super) running: Vec<(usize, Sidecar)>,
    /// Whether processes keep their names in the group, so that the next one under a name goes on at once.
    is_static: bool,
    is_exactly_once: bool,
}

impl Scene {
    pub(super) fn new(nodes: usize, delivery: &str) -> Self {
        let (kafka, registry) = (Kafka::cluster(nodes), SchemaRegistry::start());
        for topic in [SOURCE, SINK, DEAD] {
            kafka.create_topic(topic, PARTITIONS);
        }
        registry.register(":.chaos:another", LETTER);
        registry.register("chaos.avro-value", LETTER);
        assert_eq!(registry.register(":.chaos:chaos.avro-value", NUMBER), 2);
        let gate = Proxy::start(registry.address());
        let more =
            format!("workers: {WORKERS}, delivery: {delivery}, context: .chaos, on_invalid: {{dead_letter: {DEAD}}}");
        let text = config(&kafka, &registry, &[&serialize(SOURCE, SINK, &more)])
            .replace(&kafka.bootstrap(), &kafka.proxied())
            .replace(&registry.url(), &format!("http://127.0.0.1:{}", gate.port()));
        let audited = Audited { source: SOURCE, sink: SINK, dead: DEAD, group: GROUP, partitions: PARTITIONS, id: 2 };
        let audit = Audit::new(&kafka, &audited);
        let is_exactly_once = delivery == "exactly_once";
        Self { kafka, registry, gate, audit, text, running: Vec::new(), is_static: true, is_exactly_once }
    }

    pub(super) fn feed(&self) -> Feeder {
        Feeder::start_with(&self.kafka, SOURCE, PARTITIONS, Audit::value)
    }

    pub(super) fn start(&mut self, name: usize) {
        // The transactional ids of two processes on one machine differ by their names in the group alone.
        let is_named = self.is_static || (self.is_exactly_once && name > 0);
        let member = if is_named { format!(", group.instance.id: chaos-{name}") } else { String::new() };
        let settings = format!("{{heartbeat.interval.ms: 500, session.timeout.ms: 6000{member}}}");
        self.running.push((name, Sidecar::run(&self.text.replace("{heartbeat.interval.ms: 100}", &settings))));
    }

    /// Starts the process that does not run.
    pub(super) fn start_other(&mut self) {
        self.start(1 - self.running[0].0);
    }

    pub(super) fn kill(&mut self, victim: usize) {
        let (name, sidecar) = self.running.swap_remove(victim);
        sidecar.kill();
        self.start(name);
    }

    /// Tells a process to stop; it does so in good order.
    pub(super) fn leave(&mut self, victim: usize) {
        let (_, mut sidecar) = self.running.swap_remove(victim);
        // Before it lives it does not know yet what it is told.
        sidecar.admin("/livez");
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }

    pub(super) fn terminate(&mut self, victim: usize) {
        let name = self.running[victim].0;
        self.leave(victim);
        self.start(name);
    }

    /// Starts a process anew, and waits until it has asked the registry in vain.
    pub(super) fn start_in_vain(&mut self, victim: usize) {
        self.terminate(victim);
        let (_, sidecar) = self.running.last().expect("it was just started");
        eventually("the registry was asked in vain", || {
            sidecar.metric("serdecar_registry_requests_total", &[]).filter(|count| *count > 1.0)
        });
    }

    /// From now on processes are members of another kind.
    pub(super) fn change_members(&mut self) {
        self.is_static = !self.is_static;
        while !self.running.is_empty() {
            self.leave(0);
        }
        self.start(0);
        self.audit.await_more(500);
    }
}
