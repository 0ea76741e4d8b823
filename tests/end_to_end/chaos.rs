//! Faults at random, one after the other under load, and then the account: nothing lost, with exactly once nothing repeated,
//! the order of each partition kept.
//!
//! `CHAOS_ROUNDS` says how many faults there are for each way of delivery, `CHAOS_SEED` which; it is printed, so that a run
//! can be repeated as far as the faults go.

use std::env;

use fastrand::Rng;

use super::support::orders::NUMBER;
use super::support::{Feeder, Kafka, SchemaRegistry, Sidecar, await_numbers, config, eventually, serialize};

const PARTITIONS: i32 = 4;
const WORKERS: usize = 2;
const SOURCE: &str = "chaos.raw";
const SINK: &str = "chaos.avro";
const GROUP: &str = "serdecar-chaos.avro";

/// Faults for each way of delivery if nothing is said.
const ROUNDS: usize = 4;

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// A process ends as by a crash, and is started again.
    Kill,
    /// A process is told to stop, and started again.
    Terminate,
    /// A process stands still for longer than its session, and goes on.
    Freeze,
    /// Another process joins, or one of two leaves.
    Rescale,
    /// The broker ends as by a crash, and is started again.
    Broker,
    /// The registry goes away and comes back.
    Registry,
}

const FAULTS: [Fault; 6] =
    [Fault::Kill, Fault::Terminate, Fault::Freeze, Fault::Rescale, Fault::Broker, Fault::Registry];

/// A broker and a registry of its own, a stream of numbers, and the processes that copy it as Avro.
struct Scene {
    kafka: Kafka,
    registry: SchemaRegistry,
    text: String,
    /// The processes that run, each with the number in its name.
    running: Vec<(usize, Sidecar)>,
    is_static: bool,
}

impl Scene {
    fn new(delivery: &str, is_static: bool) -> Self {
        let (kafka, registry) = (Kafka::start(), SchemaRegistry::start());
        for topic in [SOURCE, SINK] {
            kafka.create_topic(topic, PARTITIONS);
        }
        registry.register("chaos.avro-value", NUMBER);
        let more = format!("workers: {WORKERS}, delivery: {delivery}");
        let text = config(&kafka, &registry, &[&serialize(SOURCE, SINK, &more)]);
        Self { kafka, registry, text, running: Vec::new(), is_static }
    }

    /// Starts a process. A static member keeps its name, so that the next one under it goes on at once.
    fn start(&mut self, name: usize) {
        let member = if self.is_static { format!(", group.instance.id: chaos-{name}") } else { String::new() };
        let settings = format!("{{heartbeat.interval.ms: 100, session.timeout.ms: 2000{member}}}");
        self.running.push((name, Sidecar::run(&self.text.replace("{heartbeat.interval.ms: 100}", &settings))));
    }

    fn await_more(&self, count: usize) {
        let written: i64 = self.kafka.ends(SINK).into_iter().sum();
        self.kafka.await_count(SINK, usize::try_from(written).expect("offsets") + count);
    }

    fn strike(&mut self, fault: Fault, rng: &mut Rng) {
        let victim = rng.usize(..self.running.len());
        match fault {
            Fault::Kill => {
                let (name, sidecar) = self.running.swap_remove(victim);
                sidecar.kill();
                self.start(name);
            }
            Fault::Terminate => {
                let (name, mut sidecar) = self.running.swap_remove(victim);
                assert!(sidecar.terminate().success(), "{}", sidecar.log());
                self.start(name);
            }
            Fault::Freeze => {
                self.running[victim].1.freeze();
                let others = (self.running.len() - 1) * WORKERS;
                eventually("its session is over", || (self.kafka.members(GROUP).len() <= others).then_some(()));
                self.running[victim].1.thaw();
            }
            Fault::Rescale if self.running.len() == 1 => self.start(1 - self.running[0].0),
            Fault::Rescale => {
                let (_, mut sidecar) = self.running.swap_remove(victim);
                assert!(sidecar.terminate().success(), "{}", sidecar.log());
            }
            Fault::Broker => {
                self.kafka.kill();
                self.kafka.restart();
            }
            Fault::Registry => {
                self.registry.stop();
                self.await_more(100);
                self.registry.restart();
            }
        }
        self.await_more(500);
    }
}

/// Strikes again and again; returns how many records are there more than once.
fn run(delivery: &str, is_static: bool) -> usize {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
    let rounds = number("CHAOS_ROUNDS").map_or(ROUNDS, |rounds| usize::try_from(rounds).expect("a number of rounds"));
    println!("{delivery}, static members: {is_static}, CHAOS_SEED={seed}, CHAOS_ROUNDS={rounds}");
    let mut rng = Rng::with_seed(seed);
    let mut scene = Scene::new(delivery, is_static);
    let feeder = Feeder::start(&scene.kafka, SOURCE, PARTITIONS);
    scene.start(0);
    scene.await_more(500);
    for round in 0..rounds {
        let fault = *rng.choice(&FAULTS).expect("faults");
        println!("{round}: {fault:?}, {} processes", scene.running.len());
        scene.strike(fault, &mut rng);
    }
    let count = feeder.finish();
    let repeated = await_numbers(&scene.kafka, SINK, PARTITIONS, count);
    let total = count * usize::try_from(PARTITIONS).expect("a number of partitions");
    println!("{total} records, 0 lost, {repeated} repeated");
    for (_, mut sidecar) in std::mem::take(&mut scene.running) {
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }
    eventually("everything is committed", || (scene.kafka.uncommitted(GROUP, SOURCE) == 0).then_some(()));
    repeated
}

#[test]
fn at_least_once_nothing_is_lost_whatever_happens() {
    run("at_least_once", false);
}

#[test]
fn exactly_once_nothing_is_lost_or_repeated_whatever_happens() {
    assert_eq!(run("exactly_once", true), 0, "repeated records");
}
