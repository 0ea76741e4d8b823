mod names;
mod protobuf;
mod verify;

use super::*;
use crate::codec::ViolationKind;
use crate::schema::{SchemaId, Subject};
use crate::transform::rejection::Reason;
use crate::transform::schemas::fake::FakeSchemas;

/// Key and value.
type Written = (Option<Vec<u8>>, Option<Vec<u8>>);

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[{"name":"qty","type":"int"}]}"#;

fn route(context: &str) -> Route {
    let context = Context::parse(context).unwrap();
    let subject = |name| QualifiedSubject::new(context.clone(), Subject::new(name));
    Route::new(context.clone(), subject("orders-key"), subject("orders-value"))
}

fn transform(key: Step, value: Step) -> Transform {
    transform_in(IdIn::Prefix, key, value)
}

fn transform_in(id_in: IdIn, key: Step, value: Step) -> Transform {
    Transform::new(work(id_in, key), work(id_in, value))
}

fn work(id_in: IdIn, step: Step) -> Work {
    Work { step, id_in, message: None, options: JsonOptions::default(), limits: Limits::default() }
}

/// A part without a header.
fn input(bytes: Option<&[u8]>) -> Input<'_> {
    Input { bytes, header: None }
}

fn schemas() -> FakeSchemas {
    let schemas = FakeSchemas::default();
    schemas.register("staging", "orders-value", 17, ORDER);
    schemas.register("staging", "orders-key", 3, r#""string""#);
    schemas
}

/// Applies `transform` in `.staging` and resolves the output.
fn apply(transform: &mut Transform, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Written, Box<Outcome>> {
    let mut buffer = b"before".to_vec();
    match transform.apply(input(key), input(value), &mut route("staging"), &mut schemas(), &mut buffer) {
        Outcome::Write { key: made_key, value: made_value } => {
            assert!(buffer.starts_with(b"before"));
            let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
            Ok((owned(made_key.bytes.resolve(key, &buffer)), owned(made_value.bytes.resolve(value, &buffer))))
        }
        other => {
            assert_eq!(buffer, b"before", "nothing may be left behind");
            Err(Box::new(other))
        }
    }
}

fn rejection(outcome: Result<Written, Box<Outcome>>) -> Rejection {
    match outcome.map_err(|other| *other) {
        Err(Outcome::Reject(rejection)) => *rejection,
        other => panic!("not rejected: {other:?}"),
    }
}

#[test]
fn a_value_is_framed_with_the_id_of_its_schema_and_reads_back() {
    let mut serialize = transform(Step::Pass, Step::Encode(Framed::Avro, Version::Latest));
    let (key, value) = apply(&mut serialize, Some(b"k"), Some(br#"{"qty": 2}"#)).unwrap();
    assert_eq!(key.as_deref(), Some(&b"k"[..]));
    assert_eq!(value.as_deref(), Some(&[0, 0, 0, 0, 17, 4][..]));
    let mut deserialize = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let (_, json) = apply(&mut deserialize, None, value.as_deref()).unwrap();
    assert_eq!(json.as_deref(), Some(&br#"{"qty":2}"#[..]));
}

#[test]
fn keys_have_a_format_of_their_own() {
    let mut serialize = transform(Step::Encode(Framed::Avro, Version::Latest), Step::Pass);
    let (key, value) = apply(&mut serialize, Some(br#""a""#), Some(b"not json")).unwrap();
    assert_eq!(key.as_deref(), Some(&[0, 0, 0, 0, 3, 2, b'a'][..]));
    assert_eq!(value.as_deref(), Some(&b"not json"[..]));
}

#[test]
fn tombstones_and_null_keys_pass() {
    for step in [Step::Pass, Step::Encode(Framed::Avro, Version::Latest), Step::Decode(Framed::Avro, None)] {
        assert_eq!(apply(&mut transform(step, step), None, None).unwrap(), (None, None));
    }
}

#[test]
fn a_record_that_departs_from_its_schema_is_rejected_with_the_place() {
    let mut serialize = transform(Step::Pass, Step::Encode(Framed::Avro, Version::Latest));
    let rejection = rejection(apply(&mut serialize, None, Some(br#"{"qty": "two"}"#)));
    assert_eq!(rejection.to_string(), "/qty: expected int, found string \"two\" (schema 17 of :.staging:orders-value)");
    assert_eq!(rejection.pointer, "/qty");
    assert_eq!(rejection.schema_id, SchemaId::new(17).map(Identifier::Id));
}

#[test]
fn a_key_at_fault_leaves_nothing_of_the_value_behind() {
    let both = Step::Encode(Framed::Avro, Version::Latest);
    let rejection = rejection(apply(&mut transform(both, both), Some(b"7"), Some(br#"{"qty": 1}"#)));
    assert_eq!(rejection.part, Part::Key);
    assert!(rejection.to_string().starts_with("key : expected string"), "{rejection}");
}

#[test]
fn bytes_without_a_frame_are_rejected() {
    let rejection = rejection(apply(&mut transform(Step::Pass, Step::Decode(Framed::Avro, None)), None, Some(b"{}")));
    assert_eq!(rejection.reason, Reason::Frame);
    assert!(rejection.error.contains("magic byte 0x7b"), "{}", rejection.error);
}

#[test]
fn an_id_is_looked_up_in_the_routes_context_only() {
    let mut deserialize = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let mut schemas = schemas();
    let frame = [0, 0, 0, 0, 17, 4];
    let mut other = route("production");
    let outcome = deserialize.apply(Input::default(), input(Some(&frame)), &mut other, &mut schemas, &mut Vec::new());
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert_eq!(waiting.to_string(), "schema 17 in context .production is not available");
    schemas.disown("production", 17);
    let outcome = deserialize.apply(Input::default(), input(Some(&frame)), &mut other, &mut schemas, &mut Vec::new());
    assert!(matches!(outcome, Outcome::Reject(rejection) if rejection.reason == Reason::UnknownSchema));
}

#[test]
fn a_missing_subject_is_waited_for_and_never_a_rejection() {
    let mut serialize = transform(Step::Pass, Step::Encode(Framed::Avro, Version::Number(2)));
    let mut schemas = FakeSchemas::default();
    let mut route = route("staging");
    let outcome = serialize.apply(Input::default(), input(Some(b"{}")), &mut route, &mut schemas, &mut Vec::new());
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert_eq!(waiting.to_string(), "version 2 of subject :.staging:orders-value is not available");
    assert_eq!(serialize.probe(&route, &mut schemas).map(|same| same.to_string()), Some(waiting.to_string()));
    schemas.register("staging", "orders-value", 17, ORDER);
    assert!(serialize.probe(&route, &mut schemas).is_none());
}

#[test]
fn a_new_version_is_seen_with_the_next_batch() {
    let mut serialize = transform(Step::Pass, Step::Encode(Framed::Avro, Version::Latest));
    let (mut schemas, mut route) = (schemas(), route("staging"));
    let mut id = |serialize: &mut Transform, schemas: &mut FakeSchemas| {
        let mut buffer = Vec::new();
        serialize.apply(Input::default(), input(Some(br#"{"qty": 2}"#)), &mut route, schemas, &mut buffer);
        buffer[4]
    };
    assert_eq!(id(&mut serialize, &mut schemas), 17);
    schemas.register("staging", "orders-value", 18, ORDER);
    assert_eq!(id(&mut serialize, &mut schemas), 17);
    serialize.next_batch();
    assert_eq!(id(&mut serialize, &mut schemas), 18);
}

const LATER: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"unit","type":"string","default":"kg"},{"name":"qty","type":"double"}]}"#;

/// What becomes of order 17 with two pieces.
fn read_order(deserialize: &mut Transform, schemas: &mut FakeSchemas) -> Result<String, Box<Outcome>> {
    let mut buffer = Vec::new();
    let frame = [0, 0, 0, 0, 17, 4];
    deserialize.next_batch();
    match deserialize.apply(Input::default(), input(Some(&frame)), &mut route("staging"), schemas, &mut buffer) {
        Outcome::Write { .. } => Ok(String::from_utf8(buffer).unwrap()),
        other => Err(Box::new(other)),
    }
}

#[test]
fn a_record_is_read_by_the_version_that_was_asked_for() {
    let mut schemas = schemas();
    let mut plain = transform(Step::Pass, Step::Decode(Framed::Avro, None));
    let mut latest = transform(Step::Pass, Step::Decode(Framed::Avro, Some(Version::Latest)));
    assert_eq!(read_order(&mut latest, &mut schemas).unwrap(), r#"{"qty":2}"#);
    schemas.register("staging", "orders-value", 18, LATER);
    assert_eq!(read_order(&mut latest, &mut schemas).unwrap(), r#"{"unit":"kg","qty":2.0}"#);
    assert_eq!(read_order(&mut latest, &mut schemas).unwrap(), r#"{"unit":"kg","qty":2.0}"#);
    assert_eq!(read_order(&mut plain, &mut schemas).unwrap(), r#"{"qty":2}"#);
}

#[test]
fn a_reader_that_is_not_there_is_waited_for() {
    let mut schemas = FakeSchemas::default();
    schemas.register("staging", "another-value", 17, ORDER);
    let mut third = transform(Step::Pass, Step::Decode(Framed::Avro, Some(Version::Number(3))));
    let missing = "version 3 of subject :.staging:orders-value is not available";
    match read_order(&mut third, &mut schemas).map_err(|other| *other) {
        Err(Outcome::Pending(waiting)) => assert_eq!(waiting.to_string(), missing),
        other => panic!("{other:?}"),
    }
    let route = route("staging");
    assert_eq!(third.probe(&route, &mut schemas).map(|waiting| waiting.to_string()).as_deref(), Some(missing));
    schemas.register("staging", "orders-value", 18, LATER);
    assert!(third.probe(&route, &mut schemas).is_none());
    assert_eq!(read_order(&mut third, &mut schemas).unwrap(), r#"{"unit":"kg","qty":2.0}"#);
}

#[test]
fn what_the_reader_can_not_read_is_rejected_and_says_why() {
    let mut schemas = schemas();
    let mut latest = transform(Step::Pass, Step::Decode(Framed::Avro, Some(Version::Latest)));
    let order = |ty: &str| ORDER.replace("\"int\"", ty);
    schemas.register("staging", "orders-value", 18, &order("\"string\""));
    let rejected = rejection(read_order(&mut latest, &mut schemas).map(|_| unreachable!()));
    assert_eq!((rejected.reason, rejected.schema_id), (Reason::UnusableSchema, SchemaId::new(17).map(Identifier::Id)));
    assert_eq!(
        rejected.to_string(),
        ": reader's schema /fields/0/type: expected string, found int (writer's schema /fields/0/type) \
         (schema 17 in context .staging, read by schema 18 of :.staging:orders-value)"
    );
    // Another version may read it after all.
    schemas.register("staging", "orders-value", 19, LATER);
    assert_eq!(read_order(&mut latest, &mut schemas).unwrap(), r#"{"unit":"kg","qty":2.0}"#);
    // A branch that the reader does not have is a fault of the record.
    schemas.register("staging", "orders-value", 17, &order("[\"string\",\"null\",\"int\"]"));
    schemas.register("staging", "orders-value", 20, &order("[\"string\",\"null\"]"));
    let mut latest = transform(Step::Pass, Step::Decode(Framed::Avro, Some(Version::Latest)));
    let mut buffer = Vec::new();
    let frame = [0, 0, 0, 0, 17, 4, 2];
    let outcome = latest.apply(Input::default(), input(Some(&frame)), &mut route("staging"), &mut schemas, &mut buffer);
    let Outcome::Reject(rejected) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        rejected.to_string(),
        "/qty: expected string or null, found int (schema 17 in context .staging, read by schema 20 of :.staging:orders-value)"
    );
    assert_eq!((rejected.reason.as_str(), rejected.pointer.as_str()), ("type", "/qty"));
}

#[test]
fn a_schema_with_a_default_that_does_not_fit_reads_but_does_not_write() {
    let schemas = || {
        let schemas = FakeSchemas::default();
        let text = r#"{"type":"record","name":"Order","fields":[{"name":"qty","type":"int","default":"1"}]}"#;
        schemas.register("staging", "orders-value", 17, text);
        schemas
    };
    let run = |step, value: &[u8]| {
        let mut buffer = Vec::new();
        let outcome = transform(Step::Pass, step).apply(
            Input::default(),
            input(Some(value)),
            &mut route("staging"),
            &mut schemas(),
            &mut buffer,
        );
        (outcome, buffer)
    };
    let (outcome, json) = run(Step::Decode(Framed::Avro, None), &[0, 0, 0, 0, 17, 4]);
    assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
    assert_eq!(json, br#"{"qty":2}"#);
    let (outcome, _) = run(Step::Encode(Framed::Avro, Version::Latest), br#"{"qty": 2}"#);
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert!(waiting.to_string().contains("the default of field 'qty' of record Order: expected int"), "{waiting}");
}

const EVENT: &str = r#"{"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}, "required": ["n"]}"#;

fn json_schemas() -> FakeSchemas {
    let schemas = schemas();
    schemas.register_as(SchemaType::Json, "staging", "orders-value", 21, EVENT);
    schemas
}

fn apply_with(schemas: &mut FakeSchemas, step: Step, value: &[u8]) -> (Outcome, Vec<u8>) {
    let mut buffer = Vec::new();
    let outcome = transform(Step::Pass, step).apply(
        Input::default(),
        input(Some(value)),
        &mut route("staging"),
        schemas,
        &mut buffer,
    );
    (outcome, buffer)
}

#[test]
fn json_that_its_schema_allows_is_framed_as_it_is() {
    let json = br#"{ "n": 7.0, "big": 123456789012345678901234567890 }"#;
    let (outcome, framed) = apply_with(&mut json_schemas(), Step::Encode(Framed::Json, Version::Latest), json);
    assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
    assert_eq!(framed, [&[0, 0, 0, 0, 21], &json[..]].concat());
    let (outcome, unframed) = apply_with(&mut json_schemas(), Step::Decode(Framed::Json, None), &framed);
    assert!(matches!(outcome, Outcome::Write { .. }), "{outcome:?}");
    assert_eq!(unframed, json);
}

#[test]
fn json_that_its_schema_does_not_allow_is_rejected_with_everything_that_is_wrong() {
    let (outcome, buffer) =
        apply_with(&mut json_schemas(), Step::Encode(Framed::Json, Version::Latest), br#"{"n": 12.5}"#);
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert_eq!(buffer, b"");
    assert_eq!((rejection.reason, rejection.pointer.as_str()), (Reason::Violation(ViolationKind::Type), "/n"));
    assert_eq!(
        rejection.to_string(),
        "/n: expected integer, found number 12.5; /n: expected a number of at most 9, found number 12.5 \
         (schema 21 of :.staging:orders-value)"
    );
}

#[test]
fn a_schema_of_another_language_than_the_formats_is_not_used() {
    let (outcome, _) = apply_with(&mut json_schemas(), Step::Encode(Framed::Avro, Version::Latest), b"{}");
    let Outcome::Pending(waiting) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        waiting.to_string(),
        "version latest of subject :.staging:orders-value can't be used: schema 21 of :.staging:orders-value is of type JSON, \
         not AVRO"
    );
    let (outcome, _) = apply_with(&mut json_schemas(), Step::Decode(Framed::Json, None), &[0, 0, 0, 0, 17, 4]);
    let Outcome::Reject(rejection) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rejection.reason, Reason::UnusableSchema);
}
