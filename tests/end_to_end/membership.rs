//! Static members of a group, and what a crash in the midst of a rebalance leaves behind.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::util::Timeout;

use super::support::orders::{NUMBER, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, eventually, serialize};

const PARTITIONS: i32 = 4;

/// What a member was told last: nothing yet, that partitions come, or that they go.
const UNASKED: i32 = 0;
const ASSIGNED: i32 = 1;
const REVOKED: i32 = 2;

/// A member that takes partitions and, when it shall give some up, does not answer: as if it had been killed there.
#[derive(Debug, Default)]
struct Doomed {
    told: AtomicI32,
}

impl ClientContext for Doomed {}

impl ConsumerContext for Doomed {
    fn rebalance(&self, member: &BaseConsumer<Self>, event: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            member.incremental_assign(partitions).expect("partitions");
            self.told.store(ASSIGNED, Ordering::Relaxed);
        } else {
            self.told.store(REVOKED, Ordering::Relaxed);
        }
    }
}

fn doomed(kafka: &Kafka, group: &str, instance: &str, topic: &str) -> BaseConsumer<Doomed> {
    let mut config = kafka.client();
    config.set("group.id", group).set("group.instance.id", instance).set("heartbeat.interval.ms", "100");
    config.set("partition.assignment.strategy", "cooperative-sticky");
    let member: BaseConsumer<Doomed> = config.create_with_context(Doomed::default()).expect("a member");
    member.subscribe(&[topic]).expect("a subscription");
    member
}

/// Lets members go on until the first of them was told `what`.
fn poll_until(members: &[&BaseConsumer<Doomed>], what: i32) {
    assert!(members[0].context().told.load(Ordering::Relaxed) != what, "told already");
    eventually("a rebalance", || {
        for member in members {
            assert!(member.poll(Timeout::After(Duration::from_millis(10))).is_none(), "no records yet");
        }
        (members[0].context().told.load(Ordering::Relaxed) == what).then_some(())
    });
}

#[test]
fn partitions_that_a_crash_in_mid_rebalance_left_without_an_owner_are_read() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let (raw, avro) = ("membership.raw", "membership.avro");
    kafka.create_topic(raw, PARTITIONS);
    kafka.create_topic(avro, PARTITIONS);
    registry.register(&format!("{avro}-value"), NUMBER);
    let group = format!("serdecar-{avro}");

    // The first has all partitions when the second joins. The group's plan is then that it gives two up, and only once it
    // has done so and joined again there is another plan, in which the second gets them.
    let first = doomed(kafka, &group, "a-0", raw);
    poll_until(&[&first], ASSIGNED);
    let second = doomed(kafka, &group, "a-1", raw);
    poll_until(&[&first, &second], REVOKED);
    if second.context().told.load(Ordering::Relaxed) == UNASKED {
        poll_until(&[&second], ASSIGNED);
    }
    // They were killed there: nobody answers any more. (To drop one would wait for its answer.)
    std::mem::forget((first, second));

    kafka.produce(raw, (0..PARTITIONS).map(|partition| Record::new(number(7)).partition(partition)));
    let static_members = config(kafka, &registry, &[&serialize(raw, avro, "workers: 2")])
        .replace("{heartbeat.interval.ms: 100}", "{heartbeat.interval.ms: 100, group.instance.id: a}");
    let mut sidecar = Sidecar::run(&static_members);
    let mut partitions: Vec<_> = kafka.read_until(avro, 4).iter().map(|record| record.partition.unwrap()).collect();
    partitions.sort_unstable();
    assert_eq!(partitions, [0, 1, 2, 3]);
    assert!(sidecar.terminate().success());
}
