//! The registry client and its cache against the project's own registry server, over HTTP.

#![expect(clippy::unwrap_used, reason = "a test ends where an expectation does not hold")]

use std::time::Duration;

use serdecar::codec::Limits;
use serdecar::codec::avro::{Encoder, JsonOptions};
use serdecar::registry::{Client, Compiled, Config, LocalSchemas, Lookup, RawConfig, SchemaCache, Version, Waited};
use serdecar::schema::{Context, QualifiedNames, QualifiedSubject, SchemaId, SchemaReference};
use serdecar::server::{Registry, Submission, run};
use serdecar::settings::Faults;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Serves `registry` on a free port for as long as the test runs, and gives the settings of a client for it.
async fn serve(registry: &Registry) -> Config {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(run(listener, registry.clone(), std::future::pending()));
    let raw: RawConfig = serde_json::from_value(serde_json::json!({"url": url, "unknown_grace": "300ms"})).unwrap();
    let mut faults = Faults::default();
    raw.validate("/registry", &mut faults).unwrap_or_else(|| panic!("{faults:?}"))
}

fn cache(config: &Config) -> SchemaCache {
    SchemaCache::new(Client::new(config).unwrap(), config, Handle::current())
}

fn context(name: &str) -> Context {
    Context::parse(name).unwrap()
}

fn id(number: u32) -> SchemaId {
    SchemaId::new(number).unwrap()
}

fn subject(name: &str) -> QualifiedSubject {
    QualifiedSubject::parse(name, QualifiedNames::On)
}

/// Waits, as a worker's thread does, until everything that was asked for has settled.
fn settle(local: &mut LocalSchemas) {
    tokio::task::block_in_place(|| while local.wait(LONG) == Waited::Settled {});
}

fn text(lookup: &Lookup<'_>) -> String {
    match lookup {
        Lookup::Ready(schema) => schema.text.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_id_is_another_schema_in_another_context() {
    let registry = Registry::new(QualifiedNames::On);
    for (name, schema) in [(":.staging:s", "\"int\""), (":.production:s", "\"string\""), ("s", "\"bytes\"")] {
        registry.register(name, Submission::avro(schema)).unwrap();
    }
    let config = serve(&registry).await;
    let mut local = cache(&config).local();
    let contexts = ["staging", "production", ".", "empty"].map(context);
    for context in &contexts {
        local.by_id(context, id(1));
    }
    settle(&mut local);
    let texts: Vec<String> = contexts[..3].iter().map(|context| text(&local.by_id(context, id(1)))).collect();
    assert_eq!(texts, ["\"int\"", "\"string\"", "\"bytes\""]);
    match local.by_id(&contexts[3], id(1)) {
        Lookup::Unknown(error) => assert_eq!(error.to_string(), "schema 1 not found in context .empty"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_with_references_across_contexts_encodes() {
    let registry = Registry::new(QualifiedNames::On);
    let record = |name: &str, field: &str| {
        format!(r#"{{"type": "record", "name": "{name}", "fields": [{{"name": "f", "type": "{field}"}}]}}"#)
    };
    let register = |subject: &str, schema: &str, references: &[(&str, &str)]| {
        let references = references
            .iter()
            .map(|(name, subject)| SchemaReference { name: (*name).into(), subject: (*subject).into(), version: 1 })
            .collect();
        registry.register(subject, Submission { references, ..Submission::avro(schema) }).unwrap();
    };
    register("unit", &record("Unit", "int"), &[]);
    register(":.shared:money", &record("Money", "Unit"), &[("Unit", ":.:unit")]);
    register(":.staging:line", &record("Line", "Money"), &[("Money", ":.shared:money")]);
    register(":.staging:order", &record("Order", "Line"), &[("Line", "line"), ("Money", ":.shared:money")]);

    let config = serve(&registry).await;
    let mut local = cache(&config).local();
    local.by_version(&subject(":.staging:order"), Version::Latest);
    settle(&mut local);
    let Lookup::Ready(schema) = local.by_version(&subject(":.staging:order"), Version::Latest) else { panic!() };
    let names: Vec<&str> = schema.references.iter().map(|reference| reference.name.as_str()).collect();
    assert_eq!(names, ["Unit", "Money", "Line"]);
    let Compiled::Avro(plan) = &schema.compiled else { panic!("{schema:?}") };
    let mut datum = Vec::new();
    let json = br#"{"f": {"f": {"f": {"f": 21}}}}"#;
    Encoder::new(JsonOptions::default(), Limits::default()).encode(plan, json, &mut datum).unwrap();
    assert_eq!(datum, [42]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subject_that_is_registered_later_is_found() {
    let registry = Registry::new(QualifiedNames::On);
    let config = serve(&registry).await;
    let cache = cache(&config);
    let mut local = cache.local();
    assert!(matches!(local.by_version(&subject(":.staging:late"), Version::Number(1)), Lookup::Pending));
    while cache.problems() != ["subject :.staging:late not found in the registry"] {
        tokio::task::yield_now().await;
    }
    registry.register(":.staging:late", Submission::avro("\"int\"")).unwrap();
    settle(&mut local);
    assert_eq!(text(&local.by_version(&subject(":.staging:late"), Version::Number(1))), "\"int\"");
    assert_eq!(cache.problems(), [""; 0]);
}
