//! Many clients at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Api, record};

const CLIENTS: u64 = 32;
const SCHEMAS: u64 = 313;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ids_stay_dense_and_unique_within_each_context() {
    let api = Arc::new(Api::start().await);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let api = Arc::clone(&api);
        clients.spawn(async move {
            let context = if client % 2 == 0 { ".even" } else { ".odd" };
            let mut ids = Vec::new();
            for n in 0..SCHEMAS {
                let schema = record(&format!("R{client}x{n}"));
                let (id, version) = api.register(&format!(":{context}:s{client}"), &schema).await;
                assert_eq!(version, n + 1);
                if n % 10 == 0 {
                    let (_, found) = api.get(&format!("/schemas/ids/{id}?subject=:{context}:")).await;
                    assert_eq!(found["schema"], schema, "an id is its own schema's from the first moment");
                }
                ids.push(id);
            }
            (context, ids)
        });
    }
    let (mut even, mut odd) = (BTreeSet::new(), BTreeSet::new());
    while let Some(done) = clients.join_next().await {
        let (context, ids) = done.unwrap();
        let seen = if context == ".even" { &mut even } else { &mut odd };
        for id in ids {
            assert!(seen.insert(id), "{context} gave out id {id} twice");
        }
    }
    let dense: BTreeSet<u64> = (1..=CLIENTS / 2 * SCHEMAS).collect();
    assert_eq!(even, dense);
    assert_eq!(odd, dense);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_schema_from_many_clients_is_one_version() {
    let api = Arc::new(Api::start().await);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let api = Arc::clone(&api);
        clients.spawn(async move { api.register("s", &record("R")).await });
    }
    while let Some(done) = clients.join_next().await {
        assert_eq!(done.unwrap(), (1, 1));
    }
    assert_eq!(api.get("/subjects/s/versions").await.1, json!([1]));
}
