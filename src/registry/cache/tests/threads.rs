//! Workers on threads of their own, in real time.

use std::sync::Barrier;
use std::thread;

use serde_json::json;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_make_one_request() {
    let script = Script::gated(|ask, _| found(ask));
    let cache = script.cache();
    let all_ask = Arc::new(Barrier::new(9));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (mut local, all_ask) = (cache.local(), Arc::clone(&all_ask));
            thread::spawn(move || {
                let pending = said(&local.by_id(&context("staging"), id(1)));
                all_ask.wait();
                let waited = local.wait(LONG);
                (pending, waited, said(&local.by_id(&context("staging"), id(1))))
            })
        })
        .collect();
    tokio::task::block_in_place(|| all_ask.wait());
    script.gate.add_permits(1_000);
    for worker in workers {
        let (pending, waited, told) = tokio::task::block_in_place(|| worker.join().unwrap());
        assert_eq!((pending.as_str(), waited), ("pending", Waited::Settled));
        assert_eq!(told, "ready: schema 1 in context .staging");
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_ends_when_anything_settles() {
    let script = Script::gated(|ask, _| match ask {
        Ask::Id(..) => Reply { after: LONG, ..found(ask) },
        Ask::Holder(..) | Ask::Name(..) => found(ask),
    });
    let mut local = script.cache().local();
    assert_eq!(local.wait(LONG), Waited::Idle);
    local.by_id(&context("staging"), id(1));
    local.by_version(&subject("orders"), Version::Latest);
    assert_eq!(tokio::task::block_in_place(|| local.wait(Duration::from_millis(1))), Waited::TimedOut);
    script.gate.add_permits(2);
    assert_eq!(tokio::task::block_in_place(|| local.wait(LONG)), Waited::Settled);
    assert_eq!(said(&local.by_version(&subject("orders"), Version::Latest)), "ready: schema 1 of orders");
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    assert_eq!(tokio::task::block_in_place(|| local.wait(Duration::from_millis(1))), Waited::TimedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_come_from_a_registry_over_http() {
    let server = MockServer::start().await;
    let avro = |id: u32| json!({"id": id, "version": 2, "subject": ":.staging:orders", "schema": "\"int\""});
    Mock::given(path("/schemas/ids/7"))
        .and(query_param("subject", ":.staging:"))
        .respond_with(ResponseTemplate::new(200).set_body_json(avro(7)))
        .mount(&server)
        .await;
    Mock::given(path("/subjects/%3A.staging%3Aorders/versions/latest"))
        .respond_with(ResponseTemplate::new(200).set_body_json(avro(9)))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(404).set_body_json(json!({"error_code": 40403, "message": "no"})))
        .with_priority(9)
        .mount(&server)
        .await;
    let mut config = client_config(&[&server.uri()]);
    config.cache.unknown_grace = Duration::ZERO;
    let cache = SchemaCache::new(Client::new(&config).unwrap(), &config, Handle::current());
    let mut local = cache.local();
    local.by_id(&context("staging"), id(7));
    local.by_id(&Context::default(), id(7));
    local.by_version(&subject(":.staging:orders"), Version::Latest);
    while tokio::task::block_in_place(|| local.wait(LONG)) == Waited::Settled {}
    assert_eq!(said(&local.by_id(&context("staging"), id(7))), "ready: schema 7 of :.staging:orders");
    assert_eq!(said(&local.by_id(&Context::default(), id(7))), "unknown: schema 7 not found in context .");
    let told = said(&local.by_version(&subject(":.staging:orders"), Version::Latest));
    assert_eq!(told, "ready: schema 9 of :.staging:orders");
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}
