//! Schemas by subject and version.

use super::*;

const ORDERS: &str = ":.staging:orders-value";

#[tokio::test(start_paused = true)]
async fn the_latest_version_is_renewed_in_the_background() {
    let start = Instant::now();
    let script = Script::new(move |ask, _| {
        let latest = if start.elapsed() < Duration::from_secs(10) { 1 } else { 2 };
        Reply { after: Duration::from_secs(1), result: Ok(schema_of(ask, latest, 0)) }
    });
    let cache = script.cache();
    let mut local = cache.local();
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), "pending");
    let waiting = "version latest of subject :.staging:orders-value: no answer from the registry yet";
    assert_eq!(cache.problems(), [waiting]);
    pass(1_100).await;
    assert_eq!(cache.problems(), [""; 0]);
    let (first, second) = ("ready: schema 1 of :.staging:orders-value", "ready: schema 2 of :.staging:orders-value");
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), first);
    pass(22_000).await;
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), first);
    assert_eq!(script.count(), 1);
    // Out of date after 37.5 s at the latest: still told, while it is being renewed.
    pass(16_000).await;
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), first);
    pass(500).await;
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), first);
    assert_eq!(script.count(), 2);
    pass(600).await;
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), second);
    assert_eq!(script.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_still_the_latest_is_not_compiled_again() {
    let script = Script::new(|ask, _| found(ask));
    let mut local = script.cache().local();
    let mut current = || match local.by_version(&subject(ORDERS), Version::Latest) {
        Lookup::Ready(schema) => Some(Arc::clone(schema)),
        _ => None,
    };
    assert!(current().is_none());
    pass(1).await;
    let first = current().unwrap();
    for _ in 0..3 {
        pass(40_000).await;
        current();
    }
    pass(1).await;
    assert_eq!(script.count(), 4);
    assert!(Arc::ptr_eq(&first, &current().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn the_last_version_goes_on_being_used_while_the_registry_is_away() {
    let start = Instant::now();
    let script = Script::new(move |ask, _| match start.elapsed().as_secs() {
        0..10 => found(ask),
        10..600 => away(),
        _ => Reply { after: Duration::ZERO, result: Ok(schema_of(ask, 2, 0)) },
    });
    let cache = script.cache();
    let mut local = cache.local();
    local.by_version(&subject(ORDERS), Version::Latest);
    pass(1).await;
    for _ in 0..59 {
        pass(10_000).await;
        let told = said(&local.by_version(&subject(ORDERS), Version::Latest));
        assert_eq!(told, "ready: schema 1 of :.staging:orders-value");
        assert_eq!(cache.problems(), [""; 0]);
    }
    pass(20_000).await;
    let told = said(&local.by_version(&subject(ORDERS), Version::Latest));
    assert_eq!(told, "ready: schema 2 of :.staging:orders-value");
}

#[tokio::test(start_paused = true)]
async fn a_numbered_version_is_fetched_once() {
    let script = Script::new(|ask, _| found(ask));
    let mut local = script.cache().local();
    local.by_version(&subject(ORDERS), Version::Number(7));
    for _ in 0..10 {
        pass(60_000).await;
        let told = said(&local.by_version(&subject(ORDERS), Version::Number(7)));
        assert_eq!(told, "ready: schema 7 of :.staging:orders-value");
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_missing_subject_is_waited_for_and_readiness_says_why() {
    let start = Instant::now();
    let script = Script::new(move |ask, _| if start.elapsed().as_secs() < 3_600 { not_found(ask) } else { found(ask) });
    let cache = script.cache();
    let mut local = cache.local();
    for _ in 0..60 {
        assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), "pending");
        pass(59_000).await;
        assert_eq!(cache.problems(), ["subject :.staging:orders-value not found in the registry"]);
    }
    pass(71_000).await;
    let told = said(&local.by_version(&subject(ORDERS), Version::Latest));
    assert_eq!(told, "ready: schema 1 of :.staging:orders-value");
    assert_eq!(cache.problems(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_cannot_be_used_is_waited_for() {
    let script = Script::new(|ask, before| {
        let schema_type = if before == 0 { SchemaType::Json } else { SchemaType::Avro };
        of_type(ask, schema_type)
    });
    let cache = script.cache();
    let mut local = cache.local();
    local.by_version(&subject(ORDERS), Version::Latest);
    pass(50).await;
    assert_eq!(said(&local.by_version(&subject(ORDERS), Version::Latest)), "pending");
    let problem = cache.problems().concat();
    assert!(problem.starts_with("schema 1 of :.staging:orders-value does not compile: /type: "), "{problem}");
    pass(200).await;
    assert!(matches!(local.by_version(&subject(ORDERS), Version::Latest), Lookup::Ready(_)));
}

#[tokio::test(start_paused = true)]
async fn the_same_subject_is_another_one_in_another_context() {
    let script = Script::new(|ask, _| found(ask));
    let mut local = script.cache().local();
    let names = [subject(":.staging:orders"), subject(":.production:orders"), subject("orders")];
    for name in &names {
        local.by_version(name, Version::Latest);
        local.by_version(name, Version::Number(2));
    }
    pass(1).await;
    for _ in 0..2 {
        for name in &names {
            assert_eq!(said(&local.by_version(name, Version::Latest)), format!("ready: schema 1 of {name}"));
            assert_eq!(said(&local.by_version(name, Version::Number(2))), format!("ready: schema 2 of {name}"));
        }
    }
    assert_eq!(script.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_subject_that_nobody_uses_is_left_alone() {
    let script = Script::new(|ask, _| not_found(ask));
    let cache = script.cache();
    let mut local = cache.local();
    local.by_version(&subject(ORDERS), Version::Latest);
    pass(100).await;
    assert_eq!(cache.problems().len(), 1);
    local.forget_pending();
    assert_eq!(cache.problems(), [""; 0]);
    pass(60_000).await;
    let asked = script.count();
    pass(60_000).await;
    assert_eq!(script.count(), asked);
}
