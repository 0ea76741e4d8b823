//! A registry that answers, but not well: nothing is lost or dead-lettered, and everything resumes by itself.

use tempfile::TempDir;

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{
    Answer, Authority, BadRegistry, Kafka, Proxy, Record, SchemaRegistry, Sidecar, config, deserialize, eventually,
    serialize,
};

/// Two pipelines that need schemas before they can write what waits for them, one in each direction.
struct Waiting {
    kafka: &'static Kafka,
    registry: SchemaRegistry,
    /// Between the process and the registry.
    gate: Proxy,
    name: &'static str,
}

impl Waiting {
    fn new(name: &'static str) -> Self {
        let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
        for suffix in ["raw", "avro", "framed", "json", "dlq"] {
            kafka.create_topic(&format!("{name}.{suffix}"), 1);
        }
        registry.register(&format!("{name}.avro-value"), NUMBER);
        kafka.produce(&format!("{name}.raw"), (0..20).map(|n| Record::new(number(n))));
        kafka.produce(&format!("{name}.framed"), (0..20).map(|n| Record::new(framed_number(1, n))));
        let gate = Proxy::start(registry.address());
        Self { kafka, registry, gate, name }
    }

    /// The config, with the registry at this URL.
    fn config(&self, registry: &str) -> String {
        let name = self.name;
        let more = format!("on_invalid: {{dead_letter: {name}.dlq}}");
        let pipelines = [
            serialize(&format!("{name}.raw"), &format!("{name}.avro"), &more),
            deserialize(&format!("{name}.framed"), &format!("{name}.json"), &more),
        ];
        let text = config(self.kafka, &self.registry, &pipelines.each_ref().map(String::as_str));
        text.replace(&self.registry.url(), registry)
    }

    /// Waits until the registry was asked in vain, several times.
    fn await_vain(&self, sidecar: &mut Sidecar) {
        sidecar.await_unready(&[&format!("{}.avro", self.name), &format!("{}.json", self.name)]);
        eventually("the registry was asked in vain", || {
            sidecar.metric("serdecar_registry_requests_total", &[]).filter(|count| *count > 3.0)
        });
        for suffix in ["avro", "json"] {
            assert_eq!(self.kafka.read_to_end(&format!("{}.{suffix}", self.name)), []);
        }
    }

    /// Waits until everything is written, and nothing of it as a dead letter.
    fn await_written(&self, sidecar: &mut Sidecar) {
        let [avro, json, dead] = ["avro", "json", "dlq"].map(|suffix| format!("{}.{suffix}", self.name));
        let written = self.kafka.read_until(&avro, 20).into_iter().map(|record| record.value.unwrap());
        assert!(written.eq((0..20).map(|n| framed_number(1, n))));
        let written = self.kafka.read_until(&json, 20).into_iter().map(|record| record.text().replace(' ', ""));
        assert!(written.eq((0..20).map(|n| number(n).replace(' ', ""))));
        sidecar.await_ready();
        assert_eq!(self.kafka.read_to_end(&dead), []);
        assert!(sidecar.terminate().success());
    }
}

fn is_waited_for(name: &'static str, answer: Answer) {
    let waiting = Waiting::new(name);
    let bad = BadRegistry::start(answer);
    waiting.gate.redirect(bad.address());
    let text = waiting.config(&format!("http://127.0.0.1:{}\n  request_timeout: 2s", waiting.gate.port()));
    let mut sidecar = Sidecar::run(&text);
    waiting.await_vain(&mut sidecar);
    waiting.gate.redirect(waiting.registry.address());
    waiting.await_written(&mut sidecar);
}

#[test]
fn a_registry_that_fails_is_waited_for() {
    is_waited_for("answers.fails", Answer::Failure);
}

#[test]
fn a_registry_that_asks_for_patience_is_waited_for() {
    is_waited_for("answers.busy", Answer::Busy);
}

#[test]
fn a_registry_that_answers_after_half_a_minute_is_waited_for() {
    is_waited_for("answers.late", Answer::Late);
}

#[test]
fn a_registry_that_answers_something_else_is_waited_for() {
    is_waited_for("answers.garbage", Answer::Garbage);
}

#[test]
fn a_registry_that_nobody_vouches_for_is_waited_for_until_somebody_does() {
    let dir = TempDir::new().unwrap();
    let (ours, others) = (Authority::new(dir.path(), "ours"), Authority::new(dir.path(), "others"));
    let waiting = Waiting::new("answers.trust");
    waiting.gate.secure(others.issue("server").acceptor());
    let url = format!("https://127.0.0.1:{}", waiting.gate.port());
    let text = waiting.config(&format!("{url}\n  tls: {{ca: {}}}", ours.file().display()));
    let mut sidecar = Sidecar::run(&text);
    waiting.await_vain(&mut sidecar);
    sidecar.await_unready(&["certificate"]);
    waiting.gate.secure(ours.issue("server").acceptor());
    waiting.await_written(&mut sidecar);
}
