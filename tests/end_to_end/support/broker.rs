//! Apache Kafka on loopback: one node, or a cluster of some.

use std::fmt::Write;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::metadata::{Metadata, MetadataTopic};

use super::node::Node;
use super::proxy::Proxy;
use super::{PATIENCE, eventually, free_port, repository, tail};

/// A Kafka cluster, of one node mostly.
#[derive(Debug)]
pub(crate) struct Kafka {
    nodes: Vec<Node>,
    /// Through which clients may go, one for each node; none if it was not asked for.
    proxies: Vec<Proxy>,
}

impl Kafka {
    /// The broker that all tests of this binary share. It must not be stopped.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Kafka> = OnceLock::new();
        let kafka = SHARED.get_or_init(Self::start);
        eprintln!("broker {}, log {}", kafka.bootstrap(), kafka.nodes[0].log.display());
        kafka
    }

    /// Starts a broker of one's own, which ends when it is dropped.
    pub(crate) fn start() -> Self {
        Self::start_with(|_, _| String::new())
    }

    /// The same with more settings, which are told the ports for clients and for the controller.
    pub(crate) fn start_with(settings: impl Fn(u16, u16) -> String) -> Self {
        Self::launch(vec![Node::new()], Vec::new(), |node| settings(node.port, node.controller_port))
    }

    /// Starts so many nodes, each behind a [proxy](Proxy) for those clients that ask for [`Kafka::proxied`]. With three of
    /// them every topic has three replicas, of which two have to have a record.
    pub(crate) fn cluster(count: usize) -> Self {
        let nodes: Vec<Node> = (0..count).map(|_| Node::new()).collect();
        let voters: Vec<String> =
            (1..).zip(&nodes).map(|(id, node)| format!("{id}@127.0.0.1:{}", node.controller_port)).collect();
        let inner: Vec<u16> = nodes.iter().map(|_| free_port()).collect();
        let proxies: Vec<Proxy> = inner.iter().map(|port| Proxy::start(([127, 0, 0, 1], *port))).collect();
        let outer: Vec<u16> = proxies.iter().map(Proxy::port).collect();
        let mut index = 0;
        Self::launch(nodes, proxies, |node| {
            let (plain, controller) = (node.port, node.controller_port);
            let (inner, outer) = (inner[index], outer[index]);
            index += 1;
            let mut settings = format!(
                "listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},PROXIED://127.0.0.1:{inner}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},PROXIED://127.0.0.1:{outer}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT
"
            );
            if count > 1 {
                let voters = voters.join(",");
                write!(settings, "node.id={index}\ncontroller.quorum.voters={voters}\n{REPLICATED}").expect("a text");
            }
            settings
        })
    }

    fn launch(nodes: Vec<Node>, proxies: Vec<Proxy>, mut settings: impl FnMut(&Node) -> String) -> Self {
        let install = Command::new(repository("tests/jars.sh")).arg("kafka").stdout(Stdio::null()).status();
        assert!(install.as_ref().is_ok_and(ExitStatus::success), "tests/jars.sh: {install:?}");
        let mut kafka = Self { nodes, proxies };
        for node in &kafka.nodes {
            node.configure(&settings(node));
        }
        kafka.restart();
        kafka
    }

    /// How many nodes it has.
    pub(crate) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// The addresses that clients are given.
    pub(crate) fn bootstrap(&self) -> String {
        self.nodes.iter().map(Node::address).collect::<Vec<_>>().join(",")
    }

    /// The address of a controller, which is not one for clients.
    pub(crate) fn controller(&self) -> String {
        format!("127.0.0.1:{}", self.nodes[0].controller_port)
    }

    /// The addresses of the proxies.
    pub(crate) fn proxied(&self) -> String {
        self.proxies.iter().map(|proxy| format!("127.0.0.1:{}", proxy.port())).collect::<Vec<_>>().join(",")
    }

    /// The proxies, one for each node.
    pub(crate) fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    /// Stops every broker in good order. Its records stay, for [`Kafka::restart`].
    pub(crate) fn stop(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.end("stop"));
    }

    /// Ends every broker with SIGKILL. Its records stay, for [`Kafka::restart`].
    pub(crate) fn kill(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.end("kill"));
    }

    /// Stops one node in good order: first it hands over what it leads.
    pub(crate) fn stop_one(&mut self, index: usize) {
        self.nodes[index].end("stop");
    }

    /// Ends one node with SIGKILL.
    pub(crate) fn kill_one(&mut self, index: usize) {
        self.nodes[index].end("kill");
    }

    /// Starts every stopped node again, on the same port and records, and waits until all answer and have all records.
    pub(crate) fn restart(&mut self) {
        for node in &mut self.nodes {
            if !node.is_running() {
                node.start();
            }
        }
        // Short back-offs: the first connections are refused, and the default would wait for up to 10 s after that.
        let client: BaseConsumer = self
            .client()
            .set("reconnect.backoff.ms", "20")
            .set("reconnect.backoff.max.ms", "100")
            .create()
            .expect("a client");
        let deadline = Instant::now() + PATIENCE;
        let all = self.nodes.len();
        while !client.fetch_metadata(None, Duration::from_millis(500)).is_ok_and(|found| is_complete(&found, all)) {
            assert!(self.nodes.iter_mut().all(Node::is_running));
            assert!(Instant::now() < deadline, "no answer within {PATIENCE:?}; {}", tail(&self.nodes[0].log));
        }
    }

    /// Waits until every partition is led by the node that is meant to.
    pub(crate) fn await_preferred_leaders(&self) {
        let client: BaseConsumer = self.client().create().expect("a client");
        eventually("the preferred leaders lead", || {
            let found = client.fetch_metadata(None, PATIENCE).ok()?;
            let mut partitions = found.topics().iter().flat_map(MetadataTopic::partitions);
            partitions.all(|partition| partition.replicas().first() == Some(&partition.leader())).then_some(())
        });
    }
}

/// What a cluster of three needs to go on without one of them. Leaders move back to where they belong soon.
const REPLICATED: &str = "default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
leader.imbalance.check.interval.seconds=5
leader.imbalance.per.broker.percentage=0
replica.lag.time.max.ms=5000
";

/// Whether all nodes are there and have all records.
fn is_complete(found: &Metadata, nodes: usize) -> bool {
    let mut partitions = found.topics().iter().flat_map(MetadataTopic::partitions);
    found.brokers().len() == nodes
        && partitions.all(|partition| partition.leader() >= 0 && partition.isr().len() == partition.replicas().len())
}
