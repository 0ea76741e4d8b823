//! Schemas by id.

use super::*;

const SCHEMA_1: &str = "ready: schema 1 in context .staging";
const UNKNOWN_1: &str = "unknown: schema 1 not found in context .staging";

#[tokio::test(start_paused = true)]
async fn an_id_is_pending_until_it_is_there() {
    let script = Script::new(|ask, _| found(ask));
    let mut local = script.cache().local();
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(1).await;
    for _ in 0..3 {
        assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_same_id_is_another_schema_in_another_context() {
    let script = Script::new(|ask, _| found(ask));
    let mut local = script.cache().local();
    let contexts = [context("staging"), context("production"), Context::default()];
    for context in &contexts {
        assert_eq!(said(&local.by_id(context, id(1))), "pending");
    }
    pass(1).await;
    for _ in 0..2 {
        for context in &contexts {
            assert_eq!(said(&local.by_id(context, id(1))), format!("ready: schema 1 in context {context}"));
        }
    }
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn workers_share_a_flight_and_what_it_brings() {
    let script = Script::new(|ask, _| found(ask));
    let cache = script.cache();
    let (mut one, mut two) = (cache.local(), cache.local());
    assert_eq!(said(&one.by_id(&context("staging"), id(1))), "pending");
    assert_eq!(said(&two.by_id(&context("staging"), id(1))), "pending");
    pass(1).await;
    let mut three = cache.local();
    for local in [&mut one, &mut two, &mut three] {
        assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
    }
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_id_delays_no_other() {
    let script = Script::new(|ask, _| match ask {
        Ask::Id(_, slow) if *slow == id(1).into() => Reply { after: Duration::from_secs(60), ..found(ask) },
        _ => found(ask),
    });
    let cache = script.cache();
    let mut local = cache.local();
    for number in 1..=100 {
        assert_eq!(said(&local.by_id(&context("staging"), id(number))), "pending");
    }
    pass(1).await;
    for number in 2..=100 {
        assert!(matches!(local.by_id(&context("staging"), id(number)), Lookup::Ready(_)), "{number}");
    }
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(5_000).await;
    assert_eq!(cache.problems(), ["schema 1 in context .staging: no answer from the registry yet"]);
    pass(56_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
    assert_eq!(cache.problems(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_id_has_its_grace_and_is_then_remembered_for_a_while() {
    let script = Script::new(|ask, _| not_found(ask));
    let cache = script.cache();
    let mut local = cache.local();
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(4_900).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    assert_eq!(cache.problems(), [""; 0], "one bad record must not make the whole worker unready");
    pass(200).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), UNKNOWN_1);
    assert_eq!(cache.problems(), [""; 0]);
    let asked = script.count();
    assert!((5..=15).contains(&asked), "asked {asked} times within the grace");

    // Remembered: told at once, to another worker too.
    pass(3_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), UNKNOWN_1);
    assert_eq!(said(&cache.local().by_id(&context("staging"), id(1))), UNKNOWN_1);
    assert_eq!(script.count(), asked);

    // Forgotten after 6.25 s at the latest: the grace begins anew.
    pass(4_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(4_900).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(200).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), UNKNOWN_1);
}

#[tokio::test(start_paused = true)]
async fn all_unknown_ids_of_a_batch_wait_together() {
    let script = Script::new(|ask, _| not_found(ask));
    let mut local = script.cache().local();
    for number in 0..50 {
        assert_eq!(said(&local.by_id(&context("staging"), id(number))), "pending");
    }
    pass(5_100).await;
    for number in 0..50 {
        assert!(matches!(local.by_id(&context("staging"), id(number)), Lookup::Unknown(_)), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_appears_within_its_grace_is_found() {
    let script = Script::new(|ask, before| if before < 3 { not_found(ask) } else { found(ask) });
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(4_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
}

#[tokio::test(start_paused = true)]
async fn the_grace_begins_when_the_registry_answers() {
    let start = Instant::now();
    let script =
        Script::new(move |ask, _| if start.elapsed() < Duration::from_secs(60) { away() } else { not_found(ask) });
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(64_900).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(15_200).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), UNKNOWN_1);
}

#[tokio::test(start_paused = true)]
async fn without_grace_or_memory_a_verdict_is_still_told() {
    let script = Script::new(|ask, _| not_found(ask));
    let cache = script.cache_with(|config| {
        config.cache.unknown_grace = Duration::ZERO;
        config.cache.negative_ttl = Duration::ZERO;
    });
    let mut local = cache.local();
    for round in 1..=3 {
        assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
        pass(1_000).await;
        assert_eq!(said(&local.by_id(&context("staging"), id(1))), UNKNOWN_1);
        assert_eq!(script.count(), round);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_never_remembered_and_never_a_verdict() {
    let start = Instant::now();
    let script = Script::new(move |ask, _| if start.elapsed().as_secs() < 600 { away() } else { found(ask) });
    let cache = script.cache();
    let mut local = cache.local();
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(599_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    assert_eq!(cache.problems(), ["registry unreachable: http://registry:8081/: Connection refused"]);
    pass(11_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
    assert_eq!(cache.problems(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_their_cap_and_differ() {
    let script = Script::new(|_, _| away());
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(200_000).await;
    let times = script.times();
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((100..=201).contains(&pauses[0].as_millis()), "{pauses:?}");
    let late = &pauses[8..];
    assert!(late.iter().all(|pause| (5_000..=10_001).contains(&pause.as_millis())), "{late:?}");
    assert!(late.iter().any(|pause| pause.abs_diff(late[0]) > Duration::from_millis(10)), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_busy_registry_is_left_alone_for_as_long_as_it_asks() {
    let script = Script::new(|ask, before| if before == 0 { busy(30) } else { found(ask) });
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(29_900).await;
    assert_eq!(script.count(), 1);
    pass(200).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
}

#[tokio::test(start_paused = true)]
async fn a_schema_that_cannot_be_used_is_refused_and_that_is_remembered_for_a_while() {
    let script = Script::new(|ask, _| of_type(ask, SchemaType::Protobuf));
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(1).await;
    let refused = "refused: schema 1 in context .staging does not compile: line 1, column 1: ";
    let answer = said(&local.by_id(&context("staging"), id(1)));
    assert!(answer.starts_with(refused), "{answer}");
    pass(3_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), answer);
    assert_eq!(script.count(), 1);
    pass(4_000).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_is_given_up() {
    let script = Script::new(|_, _| away());
    let cache = script.cache();
    let (mut kept, mut dropped) = (cache.local(), cache.local());
    kept.by_id(&context("staging"), id(1));
    dropped.by_id(&context("staging"), id(2));
    dropped.by_id(&context("staging"), id(3));
    pass(100).await;
    dropped.forget_pending();
    assert_eq!(dropped.wait(Duration::ZERO), Waited::Idle);
    drop(dropped);
    lock(&script.asked).clear();
    pass(60_000).await;
    let asked: Vec<Ask> = lock(&script.asked).iter().map(|(ask, _)| ask.clone()).collect();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|ask| *ask == Ask::Id(context("staging"), id(1).into())), "{asked:?}");
    assert_eq!(lock(&cache.0.flights).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_was_given_up_does_not_stand_in_the_way_of_the_next() {
    let script = Script::new(
        |ask, before| {
            if before == 0 { Reply { after: Duration::from_secs(30), ..away() } } else { found(ask) }
        },
    );
    let cache = script.cache();
    let mut local = cache.local();
    local.by_id(&context("staging"), id(1));
    pass(1).await;
    local.forget_pending();
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), "pending");
    pass(1).await;
    assert_eq!(said(&local.by_id(&context("staging"), id(1))), SCHEMA_1);
    pass(60_000).await;
    assert_eq!((script.count(), lock(&cache.0.flights).len()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn problems_are_not_more_than_a_screenful() {
    let script = Script::new(|ask, _| fails(RegistryError::Garbage { url: format!("{ask:?}"), reason: "x".into() }));
    let cache = script.cache();
    let mut local = cache.local();
    for number in 0..50 {
        local.by_id(&context("staging"), id(number));
    }
    pass(100).await;
    let problems = cache.problems();
    assert_eq!((problems.len(), problems[20].as_str()), (21, "and 30 more"));
}

#[tokio::test(start_paused = true)]
async fn a_schema_that_does_not_compile_is_refused_with_the_place_of_the_fault() {
    let script = Script::new(|ask, _| {
        let text = r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "nothing"}]}"#.to_owned();
        Reply { after: Duration::ZERO, result: Ok(Registered { text, ..schema_of(ask, 1, 0) }) }
    });
    let mut local = script.cache().local();
    local.by_id(&context("staging"), id(1));
    pass(1).await;
    let told = said(&local.by_id(&context("staging"), id(1)));
    assert!(told.starts_with("refused: schema 1 in context .staging does not compile: /fields/0/type: "), "{told}");
}
