//! Clients that show tokens.

use super::issuer::Issuer;
use super::rights::least;
use super::{Guarded, NUMBER, SchemaRegistry, Sidecar, config, serialize};
use crate::support::{Feeder, await_numbers, eventually};

#[test]
fn tokens_are_fetched_shown_and_renewed_before_they_expire() {
    let (guarded, registry) = (Guarded::shared(), SchemaRegistry::start());
    let (raw, avro, group) = ("oauth2.raw", "oauth2.avro", "serdecar-oauth2.avro");
    for topic in [raw, avro] {
        guarded.kafka.create_topic(topic, 1);
    }
    guarded.allow("service", &least(raw, avro, group));
    registry.register("oauth2.avro-value", NUMBER);
    // A connection is closed when the token that it was opened with has expired and no other was shown.
    let issuer = Issuer::start("service", "client:sesame", 4);
    let text = |secret: &str| {
        let kafka = guarded.sasl(&guarded.authority, "sasl.mechanism: OAUTHBEARER");
        let oauth2 =
            format!("{kafka}\n  oauth2: {{token_url: \"{}\", client_id: client, client_secret: {secret}}}", issuer.url);
        config(&guarded.kafka, &registry, &[&serialize(raw, avro, "")]).replace(&guarded.kafka.bootstrap(), &oauth2)
    };

    let mut sidecar = Sidecar::run(&text("wrong"));
    sidecar.await_unready(&["invalid_client"]);
    assert!(sidecar.terminate().success());
    assert_eq!(issuer.issued(), 0);

    let mut sidecar = Sidecar::run(&text("sesame"));
    sidecar.await_ready();
    let feeder = Feeder::start(&guarded.kafka, raw, 1);
    eventually("three tokens", || (issuer.issued() >= 3).then_some(()));
    await_numbers(&guarded.kafka, avro, 1, feeder.finish());
    sidecar.await_ready();
    assert!(!sidecar.log().contains("sesame"), "{}", sidecar.log());
    assert!(sidecar.terminate().success());
}
