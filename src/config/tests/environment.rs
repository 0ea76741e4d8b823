//! Variables laid over the file.

use super::*;

const BASE: &str = r#"
kafka: {bootstrap_servers: "kafka:9092", properties: {sasl.mechanism: PLAIN, odd_key: a}}
registry: {url: "http://registry:8081"}
pipelines:
  - {name: orders, direction: serialize, source: {topics: [raw.a, raw.b]}, sink: {topic: orders}, context: .staging}
"#;

#[track_caller]
fn over(env: &[(&str, &str)]) -> Mirror {
    load_text(BASE, env).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The faults of the base config under `env`.
#[track_caller]
fn faults_over(env: &[(&str, &str)]) -> String {
    load_text(BASE, env).unwrap_err()
}

#[test]
fn a_nested_list_item_is_set_by_its_index() {
    let config = over(&[
        ("SERDECAR__PIPELINES__0__SINK__TOPIC", "typed"),
        ("SERDECAR__PIPELINES__0__SOURCE__TOPICS__1", "raw.c"),
        ("SERDECAR__PIPELINES__0__SOURCE__TOPICS__2", "raw.d"),
        ("SERDECAR__PIPELINES__0__WORKERS", "3"),
        ("SERDECAR__PIPELINES__0__BATCH__MAX_WAIT", "7ms"),
        ("PATH", "/bin"),
    ]);
    let pipeline = &config.pipelines[0];
    assert_eq!(pipeline.sink.topic, "typed");
    assert_eq!(pipeline.source.topics, ["raw.a", "raw.c", "raw.d"]);
    assert_eq!(pipeline.workers, 3);
    assert_eq!(pipeline.batch.as_ref().unwrap().max_wait.unwrap().0, std::time::Duration::from_millis(7));
}

#[test]
fn a_whole_item_is_appended_part_by_part_or_as_yaml() {
    let mut env: Vec<(String, String)> = vec![
        ("SERDECAR__PIPELINES__1__NAME".to_owned(), "back".to_owned()),
        ("SERDECAR__PIPELINES__1__DIRECTION".to_owned(), "deserialize".to_owned()),
        ("SERDECAR__PIPELINES__1__SOURCE__TOPICS".to_owned(), "[orders]".to_owned()),
        ("SERDECAR__PIPELINES__1__SINK".to_owned(), "{topic: back}".to_owned()),
    ];
    // Enough for the order of numbers to differ from that of texts.
    for index in 2..12 {
        env.push((
            format!("SERDECAR__PIPELINES__{index}"),
            format!("{{name: p{index}, direction: verify, source: {{topics: [a]}}, sink: {{topic: b}}}}"),
        ));
    }
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let config = over(&env);
    assert_eq!(config.pipelines.len(), 12);
    assert_eq!(config.pipelines[1].source.topics, ["orders"]);
    assert_eq!(config.pipelines[11].name, "p11");
}

#[test]
fn dotted_keys_are_written_with_underscores() {
    let config = over(&[
        ("SERDECAR__KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SASL_SSL"),
        ("SERDECAR__KAFKA__PROPERTIES__SASL_MECHANISM", "SCRAM-SHA-512"),
        ("SERDECAR__KAFKA__PROPERTIES__ODD_KEY", "b"),
        ("SERDECAR__KAFKA__PROPERTIES__client.id", "c"),
    ]);
    let properties: Vec<_> = config.kafka.unwrap().properties.into_iter().collect();
    let expected =
        [("client.id", "c"), ("odd_key", "b"), ("sasl.mechanism", "SCRAM-SHA-512"), ("security.protocol", "SASL_SSL")];
    assert_eq!(properties, expected.map(|(key, value)| (key.to_owned(), mirror::Property::text(value))));
}

#[test]
fn names_match_in_any_case() {
    let config = over(&[("serdecar__kafka__Bootstrap_Servers", "other:9092")]);
    assert_eq!(config.kafka.unwrap().bootstrap_servers, "other:9092");
}

#[test]
fn text_needs_no_quotes_where_only_text_fits() {
    for password in ["12345", "007", "true", "a #b", "{a: b", "{a}", "[a]", "'quoted'", "*x", "", " padded ", "null"] {
        let config = over(&[
            ("SERDECAR__REGISTRY__AUTH__BASIC__USERNAME", "u"),
            ("SERDECAR__REGISTRY__AUTH__BASIC__PASSWORD", password),
            ("SERDECAR__KAFKA__PROPERTIES__SASL_PASSWORD", password),
        ]);
        let Some(mirror::Registry { auth: mirror::Auth::Basic(basic), .. }) = config.registry else {
            panic!("no basic authentication");
        };
        assert_eq!(basic.password.unwrap().reveal(), password);
        assert_eq!(config.kafka.unwrap().properties["sasl.password"], mirror::Property::text(password));
    }
    for (name, value) in [
        ("SERDECAR__KAFKA__PROPERTIES__SASL_PASSWORD", "{file: /run/secrets/kafka}"),
        ("SERDECAR__KAFKA__PROPERTIES__SASL_PASSWORD__FILE", "/run/secrets/kafka"),
    ] {
        let file = mirror::Property::File { file: "/run/secrets/kafka".to_owned() };
        assert_eq!(over(&[(name, value)]).kafka.unwrap().properties["sasl.password"], file);
    }
}

#[test]
fn a_value_may_have_any_of_its_forms() {
    let version = |text: &str| {
        let env = [("SERDECAR__PIPELINES__0__VALUE__FORMAT", "avro"), ("SERDECAR__PIPELINES__0__VALUE__VERSION", text)];
        over(&env).pipelines.remove(0).value.unwrap().version.unwrap()
    };
    assert!(matches!(version("3"), mirror::Version::Number(3)));
    assert!(matches!(version("latest"), mirror::Version::Latest(_)));
    let context = |name: &str, text: &str| over(&[(name, text)]).pipelines.remove(0).context;
    let name = "SERDECAR__PIPELINES__0__CONTEXT";
    assert!(matches!(context(name, ".production"), mirror::ContextRule::Fixed(text) if text == ".production"));
    assert!(matches!(context(name, "{header: x}"), mirror::ContextRule::Header(rule) if rule.header == "x"));
    let name = "SERDECAR__PIPELINES__0__CONTEXT__TOPIC";
    assert!(matches!(context(name, "^(?<context>[a-z]+)"), mirror::ContextRule::Topic(rule) if rule.topic.len() == 19));
}

#[test]
fn a_variable_that_fits_no_key_is_a_fault() {
    assert_eq!(
        faults_over(&[
            ("SERDECAR__KAFKA__BOOTSTRAP_SERVER", "x"),
            ("SERDECAR__NOTHING", "x"),
            ("SERDECAR__PIPELINES__2__NAME", "x"),
            ("SERDECAR__PIPELINES__FIRST__NAME", "x"),
            ("SERDECAR__LOG__LEVEL__DEEPER", "x"),
            ("SERDECAR__", "x"),
        ]),
        "SERDECAR__: /: unknown key; expected kafka, registry, pipelines, admin or log\n\
         SERDECAR__KAFKA__BOOTSTRAP_SERVER: /kafka/bootstrap_server: unknown key; did you mean 'bootstrap_servers'?\n\
         SERDECAR__LOG__LEVEL__DEEPER: /log/level/deeper: unknown key; there are none here\n\
         SERDECAR__NOTHING: /nothing: unknown key; expected kafka, registry, pipelines, admin or log\n\
         SERDECAR__PIPELINES__2__NAME: /pipelines/2: no such item; the next index is 1\n\
         SERDECAR__PIPELINES__FIRST__NAME: /pipelines/first: expected an index into the list, from 0"
    );
}

#[test]
fn a_fault_of_a_variable_names_it_and_not_the_line() {
    assert_eq!(
        faults_over(&[
            ("SERDECAR__PIPELINES__0__WORKERS", "many"),
            ("SERDECAR__PIPELINES__0__DIRECTION", "serialise"),
            ("SERDECAR__PIPELINES__1__NAME", "half"),
            ("SERDECAR__REGISTRY__CACHE__LATEST_TTL", "5"),
            ("SERDECAR__LOG__LEVEL", "loud"),
            ("serdecar__log__level", "info"),
        ]),
        "SERDECAR__LOG__LEVEL: /log/level: expected off, error, warn, info, debug or trace, found 'loud'\n\
         SERDECAR__PIPELINES__0__DIRECTION: /pipelines/0/direction: expected serialize, deserialize or verify, found \
         'serialise'; did you mean 'serialize'?\n\
         SERDECAR__PIPELINES__0__WORKERS: /pipelines/0/workers: expected a whole number, found text\n\
         SERDECAR__PIPELINES__1__NAME: /pipelines/1/direction: missing; this key is required\n\
         SERDECAR__PIPELINES__1__NAME: /pipelines/1/sink: missing; this key is required\n\
         SERDECAR__PIPELINES__1__NAME: /pipelines/1/source: missing; this key is required\n\
         SERDECAR__REGISTRY__CACHE__LATEST_TTL: /registry/cache/latest_ttl: expected a period: a whole number with a \
         unit (us, ms, s, m, h), such as 250ms, found '5'\n\
         serdecar__log__level: /log/level: SERDECAR__LOG__LEVEL sets the same key"
    );
}
