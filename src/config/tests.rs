//! The loader against a root with every section of the design.

mod environment;
mod mirror;
mod robustness;

use std::fmt::Write as _;

use super::*;
use mirror::Mirror;

/// Loads `text` under `env`; the faults as they are printed, for a file named `c.yaml`.
fn load_text(text: impl AsRef<[u8]>, env: &[(&str, &str)]) -> Result<Mirror, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    std::fs::write(&path, text).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load_as(&path, env, Mirror::validate).map_err(|error| error.to_string().replace(&*path.to_string_lossy(), "c.yaml"))
}

/// The faults of `text`, one a line.
#[track_caller]
fn faults(text: impl AsRef<[u8]>) -> String {
    load_text(text, &[]).unwrap_err()
}

const FULL: &str = r#"
kafka:
  bootstrap_servers: kafka:9092
  properties: {security.protocol: SASL_SSL, sasl.mechanism: SCRAM-SHA-512}
registry:
  url: http://registry:8081
  auth: {basic: {username: u, password_file: /run/secrets/sr}}
  cache: {max_bytes: 64MiB, latest_ttl: 30s, negative_ttl: 5s}
pipelines:
  - name: orders
    direction: serialize
    source: {topics: ["raw.orders"], group: orders-serdecar}
    sink: {topic: "orders", partition: preserve}
    context: .staging
    value: {format: avro, subject: "{topic}-value", version: latest, json: plain, unknown_fields: ignore}
    key: {format: none}
    on_invalid: {dead_letter: orders.dlq}
    delivery: at_least_once
    workers: 2
    batch: {max_records: 1000, max_bytes: 1MiB, max_wait: 5ms}
log: {level: info, format: text}
admin: {listen: "0.0.0.0:9404"}
"#;

#[test]
fn the_full_example_loads() {
    let config = load_text(FULL, &[]).unwrap();
    assert_eq!(config.kafka.unwrap().properties["security.protocol"], mirror::Property::text("SASL_SSL"));
    assert_eq!(config.pipelines[0].workers, 2);
    assert!(matches!(&config.pipelines[0].on_invalid, mirror::OnInvalid::DeadLetter(topic) if topic == "orders.dlq"));
}

#[test]
fn the_examples_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut pipelines = Vec::new();
    for name in ["minimal.yaml", "sidecar.yaml", "transformer.yaml"] {
        let config = load_as(&folder.join(name), std::iter::empty(), Mirror::validate);
        let config = config.unwrap_or_else(|faults| panic!("{faults}"));
        pipelines.extend(config.pipelines.into_iter().map(|pipeline| pipeline.name));
    }
    assert_eq!(pipelines, ["orders", "orders", "orders-staging", "orders-production", "readable"]);
}

#[test]
fn text_keeps_its_spelling_where_numbers_fit_too() {
    let text =
        "kafka: {bootstrap_servers: a, properties: {a: 007, b: 1.10, c: TRUE, d: 0x1F, e: 7, f: true, g: 0.5}}\n";
    let properties = load_text(text, &[]).unwrap().kafka.unwrap().properties;
    let values: Vec<_> = properties.into_values().collect();
    let mut expected: Vec<_> = ["007", "1.10", "TRUE", "0x1F"].map(mirror::Property::text).into();
    expected.extend([mirror::Property::Integer(7), mirror::Property::Switch(true), mirror::Property::Number(0.5)]);
    assert_eq!(values, expected);
}

#[test]
fn ten_faults_are_reported_as_ten() {
    let text = r#"kafka:
  bootstrap_server: kafka:9092
registry:
  url: http://registry:8081
  auth: {basic: {username: u, pasword: hunter2}}
  cache:
    max_bytes: 64 megs
pipelines:
  - name: orders
    direction: serialise
    source: {topics: raw.orders}
    sink: {topic: orders}
    workers: 70000
  - name: ""
    direction: verify
    source: {topics: [a]}
    sink: {topic: b}
    batch: {max_records: 0, max_bytes: 99999999999GiB}
  - direction: deserialize
    source: {topics: [c]}
    sink: {topic: d}
"#;
    assert_eq!(
        faults(text).lines().collect::<Vec<_>>(),
        [
            "c.yaml:2:3: /kafka/bootstrap_server: unknown key; did you mean 'bootstrap_servers'?",
            "c.yaml:5:31: /registry/auth/basic/pasword: unknown key; did you mean 'password'?",
            "c.yaml:7:16: /registry/cache/max_bytes: expected a size: a whole number with an optional unit \
             (B, kB, MB, GB, KiB, MiB, GiB), such as 64MiB, found '64 megs'",
            "c.yaml:10:16: /pipelines/0/direction: expected serialize, deserialize or verify, found 'serialise'; \
             did you mean 'serialize'?",
            "c.yaml:11:22: /pipelines/0/source/topics: expected a list, found text",
            "c.yaml:13:14: /pipelines/0/workers: expected at most 65535, found 70000",
            "c.yaml:14:11: /pipelines/1/name: must not be empty",
            "c.yaml:18:26: /pipelines/1/batch/max_records: expected at least 1, found 0",
            "c.yaml:18:40: /pipelines/1/batch/max_bytes: '99999999999GiB' is not a size: a whole number with an \
             optional unit (B, kB, MB, GB, KiB, MiB, GiB), such as 64MiB",
            "c.yaml:19:5: /pipelines/2/name: missing; this key is required",
        ]
    );
}

