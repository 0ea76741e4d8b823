//! Many clients, long streams, and a broker that goes away: every record that was accepted is in its topic once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Body, Client};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::support::orders::{LETTER, NUMBER, number, number_of};
use super::support::{Flow, Gateway, Kafka, SchemaRegistry, eventually};

/// What a client was told of a number: status and problem.
type Told = HashMap<usize, (u16, String)>;

/// So many clients post so many numbers each, on a connection each; what they were told.
fn post_numbers(gateway: &Gateway, topic: &str, clients: usize, each: usize, posted: &Arc<AtomicUsize>) -> Told {
    let url = format!("{}/topics/{topic}", gateway.url());
    gateway.runtime().block_on(async {
        let mut all = JoinSet::new();
        for client in 0..clients {
            let (url, posted) = (url.clone(), Arc::clone(posted));
            all.spawn(async move {
                let http = Client::builder().pool_max_idle_per_host(1).build().unwrap();
                let mut told = Vec::new();
                for n in client * each..(client + 1) * each {
                    let request = http.post(&url).header("content-type", "application/json").body(number(n));
                    let mut answer = request.send().await.unwrap();
                    let mut body = Vec::new();
                    while let Some(chunk) = answer.chunk().await.unwrap() {
                        body.extend_from_slice(&chunk);
                    }
                    told.push((n, (answer.status().as_u16(), String::from_utf8(body).unwrap())));
                    posted.fetch_add(1, Ordering::Relaxed);
                }
                told
            });
        }
        all.join_all().await.into_iter().flatten().collect()
    })
}

/// How often each number is in a topic.
fn counts(kafka: &Kafka, topic: &str) -> HashMap<usize, usize> {
    let mut counts = HashMap::new();
    for record in kafka.read_to_end(topic) {
        *counts.entry(number_of(&record.value.unwrap())).or_default() += 1;
    }
    counts
}

#[test]
fn each_record_of_64_clients_is_in_the_topic_once() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.many-value", NUMBER);
    kafka.create_topic("gateway.many", 6);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.many"]"#], "");
    let told = post_numbers(&gateway, "gateway.many", 64, 50, &Arc::default());
    assert_eq!(told.len(), 3200);
    assert!(told.values().all(|(status, _)| *status == 200), "{told:?}");
    let counts = counts(kafka, "gateway.many");
    assert_eq!(counts.len(), 3200);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    // And where the answers say they are.
    let records = kafka.read_to_end("gateway.many");
    for record in records {
        let n = number_of(record.value.as_deref().unwrap());
        let answer: Value = serde_json::from_str(&told[&n].1).unwrap();
        assert_eq!(
            (answer["partition"].as_i64(), answer["offset"].as_i64()),
            (record.partition.map(i64::from), record.offset)
        );
    }
}

