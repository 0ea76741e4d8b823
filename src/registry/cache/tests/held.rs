//! Schemas by GUID, and schemas that a subject has to hold.

use super::*;

fn guid(byte: u8) -> Guid {
    Guid::new([byte; Guid::LEN])
}

#[tokio::test(start_paused = true)]
async fn a_guid_is_fetched_once_for_each_context_that_asks_for_it() {
    let script = Script::new(|ask, _| found(ask));
    let cache = script.cache();
    let (mut one, mut two) = (cache.local(), cache.local());
    for context_name in ["staging", "production"] {
        assert_eq!(said(&one.by_id(&context(context_name), guid(1))), "pending");
    }
    pass(1).await;
    let ready = "ready: schema 01010101-0101-0101-0101-010101010101 in context .staging";
    assert_eq!(said(&one.by_id(&context("staging"), guid(1))), ready);
    assert_eq!(said(&two.by_id(&context("staging"), guid(1))), ready);
    assert_eq!(said(&two.by_id(&context("staging"), id(1))), "pending", "an id is something else");
    pass(1).await;
    assert_eq!(script.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_subject_is_asked_for_once_and_shares_its_schema_with_others() {
    let script = Script::new(|ask, _| found(ask));
    let cache = script.cache();
    let (mut one, mut two) = (cache.local(), cache.local());
    let (orders, returns) = (subject(":.staging:orders"), subject(":.staging:returns"));
    assert_eq!(said(&one.held_by(&orders, id(1))), "pending");
    assert_eq!(said(&two.held_by(&orders, id(1))), "pending");
    pass(1).await;
    for local in [&mut one, &mut two] {
        for _ in 0..3 {
            assert_eq!(said(&local.held_by(&orders, id(1))), "ready: schema 1 in context .staging");
        }
    }
    assert_eq!(said(&one.held_by(&returns, id(1))), "pending");
    pass(1).await;
    let shared = match one.held_by(&returns, id(1)) {
        Lookup::Ready(schema) => Arc::clone(schema),
        other => panic!("{other:?}"),
    };
    assert!(matches!(two.held_by(&orders, id(1)), Lookup::Ready(schema) if Arc::ptr_eq(schema, &shared)));
    assert!(matches!(two.by_id(&orders.context, id(1)), Lookup::Ready(schema) if Arc::ptr_eq(schema, &shared)));
    let asked: Vec<Ask> = lock(&script.asked).iter().map(|(ask, _)| ask.clone()).collect();
    let number = Identifier::Id(id(1));
    assert_eq!(
        asked,
        [Ask::Holder(orders.clone(), number), Ask::Id(orders.context.clone(), number), Ask::Holder(returns, number)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_subject_that_does_not_hold_an_id_has_its_grace_and_is_then_unknown_for_a_while() {
    let script = Script::new(|ask, _| match ask {
        Ask::Holder(..) => not_found(ask),
        Ask::Id(..) | Ask::Name(..) => found(ask),
    });
    let mut local = script.cache().local();
    let orders = subject(":.staging:orders");
    assert_eq!(said(&local.held_by(&orders, id(1))), "pending");
    pass(4_900).await;
    assert_eq!(said(&local.held_by(&orders, id(1))), "pending");
    pass(200).await;
    let unknown = "unknown: schema 1 is no version of subject :.staging:orders";
    assert_eq!(said(&local.held_by(&orders, id(1))), unknown);
    let asked = script.count();
    assert_eq!(said(&local.held_by(&orders, id(1))), unknown);
    pass(10).await;
    assert_eq!(script.count(), asked, "the answer is remembered");
    pass(7_000).await;
    assert_eq!(said(&local.held_by(&orders, id(1))), "pending", "until its time is over");
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_is_away_says_nothing_about_a_subject() {
    let script = Script::new(|ask, before| match ask {
        Ask::Holder(..) if before < 10 => away(),
        Ask::Holder(..) | Ask::Id(..) | Ask::Name(..) => found(ask),
    });
    let cache = script.cache();
    let mut local = cache.local();
    let orders = subject(":.staging:orders");
    assert_eq!(said(&local.held_by(&orders, id(1))), "pending");
    pass(5_500).await;
    assert_eq!(said(&local.held_by(&orders, id(1))), "pending");
    assert_eq!(cache.problems(), ["registry unreachable: http://registry:8081/: Connection refused"]);
    pass(120_000).await;
    assert_eq!(said(&local.held_by(&orders, id(1))), "ready: schema 1 in context .staging");
}