#[test]
fn a_faulty_list_item_does_not_shift_the_faults_behind_it() {
    let text = r#"
pipelines:
  - {name: a, direction: nowhere, source: {topics: [x]}, sink: {topic: y}}
  - {name: "", direction: verify, source: {topics: [x]}, sink: {topic: y}}
"#;
    assert_eq!(
        faults(text),
        "c.yaml:3:26: /pipelines/0/direction: expected serialize, deserialize or verify, found 'nowhere'\n\
         c.yaml:4:12: /pipelines/1/name: must not be empty"
    );
}

#[test]
fn a_value_that_is_wrong_is_not_called_missing_as_well() {
    let text = "registry: {url: a, auth: {basic: {username: u, password: 12}}}\n";
    assert_eq!(
        faults(text),
        "c.yaml:1:58: /registry/auth/basic/password: expected text, found a whole number (put it in quotes)"
    );
}

#[test]
fn an_unknown_section_lists_the_known_ones() {
    assert_eq!(
        faults("gateway: {listen: x}\n"),
        "c.yaml:1:1: /gateway: unknown key; expected kafka, registry, pipelines, admin or log"
    );
}

#[test]
fn a_choice_of_forms_is_explained_by_the_one_that_was_meant() {
    let pipeline = "name: a, direction: verify, source: {topics: [x]}, sink: {topic: y}";
    let with = |rest: &str| faults(format!("pipelines: [{{{pipeline}, {rest}}}]"));
    assert_eq!(
        with("context: {headr: x}"),
        "c.yaml:1:93: /pipelines/0/context/headr: unknown key; did you mean 'header'?"
    );
    assert_eq!(
        with("context: {header: 5}"),
        "c.yaml:1:101: /pipelines/0/context/header: expected text, found a whole number (put it in quotes)"
    );
    assert_eq!(
        with("context: {header: a, topic: b}"),
        "c.yaml:1:83: /pipelines/0/context: expected exactly one of the keys topic or header"
    );
    assert_eq!(
        with("context: [a]"),
        "c.yaml:1:83: /pipelines/0/context: expected text or a mapping with topic or header, found a list"
    );
    assert_eq!(
        with("on_invalid: dead_leter"),
        "c.yaml:1:95: /pipelines/0/on_invalid: expected stop, skip or a mapping with dead_letter, found 'dead_leter'"
    );
    assert_eq!(
        with("value: {format: avro, version: newest}"),
        "c.yaml:1:114: /pipelines/0/value/version: expected latest or a whole number, found 'newest'"
    );
}

#[test]
fn secrets_are_never_printed() {
    for text in [
        "registry: {url: a, auth: hunter2}",
        "registry: {url: a, auth: {basic: hunter2}}",
        "registry: {url: a, auth: {basic: {username: u, password: [hunter2]}}}",
        "registry: {url: a, auth: {basic: {username: u, password: {a: hunter2}}}}",
        "registry: {url: a, auth: {bearer: {token: {a: hunter2}}}}",
        "registry: {url: a, auth: {bearer: {token: hunter2}, basic: {username: u, password: hunter2}}}",
        "registry: {url: a, auth: {basic: {username: u, password: !custom hunter2}}}",
        "kafka: {bootstrap_servers: a, properties: {sasl.password: [hunter2]}}",
        "kafka: {bootstrap_servers: a, properties: {sasl.password: hunter2, sasl.password: hunter2}}",
    ] {
        let faults = faults(text);
        assert!(!faults.contains("hunter2"), "{text}: {faults}");
    }
    for (name, value) in [
        ("SERDECAR__REGISTRY__AUTH", "hunter2"),
        ("SERDECAR__REGISTRY__AUTH__BASIC__PASWORD", "hunter2"),
        ("SERDECAR__PASSWORD", "hunter2"),
    ] {
        let faults = load_text("registry: {url: a}", &[(name, value)]).unwrap_err();
        assert!(faults.starts_with(name) && !faults.contains("hunter2"), "{faults}");
    }
}

