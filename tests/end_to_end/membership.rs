//! Members of a group: static ones, what a crash in the midst of a rebalance leaves behind, and those of other configs.

use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::util::Timeout;

use super::support::orders::{NUMBER, number, number_of};
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

/// A pipeline of a group that is not its own.
fn in_group(group: &str, direction: &str, source: &str, sink: &str) -> String {
    format!(
        "name: {sink}, direction: {direction}, source: {{topics: [{source}], group: {group}}}, sink: {{topic: {sink}}}, \
         value: {{subject: {group}-value}}"
    )
}

#[test]
fn processes_of_one_group_that_read_other_topics_are_given_all_of_theirs() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let (group, [raw, avro, json]) = ("shared-apart", ["apart.raw", "apart.avro", "apart.json"]);
    for topic in [raw, avro, json] {
        kafka.create_topic(topic, PARTITIONS);
    }
    registry.register(&format!("{group}-value"), NUMBER);
    let mut there = Sidecar::run(&config(kafka, &registry, &[&in_group(group, "serialize", raw, avro)]));
    let mut back = Sidecar::run(&config(kafka, &registry, &[&in_group(group, "deserialize", avro, json)]));
    there.await_ready();
    back.await_ready();
    kafka.produce(raw, (0..40).map(|n| Record::new(number(n)).partition(i32::try_from(n).unwrap() % PARTITIONS)));
    let mut found: Vec<_> = kafka.read_until(json, 40).iter().map(|record| record.text().to_owned()).collect();
    let mut expected: Vec<_> = (0..40).map(|n| number(n).replace(' ', "")).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    // The end of one is none of the other's business.
    assert!(back.terminate().success());
    kafka.produce(raw, [Record::new(number(41))]);
    kafka.await_count(avro, 41);
    assert!(there.terminate().success());
    assert_eq!((kafka.uncommitted(group, raw), kafka.uncommitted(group, avro)), (0, 1));
}

#[test]
fn processes_of_one_group_that_write_elsewhere_share_the_records() {
    let (kafka, registry) = (Kafka::shared(), SchemaRegistry::start());
    let (group, raw, sinks) = ("shared-source", "shared.raw", ["shared.a", "shared.b"]);
    for topic in [raw, sinks[0], sinks[1]] {
        kafka.create_topic(topic, PARTITIONS);
    }
    registry.register(&format!("{group}-value"), NUMBER);
    let mut sidecars =
        sinks.map(|sink| Sidecar::run(&config(kafka, &registry, &[&in_group(group, "serialize", raw, sink)])));
    let one_each = |n: usize| (0..PARTITIONS).map(move |partition| Record::new(number(n)).partition(partition));
    // Once both have written, each has partitions, and keeps them.
    let mut sent = 0;
    eventually("both have partitions", || {
        kafka.produce(raw, one_each(sent));
        sent += 1;
        sinks.iter().all(|sink| !kafka.read_to_end(sink).is_empty()).then_some(())
    });
    let count = |sink: &str| kafka.read_to_end(sink).len();
    let all = sent * usize::try_from(PARTITIONS).unwrap();
    eventually("every record is in one of the two", || {
        (sinks.iter().map(|sink| count(sink)).sum::<usize>() >= all).then_some(())
    });
    kafka.produce(raw, (1..=10).flat_map(|n| one_each(1_000 + n)));
    eventually("all of them", || (sinks.iter().map(|sink| count(sink)).sum::<usize>() >= all + 40).then_some(()));
    let mut owners = Vec::new();
    for sink in sinks {
        let late =
            kafka.read_to_end(sink).into_iter().filter(|record| number_of(record.value.as_ref().unwrap()) > 1_000);
        let mut partitions: Vec<_> = late.map(|record| record.partition.unwrap()).collect();
        partitions.sort_unstable();
        assert!(!partitions.is_empty(), "{sink}");
        owners.extend(partitions);
    }
    owners.sort_unstable();
    // Ten of each partition: nothing is lost, nothing written by both.
    assert_eq!(owners, (0..PARTITIONS).flat_map(|partition| [partition; 10]).collect::<Vec<_>>());
    for sidecar in &mut sidecars {
        assert!(sidecar.terminate().success());
    }
}
