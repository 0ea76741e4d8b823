//! Records that are read by another version than the one they were written with.

use super::Bed;
use super::bed::wait_until;
use crate::pipeline::{Condition, Ended, Status};

/// An order with this number, framed with the id of the schema that the bed has.
fn framed(number: u8) -> [u8; 6] {
    [0, 0, 0, 0, 17, number * 2]
}

const DESERIALIZE: &str = r#""direction": "deserialize", "source": {"topics": ["typed"]}, "sink": {"topic": "raw"},
    "on_invalid": {"dead_letter": "dead"},"#;

#[test]
fn records_wait_for_the_version_that_reads_them() {
    let bed = Bed::new(1);
    for number in 0..3 {
        bed.put("typed", 0, None, Some(&framed(number)));
    }
    bed.flush();
    let pipeline = bed.start(&format!(r#"{DESERIALIZE} "value": {{"subject": "orders", "reader": "latest"}},"#));
    let status = pipeline.status();
    wait_until(&status, "unready", |status| {
        status.problems().iter().any(|problem| {
            problem.condition == Some(Condition::Schemas)
                && problem.reason.contains("version latest of subject orders is not available")
        })
    });
    let later = r#"{"type":"record","name":"Order","fields":[
        {"name":"unit","type":"string","default":"kg"},{"name":"n","type":"double"}]}"#;
    bed.schemas.register(".", "orders", 18, later);
    wait_until(&status, "ready", Status::is_ready);
    let json: Vec<_> =
        bed.read("raw", 3).into_iter().map(|record| String::from_utf8(record.value.unwrap()).unwrap()).collect();
    assert_eq!(json, [0, 1, 2].map(|number| format!(r#"{{"unit":"kg","n":{number}.0}}"#)));
    pipeline.stop();
    assert_eq!(pipeline.join().unwrap(), Ended::Stopped);
}

#[test]
fn records_that_the_version_can_not_read_are_dead_letters() {
    let bed = Bed::new(1);
    bed.put("typed", 0, None, Some(&framed(1)));
    bed.flush();
    bed.schemas.register(
        ".",
        "orders",
        18,
        r#"{"type":"record","name":"Order","fields":[{"name":"n","type":"string"}]}"#,
    );
    let pipeline = bed.start(&format!(r#"{DESERIALIZE} "value": {{"subject": "orders", "reader": 1}},"#));
    let dead = bed.read("dead", 1).remove(0);
    assert_eq!(dead.value.as_deref(), Some(&framed(1)[..]));
    assert_eq!(dead.header("serdecar.reason").as_deref(), Some("unusable_schema"));
    assert_eq!(dead.header("serdecar.schema_id").as_deref(), Some("17"));
    let error = dead.header("serdecar.error").unwrap();
    assert!(error.contains("/fields/0/type: expected string, found long"), "{error}");
    assert!(error.contains("read by schema 18"), "{error}");
    pipeline.stop();
    assert_eq!(pipeline.join().unwrap(), Ended::Stopped);
}
