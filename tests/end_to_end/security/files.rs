//! Certificates that change while serdecar runs.

use tempfile::TempDir;

use super::rights::least;
use super::{Guarded, NUMBER, SchemaRegistry, Sidecar, config, serialize};
use crate::support::{Feeder, await_numbers, eventually};

#[test]
fn a_certificate_that_is_replaced_is_shown_from_then_on_and_no_record_is_lost() {
    let (guarded, registry) = (Guarded::shared(), SchemaRegistry::start());
    let (raw, avro, group) = ("replaced.raw", "replaced.avro", "serdecar-replaced.avro");
    for topic in [raw, avro] {
        guarded.kafka.create_topic(topic, 1);
    }
    registry.register("replaced.avro-value", NUMBER);
    let rights = least(raw, avro, group);
    for principal in ["CN=before", "CN=after"] {
        guarded.allow(principal, &rights);
    }
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("client.pem");
    guarded.authority.issue("before").write(&file);
    let text = config(&guarded.kafka, &registry, &[&serialize(raw, avro, "")])
        .replace(&guarded.kafka.bootstrap(), &guarded.mutual(&file));
    let mut sidecar = Sidecar::run(&text);
    sidecar.await_ready();
    let feeder = Feeder::start(&guarded.kafka, raw, 1);

    std::fs::write(&file, "half a file").unwrap();
    eventually("the file is looked at", || sidecar.log().contains("are of no use").then_some(()));
    guarded.authority.issue("after").write(&file);
    eventually("it starts again", || sidecar.log().contains("starting again").then_some(()));
    guarded.withdraw("CN=before", &rights);
    let written: i64 = guarded.kafka.ends(avro).into_iter().sum();
    guarded.kafka.await_count(avro, usize::try_from(written).unwrap() + 500);
    await_numbers(&guarded.kafka, avro, 1, feeder.finish());
    sidecar.await_ready();
    assert!(sidecar.terminate().success(), "{}", sidecar.log());
}
