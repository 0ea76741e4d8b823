//! What happens once for a schema, or once for a record whatever its size: a plan is compiled, a known schema is found.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use serdecar::registry::{Client, Lookup, RawConfig, SchemaCache, Waited};
use serdecar::schema::avro::{Plan, Schema};
use serdecar::schema::{Context, QualifiedNames, SchemaId};
use serdecar::server::{Registry, Submission, run};
use serdecar::settings::Faults;
use tokio::net::TcpListener;

pub(crate) fn measure(criterion: &mut Criterion) {
    let fields: Vec<_> = (0..500)
        .map(|i| {
            let ty =
                ["\"string\"", "[\"null\",\"long\"]", "\"double\"", "{\"type\":\"array\",\"items\":\"int\"}"][i % 4];
            format!(r#"{{"name":"attribute_{i}","type":{ty}}}"#)
        })
        .collect();
    let text = format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","));
    let schema = Schema::parse::<&str>(&text, &[]).unwrap();
    criterion.bench_function("a plan of 500 fields: compile", |bencher| {
        bencher.iter(|| Plan::compile(black_box(&schema)).unwrap());
    });
    criterion.bench_function("a plan of 500 fields: parse and compile", |bencher| {
        bencher.iter(|| Plan::compile(&Schema::parse::<&str>(black_box(&text), &[]).unwrap()).unwrap());
    });
    look_up(criterion);
}

/// A worker's lookup of a schema that it has used before, against a registry in this process.
fn look_up(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let registry = Registry::new(QualifiedNames::On);
    registry.register(":.staging:orders", Submission::avro("\"int\"")).unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(run(listener, registry, std::future::pending()));
    let raw: RawConfig = serde_json::from_value(serde_json::json!({"url": url})).unwrap();
    let config = raw.validate("/registry", &mut Faults::default()).unwrap();
    let cache = {
        let _inside = runtime.enter();
        SchemaCache::new(Client::new(&config).unwrap(), &config, runtime.handle().clone())
    };
    let (mut schemas, context, id) = (cache.local(), Context::parse("staging").unwrap(), SchemaId::new(1).unwrap());
    while !matches!(schemas.by_id(&context, id), Lookup::Ready(_)) {
        assert_ne!(schemas.wait(Duration::from_secs(60)), Waited::Idle, "the registry answers");
    }
    criterion.bench_function("a schema that the worker used last: look up", |bencher| {
        bencher.iter(|| match schemas.by_id(black_box(&context), black_box(id)) {
            Lookup::Ready(schema) => schema.text.len(),
            other => panic!("{other:?}"),
        });
    });
}
