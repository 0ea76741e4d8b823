//! The store in a file: what was acknowledged is there, whatever becomes of the process, the disk and the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use serdecar::schema::QualifiedNames;
use serdecar::server::{Registry, StoreKind};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::client::{Api, Client, code, error, record};
use crate::process::{Process, refused, undisturbed};

/// How often the process is killed, unless this variable says otherwise.
const ROUNDS: (&str, usize) = ("SERDECAR_KILL_ROUNDS", 40);
const CLIENTS: usize = 8;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schemas.redb");
    (folder, path)
}

/// What a registry has promised to hold: id, text, and whether it is soft-deleted, by subject.
type Promises = BTreeMap<String, (u64, String, bool)>;

/// Registers and soft-deletes until nobody answers any more, and tells of every promise when it is made. Returns what was
/// acknowledged; what was under way when the connection broke may be stored or not.
async fn load(client: Client, round: usize, number: usize, tell: UnboundedSender<()>) -> Promises {
    let mut promises = Promises::new();
    let mut random = fastrand::Rng::with_seed((round * CLIENTS + number) as u64);
    for n in 0.. {
        let context = random.u32(0..4);
        let subject = format!(":.c{context}:s{round}-{number}-{n}");
        let schema = record(&format!("R{round}x{number}x{n}"));
        let path = format!("/subjects/{subject}/versions");
        let Some(registered) = client.try_post(&path, &json!({"schema": schema})).await else { break };
        assert_eq!(registered.0, 200, "{registered:?}");
        let id = registered.1["id"].as_u64().unwrap();
        if random.u8(0..4) > 0 {
            promises.insert(subject, (id, schema, false));
        } else {
            let Some(deleted) = client.try_delete(&format!("/subjects/{subject}")).await else { break };
            assert_eq!(deleted, (200, json!([1])));
            promises.insert(subject, (id, schema, true));
        }
        tell.send(()).expect("the test listens until all clients have ended");
    }
    promises
}

