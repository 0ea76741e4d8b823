//! Topics of a cluster: create them, let them grow, take their records away, delete them; and Kafka's own tools.

use std::future::Future;
use std::process::Command;

use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;

use super::{Kafka, PATIENCE, repository};

impl Kafka {
    /// Creates a topic. Its name must be this test's own.
    pub(crate) fn create_topic(&self, name: &str, partitions: i32) {
        self.create_topic_with(name, partitions, &[]);
    }

    /// Creates a topic with settings such as `("max.message.bytes", "1000")`.
    pub(crate) fn create_topic_with(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        let replicas = i32::try_from(self.size()).expect("a number of nodes");
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replicas));
        for (key, value) in settings {
            topic = topic.set(key, value);
        }
        for result in ask(self.admin().create_topics([&topic], &options())) {
            result.unwrap_or_else(|(name, code)| panic!("topic {name}: {code}"));
        }
    }

    /// Deletes a topic with all its records.
    pub(crate) fn delete_topic(&self, name: &str) {
        for result in ask(self.admin().delete_topics(&[name], &options())) {
            result.unwrap_or_else(|(name, code)| panic!("topic {name}: {code}"));
        }
    }

    /// Lets a topic have this many partitions from now on.
    pub(crate) fn grow_topic(&self, name: &str, partitions: usize) {
        for result in ask(self.admin().create_partitions(&[NewPartitions::new(name, partitions)], &options())) {
            result.unwrap_or_else(|(name, code)| panic!("topic {name}: {code}"));
        }
    }

    /// Deletes the records of a partition before an offset, as retention does.
    pub(crate) fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, rdkafka::Offset::Offset(before)).expect("a partition");
        for at in ask(self.admin().delete_records(&list, &options())).elements() {
            at.error().expect("records are deleted");
        }
    }

    /// Runs one of Kafka's own tools against this cluster, and waits until it has ended well.
    pub(crate) fn tool(&self, class: &str, args: &[&str]) {
        let output = Command::new(repository("tests/kafka/tool.sh"))
            .args([class, "--bootstrap-server", &self.bootstrap()])
            .args(args)
            .output()
            .expect("tests/kafka/tool.sh");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{class} {args:?}: {text}");
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config.create().expect("an admin client")
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE))
}

fn ask<T>(question: impl Future<Output = rdkafka::error::KafkaResult<T>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(question).expect("an answer")
}
