use super::*;

fn config(properties: &[(&str, &str)]) -> Config {
    let mut config = Config::new(Bootstrap::Servers("b:9092".into()));
    config.properties = properties.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    config
}

fn consumer(properties: &[(&str, &str)], name: &str) -> Option<String> {
    let identity = GroupIdentity { group: "g".into(), client: "c".into(), worker: 3 };
    let settings = ConsumerSettings::new(&config(properties), &identity);
    let found: Vec<_> = settings.properties().iter().filter(|(known, _)| known == name).collect();
    assert!(found.len() <= 1, "{name} is set twice");
    found.first().map(|(_, value)| value.clone())
}

fn producer(properties: &[(&str, &str)], limits: ProducerLimits, name: &str) -> Option<String> {
    let settings = ProducerSettings::new(&config(properties), "c", limits);
    settings.properties().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

#[test]
fn the_users_properties_override_ours() {
    assert_eq!(consumer(&[], "fetch.queue.backoff.ms").as_deref(), Some("5"));
    assert_eq!(consumer(&[("fetch.queue.backoff.ms", "1")], "fetch.queue.backoff.ms").as_deref(), Some("1"));
    assert_eq!(consumer(&[], "auto.offset.reset").as_deref(), Some("earliest"));
}

#[test]
fn a_static_member_has_an_id_of_its_own_and_time_to_come_back() {
    assert_eq!(consumer(&[], "session.timeout.ms").as_deref(), Some("10000"));
    let fixed = [("group.instance.id", "pod-0")];
    assert_eq!(consumer(&fixed, "group.instance.id").as_deref(), Some("pod-0-3"));
    assert_eq!(consumer(&fixed, "session.timeout.ms").as_deref(), Some("45000"));
}

#[test]
fn a_session_is_no_static_member_and_begins_where_its_client_says() {
    let identity = GroupIdentity { group: "g".into(), client: "c".into(), worker: 0 };
    let value = |reset, name: &str| {
        let config = config(&[("group.instance.id", "pod-0"), ("auto.offset.reset", "latest")]);
        let settings = ConsumerSettings::of_session(&config, &identity, reset);
        let found: Vec<_> = settings.properties().iter().filter(|(known, _)| known == name).collect();
        assert!(found.len() <= 1, "{name} is set twice");
        found.first().map(|(_, value)| value.clone())
    };
    assert_eq!(value(None, "group.instance.id"), None);
    assert_eq!(value(None, "session.timeout.ms").as_deref(), Some("10000"));
    assert_eq!(value(None, "queued.max.messages.kbytes").as_deref(), Some("1024"));
    assert_eq!(value(None, "auto.offset.reset").as_deref(), Some("latest"));
    assert_eq!(value(Some("error"), "auto.offset.reset").as_deref(), Some("error"));
    assert_eq!(value(None, "enable.partition.eof").as_deref(), Some("true"));
}

#[test]
fn the_newer_group_protocol_gets_no_property_that_it_refuses() {
    let newer = [("group.protocol", "consumer")];
    assert_eq!(consumer(&newer, "session.timeout.ms"), None);
    assert_eq!(consumer(&newer, "partition.assignment.strategy"), None);
    assert_eq!(consumer(&newer, "heartbeat.interval.ms"), None);
    assert_eq!(consumer(&[], "partition.assignment.strategy").as_deref(), Some("cooperative-sticky"));
}

#[test]
fn batches_stay_below_what_the_smallest_topic_allows_and_records_below_the_largest() {
    let limits = ProducerLimits::default().with_topic(100_000);
    assert_eq!(producer(&[], limits, "batch.size").as_deref(), Some("99488"));
    assert_eq!(producer(&[], limits, "message.max.bytes").as_deref(), Some("99488"));
    assert_eq!(producer(&[("message.max.bytes", "5000")], limits, "message.max.bytes").as_deref(), Some("5000"));
    let both = limits.with_topic(50_000_000);
    assert_eq!(producer(&[], both, "batch.size").as_deref(), Some("99488"));
    assert_eq!(producer(&[], both, "message.max.bytes").as_deref(), Some("49999488"));
    assert_eq!(producer(&[], both, "queue.buffering.max.kbytes").as_deref(), Some("97655"));
    let large = ProducerLimits::default().with_topic(50_000_000);
    assert_eq!(producer(&[], large, "batch.size").as_deref(), Some("1000000"));
}

#[test]
fn a_producer_of_transactions_waits_no_longer_than_its_transaction() {
    let settings = |properties: &[(&str, &str)]| {
        ProducerSettings::new(&config(properties), "c", ProducerLimits::default()).transactional("g-i-0")
    };
    let value = |settings: &ProducerSettings, name: &str| {
        settings.properties().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let ours = settings(&[]);
    assert_eq!(value(&ours, "transactional.id").as_deref(), Some("g-i-0"));
    assert_eq!(value(&ours, "transaction.timeout.ms").as_deref(), Some("10000"));
    assert_eq!(value(&ours, "message.timeout.ms"), None);
    assert_eq!(value(&ours, "socket.timeout.ms").as_deref(), Some("10000"));
    let users = settings(&[("transaction.timeout.ms", "30000"), ("message.timeout.ms", "20000")]);
    assert_eq!(value(&users, "transaction.timeout.ms").as_deref(), Some("30000"));
    assert_eq!(value(&users, "message.timeout.ms").as_deref(), Some("20000"));
}

#[test]
fn a_transactional_id_names_group_instance_and_worker() {
    let identity = GroupIdentity { group: "orders".into(), client: "c".into(), worker: 3 };
    assert_eq!(transactional_id(&config(&[("group.instance.id", "pod-0")]), &identity), "orders-pod-0-3");
    let host = transactional_id(&config(&[]), &identity);
    assert!(host.starts_with("orders-") && host.ends_with("-3") && host.len() > "orders--3".len(), "{host}");
}

#[test]
fn properties_that_would_break_a_guarantee_are_refused() {
    for (name, bad, good) in [
        ("enable.auto.commit", "true", "false"),
        ("enable.auto.offset.store", "1", "0"),
        ("enable.idempotence", "false", "true"),
        ("acks", "1", "all"),
        ("request.required.acks", "0", "-1"),
        ("queuing.strategy", "lifo", "fifo"),
        ("delivery.report.only.error", "true", "false"),
    ] {
        assert!(forbidden(name, bad).is_some(), "{name}={bad}");
        assert!(forbidden(name, good).is_none(), "{name}={good}");
    }
    for name in ["bootstrap.servers", "group.id", "transactional.id", "partitioner"] {
        assert!(forbidden(name, "x").is_some(), "{name}");
    }
}
