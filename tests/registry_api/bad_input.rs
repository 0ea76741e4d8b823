//! What no client should send: each gets an answer that says so, and the registry goes on.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Api, Client, code, error};

fn submission(language: &str, schema: &str) -> Value {
    json!({"schemaType": language, "schema": schema})
}

async fn register(api: &Client, subject: &str, body: &Value) -> (u16, Value) {
    api.post(&format!("/subjects/{subject}/versions"), body).await
}

#[tokio::test]
async fn subjects_of_ten_thousand_characters_are_subjects() {
    let api = Api::start().await;
    for subject in ["s".repeat(10_000), format!(":.{}:{}", "c".repeat(5_000), "s".repeat(5_000)), "é".repeat(10_000)] {
        let path = percent_encoding::utf8_percent_encode(&subject, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(api.register(&path, "\"int\"").await.1, 1);
        assert_eq!(api.get(&format!("/subjects/{path}/versions/1")).await.1["subject"], *subject);
        assert_eq!(api.get(&format!("/subjects?subjectPrefix={path}")).await.1, json!([subject]));
        assert_eq!(api.delete(&format!("/subjects/{path}")).await.0, 200);
        assert_eq!(api.delete(&format!("/subjects/{path}?permanent=true")).await.0, 200);
    }
}

#[tokio::test]
async fn names_are_taken_as_they_are_written() {
    let api = Api::start().await;
    for (path, subject) in [
        ("a%2Fb", "a/b"),
        ("a%3Ab", "a:b"),
        ("a%252Fb", "a%2Fb"),
        ("%F0%9F%A6%80%E2%80%AE", "🦀\u{202e}"),
        ("e%CC%81", "e\u{301}"),
        ("a%ZZ%2", "a%ZZ%2"),
        ("a+b%20c", "a+b c"),
    ] {
        api.register(path, "\"int\"").await;
        assert_eq!(api.get(&format!("/subjects/{path}/versions/1")).await.1["subject"], subject, "{path}");
    }
    for path in ["%00", "a%1Fb", "%7F", "a%C2%9Fb", ":.%00:s", ":.c:%0D%0A"] {
        assert_eq!(code(&register(&api, path, &json!({"schema": "\"int\""})).await), 42208, "{path}");
    }
    for path in ["%FF", "a%C3", "%ED%A0%80", "%C0%AF"] {
        assert_eq!(code(&register(&api, path, &json!({"schema": "\"int\""})).await), 404, "{path} is no UTF-8");
    }
    assert_eq!(api.get("/subjects?subjectPrefix=%FF").await, (200, json!([])));
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let api = Api::start().await;
    let deep = format!(r#"{{"unknown":{}{},"schema":"\"int\""}}"#, "[".repeat(500_000), "]".repeat(500_000));
    let bodies: [(&[u8], u64); 8] = [
        (b"{\"schema\":\"\xff\"}", 400),
        (br#"{"schema":"\ud800"}"#, 400),
        (br#"{"schema":"\"\\ud800\""}"#, 42201),
        (b"\xef\xbb\xbf{\"schema\":\"\\\"int\\\"\"}", 400),
        (b"\x1f\x8b\x08\x00", 400),
        (br#"{"schema":"\"int\""} {}"#, 400),
        (b"{\"schema\":\"\\\"int\\\"\",}", 400),
        (b"\0", 400),
    ];
    let send = async |body: Vec<u8>| {
        let request = api.request(reqwest::Method::POST, "/subjects/s/versions");
        let (status, text) = api.text(request.header("Content-Type", "application/json").body(body)).await;
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    for (body, expected) in bodies {
        assert_eq!(code(&send(body.to_vec()).await), expected, "{}", String::from_utf8_lossy(body));
    }
    assert_eq!(api.get("/subjects").await.1, json!([]));
    assert_eq!(send(deep.into_bytes()).await.0, 200, "members that mean nothing are passed over");
}

/// Sends bytes and reads until the registry ends the connection.
fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The registry may have seen enough before all is written.
    drop(stream.write_all(bytes));
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut part) {
        answer.extend_from_slice(part.get(..count).unwrap());
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_http_ends_the_connection_alone() {
    let api = Api::start().await;
    let many =
        (0..200).fold(String::from("GET /subjects HTTP/1.1\r\nHost: h\r\n"), |head, n| format!("{head}X{n}: y\r\n"));
    let large = format!("GET /subjects HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "y".repeat(1_000_000));
    let long = format!("GET /subjects/{} HTTP/1.1\r\nHost: h\r\n\r\n", "y".repeat(100_000));
    let cases: [(&[u8], &str); 10] = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"),
        (b"GET /subjects HTTP/9.9\r\n\r\n", "400"),
        (b"POST /subjects/s/versions HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "400"),
        (b"POST /subjects/s/versions HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "400"),
        (b"POST /subjects/s/versions HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "400"),
        (b"POST /subjects/s/versions HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nZZ\r\n", "400"),
        (b"GET /subjects HTTP/1.1\r\nX: a\0b\r\n\r\n", "400"),
        (many.as_bytes(), "431"),
        (large.as_bytes(), "431"),
        (long.as_bytes(), "414"),
    ];
    for (bytes, status) in cases {
        let (address, owned) = (api.address.clone(), [bytes, b"\r\n"].concat());
        let answer = tokio::task::spawn_blocking(move || exchange(&address, &owned)).await.unwrap();
        let shown = String::from_utf8_lossy(bytes.get(..bytes.len().min(60)).unwrap()).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer:?}");
    }
    assert_eq!(api.get("/contexts").await, (200, json!(["."])));
}

#[tokio::test]
async fn large_schemas_are_taken_up_to_a_megabyte() {
    let api = Api::start().await;
    let avro = |count: usize| {
        let fields: Vec<String> =
            (0..count).map(|n| format!(r#"{{"name":"f{n}","type":"int","default":0}}"#)).collect();
        format!(r#"{{"type":"record","name":"R","fields":[{}]}}"#, fields.join(","))
    };
    let json = |count: usize| {
        let properties: Vec<String> = (0..count).map(|n| format!(r#""f{n}":{{}}"#)).collect();
        format!(r#"{{"type":"object","properties":{{{}}}}}"#, properties.join(","))
    };
    let large = "x".repeat(3_000_000);
    for (language, schema) in [("AVRO", avro(100_000)), ("JSON", json(100_000)), ("AVRO", format!("\"{large}\""))] {
        assert_eq!(code(&register(&api, "large", &submission(language, &schema)).await), 42209);
    }
    for (language, first, second) in [("AVRO", avro(20_000), avro(20_001)), ("JSON", json(40_000), json(40_001))] {
        assert_eq!(register(&api, language, &submission(language, &first)).await.0, 200);
        let path = format!("/compatibility/subjects/{language}/versions/latest?verbose=true");
        assert_eq!(api.post(&path, &submission(language, &second)).await.0, 200);
    }
}

#[tokio::test]
async fn schemas_may_nest_a_hundred_deep_and_no_deeper() {
    let api = Api::start().await;
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    for (language, open, inner, close) in
        [("AVRO", r#"{"type":"array","items":"#, "\"int\"", "}"), ("JSON", r#"{"items":"#, "true", "}")]
    {
        let schema = |depth| submission(language, &nested(open, inner, close, depth));
        assert_eq!(register(&api, language, &schema(100)).await.0, 200);
        let path = format!("/compatibility/subjects/{language}/versions/latest");
        assert_eq!(api.post(&path, &schema(99)).await, (200, json!({"is_compatible": false})));
        for depth in [200, 100_000 / open.len() * 8] {
            let refused = register(&api, language, &schema(depth)).await;
            let message = format!("Invalid {language} schema: it nests deeper than 128 levels");
            assert_eq!(error(&refused), (422, 42201, message.as_str()));
        }
    }
}

#[tokio::test]
async fn a_chain_of_a_thousand_references_is_followed_and_no_longer_one() {
    let api = Api::start().await;
    let link = |n: usize, more: &str| match n {
        0 => json!({"schema": r#"{"type":"record","name":"C0","fields":[]}"#}),
        n => {
            let inner = n - 1;
            let schema =
                format!(r#"{{"type":"record","name":"C{n}","fields":[{{"name":"f","type":"C{inner}"}}{more}]}}"#);
            json!({"schema": schema, "references": [{"name": format!("C{inner}"), "subject": format!("c{inner}"), "version": 1}]})
        }
    };
    // Import mode takes them as they come, without following each chain from its start.
    assert_eq!(api.put("/mode", &json!({"mode": "IMPORT"})).await.0, 200);
    for n in 0..1_000_usize {
        let mut body = link(n, "");
        body["id"] = json!(n + 1);
        assert_eq!(register(&api, &format!("c{n}"), &body).await.0, 200, "{n}");
    }
    assert_eq!(api.put("/mode", &json!({"mode": "READWRITE"})).await.0, 200);
    assert_eq!(register(&api, "c1000", &link(1_000, "")).await.0, 200);
    assert_eq!(register(&api, "c1000", &link(1_000, r#",{"name":"g","type":"int","default":0}"#)).await.0, 200);
    let refused = register(&api, "c1001", &link(1_001, "")).await;
    assert_eq!(error(&refused), (422, 42201, "The schema refers to more than 1000 others"));
    let (status, resolved) = api.get("/subjects/c1000/versions/1?format=resolved").await;
    assert_eq!((status, &resolved["schema"]), (200, &link(1_000, "")["schema"]), "too deep to be written out");
    let deleted = api.delete("/subjects/c0").await;
    assert_eq!(code(&deleted), 42206);
}

#[tokio::test]
async fn schemas_that_refer_to_themselves_are_finite() {
    let api = Api::start().await;
    let this = json!({"schema": "\"int\"", "references": [{"name": "S", "subject": "s", "version": 1}]});
    assert_eq!(code(&register(&api, "s", &this).await), 42201, "it is not there yet");
    let endless = [
        r##"{"$ref":"#"}"##,
        r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}}"##,
        r##"{"allOf":[{"$ref":"#"},{"anyOf":[{"$ref":"#"},{"not":{"$ref":"#"}}]}],"items":{"$ref":"#"}}"##,
    ];
    for (number, schema) in endless.iter().enumerate() {
        let subject = format!("j{number}");
        assert_eq!(register(&api, &subject, &submission("JSON", schema)).await.0, 200);
        for other in endless {
            let path = format!("/compatibility/subjects/{subject}/versions/latest");
            assert_eq!(api.post(&path, &submission("JSON", other)).await.0, 200);
        }
    }
    let list = r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#;
    assert_eq!(api.register("list", list).await.1, 1);
    let path = "/compatibility/subjects/list/versions/latest";
    assert_eq!(api.post(path, &submission("AVRO", list)).await.1["is_compatible"], true);
}

#[tokio::test]
async fn schemas_that_double_with_each_step_are_compared_in_time() {
    let api = Api::start().await;
    let doubling = |last: &str| {
        let step = |n: usize| {
            let next = format!(r##"{{"$ref":"#/definitions/d{}"}}"##, n + 1);
            format!(r#""d{n}":{{"allOf":[{next},{next}]}}"#)
        };
        let steps: Vec<String> = (0..60).map(step).collect();
        format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{},"d60":{{"type":"{last}"}}}}}}"##, steps.join(","))
    };
    assert_eq!(register(&api, "s", &submission("JSON", &doubling("number"))).await.0, 200);
    let started = Instant::now();
    let path = "/compatibility/subjects/s/versions/latest";
    assert_eq!(api.post(path, &submission("JSON", &doubling("string"))).await, (200, json!({"is_compatible": false})));
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
}
