//! Records that HTTP clients read: decoded in their context, from where they say, each client at its own speed.

use reqwest::Response;
use serde_json::{Value, json};

use super::support::orders::{LETTER, NUMBER, framed_number};
use super::support::{Gateway, GatewayAnswer, Kafka, PATIENCE, Record, SchemaRegistry, eventually};

/// A [`LETTER`] as it stands in a topic.
fn framed_letter(id: u32, text: &str) -> Vec<u8> {
    let mut frame = [&[0][..], &id.to_be_bytes()].concat();
    serdecar::schema::avro::varint::write(i64::try_from(text.len()).unwrap(), &mut frame);
    frame.extend_from_slice(text.as_bytes());
    frame
}

fn numbers(count: usize) -> impl Iterator<Item = Record> {
    (0..count).map(|n| Record::new(framed_number(1, n)).partition(0))
}

/// The numbers of a topic's records from `offset` on, where offset and number are the same.
fn get(gateway: &Gateway, path: &str) -> Vec<Value> {
    let answer = gateway.request("GET", path, &[], "");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json().as_array().unwrap().clone()
}

fn offsets(records: &[Value]) -> Vec<i64> {
    records.iter().map(|record| record["offset"].as_i64().unwrap()).collect()
}

fn assert_problem(answer: &GatewayAnswer, status: u16, part: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{answer:?}");
    assert_eq!(answer.json()["status"], status);
}

