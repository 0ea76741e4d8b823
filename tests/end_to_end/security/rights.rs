//! The rights that `docs/SECURITY.md` says are enough, and what happens without one of them.

use tempfile::TempDir;

use super::Guarded;
use crate::support::orders::{NUMBER, number};
use crate::support::{Feeder, Record, SchemaRegistry, Sidecar, await_numbers, config, eventually, serialize};

/// What a pipeline needs that delivers at least once.
pub(super) fn least(source: &str, sink: &str, group: &str) -> Vec<String> {
    vec![format!("topic:{source}:read"), format!("group:{group}:read"), format!("topic:{sink}:write")]
}

/// What it needs besides with `delivery: exactly_once`.
fn transactional(group: &str) -> String {
    format!("transactional_id:{group}-*:write")
}

/// Topics, a registry and a config of one pipeline named after its sink.
struct Scene {
    guarded: &'static Guarded,
    registry: SchemaRegistry,
    source: String,
    sink: String,
    dead: String,
    group: String,
}

const PARTITIONS: i32 = 2;

impl Scene {
    fn new(name: &str) -> Self {
        let guarded = Guarded::shared();
        let registry = SchemaRegistry::start();
        let [source, sink, dead] = ["raw", "avro", "dead"].map(|part| format!("{name}.{part}"));
        for topic in [&source, &sink, &dead] {
            guarded.kafka.create_topic(topic, PARTITIONS);
        }
        registry.register(&format!("{sink}-value"), NUMBER);
        let group = format!("serdecar-{sink}");
        Self { guarded, registry, source, sink, dead, group }
    }

    fn rights(&self) -> Vec<String> {
        let mut rights = least(&self.source, &self.sink, &self.group);
        rights.push(format!("topic:{}:write", self.dead));
        rights
    }

    fn dead_letters(&self) -> String {
        format!("on_invalid: {{dead_letter: {}}}", self.dead)
    }

    fn text(&self, kafka: &str, more: &str) -> String {
        config(&self.guarded.kafka, &self.registry, &[&serialize(&self.source, &self.sink, more)])
            .replace(&self.guarded.kafka.bootstrap(), kafka)
    }

    fn scram(&self, name: &str) -> String {
        self.guarded.enroll(name, "sesame");
        let login = format!("sasl.mechanism: SCRAM-SHA-512, sasl.username: {name}, sasl.password: sesame");
        self.guarded.sasl(&self.guarded.authority, &login)
    }

    /// One good record and one bad one go where they belong.
    fn carries(&self, sidecar: &mut Sidecar) {
        let kafka = &self.guarded.kafka;
        sidecar.await_ready();
        kafka.produce(&self.source, [number(0), "nonsense".to_owned()].map(|text| Record::new(text).partition(0)));
        assert_eq!(kafka.read_until(&self.sink, 1).len(), 1);
        assert_eq!(kafka.read_until(&self.dead, 1).len(), 1);
        eventually("everything is committed", || (kafka.uncommitted(&self.group, &self.source) == 0).then_some(()));
        sidecar.await_ready();
        assert!(sidecar.terminate().success());
    }
}

#[test]
fn a_pipeline_with_a_certificate_needs_no_more_than_the_documented_rights() {
    let scene = Scene::new("rights.mutual");
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("client.pem");
    scene.guarded.authority.issue("mutual").write(&file);
    scene.guarded.allow("CN=mutual", &scene.rights());
    scene.carries(&mut Sidecar::run(&scene.text(&scene.guarded.mutual(&file), &scene.dead_letters())));
}

#[test]
fn a_static_member_that_writes_transactions_needs_one_right_more() {
    let scene = Scene::new("rights.exactly");
    let kafka = scene.scram("exactly");
    let text = scene
        .text(&kafka, &format!("delivery: exactly_once, {}", scene.dead_letters()))
        .replace("{heartbeat.interval.ms: 100}", "{heartbeat.interval.ms: 100, group.instance.id: pod-0}")
        + "log: {level: debug}\n";
    scene.guarded.allow("exactly", &scene.rights());
    let mut sidecar = Sidecar::run(&text);
    sidecar.await_unready(&["Transactional Id authorization failed"]);
    scene.guarded.allow("exactly", &[transactional(&scene.group)]);
    eventually("the group has been looked at", || sidecar.log().contains("every partition has an owner").then_some(()));
    scene.carries(&mut sidecar);
}

#[test]
fn each_right_that_is_missing_is_named_and_nothing_is_read_until_it_is_there() {
    let scene = Scene::new("rights.missing");
    let kafka = scene.scram("missing");
    let mut sidecar = Sidecar::run(&scene.text(&kafka, &scene.dead_letters()));
    let [read, group, write, dead] = scene.rights().try_into().unwrap();
    for (lack, right) in [(&scene.source, read), (&scene.sink, write), (&scene.dead, dead)] {
        sidecar.await_unready(&[lack, "authorization failed"]);
        scene.guarded.allow("missing", &[right]);
    }
    sidecar.await_unready(&["Group authorization failed"]);
    scene.guarded.allow("missing", &[group]);
    scene.carries(&mut sidecar);
}

/// Takes each right away under load and gives it back.
fn withstands_withdrawals(name: &str, delivery: &str) -> usize {
    let scene = Scene::new(&format!("rights.{name}"));
    let kafka = scene.scram(name);
    let mut rights = least(&scene.source, &scene.sink, &scene.group);
    if delivery == "exactly_once" {
        rights.push(transactional(&scene.group));
    }
    scene.guarded.allow(name, &rights);
    let mut sidecar = Sidecar::run(&scene.text(&kafka, &format!("delivery: {delivery}")));
    let broker = &scene.guarded.kafka;
    let feeder = Feeder::start(broker, &scene.source, PARTITIONS);
    let more = |count: i64| {
        let written: i64 = broker.ends(&scene.sink).into_iter().sum();
        broker.await_count(&scene.sink, usize::try_from(written + count).unwrap());
    };
    more(100);
    for right in rights {
        println!("{right}");
        scene.guarded.withdraw(name, std::slice::from_ref(&right));
        sidecar.await_unready(&["authorization failed"]);
        scene.guarded.allow(name, &[right]);
        more(500);
        sidecar.await_ready();
    }
    let repeated = await_numbers(broker, &scene.sink, PARTITIONS, feeder.finish());
    assert!(sidecar.terminate().success(), "{}", sidecar.log());
    repeated
}

#[test]
fn rights_that_are_withdrawn_and_given_back_under_load_cost_no_record() {
    withstands_withdrawals("withdrawn", "at_least_once");
}

#[test]
fn rights_that_are_withdrawn_and_given_back_under_load_repeat_nothing_in_transactions() {
    assert_eq!(withstands_withdrawals("transacted", "exactly_once"), 0);
}