#[test]
fn an_answer_is_true_while_the_broker_goes_and_comes() {
    let mut kafka = Kafka::start();
    let registry = SchemaRegistry::start();
    registry.register("gateway.outage-value", NUMBER);
    kafka.create_topic("gateway.outage", 2);
    let gateway = Gateway::start(&kafka, &registry, &[r#"topics: ["gateway.outage"]"#], "delivery_timeout: 1s");
    let posted = Arc::new(AtomicUsize::default());
    let told = std::thread::scope(|scope| {
        let clients = scope.spawn(|| post_numbers(&gateway, "gateway.outage", 8, 100, &posted));
        eventually("some are posted", || (posted.load(Ordering::Relaxed) >= 100).then_some(()));
        kafka.kill();
        let before = posted.load(Ordering::Relaxed);
        eventually("some fail", || (posted.load(Ordering::Relaxed) >= before + 16).then_some(()));
        kafka.restart();
        clients.join().unwrap()
    });
    let counts = counts(&kafka, "gateway.outage");
    let mut refused = 0;
    for (n, (status, body)) in &told {
        let count = counts.get(n).copied().unwrap_or(0);
        match status {
            200 => assert_eq!(count, 1, "{n} was accepted"),
            503 if body.contains("it was not written") => {
                refused += 1;
                assert_eq!(count, 0, "{n} was refused: {body}");
            }
            503 => assert!(body.contains("it may have been written all the same") && count <= 1, "{n}: {body}"),
            _ => panic!("{status} {body}"),
        }
    }
    assert!(refused > 0 && told.values().any(|(status, _)| *status == 200), "{told:?}");
}

/// A stream of lines, made while it is sent: nobody holds all of it. `sent` counts those that were taken.
fn stream(count: usize, line: fn(usize) -> String, sent: &Arc<AtomicUsize>) -> Body {
    struct Lines {
        left: std::ops::Range<usize>,
        line: fn(usize) -> String,
        sent: Arc<AtomicUsize>,
    }
    impl axum::body::HttpBody for Lines {
        type Data = axum::body::Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            let (line, mut lines) = (self.line, String::new());
            while lines.len() < 4096
                && let Some(n) = self.left.next()
            {
                lines.extend([&line(n), "\n"]);
                self.sent.fetch_add(1, Ordering::Relaxed);
            }
            let frame = (!lines.is_empty()).then(|| Ok(hyper::body::Frame::data(lines.into())));
            std::task::Poll::Ready(frame)
        }
    }
    Body::wrap(Lines { left: 0..count, line, sent: Arc::clone(sent) })
}

/// How many records a stream has: `SERDECAR_STREAM_RECORDS`, or as many as a test has time for.
fn stream_length() -> usize {
    std::env::var("SERDECAR_STREAM_RECORDS").map_or(200_000, |count| count.parse().expect("a number of records"))
}

#[test]
fn a_stream_takes_little_memory_however_long_it_is() {
    let count = stream_length();
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register("gateway.endless-value", NUMBER);
    kafka.create_topic("gateway.endless", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.endless"]"#], "");
    assert_eq!(gateway.post("/topics/gateway.endless", &number(count)).status, 200);

    let url = format!("{}/topics/gateway.endless", gateway.url());
    let lines = gateway.runtime().block_on(async {
        let request = Client::new().post(url).header("content-type", "application/x-ndjson").body(stream(
            count,
            number,
            &Arc::default(),
        ));
        let mut answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
        let (mut lines, mut rest) = (0_usize, Vec::new());
        while let Some(chunk) = answer.chunk().await.unwrap() {
            rest.extend_from_slice(&chunk);
            let end = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            for line in String::from_utf8(rest.drain(..end).collect()).unwrap().lines() {
                lines += 1;
                let schema = json!({"context": ".", "id": id, "subject": "gateway.endless-value", "version": 1});
                let expected = json!({
                    "line": lines, "topic": "gateway.endless", "partition": 0, "offset": lines, "schema": schema
                });
                assert_eq!(serde_json::from_str::<Value>(line).unwrap(), expected);
            }
        }
        assert!(rest.is_empty());
        lines
    });
    assert_eq!(lines, count);
    assert_eq!(kafka.ends("gateway.endless"), [i64::try_from(count).unwrap() + 1]);
    assert_small(&gateway);
}

/// Fails where a gateway has ever had 100 MB of memory.
fn assert_small(gateway: &Gateway) {
    if let Some(peak) = gateway.sidecar.peak_memory() {
        eprintln!("{} MB at most", peak / 1_000_000);
        assert!(peak < 100_000_000, "{peak} bytes for a stream");
    }
}

#[test]
fn a_broker_that_stalls_holds_a_stream_back() {
    const COUNT: usize = 10_000;
    let kafka = Kafka::cluster(1);
    let registry = SchemaRegistry::start();
    registry.register("gateway.held-value", LETTER);
    kafka.create_topic("gateway.held", 1);
    let gateway = Gateway::start(&kafka, &registry, &[r#"topics: ["gateway.held"]"#], "delivery_timeout: 50s");
    let letter = |n: usize| format!(r#"{{"text": "{n:0>10000}"}}"#);
    assert_eq!(gateway.post("/topics/gateway.held", &letter(0)).status, 200);

    kafka.proxies()[0].set(Flow::Stalled);
    let sent = Arc::new(AtomicUsize::new(0));
    let url = format!("{}/topics/gateway.held", gateway.url());
    let body = stream(COUNT, letter, &sent);
    let answered = gateway.runtime().spawn(async move {
        let request = Client::new().post(url).header("content-type", "application/x-ndjson").body(body);
        let mut answer = request.send().await.unwrap();
        let mut whole = Vec::new();
        while let Some(chunk) = answer.chunk().await.unwrap() {
            whole.extend_from_slice(&chunk);
        }
        String::from_utf8(whole).unwrap()
    });
    let (mut known, mut since) = (0, Instant::now());
    eventually("it is held back", || {
        let now = sent.load(Ordering::Relaxed);
        if now != known {
            (known, since) = (now, Instant::now());
        }
        (known > 0 && since.elapsed() > Duration::from_secs(2)).then_some(())
    });
    assert!(known < COUNT, "all of it was taken, and nothing written");
    assert_small(&gateway);
    kafka.proxies()[0].set(Flow::Open);
    let answer = gateway.runtime().block_on(answered).unwrap();
    let offset = |line| serde_json::from_str::<Value>(line).unwrap()["offset"].clone();
    assert_eq!(answer.lines().map(offset).collect::<Vec<_>>(), (1..=COUNT).collect::<Vec<_>>());
    assert_eq!(kafka.ends("gateway.held"), [i64::try_from(COUNT).unwrap() + 1]);
    assert_small(&gateway);
}

#[test]
fn a_stream_that_begins_while_the_broker_is_away_is_told_that_nothing_was_written() {
    let mut kafka = Kafka::start();
    let registry = SchemaRegistry::start();
    registry.register("gateway.early-value", NUMBER);
    kafka.create_topic("gateway.early", 1);
    let gateway = Gateway::start(&kafka, &registry, &[r#"topics: ["gateway.early"]"#], "delivery_timeout: 3s");
    // The schema is known from here on.
    assert_eq!(gateway.post("/topics/gateway.early", &number(0)).status, 200);
    kafka.kill();
    let headers = [("content-type", "application/x-ndjson")];
    let answer = gateway.request("POST", "/topics/gateway.early", &headers, &(number(1) + "\n")).json();
    assert_eq!((&answer["line"], &answer["status"]), (&json!(1), &json!(503)));
    assert!(answer["detail"].as_str().unwrap().ends_with("it was not written"), "{answer}");
    kafka.restart();
    assert_eq!(kafka.ends("gateway.early"), [1]);
}