#[test]
fn a_context_that_a_request_says_is_said_by_its_record_too() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register(":.staging:gateway.said-value", NUMBER);
    kafka.create_topic("gateway.said", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.said"], context: {header: X-Ctx}"#], "");
    let post = |headers: &[(&str, &str)]| {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        gateway.request("POST", "/topics/gateway.said", &headers, r#"{"n": 7}"#)
    };
    assert_problem(&post(&[]), 400, "X-Ctx");
    let schema = json!({"context": ".staging", "id": id, "subject": "gateway.said-value", "version": 1});
    assert_eq!(post(&[("x-ctx", ".staging")]).json()["schema"], schema);
    let records = get(&gateway, "/topics/gateway.said/records?from=earliest&wait=10s");
    assert_eq!((records.len(), &records[0]["value"]), (1, &json!({"n": 7})));
    assert_eq!(records[0]["schema"], json!({"context": ".staging", "id": id}));
    // Nobody would see the records that it takes.
    assert_eq!(gateway.request("HEAD", "/topics/gateway.said/records?group=g", &[], "").status, 405);
}

#[test]
fn records_of_two_contexts_are_read_by_the_schemas_of_theirs() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let [letters, numbers] = ["gateway.read.letters", "gateway.read.numbers"];
    let letter = registry.register(&format!(":.staging:{letters}-value"), LETTER);
    let number = registry.register(&format!("{numbers}-value"), NUMBER);
    assert_eq!(letter, number, "the same id means another schema in each context");
    for topic in [letters, numbers] {
        kafka.create_topic(topic, 2);
    }
    let first = Record::new(framed_letter(letter, "a\u{20ac}\n")).partition(1).key("k").timestamp(1_600_000_000_000);
    let first = first.header("h", "1").header("h", [0xff]).header("", "no name");
    let broken = Record::new(framed_letter(letter, "x")[..6].to_vec()).partition(1).timestamp(1_600_000_000_007);
    let last = Record::tombstone([0xc3]).partition(1).timestamp(1_600_000_000_009);
    kafka.produce(letters, [first, broken, last]);
    kafka.produce(numbers, [Record::new(framed_number(1, 7)).partition(0).timestamp(5)]);

    let staging = format!(r#"topics: ["{letters}"], context: .staging"#);
    let gateway = Gateway::start(kafka, &registry, &[&staging, r#"topics: ["^gateway\\.read\\.n"]"#], "");
    let schema = json!({"context": ".staging", "id": letter});
    let error = json!({"reason": "malformed", "part": "value", "pointer": "/text", "message": null});
    let expected = [
        json!({"topic": letters, "partition": 1, "offset": 0, "timestamp": 1_600_000_000_000_i64, "key": "k",
            "value": {"text": "a\u{20ac}\n"}, "schema": schema, "headers": [{"name": "h", "value": "1"},
            {"name": "h", "value": {"base64": "/w=="}}, {"name": "", "value": "no name"}]}),
        json!({"topic": letters, "partition": 1, "offset": 1, "timestamp": 1_600_000_000_007_i64, "key": null,
            "error": error, "schema": schema, "headers": []}),
        json!({"topic": letters, "partition": 1, "offset": 2, "timestamp": 1_600_000_000_009_i64,
            "key": {"base64": "ww=="}, "value": null, "schema": null, "headers": []}),
    ];
    let mut found = get(&gateway, &format!("/topics/{letters}/records"));
    let message = found[1]["error"]["message"].take();
    assert!(message.as_str().unwrap().starts_with("/text: "), "{message}");
    assert_eq!(found, expected);
    let since = get(&gateway, &format!("/topics/{letters}/records?from=timestamp:1600000000008"));
    assert_eq!(since, expected[2..]);
    let one = get(&gateway, &format!("/topics/{letters}/records?from=offset:1:0&max=1"));
    assert_eq!(one, expected[..1]);

    let found = get(&gateway, &format!("/topics/{numbers}/records?max=9999999&wait=1h"));
    assert_eq!(
        found,
        [json!({"topic": numbers, "partition": 0, "offset": 0, "timestamp": 5, "key": null, "value": {"n": 7},
            "schema": {"context": ".", "id": number}, "headers": []})]
    );
    assert_eq!(get(&gateway, &format!("/topics/{numbers}/records?from=latest&wait=10ms")), [json!(null); 0]);
    let labels = [("route", letters), ("context", ".staging"), ("outcome", "invalid")];
    // A session reads ahead of what its client asks for.
    eventually("it is counted", || {
        gateway.sidecar.metric("serdecar_gateway_consumed_total", &labels).filter(|count| *count >= 1.0)
    });
    gateway.sidecar.await_metric("serdecar_gateway_sessions", &[], 0.0);
}

#[test]
fn what_can_not_be_given_is_refused_with_the_reason() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.denied-value", NUMBER);
    kafka.create_topic("gateway.denied", 1);
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["^gateway\\.denied"]"#], "consume: {sessions: 1}");
    let get = |path: &str| gateway.request("GET", path, &[], "");
    assert_problem(&get("/topics/elsewhere/records"), 404, "no topic 'elsewhere'");
    assert_problem(&get("/topics/gateway.denied.not/records"), 404, "no topic gateway.denied.not");
    assert_problem(&get("/topics/gateway.denied.not/stream"), 404, "no topic gateway.denied.not");
    assert_problem(&get("/topics/gateway.denied/records?form=x"), 400, "'form' is none of");
    assert_problem(&get("/topics/gateway.denied/records?from=now"), 400, "expected earliest, latest");
    assert_problem(&get("/topics/gateway.denied/records?from=offset:0:1"), 416, "from 0 to 0, and 1");
    assert_problem(&get("/topics/gateway.denied/records?from=offset:4:0"), 404, "no partition 4: it has 1");
    let ack = |group: &str, body| {
        gateway.request("POST", &format!("/topics/gateway.denied/records/ack?group={group}"), &[], body)
    };
    assert_problem(&ack("nobody", r#"{"partition": 0, "offset": 0}"#), 404, "no session of group 'nobody'");
    assert_problem(&ack("nobody", "{}"), 400, "expected {\"partition\"");
    assert_problem(&ack("", "{}"), 400, "'group' is empty");

    let taken = open(&gateway, "/topics/gateway.denied/stream", &[]);
    let full = get("/topics/gateway.denied/records");
    assert_problem(&full, 429, "all 1 sessions are taken");
    assert_eq!(full.header("retry-after"), Some("1"));
    drop(taken);
    eventually("room for another session", || {
        (get("/topics/gateway.denied/records?wait=1ms").status == 200).then_some(())
    });
}

#[test]
fn a_group_goes_on_behind_what_its_client_has_handled() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.group-value", NUMBER);
    kafka.create_topic("gateway.group", 1);
    kafka.produce("gateway.group", numbers(10));
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.group"]"#], "");
    let poll = |more: &str| {
        let path = format!("/topics/gateway.group/records?group=gateway-readers&wait=30s{more}");
        let records = get(&gateway, &path);
        assert!(records.iter().all(|record| record["value"]["n"] == record["offset"]), "{records:?}");
        offsets(&records)
    };
    assert_eq!(poll("&max=3"), [0, 1, 2]);
    assert_eq!(kafka.committed("gateway-readers", "gateway.group"), [None]);
    assert_eq!(poll("&max=2"), [3, 4]);
    eventually("the first answer is committed", || {
        (kafka.committed("gateway-readers", "gateway.group") == [Some(3)]).then_some(())
    });
    assert_eq!(poll("&max=2&commit=explicit"), [5, 6]);
    let ack =
        |body: &str| gateway.request("POST", "/topics/gateway.group/records/ack?group=gateway-readers", &[], body);
    assert_eq!(ack(r#"{"partition": 0, "offset": 5}"#).status, 204);
    assert_eq!(kafka.committed("gateway-readers", "gateway.group"), [Some(6)]);
    assert_problem(&ack(r#"[{"partition": 0, "offset": 7}]"#), 409, "0:7 was not given");
    assert_eq!(kafka.members("gateway-readers"), ["serdecar-gateway"]);

    // Whoever comes next goes on there; 6 was given and not handled.
    let leave = || gateway.request("DELETE", "/topics/gateway.group/records?group=gateway-readers", &[], "").status;
    assert_eq!(leave(), 204);
    eventually("nobody is in the group", || kafka.members("gateway-readers").is_empty().then_some(()));
    assert_eq!(leave(), 404);
    assert_eq!(poll(""), [6, 7, 8, 9]);
}

/// A stream of events, as far as it was read.
struct Events {
    answer: Response,
    text: String,
}

/// An event that has a name or an id.
#[derive(Debug, Default, PartialEq, Eq)]
struct Event {
    name: Option<String>,
    id: Option<String>,
    data: String,
}

fn open(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> Events {
    let mut request = reqwest::Client::new().get(gateway.url() + path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = gateway.runtime().block_on(request.send()).expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    Events { answer, text: String::new() }
}

impl Events {
    /// The next event, by the rules of the HTML standard; `None` at the end.
    fn next(&mut self, gateway: &Gateway) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut event = Event::default();
                for line in block.lines() {
                    match line.split_once(": ") {
                        Some(("event", name)) => event.name = Some(name.to_owned()),
                        Some(("id", id)) => event.id = Some(id.to_owned()),
                        Some(("data", data)) => event.data.push_str(data),
                        Some(("" | "retry", _)) => {}
                        _ => panic!("{line}"),
                    }
                }
                self.text = rest.to_owned();
                if !event.data.is_empty() {
                    return Some(event);
                }
            }
            let chunk = async { tokio::time::timeout(PATIENCE, self.answer.chunk()).await };
            let chunk = gateway.runtime().block_on(chunk).expect("something in time").expect("no broken connection")?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("whole records of ASCII"));
        }
    }

    /// The offsets of the next records, each of which is what its id says.
    fn offsets(&mut self, gateway: &Gateway, count: usize) -> Vec<i64> {
        let mut found = Vec::with_capacity(count);
        while found.len() < count {
            let event = self.next(gateway).expect("another record");
            if event.name.as_deref() == Some("waiting") {
                continue;
            }
            assert_eq!(event.name, None, "{event:?}");
            let record: Value = serde_json::from_str(&event.data).expect("JSON on one line");
            assert_eq!(event.id, Some(format!("{}:{}", record["partition"], record["offset"])));
            found.push(record["offset"].as_i64().unwrap());
        }
        found
    }
}

#[test]
fn a_stream_goes_on_exactly_behind_what_a_client_has_seen() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.stream-value", NUMBER);
    kafka.create_topic("gateway.stream", 1);
    kafka.produce("gateway.stream", numbers(1000));
    let gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.stream"]"#], "");
    let path = "/topics/gateway.stream/stream";
    let mut first = open(&gateway, path, &[]);
    assert_eq!(first.offsets(&gateway, 400), (0..400).collect::<Vec<_>>());
    drop(first);
    let mut second = open(&gateway, path, &[("last-event-id", "0:399")]);
    assert_eq!(second.offsets(&gateway, 600), (400..1000).collect::<Vec<_>>());
    kafka.produce("gateway.stream", numbers(1));
    assert_eq!(second.offsets(&gateway, 1), [1000], "what comes later comes too");
    let mut last = open(&gateway, &format!("{path}?from=latest"), &[]);
    kafka.produce("gateway.stream", numbers(1));
    assert_eq!(last.offsets(&gateway, 1), [1001], "whatever is written once the answer has begun");
}

#[test]
fn a_slow_reader_holds_up_nobody_else_and_loses_nothing() {
    const COUNT: usize = 30_000;
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    let id = registry.register("gateway.slow-value", LETTER);
    kafka.create_topic("gateway.slow", 1);
    let text = "x".repeat(1000);
    kafka.produce("gateway.slow", (0..COUNT).map(|_| Record::new(framed_letter(id, &text)).partition(0)));
    let mut gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.slow"]"#], "");
    let path = "/topics/gateway.slow/stream";
    let mut slow = open(&gateway, path, &[]);
    let all: Vec<i64> = (0..i64::try_from(COUNT).unwrap()).collect();
    assert!(open(&gateway, path, &[]).offsets(&gateway, COUNT) == all, "a fast reader beside a slow one");
    assert!(slow.offsets(&gateway, COUNT) == all, "the slow one");
    if let Some(peak) = gateway.sidecar.peak_memory() {
        assert!(peak < 100 << 20, "{peak} bytes for 30 MB that one client does not take");
    }
    drop(slow);
    assert!(gateway.sidecar.terminate().success());
}

#[test]
fn a_stream_in_a_group_commits_what_was_taken_and_leaves_when_its_client_does() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.left-value", NUMBER);
    kafka.create_topic("gateway.left", 2);
    kafka.produce("gateway.left", numbers(5));
    let mut gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.left"]"#], "");
    let path = "/topics/gateway.left/stream?group=gateway-leavers";
    let mut stream = open(&gateway, path, &[]);
    assert_eq!(stream.offsets(&gateway, 5), [0, 1, 2, 3, 4]);
    eventually("what was taken is committed", || {
        (kafka.committed("gateway-leavers", "gateway.left") == [Some(5), None]).then_some(())
    });
    assert_eq!(kafka.members("gateway-leavers").len(), 1);
    drop(stream);
    eventually("nobody is in the group", || kafka.members("gateway-leavers").is_empty().then_some(()));

    kafka.produce("gateway.left", numbers(1));
    let mut stream = open(&gateway, path, &[]);
    assert_eq!(stream.offsets(&gateway, 1), [5]);
    // A stop ends the stream in good order, and the consumer leaves.
    assert!(gateway.sidecar.terminate().success());
    assert_eq!(stream.next(&gateway), None);
    assert_eq!(kafka.members("gateway-leavers"), [""; 0]);
}

/// A WebSocket of somebody else's.
type Socket = tungstenite::WebSocket<tungstenite::stream::MaybeTlsStream<std::net::TcpStream>>;

fn connect(gateway: &Gateway, path: &str) -> Socket {
    let url = format!("{}{path}", gateway.url().replace("http://", "ws://"));
    let (socket, answer) = tungstenite::connect(url).expect("a WebSocket");
    assert_eq!(answer.status(), 101);
    if let tungstenite::stream::MaybeTlsStream::Plain(stream) = socket.get_ref() {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
    }
    socket
}

/// The next message that is a record, or why there is none.
fn hear(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        match socket.read().expect("a message in time") {
            tungstenite::Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message.get("waiting").is_none() {
                    return Ok(message);
                }
            }
            tungstenite::Message::Close(frame) => return Err(frame.expect("a reason").code.into()),
            _ => {}
        }
    }
}

fn say(socket: &mut Socket, text: &str) {
    socket.send(tungstenite::Message::Text(text.into())).expect("a connection");
}

#[test]
fn a_websocket_gives_no_more_than_its_window_and_commits_what_is_acknowledged() {
    let kafka = Kafka::shared();
    let registry = SchemaRegistry::start();
    registry.register("gateway.socket-value", NUMBER);
    kafka.create_topic("gateway.socket", 1);
    kafka.produce("gateway.socket", numbers(20));
    let mut gateway = Gateway::start(kafka, &registry, &[r#"topics: ["gateway.socket"]"#], "");
    let path = "/topics/gateway.socket/ws?group=gateway-sockets&window=3";
    let mut socket = connect(&gateway, path);
    let offset = |socket: &mut Socket| hear(socket).map(|record| record["offset"].as_i64().unwrap());
    for n in 0..3 {
        assert_eq!(offset(&mut socket), Ok(n));
    }
    // The fourth comes only once there is room; what is acknowledged is committed.
    say(&mut socket, r#"{"ack":{"partition":0,"offset":1}}"#);
    assert_eq!((offset(&mut socket), offset(&mut socket)), (Ok(3), Ok(4)));
    eventually("two are committed", || {
        (kafka.committed("gateway-sockets", "gateway.socket") == [Some(2)]).then_some(())
    });
    drop(socket);
    eventually("nobody is in the group", || kafka.members("gateway-sockets").is_empty().then_some(()));
    let mut again = connect(&gateway, path);
    assert_eq!(offset(&mut again), Ok(2));
    say(&mut again, r#"{"ack":{"partition":0,"offset":9}}"#);
    let refused = loop {
        match offset(&mut again) {
            Ok(given) => assert!(given < 5, "{given} is beyond the window"),
            Err(code) => break code,
        }
    };
    assert_eq!(refused, 1008);

    // Without a group nothing is acknowledged, and a stop closes in good order.
    let mut reader = connect(&gateway, "/topics/gateway.socket/ws");
    let all: Vec<_> = (0..20).map(|_| offset(&mut reader).unwrap()).collect();
    assert_eq!(all, (0..20).collect::<Vec<_>>());
    let refused = gateway.request("GET", "/topics/gateway.socket/ws", &[("origin", "http://elsewhere")], "");
    assert_problem(&refused, 403, "same origin");
    assert_problem(&gateway.request("GET", "/topics/gateway.socket/ws", &[], ""), 400, "");
    assert!(gateway.sidecar.terminate().success());
    assert_eq!(hear(&mut reader), Err(1001));
}
