//! The config file as users meet it: the examples load, and whatever is wrong is reported at once, with its place.

use std::path::{Path, PathBuf};
use std::process::Command;

use serdecar::config::{self, Config, LoadError};

/// Loads the file at `path` under `env`; the faults as they are printed.
fn load(path: &Path, env: &[(&str, &str)]) -> Result<Config, String> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    config::load(path, env).map_err(|error| match error {
        LoadError::Faults { .. } => error.to_string(),
        LoadError::Unreadable { .. } => panic!("{error}"),
    })
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file that holds a password, for as long as it is kept.
fn secret() -> tempfile::TempPath {
    let Ok(file) = tempfile::NamedTempFile::new() else { panic!("no temporary file") };
    assert!(std::fs::write(file.path(), "hunter2\n").is_ok());
    file.into_temp_path()
}

#[test]
fn every_example_loads() {
    let secret = secret();
    let secret = secret.to_string_lossy();
    // What the examples read from mounted secrets.
    let secrets = [
        ("SERDECAR__KAFKA__PROPERTIES__SASL_PASSWORD__FILE", &*secret),
        ("SERDECAR__REGISTRY__AUTH__BASIC__PASSWORD_FILE", &*secret),
        ("SERDECAR__KAFKA__PROPERTIES__SSL_CA_LOCATION", "probe"),
    ];
    for (path, env, pipelines) in [
        ("config/minimal.yaml", &[][..], &["orders"][..]),
        ("config/sidecar.yaml", &[], &["orders"]),
        ("config/transformer.yaml", &secrets, &["orders-staging", "orders-production", "readable"]),
        ("config/guard.yaml", &[], &["orders-guard"]),
        ("config/gateway.yaml", &[], &[]),
        ("k8s/config/sidecar.yaml", &[], &["orders"]),
        ("k8s/config/transformer.yaml", &[], &["payments-to-avro", "payments-to-json"]),
    ] {
        let config = load(&in_repository(path), env).unwrap_or_else(|faults| panic!("{faults}"));
        let names: Vec<&str> = config.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
        assert_eq!(names, pipelines, "{path}");
    }
}

#[test]
fn a_certificate_that_is_not_there_is_a_fault_of_the_config() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = "kafka: {properties: {security.protocol: ssl, ssl.ca.location: /nowhere/ca.crt}}\n";
    std::fs::write(file.path(), text).unwrap();
    let faults = load(file.path(), &[]).unwrap_err();
    assert!(faults.contains(":1:9: /kafka/properties: ssl.ca.location failed"), "{faults}");
}

#[test]
fn the_printed_schema_is_valid() {
    let schema = config::schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let sections: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(sections, ["kafka", "registry", "pipelines", "gateway", "server", "admin", "log"]);
}

#[test]
fn ten_faults_are_reported_as_ten_in_the_order_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    let text = r#"kafka:
  bootstrap_server: kafka:9092
  properties: {security.protocol: SASL_SSL, no.such.property: 1}
registry:
  url: ftp://registry:8081
  auth: {basic: {username: u, pasword: hunter2, password: hunter2}}
  cache:
    max_bytes: 64 megs
pipelines:
  - name: orders
    direction: serialise
    source: {topics: raw.orders}
    sink: {topic: orders}
  - name: back
    direction: deserialize
    source: {topics: [orders]}
    sink: {topic: "{topic}.json"}
    batch: {max_records: 0, max_bytes: 99999999999GiB}
"#;
    std::fs::write(&path, text).unwrap();
    let faults = load(&path, &[]).unwrap_err().replace(&*path.to_string_lossy(), "c.yaml");
    assert_eq!(
        faults.lines().collect::<Vec<_>>(),
        [
            "c.yaml:2:3: /kafka/bootstrap_server: unknown key; did you mean 'bootstrap_servers'?",
            "c.yaml:3:63: /kafka/properties/no.such.property: No such configuration property: \"no.such.property\"",
            "c.yaml:5:8: /registry/url: must start with http:// or https://: write it like http://registry:8081",
            "c.yaml:6:31: /registry/auth/basic/pasword: unknown key; did you mean 'password'?",
            "c.yaml:8:16: /registry/cache/max_bytes: expected a size: a whole number with an optional unit (B, kB, MB, \
             GB, KiB, MiB, GiB), such as 64MiB, found '64 megs'",
            "c.yaml:11:16: /pipelines/0/direction: expected serialize, deserialize or verify, found 'serialise'; did you \
             mean 'serialize'?",
            "c.yaml:12:22: /pipelines/0/source/topics: expected a list, found text",
            "c.yaml:17:19: /pipelines/1/sink/topic: '{topic}.json' has a brace that is not part of {source}",
            "c.yaml:18:26: /pipelines/1/batch/max_records: 0 is not a number from 1 to 100000",
            "c.yaml:18:40: /pipelines/1/batch/max_bytes: '99999999999GiB' is not a size: a whole number with an \
             optional unit (B, kB, MB, GB, KiB, MiB, GiB), such as 64MiB",
        ]
    );
}

#[test]
fn no_fault_prints_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.yaml");
    for text in [
        "registry: {url: 'http://u:hunter2@registry:8081'}",
        "registry: {url: a, auth: hunter2}",
        "registry: {url: a, auth: {basic: {username: 'u:v', password: hunter2}}}",
        "registry: {url: a, auth: {basic: {username: u, password: [hunter2]}}}",
        "registry: {url: a, auth: {basic: {username: u, password: hunter2, password_file: /nowhere}}}",
        "registry: {url: a, auth: {bearer: hunter2}}",
        "registry: {url: a, auth: {bearer: {token: {a: hunter2}}}}",
        "registry: {url: a, auth: {oauth2: {client_secret: hunter2}}}",
        "kafka: {properties: {sasl.password: [hunter2]}}",
        "kafka: {properties: {sasl.password: hunter2, sasl.password: hunter2}}",
        "kafka: {properties: {sasl.passwort: hunter2}}",
        "kafka: {propertys: {sasl.password: hunter2}}",
        "kafka: hunter2",
    ] {
        std::fs::write(&path, text).unwrap();
        let faults = load(&path, &[]).unwrap_err();
        assert!(!faults.contains("hunter2"), "{text}: {faults}");
    }
}

#[test]
fn check_prints_every_fault_and_exits_with_64() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.yaml"), "kafka: {bootstrap_server: a}\nlog: {level: loud}\n").unwrap();
    let check = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_serdecar"));
        let output = command.current_dir(folder.path()).arg("check").args(args).output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), out, err)
    };
    let faults = "c.yaml:1:9: /kafka/bootstrap_server: unknown key; did you mean 'bootstrap_servers'?\n\
                  c.yaml:2:14: /log/level: expected off, error, warn, info, debug or trace, found 'loud'\n";
    assert_eq!(check(&["--config", "c.yaml"]), (Some(64), String::new(), faults.to_owned()));
    let (code, _, error) = check(&["--config", "missing.yaml"]);
    assert_eq!(code, Some(66), "{error}");
    assert!(error.contains("can't read missing.yaml: No such file"), "{error}");
    let good = in_repository("k8s/config/transformer.yaml");
    let (code, out, error) = check(&["--config", &good.to_string_lossy()]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(out.starts_with("ok: 2 pipelines (payments-to-avro, payments-to-json)"), "{out}");
}
