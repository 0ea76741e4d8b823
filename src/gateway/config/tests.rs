use super::*;
use crate::gateway::consume::OnInvalid;
use crate::transform::dead_letter::DeadLetter;

fn read(text: &str) -> Result<Config, Vec<String>> {
    let raw: RawConfig = serde_json::from_str(text).unwrap();
    let mut faults = Faults::default();
    let config = raw.validate("/gateway", &mut faults);
    config.filter(|_| faults.is_empty()).ok_or_else(|| {
        faults.into_vec().into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect()
    })
}

#[test]
fn topics_are_all_that_is_needed() {
    let config = read(r#"{"routes": [{"topics": ["orders", "^audit\\."]}]}"#).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8082");
    assert!(matches!(config.auth, Auth::None) && config.tls.is_none());
    let route = &config.routes[0];
    assert!(route.topics.contains("orders") && route.topics.contains("audit.x") && !route.topics.contains("order"));
    assert!(route.wait && route.acks == Acks::All && route.log.is_none() && route.key_from.is_none());
    assert_eq!(config.max_body_bytes, 16 << 20);
    assert!(config.needs_schemas());
    let subjects: Vec<String> = config.subjects().iter().map(|(subject, ..)| subject.to_string()).collect();
    assert_eq!(subjects, ["orders-value"]);
}

#[test]
fn a_public_address_needs_authentication() {
    let routes = r#""routes": [{"topics": ["t"]}]"#;
    for (listen, is_good) in [("0.0.0.0:1", false), ("[::]:1", false), ("[::1]:1", true), ("unix:s.sock", true)] {
        assert_eq!(read(&format!(r#"{{"listen": "{listen}", {routes}}}"#)).is_ok(), is_good, "{listen}");
        let auth = r#""auth": {"basic": {"users": [{"username": "u", "password": "p"}]}}"#;
        let config = read(&format!(r#"{{"listen": "{listen}", {auth}, {routes}}}"#)).unwrap();
        assert_eq!(config.takes_secrets_in_the_clear(), !is_good, "{listen}");
    }
    assert_eq!(
        read(&format!(r#"{{"listen": "0.0.0.0:1", {routes}}}"#)).unwrap_err(),
        [
            "/gateway/listen: 0.0.0.0:1 can be reached from elsewhere: set gateway.auth, or listen on a loopback address or \
          unix:PATH"
        ]
    );
}

#[test]
fn certificates_are_asked_for_over_tls_alone() {
    let routes = r#""routes": [{"topics": ["t"], "allow": ["a"]}]"#;
    let faults = |more: &str| read(&format!("{{{more}, {routes}}}")).unwrap_err();
    assert_eq!(
        faults(r#""auth": {"mtls": {"names": ["", "^(", "a"]}}"#),
        [
            "/gateway/auth/mtls/names/0: a name is needed",
            "/gateway/auth/mtls/names/1: regex parse error:\n    ^(\n     ^\nerror: unclosed group",
        ]
    );
    assert_eq!(
        faults(r#""auth": {"mtls": {"names": ["b", "^c"]}}"#),
        [
            "/gateway/auth: mtls needs gateway.tls.client_ca: it says whose certificates count",
            "/gateway/routes/0/allow/0: gateway.auth knows no 'a'",
        ]
    );
    assert_eq!(
        faults(r#""auth": {"mtls": {"names": []}}"#)[0],
        "/gateway/auth/mtls/names: nobody could make a request"
    );
    assert_eq!(
        faults(r#""tls": {"cert": "/nowhere/c.pem", "key": "/nowhere/k.pem"}, "listen": "0.0.0.0:1""#),
        [
            "/gateway/tls/cert: can't read /nowhere/c.pem: No such file or directory (os error 2)",
            "/gateway/tls/key: can't read /nowhere/k.pem: No such file or directory (os error 2)",
            "/gateway/routes/0/allow: nobody has a name: gateway.auth is none",
        ]
    );
}

#[test]
fn some_may_write_and_others_read() {
    let auth = r#""auth": {"bearer": {"tokens": [{"name": "ann", "token": "a"}, {"name": "bob", "token": "b"}]}}"#;
    let with = |allow: &str| read(&format!(r#"{{{auth}, "routes": [{{"topics": ["t"], "allow": {allow}}}]}}"#));
    let may = |allow: &str| {
        let allow = with(allow).unwrap().routes.remove(0).allow.unwrap();
        let names = ["ann", "bob"];
        [Access::Produce, Access::Consume]
            .map(|access| names.iter().filter(|name| allow.names(access).contains(name)).copied().collect::<String>())
    };
    assert_eq!(may(r#"["ann"]"#), ["ann", "ann"]);
    assert_eq!(may(r#"{"produce": ["ann"], "consume": ["^a", "bob"]}"#), ["ann", "annbob"]);
    assert_eq!(may(r#"{"consume": ["^"]}"#), ["", "annbob"]);
    assert_eq!(may("[]"), ["", ""]);
    assert_eq!(
        with(r#"{"produce": ["cid"], "consume": ["^("]}"#).unwrap_err().len(),
        2,
        "a name that nobody has, and what is no pattern"
    );
}

#[test]
fn all_faults_are_reported_at_once() {
    let text = r#"{
        "listen": "8082",
        "auth": {"bearer": {"tokens": [{"name": "a", "token": "x"}, {"name": "a", "token": "y"}, {"name": "b"}]}},
        "routes": [
            {"topics": []},
            {"topics": ["a b", "^("], "key": {"from": {"pointer": "id"}}},
            {"topics": ["t"], "key": {"from": {"pointer": "/~2", "header": "h"}}, "value": {"reader": "latest"}},
            {"topics": ["t"], "headers": {"include": ["x-*", "cookie", "a b"], "rename": {"x-*": "y", "z": ""}}},
            {"topics": ["t"], "log": {"queue": 0}, "wait": true, "allow": ["a", "c"]},
            {"topics": ["^t"], "on_invalid": {"dead_letter": "t.dlq"}},
            {"topics": ["t"], "on_invalid": {"dead_letter": "a b"}}
        ],
        "max_body_bytes": 0,
        "max_connections": 0,
        "schema_timeout": "0s"
    }"#;
    let faults = read(text).unwrap_err();
    let at: Vec<&str> = faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    assert_eq!(
        at,
        [
            "/gateway/listen",
            "/gateway/auth/bearer/tokens/1/name",
            "/gateway/auth/bearer/tokens/2/token",
            "/gateway/routes/0/topics",
            "/gateway/routes/1/topics/0",
            "/gateway/routes/1/topics/1",
            "/gateway/routes/1/key/from/pointer",
            "/gateway/routes/2/value/reader",
            "/gateway/routes/2/key/from",
            "/gateway/routes/3/headers/include/2",
            "/gateway/routes/3/headers/rename/z",
            "/gateway/routes/4/log/queue",
            "/gateway/routes/5/on_invalid/dead_letter",
            "/gateway/routes/6/on_invalid/dead_letter",
            "/gateway/max_body_bytes",
            "/gateway/max_connections",
            "/gateway/schema_timeout",
        ],
        "{faults:#?}"
    );
}

#[test]
fn only_headers_that_are_asked_for_become_headers_of_records() {
    let rules = |headers: &str| {
        let text = format!(r#"{{"routes": [{{"topics": ["t"], "headers": {headers}}}]}}"#);
        read(&text).unwrap().routes.remove(0).headers
    };
    let default = rules("{}");
    for (name, kept) in [("traceparent", true), ("tracestate", true), ("x-request-id", true), ("x-other", false)] {
        assert_eq!(default.name(name).is_some(), kept, "{name}");
    }
    let all = rules(r#"{"include": ["*", "User-Agent"], "exclude": ["x-secret-*"], "rename": {"X-Tenant": "tenant"}}"#);
    for (name, kept) in [
        ("x-tenant", Some("tenant")),
        ("x-any", Some("x-any")),
        ("user-agent", Some("user-agent")),
        ("authorization", None),
        ("cookie", None),
        ("content-length", None),
        ("x-secret-1", None),
        ("__value_schema_id", None),
    ] {
        assert_eq!(all.name(name), kept, "{name}");
    }
}

#[test]
fn a_key_has_the_keys_of_a_part_and_says_where_it_comes_from() {
    let text = r#"{"routes": [{"topics": ["t"], "key": {"format": "avro", "from": {"pointer": "/a~1b/0"}}}]}"#;
    let route = read(text).unwrap().routes.remove(0);
    assert_eq!(route.key_from, Some(KeySource::Pointer(vec!["a/b".into(), "0".into()])));
    assert!(matches!(route.key.step, Step::Encode(..)));
    let schema = schemars::schema_for!(RawKey).to_value();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["from"].is_object() && schema["properties"]["format"].is_object());
}

#[test]
fn a_record_that_can_not_be_read_has_an_error_unless_the_config_says_otherwise() {
    let on_invalid = |more: &str| {
        read(&format!(r#"{{"routes": [{{"topics": ["t"]{more}}}]}}"#)).unwrap().routes.remove(0).on_invalid
    };
    assert_eq!(on_invalid(""), OnInvalid::Error);
    assert_eq!(on_invalid(r#", "on_invalid": "error""#), OnInvalid::Error);
    assert_eq!(on_invalid(r#", "on_invalid": "stop""#), OnInvalid::Stop);
    let dead = DeadLetter { topic: "t.dlq".into() };
    assert_eq!(on_invalid(r#", "on_invalid": {"dead_letter": "t.dlq"}"#), OnInvalid::DeadLetter(dead));
}

#[test]
fn fields_of_a_log_are_members() {
    let text = r#"{"routes": [{"topics": ["t"], "log": {"fields": {"host": "a\"b", "n": 1}}}]}"#;
    let route = read(text).unwrap().routes.remove(0);
    assert_eq!(route.log, Some(LogMode { fields: r#""host":"a\"b","n":1"#.into(), queue: 10_000 }));
    assert!(!route.wait);
}