/// Checks that the registry holds what it has promised.
async fn check(client: &Client, promises: &Promises) {
    let live: Vec<String> = serde_json::from_value(client.get("/subjects").await.1).unwrap();
    for (subject, (id, schema, deleted)) in promises {
        let (status, found) = client.get(&format!("/subjects/{subject}/versions/1?deleted=true")).await;
        assert_eq!(status, 200, "{subject} is lost");
        assert_eq!((&found["id"], &found["schema"]), (&json!(id), &json!(schema)), "{subject}");
        assert_eq!(live.binary_search(subject).is_err(), *deleted, "{subject}");
        let (context, _) = subject.rsplit_once(':').unwrap();
        let (_, found) = client.get(&format!("/schemas/ids/{id}?subject={context}:")).await;
        assert_eq!(found["schema"], *schema, "id {id} of {context} belongs to {subject}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let rounds = std::env::var(ROUNDS.0).map_or(ROUNDS.1, |rounds| rounds.parse().unwrap());
    let (_folder, path) = place();
    let mut random = fastrand::Rng::with_seed(11);
    let mut all = Promises::new();
    let mut last = Promises::new();
    let mut awaited = 0;
    for round in 0..rounds {
        let process = Process::start(&path);
        check(&process.client, &last).await;
        all.append(&mut last);
        let mut clients = JoinSet::new();
        let (tell, mut told) = unbounded_channel();
        for number in 0..CLIENTS {
            clients.spawn(load(process.client.clone(), round, number, tell.clone()));
        }
        // After some promises, and then at a moment that is synchronized with nothing.
        for _ in 0..random.usize(0..20) {
            told.recv().await.expect("the clients are at it");
            awaited += 1;
        }
        tokio::time::sleep(Duration::from_micros(random.u64(0..5_000))).await;
        process.kill();
        while let Some(kept) = clients.join_next().await {
            last.append(&mut kept.unwrap());
        }
    }
    let process = Process::start(&path);
    all.append(&mut last);
    assert!(all.len() >= awaited, "{} promises, and {awaited} were seen", all.len());
    check(&process.client, &all).await;
    assert!(process.terminate().success());
}

#[tokio::test]
async fn a_registry_is_the_same_after_a_restart() {
    let (_folder, path) = place();
    let process = Process::start(&path);
    let api = &process.client;
    api.register("address", &record("Address")).await;
    api.register(":.gone:s", &record("Gone")).await;
    let person = json!({
        "schema": r#"{"type":"record","name":"Person","fields":[{"name":"home","type":"R"}]}"#,
        "references": [{"name": "R", "subject": ":.:address", "version": -1}],
        "metadata": {"properties": {"owner": "me"}},
        "ruleSet": {"domainRules": [{"name": "r", "kind": "CONDITION", "mode": "WRITE", "type": "CEL", "expr": "true"}]},
    });
    assert_eq!(api.post("/subjects/:.ctx:person/versions", &person).await.0, 200);
    api.register(":.ctx:person", r#"{"type":"record","name":"Person","fields":[]}"#).await;
    api.delete("/subjects/:.ctx:person/versions/2").await;
    for query in ["", "?permanent=true"] {
        api.delete(&format!("/subjects/:.gone:s{query}")).await;
    }
    api.put("/config/:.ctx:", &json!({"compatibility": "FULL", "normalize": true})).await;
    api.put("/mode/:.ctx:person", &json!({"mode": "READONLY"})).await;

    let asked = [
        "/contexts",
        "/subjects?deleted=true",
        "/subjects/:.ctx:person/versions/1",
        "/subjects/:.ctx:person/versions/2?deleted=true",
        "/subjects/address/versions/1/referencedby",
        "/schemas/ids/1?subject=:.ctx:&fetchMaxId=true",
        "/config/:.ctx:",
        "/mode/:.ctx:person",
    ];
    let ask = async |api: &Client| -> Vec<(u16, Value)> {
        let mut answers = Vec::new();
        for path in asked {
            answers.push(api.get(path).await);
        }
        answers
    };
    let before = ask(api).await;
    assert!(before.iter().all(|(status, _)| *status == 200), "{before:?}");
    assert!(process.terminate().success());

    let process = Process::start(&path);
    let api = &process.client;
    assert_eq!(ask(api).await, before);
    assert_eq!(code(&api.delete("/subjects/address").await), 42206, "references are known again");
    assert_eq!(api.register(":.gone:s", &record("New")).await, (2, 1), "ids are not given twice");
    assert_eq!(code(&api.post("/subjects/:.ctx:person/versions", &json!({"schema": "\"int\""})).await), 42205);
}

#[tokio::test]
async fn a_second_registry_on_the_file_is_refused() {
    let (_folder, path) = place();
    let process = Process::start(&path);
    let second = refused(&path);
    let message = format!("serdecar: the store {} is in use: another registry has it open\n", path.display());
    assert_eq!((second.status.code(), String::from_utf8(second.stderr).unwrap()), (Some(66), message));
    process.client.register("s", &record("R")).await;
    process.kill();
    assert_eq!(Process::start(&path).client.get("/subjects").await.1, json!(["s"]));
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_as_it_is() {
    let (_folder, path) = place();
    let process = Process::start(&path);
    process.client.register("s", &record("R")).await;
    process.kill();
    let whole = fs::read(&path).unwrap();
    for (bytes, damage) in [
        (&whole[..whole.len() / 2], "is damaged: "),
        (&whole[..100], "is damaged: it ends too early, after 100 bytes"),
        (&b"subject,version\n"[..], "is not a registry's store (it is another kind of file)"),
    ] {
        fs::write(&path, bytes).unwrap();
        let output = refused(&path);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(65), "{said}");
        assert!(said.contains(damage) && said.ends_with("it is left as it is\n"), "{said}");
        assert!(fs::read(&path).unwrap() == bytes);
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_change_and_nothing_else() {
    let (_folder, path) = place();
    let process = Process::limited(&path, 400);
    let api = &process.client;
    let large = |n: usize| json!({"schema": record(&format!("R{n}{}", "x".repeat(20_000)))});
    let mut stored = 0;
    let refused = loop {
        let answer = api.post(&format!("/subjects/s{stored}/versions"), &large(stored)).await;
        if answer.0 != 200 {
            break answer;
        }
        stored += 1;
    };
    assert!(stored > 1, "{refused:?}");
    let (status, number, message) = error(&refused);
    assert_eq!((status, number), (500, 50001));
    assert!(message.starts_with("The change could not be stored: "), "{message}");
    assert_eq!(code(&api.get(&format!("/subjects/s{stored}/versions")).await), 40401, "it has not happened");
    assert_eq!(code(&api.post("/subjects/t/versions", &large(0)).await), 50001, "still full");
    assert_eq!(api.get("/subjects/s0/versions").await, (200, json!([1])));

    process.lift_limit();
    let id = u64::try_from(stored).unwrap() + 1;
    assert_eq!(api.register("late", &record("Late")).await, (id, 1), "no id was lost");
    let subjects = api.get("/subjects").await;
    assert_eq!(subjects.1.as_array().unwrap().len(), stored + 1);
    assert!(process.terminate().success());
    assert_eq!(Process::start(&path).client.get("/subjects").await, subjects);
}

#[tokio::test]
async fn a_hangup_reloads_the_config() {
    let (folder, path) = place();
    let config = folder.path().join("serdecar.yaml");
    let write = |qualified: &str| {
        let store = path.display();
        let server =
            format!("server: {{listen: '127.0.0.1:0', store: 'file:{store}', qualified_subjects: {qualified}}}\n");
        fs::write(&config, server).unwrap();
    };
    write("true");
    let mut process = Process::configured(&config);
    let api = process.client.clone();
    api.register(":.ctx:s", &record("R")).await;
    write("false");
    process.reload("the config is reloaded qualified_subjects=false");
    assert_eq!(code(&api.get("/subjects/:.ctx:s/versions").await), 40401);
    api.register(":.ctx:s", &record("Literal")).await;
    write("perhaps");
    process.reload("the config is not reloaded");
    assert_eq!(api.get("/subjects").await.1, json!([":.ctx:s"]), "it goes on as before");
    write("true");
    process.reload("the config is reloaded qualified_subjects=true");
    assert_eq!(api.get("/subjects").await.1, json!([":.::.ctx:s", ":.ctx:s"]));
    assert!(process.terminate().success());

    write("false");
    let mut process = Process::configured(&config);
    assert_eq!(process.client.get("/subjects").await.1, json!([":.ctx:s"]), "a literal is one after a restart too");
    write("true");
    process.reload("the config is reloaded");
    assert_eq!(process.client.get("/subjects/:.ctx:s/versions/1").await.1["schema"], record("R"));
}

#[tokio::test]
async fn a_hangup_without_a_config_ends_nothing() {
    let (_folder, path) = place();
    let mut process = Process::start(&path);
    process.reload("there is nothing to reload");
    assert_eq!(process.client.get("/contexts").await.1, json!(["."]));
}

#[tokio::test]
async fn a_closed_registry_stores_nothing_more_and_leaves_its_file_to_others() {
    let (_folder, path) = place();
    let store = StoreKind::File(path);
    let registry = Registry::open(&store, QualifiedNames::On).unwrap();
    let api = Api::serve(registry.clone()).await;
    api.register("s", &record("R")).await;
    registry.close();
    let other = undisturbed(|| Registry::open(&store, QualifiedNames::On).unwrap());
    let refused = api.post("/subjects/t/versions", &json!({"schema": record("R")})).await;
    assert_eq!(error(&refused), (500, 50001, "The change could not be stored: the store is closed"));
    assert_eq!(api.get("/subjects").await.1, json!(["s"]), "what it holds is still told");
    let other = Api::serve(other).await;
    assert_eq!(other.register("t", &record("R")).await, (1, 1));
}
