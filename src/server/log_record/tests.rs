use serde_json::{Value, json};

use super::*;

fn name(text: &str) -> QualifiedSubject {
    QualifiedSubject::parse(text, QualifiedNames::On)
}

fn hold(subject: QualifiedSubject, references: &[&str], names: QualifiedNames) -> Change {
    let key = VersionKey { subject, version: 2 };
    let references: Vec<SchemaReference> = references
        .iter()
        .map(|subject| SchemaReference { name: "N".into(), subject: (*subject).to_owned(), version: 1 })
        .collect();
    let targets = resolved(&key, &references, names).collect();
    let definition = Definition {
        schema_type: SchemaType::Avro,
        text: "\"string\"".into(),
        references,
        metadata: None,
        rule_set: None,
    };
    let record = Record { id: SchemaId::new(7).unwrap(), deleted: false, registered: 99 };
    Change::Hold(key, Holding { record, schema: Arc::new(Schema::new(definition)), targets })
}

/// Key and value as they are written.
fn written(change: &Change) -> (String, Option<Value>) {
    let record = LogRecord::of(change).unwrap();
    let value = record.value.map(|value| serde_json::from_slice(&value).unwrap());
    (String::from_utf8(record.key).unwrap(), value)
}

/// What is read back.
fn read(change: &Change) -> Change {
    let LogRecord { key, value, timestamp } = LogRecord::of(change).unwrap();
    LogRecord::read(&key, &value.unwrap(), timestamp).unwrap()
}

#[test]
fn records_are_those_of_the_schemas_topic() {
    let mode = Change::SetMode(name(":.ctx:"), Mode::Import);
    let full: Config = serde_json::from_value(json!({"compatibilityLevel": "FULL"})).unwrap();
    for (change, key, value) in [
        (
            hold(name(":.ctx:s"), &["r"], QualifiedNames::On),
            r#"{"keytype":"SCHEMA","subject":":.ctx:s","version":2,"magic":1}"#,
            json!({
                "subject": ":.ctx:s", "version": 2, "id": 7, "schemaType": "AVRO",
                "references": [{"name": "N", "subject": "r", "version": 1}],
                "schema": "\"string\"", "deleted": false,
            }),
        ),
        (
            Change::SetConfig(name("s"), Arc::new(full.clone())),
            r#"{"keytype":"CONFIG","subject":"s","magic":0}"#,
            json!({"subject": "s", "compatibilityLevel": "FULL"}),
        ),
        (
            Change::SetConfig(name(":.:"), Arc::new(full)),
            r#"{"keytype":"CONFIG","magic":0}"#,
            json!({"compatibilityLevel": "FULL"}),
        ),
        (mode, r#"{"keytype":"MODE","subject":":.ctx:","magic":0}"#, json!({"subject": ":.ctx:", "mode": "IMPORT"})),
        (
            Change::List(name(":.ctx:").context),
            r#"{"keytype":"CONTEXT","tenant":"default","context":".ctx","magic":0}"#,
            json!({"tenant": "default", "context": ".ctx"}),
        ),
        (
            Change::Reach(name(":.ctx:").context, 9),
            r#"{"keytype":"REACHED","context":".ctx","magic":0}"#,
            json!({"id": 9}),
        ),
    ] {
        assert_eq!(written(&change), (key.to_owned(), Some(value)));
        assert_eq!(format!("{:?}", read(&change)), format!("{change:?}"));
    }
}

#[test]
fn what_is_taken_back_is_a_tombstone_under_the_same_key() {
    let key = VersionKey { subject: name(":.ctx:s"), version: 2 };
    for (set, cleared) in [
        (hold(name(":.ctx:s"), &[], QualifiedNames::On), Change::Remove(key)),
        (Change::List(name(":.ctx:").context), Change::Unlist(name(":.ctx:").context)),
        (Change::SetMode(name("s"), Mode::ReadOnly), Change::ClearMode(name("s"))),
        (Change::SetConfig(name(":.:"), Arc::default()), Change::ClearConfig(name(":.:"))),
    ] {
        assert_eq!(written(&set).0, written(&cleared).0);
        assert_eq!(written(&cleared).1, None);
    }
}

#[test]
fn names_that_were_literals_stay_literals() {
    let literal = QualifiedSubject::parse(":.ctx:s", QualifiedNames::Off);
    let change = hold(literal.clone(), &[":.ctx:r"], QualifiedNames::Off);
    let (key, value) = written(&change);
    assert_eq!(key, r#"{"keytype":"SCHEMA","subject":":.::.ctx:s","version":2,"magic":1}"#);
    assert_eq!(value.unwrap()["literalReferences"], true);
    assert_eq!(format!("{:?}", read(&change)), format!("{change:?}"));

    let mode = Change::SetMode(literal, Mode::ReadOnly);
    assert_eq!(format!("{:?}", read(&mode)), format!("{mode:?}"));
}

#[test]
fn records_of_other_registries_are_read() {
    let read = |key: &str, value: &str| LogRecord::read(key.as_bytes(), value.as_bytes(), 5).unwrap();
    let schema = r#"{"subject":"s","version":1,"id":3,"schema":"\"int\"","deleted":true,"md5":"x","references":[]}"#;
    let Change::Hold(key, holding) =
        read(r#"{"magic":0,"keytype":"SCHEMA","subject":"s","version":1,"seq":8,"node":1}"#, schema)
    else {
        panic!("a version")
    };
    assert_eq!((key.subject, key.version), (name("s"), 1));
    assert_eq!(holding.record, Record { id: SchemaId::new(3).unwrap(), deleted: true, registered: 5 });
    assert_eq!(holding.schema.definition.schema_type, SchemaType::Avro);
    let null = read(r#"{"keytype":"MODE","subject":null,"magic":0}"#, r#"{"mode":"READONLY_OVERRIDE"}"#);
    assert!(matches!(null, Change::SetMode(subject, Mode::ReadOnlyOverride) if subject == name("")));
}

#[test]
fn what_says_nothing_says_why() {
    let schema = |id: i64| format!(r#"{{"subject":"s","version":1,"id":{id},"schema":"","deleted":false}}"#);
    let key = r#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#;
    for (key, value, message) in [
        ("", schema(1), "EOF while parsing a value at line 1 column 0"),
        (r#"{"keytype":"SCHEMA","subject":"s","version":0,"magic":1}"#, schema(1), "0 is no version"),
        (key, schema(2_147_483_648), "2147483648 is no schema id"),
        (key, schema(-1), "invalid value: integer `-1`"),
        (key, "{}".to_owned(), "missing field `subject`"),
        (r#"{"keytype":"OTHER","magic":0}"#, schema(1), "unknown variant `OTHER`"),
        (r#"{"keytype":"MODE","magic":0}"#, r#"{"mode":"x"}"#.to_owned(), "unknown variant `x`"),
    ] {
        let error = LogRecord::read(key.as_bytes(), value.as_bytes(), 0).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
