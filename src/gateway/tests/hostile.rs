//! Clients that are slow, broken, or up to something. Nothing of what they try to smuggle in is ever written.

use super::*;

const JSON: &str = "content-type: application/json\r\n";

/// A request of one record with these headers and this body, each line of which is as it is.
fn post(headers: &str, body: &str) -> String {
    format!("POST /topics/t HTTP/1.1\r\nhost: x\r\n{JSON}{headers}\r\n{body}")
}

/// A request that nobody made, in the place of a body's end.
fn smuggled() -> String {
    post("content-length: 8\r\n", "smuggled")
}

#[tokio::test]
async fn what_has_no_one_meaning_is_refused() {
    let bed = Bed::start("").await;
    let smuggled = smuggled();
    let chunked = |size: &str| post("transfer-encoding: chunked\r\n", &format!("{size}\r\nx\r\n0\r\n\r\n{smuggled}"));
    let headers = |headers: &str| post(headers, &format!("1\r\nx\r\n0\r\n\r\n{smuggled}"));
    let refused = [
        headers("content-length: 1\r\ncontent-length: 2\r\n"),
        headers("content-length: 1, 2\r\n"),
        headers("content-length: +1\r\n"),
        headers("content-length: -1\r\n"),
        headers("content-length: 0x1\r\n"),
        headers("content-length: 99999999999999999999\r\n"),
        headers("content-length : 1\r\n"),
        headers("transfer-encoding : chunked\r\n"),
        headers(" transfer-encoding: chunked\r\n"),
        headers("x: y\r\n z\r\ncontent-length: 1\r\n"),
        headers("transfer-encoding: identity\r\n"),
        headers("transfer-encoding: xchunked\r\n"),
        headers("transfer-encoding: chunked, gzip\r\n"),
        headers("transfer-encoding: chunked\r\ntransfer-encoding: gzip\r\n"),
        headers("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"),
        headers("host: y\r\ncontent-length: 1\r\n"),
        headers("content-length: 1\r\nx\0y: z\r\n"),
        headers("content-length: 1\r\nx: y\rz\r\n"),
        headers("transfer-encoding: chunked\r\n").replacen("HTTP/1.1", "HTTP/1.0", 1),
        headers("content-length: 1\r\n").replacen("host: x\r\n", "", 1),
        headers("content-length: 1\r\n").replacen("HTTP/1.1", "HTTP/1.2", 1),
        headers("content-length: 1\r\n").replacen("POST /", "POST  /", 1),
        format!("\x16\x03\x01\x02\r\n\r\n{smuggled}"),
    ];
    for request in refused {
        let answer = bed.send(&request).await;
        assert_eq!(answer.status, 400, "{request:?} {answer:?}");
    }
    for request in [headers("transfer-encoding: gzip, chunked\r\n"), headers("transfer-encoding: chunked, chunked\r\n")]
    {
        let answer = bed.send(&request).await;
        assert_eq!((answer.status, answer.header("connection")), (501, Some("close")), "{request:?} {answer:?}");
    }
    for size in ["", "x", "-1", "+1", "0x1", "1 1", "1_0", "10000000000000001", "\n1"] {
        let answer = bed.send(chunked(size)).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, Some("application/problem+json")),
            "{size:?} {answer:?}"
        );
    }
    assert_eq!(bed.values().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_has_one_meaning_is_taken_for_that_and_nothing_behind_it() {
    let bed = Bed::start("").await;
    let smuggled = smuggled();
    // Chunks count, and the connection ends, whatever a proxy may have thought.
    for (headers, body) in [
        ("content-length: 6\r\ntransfer-encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked\r\ncontent-length: 400\r\n", "1\r\nb\r\n0\r\n\r\n"),
        ("transfer-encoding: Chunked\r\n", "01;x=\"y\"\r\nc\r\n0\r\nx: y\r\n\r\n"),
    ] {
        let mut stream = bed.connect().await;
        stream.write_all((post(headers, body) + &smuggled).as_bytes()).await.unwrap();
        let answer = Answer::read(&mut stream).await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")), "{headers} {answer:?}");
        assert!(Answer::read(&mut stream).await.is_none(), "{headers}");
    }
    // The same length twice is one length, and a line may end in a line feed alone.
    let twice = bed.send(post("content-length: 1\r\ncontent-length: 1\r\n", "d")).await;
    assert_eq!(twice.status, 200);
    assert_eq!(bed.send(post("content-length: 1\r\n", "e").replace("\r\n", "\n")).await.status, 200);
    // Requests one behind the other are requests of this client.
    let mut stream = bed.connect().await;
    stream
        .write_all((post("content-length: 1\r\n", "f") + &post("content-length: 1\r\n", "g")).as_bytes())
        .await
        .unwrap();
    for _ in 0..2 {
        assert_eq!(Answer::read(&mut stream).await.unwrap().status, 200);
    }
    assert_eq!(bed.values().await, ["a", "b", "c", "d", "e", "f", "g"]);
}

#[tokio::test]
async fn heads_and_bodies_that_are_too_large_are_refused() {
    let bed = Bed::start(r#""max_body_bytes": "1KiB","#).await;
    let long = "x".repeat(40 << 10);
    let many = "x: y\r\n".repeat(MAX_HEADERS + 1);
    for (request, status) in [
        (post(&format!("x: {long}\r\ncontent-length: 1\r\n"), "1"), 431),
        (post(&format!("{many}content-length: 1\r\n"), "1"), 431),
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(70 << 10)), 431),
        (format!("GET /{long}"), 431),
    ] {
        let answer = bed.send(&request).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let answer = bed.send(post("content-length: 1025\r\n", &"1".repeat(1025))).await;
    assert_eq!((answer.status, answer.header("content-type")), (413, Some("application/problem+json")));
    // One that only says so is not waited for.
    assert_eq!(bed.send(post("content-length: 99999999999\r\n", "")).await.status, 413);
    let endless =
        post("transfer-encoding: chunked\r\n", &("400\r\n".to_owned() + &"1".repeat(1024) + "\r\n1\r\n1\r\n0\r\n\r\n"));
    assert_eq!(bed.send(endless).await.status, 413);
    assert_eq!(bed.send(post("content-length: 1024\r\n", &"1".repeat(1024))).await.status, 200);
    assert_eq!(bed.values().await.len(), 1);
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let bed = Bed::start("").await;
    let mut half = bed.connect().await;
    half.write_all(post("content-length: 2\r\n", "1").as_bytes()).await.unwrap();
    let mut lines = bed.connect().await;
    let request = post("transfer-encoding: chunked\r\n", "2\r\n1\n\r\n1\r\n2").replace("json", "x-ndjson");
    lines.write_all(request.as_bytes()).await.unwrap();
    // The line that is whole is written; the other one never is.
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("\"line\":1") {
        assert_ne!(lines.read_buf(&mut answer).await.unwrap(), 0, "the answer goes on");
    }
    tokio::time::pause();
    let answer = Answer::read(&mut half).await.unwrap();
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &problem["detail"]), (408, &"the body did not arrive in time".into()));
    drop(lines.read_to_end(&mut Vec::new()).await);
    tokio::time::resume();
    assert_eq!(bed.values().await, ["1"]);
}

#[tokio::test]
async fn a_client_that_closes_its_half_in_the_middle_writes_nothing() {
    let bed = Bed::start("").await;
    for request in [
        post("content-length: 2\r\n", "1"),
        post("transfer-encoding: chunked\r\n", "1\r\n1\r\n"),
        post("transfer-encoding: chunked\r\n", "1\r\n1\r\n").replace("json", "x-ndjson"),
        "POST /topics/t HTTP/1.1\r\nhost".to_owned(),
    ] {
        let mut stream = bed.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        // It may be told why, and is not waited for.
        let ended = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
        assert!(ended.is_ok(), "{request:?}");
    }
    assert_eq!(bed.values().await, Vec::<Value>::new());
}
