//! Pages of other origins.

use super::*;

const TOKEN: &str = r#""auth": {"bearer": {"tokens": [{"name": "ann", "token": "t"}]}},"#;

fn request(method: &str, headers: &str) -> String {
    format!("{method} /topics/t HTTP/1.1\r\nhost: x\r\n{headers}content-length: 1\r\n\r\n1")
}

#[tokio::test]
async fn a_page_of_another_origin_is_let_in_if_it_is_named() {
    let cors = r#""cors": {"origins": ["https://shop.example", "^http://localhost:"], "max_age": "1h"},"#;
    let bed = Bed::start(&format!("{TOKEN} {cors}")).await;
    let ask = |origin: &str| {
        let asked = "access-control-request-method: POST\r\naccess-control-request-headers: authorization,x-key\r\n";
        request("OPTIONS", &format!("origin: {origin}\r\n{asked}"))
    };
    // Asked without the token, as browsers do.
    let answer = bed.send(ask("https://shop.example")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://shop.example")));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST,DELETE"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization,x-key"));
    assert_eq!(
        (answer.header("access-control-max-age"), answer.header("access-control-allow-credentials")),
        (Some("3600"), None)
    );
    assert!(answer.header("vary").is_some_and(|vary| vary.contains("origin")));
    let answer = bed.send(ask("https://evil.example")).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);

    let with_token = "origin: http://localhost:3000\r\nauthorization: Bearer t\r\ncontent-type: application/json\r\n";
    let answer = bed.send(request("POST", with_token)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("http://localhost:3000")));
    assert_eq!(answer.header("access-control-expose-headers"), Some("x-request-id,retry-after"));
    // A page may see why it is refused.
    let answer = bed.send(request("POST", "origin: https://shop.example\r\n")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, Some("https://shop.example")));
}

#[tokio::test]
async fn pages_of_other_origins_are_kept_out_unless_the_config_says_otherwise() {
    let bed = Bed::start("").await;
    let asked = "origin: https://shop.example\r\naccess-control-request-method: POST\r\n";
    let answer = bed.send(request("OPTIONS", asked)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None));
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let socket = |origin: &str| format!("GET /topics/t/ws HTTP/1.1\r\nhost: x\r\norigin: {origin}\r\n{upgrade}\r\n");
    assert_eq!(bed.send(socket("https://shop.example")).await.status, 403);
    assert_eq!(bed.send(socket("http://x")).await.status, 101);
    // Browsers send these without a question.
    let post = |from: &str| request("POST", &format!("{from}\r\ncontent-type: text/plain\r\n"));
    for from in ["origin: https://shop.example", "origin: null", "sec-fetch-site: cross-site"] {
        assert_eq!(bed.send(post(from)).await.status, 403, "{from}");
    }
    assert_eq!(bed.send(post("origin: http://x")).await.status, 415);
    let bed = Bed::start(r#""cors": {"origins": ["https://shop.example"]},"#).await;
    assert_eq!(bed.send(socket("https://shop.example")).await.status, 101);
    assert_eq!(bed.send(socket("https://evil.example")).await.status, 403);
    assert_eq!(bed.values().await, Vec::<Value>::new());
}
