//! Rights that are taken away and given back: everything waits, and resumes by itself.

use super::support::orders::{NUMBER, framed_number, number};
use super::support::{Kafka, Record, SchemaRegistry, Sidecar, config, eventually, free_port, serialize};

/// A broker that lets the user `sidecar` do on a second port what it was allowed, and everybody all on the first.
fn guarded_broker(port: u16) -> Kafka {
    Kafka::start_with(|plain, controller| {
        format!(
            "listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},GUARDED://127.0.0.1:{port}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},GUARDED://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_PLAINTEXT
listener.name.guarded.sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_sidecar=\"open sesame\";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"
        )
    })
}

/// Gives a right (`--add`) or takes it away (`--remove`).
fn change(kafka: &Kafka, how: &str, operations: &[&str], resource: [&str; 2]) {
    let mut args = vec![how, "--allow-principal", "User:sidecar"];
    args.extend(operations.iter().flat_map(|operation| ["--operation", operation]));
    args.extend(resource);
    args.extend(if how == "--remove" { &["--force"][..] } else { &[] });
    kafka.tool("org.apache.kafka.tools.AclCommand", &args);
}

#[test]
fn rights_that_are_withdrawn_are_waited_for_and_nothing_is_lost() {
    let port = free_port();
    let kafka = guarded_broker(port);
    let registry = SchemaRegistry::start();
    for delivery in ["at_least_once", "exactly_once"] {
        let [raw, avro, dead] = ["raw", "avro", "dlq"].map(|suffix| format!("rights.{delivery}.{suffix}"));
        for topic in [&raw, &avro, &dead] {
            kafka.create_topic(topic, 1);
        }
        registry.register(&format!("{avro}-value"), NUMBER);
        let group = format!("serdecar-{avro}");
        let rights: [(&[&str], [&str; 2]); 5] = [
            (&["Read", "Describe"], ["--topic", &raw]),
            (&["Write", "Describe"], ["--topic", &avro]),
            (&["Write", "Describe"], ["--topic", &dead]),
            (&["Read"], ["--group", &group]),
            (&["Write", "Describe"], ["--transactional-id", "*"]),
        ];
        for (operations, resource) in rights {
            change(&kafka, "--add", operations, resource);
        }
        let more = format!("delivery: {delivery}, on_invalid: {{dead_letter: {dead}}}");
        let credentials = format!(
            "127.0.0.1:{port}\n  properties: {{security.protocol: SASL_PLAINTEXT, sasl.mechanism: PLAIN, \
             sasl.username: sidecar, sasl.password: open sesame}}"
        );
        let text = config(&kafka, &registry, &[&serialize(&raw, &avro, &more)]);
        let mut sidecar = Sidecar::run(&text.replace(&kafka.bootstrap(), &credentials));
        let mut count = 0;
        let mut feed = || {
            kafka.produce(&raw, (count..count + 50).map(|n| Record::new(number(n))));
            count += 50;
        };
        feed();
        kafka.read_until(&avro, 50);
        for (operations, resource) in rights.into_iter().filter(|(_, [_, name])| *name != dead && *name != "*") {
            change(&kafka, "--remove", operations, resource);
            feed();
            sidecar.await_unready(&[&format!("pipeline {avro}"), "authoriz"]);
            change(&kafka, "--add", operations, resource);
            sidecar.await_ready();
        }
        feed();
        let written = kafka.read_until(&avro, 250).into_iter().map(|record| record.value.unwrap());
        let mut seen = std::collections::BTreeSet::new();
        let first_sightings: Vec<_> = written.filter(|value| seen.insert(value.clone())).collect();
        assert_eq!(first_sightings, (0..250).map(|n| framed_number(1, n)).collect::<Vec<_>>());
        assert_eq!(kafka.read_to_end(&dead), []);
        eventually("all is committed", || (kafka.uncommitted(&group, &raw) == 0).then_some(()));
        assert!(sidecar.terminate().success(), "{}", sidecar.log());
    }
}
