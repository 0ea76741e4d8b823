use serde_json::{Value, json};

use super::*;

/// Validates a section and gives the faults as `pointer: message`.
fn read(section: Value) -> Result<Config, Vec<String>> {
    let raw: RawConfig = serde_json::from_value(section).map_err(|error| vec![error.to_string()])?;
    let mut faults = Faults::default();
    let config = raw.validate("/registry", &mut faults);
    let faults: Vec<String> =
        faults.into_vec().into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect();
    match config {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(faults),
    }
}

#[test]
fn a_url_is_enough_and_even_that_has_a_default() {
    let config = read(json!({"url": "http://registry:8081"})).unwrap();
    assert_eq!(config.location, Location::At(vec!["http://registry:8081".parse().unwrap()]));
    let cache = CacheConfig {
        max_bytes: 64 << 20,
        latest_ttl: Duration::from_secs(30),
        negative_ttl: Duration::from_secs(5),
        unknown_grace: Duration::from_secs(5),
    };
    assert_eq!(config.cache, cache);
    assert_eq!((config.connect_timeout, config.request_timeout), (Duration::from_secs(3), Duration::from_secs(10)));
    let retry = Retry { attempts: 3, backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(10) };
    assert_eq!(config.retry, retry);
    assert_eq!((config.max_response_bytes, config.max_requests, config.names), (16 << 20, 64, QualifiedNames::On));
    assert_eq!(format!("{:?}", config.auth), "Auth(none)");
    let local = Location::At(vec!["http://localhost:8081".parse().unwrap()]);
    assert_eq!(read(json!({})).unwrap().location, local);
}

#[test]
fn every_key_is_read() {
    let config = read(json!({
        "url": ["https://a:1", "https://b:2/api"],
        "auth": {"basic": {"username": "u", "password": "p"}},
        "cache": {"max_bytes": "1MiB", "latest_ttl": "1s", "negative_ttl": "2s"},
        "unknown_grace": "3s",
        "connect_timeout": "4s",
        "request_timeout": "5s",
        "retry": {"attempts": 6, "backoff": "7ms", "max_backoff": "8s"},
        "max_response_bytes": "9KiB",
        "max_requests": 10,
        "qualified_subjects": false
    }))
    .unwrap();
    let urls = ["https://a:1", "https://b:2/api"].map(|url| url.parse().unwrap());
    assert_eq!(config.location, Location::At(urls.into()));
    let cache = CacheConfig {
        max_bytes: 1 << 20,
        latest_ttl: Duration::from_secs(1),
        negative_ttl: Duration::from_secs(2),
        unknown_grace: Duration::from_secs(3),
    };
    assert_eq!(config.cache, cache);
    assert_eq!((config.connect_timeout, config.request_timeout), (Duration::from_secs(4), Duration::from_secs(5)));
    let retry = Retry { attempts: 6, backoff: Duration::from_millis(7), max_backoff: Duration::from_secs(8) };
    assert_eq!(config.retry, retry);
    assert_eq!((config.max_response_bytes, config.max_requests, config.names), (9 << 10, 10, QualifiedNames::Off));
    assert_eq!(format!("{:?}", config.auth), "Auth(basic ***)");
}

#[test]
fn the_embedded_registry_is_filled_in_later() {
    let config = read(json!({"url": "embedded", "auth": "none"})).unwrap();
    assert_eq!(config.location, Location::Embedded);
    let error = crate::registry::Client::new(&config).unwrap_err();
    assert_eq!(error.to_string(), "can't set up the registry client: the embedded registry has not been started");
    assert_eq!(error.disposition(), crate::disposition::Disposition::Fatal);
    let url: Url = "http://127.0.0.1:40001".parse().unwrap();
    let config = config.at(url.clone());
    assert_eq!(config.location, Location::At(vec![url]));
    assert!(crate::registry::Client::new(&config).is_ok());
}

#[test]
fn all_faults_are_noted_at_once() {
    let faults = read(json!({
        "url": ["ftp://a", "http://u:secret@b", "http://c/contexts/.staging", "http://d?x=1", "e:f g", "http://f"],
        "auth": {"bearer": {"token_file": "/nowhere/token"}},
        "tls": {"ca": "/nowhere/ca", "cert": "/nowhere/cert"},
        "cache": {"max_bytes": 1000, "latest_ttl": "1ms"},
        "connect_timeout": "0s",
        "retry": {"attempts": 0, "backoff": "1s", "max_backoff": "1500ms"},
        "max_response_bytes": 1,
        "max_requests": 0
    }))
    .unwrap_err();
    assert_eq!(
        faults,
        [
            "/registry/url/0: must start with http:// or https://: write it like http://registry:8081",
            "/registry/url/1: must not hold a user name or password: put them into registry.auth.basic",
            "/registry/url/2: must not choose a context: leave out /contexts/… and say `context:` where the schema is used",
            "/registry/url/3: must not have a query or fragment",
            "/registry/url/4: must start with http:// or https://: write it like http://registry:8081",
            "/registry/auth/bearer/token_file: can't read /nowhere/token: No such file or directory (os error 2)",
            "/registry/tls/ca: can't read /nowhere/ca: No such file or directory (os error 2)",
            "/registry/tls/key: missing: a certificate needs its private key",
            "/registry/cache/max_bytes: must be at least 1MiB",
            "/registry/cache/latest_ttl: must be at least 100ms",
            "/registry/retry/attempts: must be between 1 and 20",
            "/registry/retry/max_backoff: must be at least twice as long as backoff",
            "/registry/connect_timeout: must be longer than 0",
            "/registry/max_response_bytes: must be at least 1KiB",
            "/registry/max_requests: must be at least 1",
        ]
    );
}

#[test]
fn credentials_that_cannot_work_are_faults() {
    for (auth, fault) in [
        (
            json!({"oauth2": {"token_url": "u:hunter2", "client_id": "c", "client_secret": "s"}}),
            "/oauth2/token_url: not a URL: write it like https://login.example.com/oauth2/token",
        ),
        (
            json!({"oauth2": {"token_url": "http://i/token", "client_id": "c"}}),
            "/oauth2/client_secret: missing: give it in the config or as a file",
        ),
        (
            json!({"basic": {"username": "a:b", "password": "p"}}),
            "/basic/username: must not contain a colon (RFC 7617)",
        ),
        (json!({"basic": {"username": "a"}}), "/basic/password: missing: give it in the config or as a file"),
        (
            json!({"bearer": {"token": "a", "token_file": "b"}}),
            "/bearer/token: given both in the config and as a file: keep one of the two",
        ),
        (
            json!({"bearer": {"token": "top\nsecret"}}),
            "/bearer/token: holds characters that cannot stand in an HTTP header",
        ),
    ] {
        let faults = read(json!({"url": "http://r", "auth": auth})).unwrap_err();
        assert_eq!(faults, [format!("/registry/auth{fault}")]);
    }
}

#[test]
fn unknown_keys_are_refused_and_the_keys_describe_themselves() {
    let oauth2: RawConfig = serde_json::from_value(
        json!({"url": "http://r", "auth": {"oauth2": {"token_url": "http://i", "client_id": "c",
            "client_secret": "hunter2"}}}),
    )
    .unwrap();
    assert!(!format!("{oauth2:?}").contains("hunter2"));
    assert!(read(json!({"url": "http://r", "timeout": "1s"})).unwrap_err()[0].contains("unknown field `timeout`"));
    let schema = serde_json::to_value(schemars::schema_for!(RawConfig)).unwrap();
    let undescribed: Vec<&String> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, property)| property["description"].as_str().is_none_or(str::is_empty))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(undescribed, [""; 0]);
}