#[test]
fn a_file_that_is_not_a_config_is_one_clear_fault() {
    let deep = "[".repeat(100_000);
    let flow = format!("a: {}", "{a: ".repeat(2_000));
    for (text, fault) in [
        (&b""[..], "c.yaml:1:1: : the config is empty"),
        (b"# only a comment\n", "c.yaml:1:1: : the config is empty"),
        (b"---\n", "c.yaml:1:1: : the config is empty"),
        (b"\xef\xbb\xbf", "c.yaml:1:1: : the config is empty"),
        (b"- a\n- b\n", "c.yaml:1:1: : expected a mapping, found a list"),
        (b"just text\n", "c.yaml:1:1: : expected a mapping, found text"),
        (b"log:\n  level: inf\xffo\n", "c.yaml:2:13: : not UTF-8: byte 0xff"),
        (b"log: {}\n---\nlog: {}\n", "c.yaml:2:1: : a second YAML document begins here; a config is a single one"),
        (b"a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "c.yaml:1:67: "),
        (deep.as_bytes(), "c.yaml:1:256: : nested too deeply"),
        (flow.as_bytes(), "c.yaml:1:256: /a/a/a"),
    ] {
        let faults = faults(text);
        assert!(faults.starts_with(fault), "{faults}");
        assert_eq!(faults.lines().count(), 1, "{faults}");
    }
}

#[test]
fn a_tab_is_named() {
    let faults = faults("log:\n\tlevel: info\n");
    assert!(faults.starts_with("c.yaml:2:2: : not valid YAML: "), "{faults}");
    assert!(faults.contains("spaces, never with tabs"), "{faults}");
}

#[test]
fn broken_yaml_is_one_fault_with_its_place() {
    let faults = faults("log:\n  level: [info\nadmin: {}\n");
    assert!(faults.starts_with("c.yaml:3:6: : not valid YAML: "), "{faults}");
}

#[test]
fn a_missing_file_and_a_folder_are_unreadable() {
    for path in ["/nonexistent/c.yaml", "/"] {
        let error = load_as(Path::new(path), std::iter::empty(), Mirror::validate).unwrap_err();
        assert!(matches!(error, LoadError::Unreadable { .. }));
        assert!(error.to_string().starts_with(&format!("can't read {path}: ")), "{error}");
    }
}

#[test]
fn duplicate_keys_are_faults_of_the_second() {
    assert_eq!(
        faults("log: {level: info}\nadmin: {}\nlog: {format: json}\n"),
        "c.yaml:3:1: /log: duplicate key; it is given first in line 1"
    );
}

#[test]
fn an_alias_stands_for_its_anchor() {
    let text = r"
pipelines:
  - &one {name: a, direction: verify, source: &s {topics: [x]}, sink: {topic: y}}
  - {name: b, direction: verify, source: *s, sink: {topic: z}}
";
    assert_eq!(load_text(text, &[]).unwrap().pipelines[1].source.topics, ["x"]);
}

#[test]
fn a_bomb_of_aliases_is_refused_at_once() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let alias = format!("*a{}", level - 1);
        writeln!(bomb, "a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", ")).unwrap();
    }
    let begun = std::time::Instant::now();
    assert_eq!(faults(&bomb), "c.yaml:5:45: /a4/7: more than 100000 values, aliases expanded");
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(
        faults("a: &a [*a]\n"),
        "c.yaml:1:8: /a/0: an alias must stand for a whole value that was given before it"
    );
}

#[test]
fn a_large_file_is_refused() {
    let text = format!("# {}\n", "x".repeat(1 << 20));
    assert_eq!(faults(text), "c.yaml:1:1: : larger than 1048576 bytes");
}

#[test]
fn merge_keys_tags_and_odd_keys_are_named() {
    assert_eq!(faults("log:\n  <<: {}\n"), "c.yaml:2:3: /log: YAML 1.2 has no merge key '<<'; write the keys out");
    assert_eq!(faults("log: !custom {}\n"), "c.yaml:1:6: /log: the tag !custom has no meaning in a config");
    assert_eq!(faults("? [a]\n: b\n"), "c.yaml:1:3: : a key must be plain text");
    assert_eq!(faults("admin: {listen: .nan}\n"), "c.yaml:1:17: /admin/listen: expected a finite number");
}

#[test]
fn the_schema_is_valid_and_accepts_the_full_example() {
    let schema = schema_of::<Mirror>();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::meta::validate(&super::schema()).unwrap();
    let (document, faults) = yaml::read(FULL).unwrap();
    assert_eq!(faults, []);
    assert!(jsonschema::draft202012::is_valid(&schema, document.root()));
    assert!(!jsonschema::draft202012::is_valid(&schema, &serde_json::json!({"kafka": {}})));
}
